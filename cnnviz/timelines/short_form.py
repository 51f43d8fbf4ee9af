"""Weights in short form: 8 bits for each number, and of large matrices the product of two smaller ones."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LEVELS = 127
"""The largest whole number that a weight becomes."""

LEAST_IMPORTANCE = 1e-3
"""Of the most important output: no output is left out altogether."""


@dataclass(frozen=True, eq=False)
class Factors:
    """Two matrices whose product stands for a third.

    Args:
        left: Shape (rows, rank), float32.
        right: Shape (rank, columns), float32.
    """

    left: Floats = field(repr=False)
    right: Floats = field(repr=False)

    @property
    def product(self) -> Floats:
        """What they stand for, shape (rows, columns)."""
        return self.left @ self.right


def factorize(kernel: Floats, inputs: Floats, importance: Floats, rank: int) -> Factors:
    """Find the product of two smaller matrices that changes a dense layer's outputs least.

    The outputs for some photographs are projected on the directions in which they are largest (X. Zhang et al.,
    "Accelerating very deep convolutional networks for classification and detection", 2016, section 3.1, here without
    their mean).

    Args:
        kernel: Shape (rows, columns).
        inputs: What the layer gets, shape (N, rows), of many photographs.
        importance: How much a change of each output matters, shape (columns,), at least 0.
        rank: Columns of the first matrix and rows of the second, from 1 to the number of columns.

    Returns:
        The two.

    Example:
        >>> from cnnviz.timelines.short_form import factorize
        >>> kernel = np.outer([1, 2, 3], [1, 4]).astype("float32")
        >>> found = factorize(kernel, np.eye(3, dtype="float32"), np.ones(2, "float32"), 1)
        >>> found.left.shape, bool(np.allclose(found.product, kernel))
        ((3, 1), True)
    """
    least = LEAST_IMPORTANCE * importance.max()
    scale = np.maximum(importance, least) if least else np.ones_like(importance)
    outputs = (inputs @ kernel * scale).astype(np.float64)
    _, directions = np.linalg.eigh(outputs.T @ outputs)
    kept = directions[:, ::-1][:, :rank].astype(np.float32)
    return Factors(kernel * scale @ kept, kept.T / scale)


def quantize(values: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Write numbers with 8 bits each.

    Args:
        values: Shape (..., C), finite.

    Returns:
        Whole numbers from -127 to 127, of the same shape; and what to multiply them by, shape (C,), float32.

    Example:
        >>> from cnnviz.timelines.short_form import quantize
        >>> whole, scale = quantize(np.array([[63.5, 0], [-25, 0]], "float32"))
        >>> whole.tolist(), scale.tolist()
        ([[127, 0], [-50, 0]], [0.5, 1.0])
    """
    largest = np.abs(values).max(axis=tuple(range(values.ndim - 1)))
    scale = np.where(largest > 0, largest / LEVELS, 1).astype(np.float32)
    return np.rint(values / scale).astype(np.int8), scale
