"""Surveys of whole data sets: photographs of any source through a network, on this machine or on a cluster.

What is begun goes on after interruptions.
"""
