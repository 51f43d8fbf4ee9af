"""Timelines that are recorded for the tests."""

MEASURED = ("conv2d_1", "conv2d_2")
"""The layers whose channels are told of."""

FACTORS = (0.5, 1.0, 2.0)
"""What a network's own weights are multiplied by, snapshot by snapshot."""
