"""A training run that can be killed at any moment: recipe, batches, the network while it learns, checkpoints.

It ends in a model folder.
"""
