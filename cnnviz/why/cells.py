"""Places of a map's values in the network's picture: each at the centre of what its unit sees, without stretching."""

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.receptive_field import Axis, ReceptiveField


def place(values: NDArray[np.floating], seen: ReceptiveField) -> NDArray[np.float64]:
    """Put a map over the network's picture: each value is centred on what its unit sees.

    Where all units see the same, as after attention, their cells divide it evenly, in the units' order.

    Args:
        values: Shape (h, w).
        seen: What the units see.

    Returns:
        Shape (height, width) of the picture, float64; NaN where no unit is centred.

    Example:
        >>> from cnnviz.network.receptive_field import input_field
        >>> place(np.array([[1.0, 2.0]]), input_field(1, 2)).tolist()
        [[1.0, 2.0]]
    """
    rows, columns = (_units(axis) for axis in (seen.rows, seen.columns))
    placed: NDArray[np.float64] = values.astype(np.float64)[np.ix_(nearest_unit(seen.rows), nearest_unit(seen.columns))]
    placed[rows < 0] = np.nan
    placed[:, columns < 0] = np.nan
    return placed


def nearest_unit(axis: Axis) -> NDArray[np.int64]:
    """Find the unit that each pixel belongs to; pixels outside every unit's cell belong to the nearest unit.

    Args:
        axis: The fields along an axis of the picture.

    Returns:
        Indices of units, shape (extent,).
    """
    return _cells(axis).clip(0, axis.num_units - 1)


def _units(axis: Axis) -> NDArray[np.int64]:
    """Find the unit in whose cell each pixel lies; -1 if there is none."""
    cells = _cells(axis)
    return np.where((cells >= 0) & (cells < axis.num_units), cells, -1)


def _cells(axis: Axis) -> NDArray[np.int64]:
    """Number the cell of each pixel: the first unit's cell is 0, and cells before it are negative."""
    cells: NDArray[np.int64] = np.floor((np.arange(axis.extent) + 0.5 - axis.first_cell) / axis.cell).astype(np.int64)
    return cells
