"""Where in a photo something speaks for a class: evidence maps, and how far to trust them.

A new kind of evidence map goes here.
"""
