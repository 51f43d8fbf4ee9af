"""Evidence maps, which show the parts of a photo that speak for a class, and how far to trust them.

A new kind of evidence map goes here.
"""
