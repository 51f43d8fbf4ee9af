"""A loaded Keras model: its graph, its layers, its passes, its answer, and what each unit can see.

Nothing here draws.
"""
