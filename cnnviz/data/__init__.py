"""Photographs for training: finding them, decoding them once, and splitting them into training, validation and test.

A new source of photographs goes here.
"""
