"""Activations as pictures: colour maps, grids of tiles, thumbnails and bars.

This wing uses numpy and Pillow only; matplotlib's charts are in `cnnviz.evaluation.charts`.
"""
