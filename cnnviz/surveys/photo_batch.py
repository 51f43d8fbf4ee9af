"""Photographs that are measured together, always of the same composition, so that a network's numbers stay the same."""

from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.network import Network

LARGEST_BATCH = 32
MAX_ACTIVATION_BYTES = 2**28
"""How much the activations of a batch may take, unless it is a single photograph."""

FLOAT_BYTES = 4


def batch_size(network: Network) -> int:
    """Choose how many photographs are measured together.

    Args:
        network: The network.

    Returns:
        A power of two, at most 32.
    """
    num_bytes = FLOAT_BYTES * sum(prod(layer.shape) for layer in network.layers)
    size = LARGEST_BATCH
    while size > 1 and size * num_bytes > MAX_ACTIVATION_BYTES:
        size //= 2
    return size


@dataclass
class PhotoBatch:
    """Photographs that follow each other in a data set.

    A network's numbers depend in the last digit on where in a batch a photograph is. So a batch always has as many
    places, and a photograph that cannot be read leaves its place black.

    Args:
        first: The number of the first photograph in the data set.
        pixels: Shape (B, *preprocessing.shape), uint8.
        names: The names of those that were read, by their places.
        classes: Their classes, by their places; None where photographs have none.
        skipped: The reasons by the names of those that cannot be read.
        number: How many photographs it is of: B, but for the last batch.
    """

    first: int
    pixels: NDArray[np.uint8]
    names: dict[int, str] = field(default_factory=dict)
    classes: dict[int, str | None] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    number: int = 0
