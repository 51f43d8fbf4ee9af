"""Activations as pictures: colour maps, grids of tiles, thumbnails and bars.

Numpy and Pillow only; matplotlib's charts are in `cnnviz.evaluation.evaluation`.
"""
