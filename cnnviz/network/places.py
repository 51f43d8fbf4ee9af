"""The places of a map that tokens stand for: a layer of shape (N, C) is a map in disguise where N are its places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnviz.network.graph import Call
from cnnviz.network.wrapper import is_recurrent, unwrap

SPATIAL = 3
"""Number of axes of an activation with places, for one photo: (h, w, C)."""

TOKENS = 2
"""Number of axes of an activation of tokens, for one photo: (N, C)."""

MAX_ASIDE = 1
"""Largest number of tokens that stand before those of the places: a class token."""

TURNING: dict[str, dict[str, Any]] = {
    "Permute": {"dims": (2, 1)},
    "Transpose": {"axes": (0, 2, 1)},
    "Swapaxes": {"axis1": 1, "axis2": 2},
}
"""Layers and operations that exchange the two axes of tokens, with their settings."""


@dataclass(frozen=True)
class Places:
    """The places that a layer's units belong to.

    Args:
        height: Rows of the map.
        width: Columns of the map.
        axis: The axis of the activation that runs over all places, row by row: 0 for tokens (N, C), 1 if they are
            turned, (C, N); None if rows and columns have an axis each.
        num_aside: Number of tokens before those of the places, which have none: 1 for a class token.
    """

    height: int
    width: int
    axis: int | None = None
    num_aside: int = 0

    @property
    def are_shown(self) -> bool:
        """Whether the units can be shown as maps: (h, w, C), or tokens that are not turned."""
        return self.axis in (None, 0)


def find_places(call: Call, inputs: Sequence[Places | None]) -> Places | None:
    """Find the places of a layer's units.

    Args:
        call: The call of the layer.
        inputs: The places of its inputs.

    Returns:
        The places; None where the units have none, or none that can be followed.
    """
    shape = tuple(call.output.shape[1:])
    if len(shape) == SPATIAL:
        return Places(*shape[:2])
    known = next(filter(None, inputs), None)
    if known is None or len(shape) != TOKENS or _goes_backwards(call.operation):
        return None
    if known.axis is None and shape == (known.height, known.width):  # one channel that was taken out of a map
        return known
    axis = (known.axis or 0) ^ _turns(call.operation)
    num_aside = shape[axis] - known.height * known.width
    return Places(known.height, known.width, axis, num_aside) if 0 <= num_aside <= MAX_ASIDE else None


def _goes_backwards(operation: Any) -> bool:
    """Tell whether a layer returns the rows in the opposite order."""
    return is_recurrent(operation) and unwrap(operation) is operation and bool(operation.go_backwards)


def _turns(operation: Any) -> bool:
    settings = operation.get_config()
    turned = TURNING.get(type(operation).__name__)
    return turned is not None and all(_plain(settings[name]) == value for name, value in turned.items())


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
