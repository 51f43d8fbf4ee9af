"""A loaded Keras model: its graph, its layers, its passes, its answer, and the receptive field of each unit.

Nothing here draws.
"""
