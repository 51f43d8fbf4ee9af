"""Photographs to train on: where they come from, decoded once, dealt to training, validation and test.

A new source of photographs goes here.
"""
