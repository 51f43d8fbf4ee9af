"""The diagram of a long network: its blocks in a row, each layer a stripe, each branch a line past them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypedDict

from cnnviz.network.branches import Branch, find_branches, find_path
from cnnviz.network.layer import Layer
from cnnviz.network.role import OTHER, PRODUCT

PIXELS_PER_DOUBLING = 12
"""How much taller a stripe is if the layer's maps have twice as many rows and columns."""

BRANCH_PIXELS = 8
"""The height of the stripes on branches, and the room between lines."""

NARROWEST = 0.6
"""The width, in stripes, of those on a branch that leads past few layers."""

BEND, BEND_PIXELS = 1.2, 7
"""How wide, in stripes, and how tall, in pixels, the bends of a branch are."""

ENTRY = 0.25
"""Where, in stripes, the line between two blocks branches."""

ABOVE, BELOW = -1, 1


class DiagramStripe(TypedDict):
    """A layer: its role, and its place: across in stripes, down in pixels from the middle of the diagram."""

    role: str
    left: float
    top: float
    wide: float
    tall: float


class DiagramLine(TypedDict):
    """A branch: the role of the layer at which it arrives, and its way as an SVG path."""

    role: str
    path: str


class DiagramBlock(TypedDict):
    """A block: how many stripes it is wide, how far it reaches up (below zero) and down, and what is drawn of it."""

    wide: int
    top: float
    bottom: float
    stripes: list[DiagramStripe]
    lines: list[DiagramLine]


def draw_block(layers: Sequence[Layer]) -> DiagramBlock:
    """Draw a block.

    Args:
        layers: The block's, each after those that feed it.

    Returns:
        The layers on the main way side by side; above them the other branches, below them those of gates.
    """
    path, roles = find_path(layers), {layer.name: layer.role for layer in layers}
    stripes = {layer.name: _stripe(layer.role, 0.5 + number, 0, 1, _tall(layer)) for number, layer in enumerate(path)}
    rooms = {
        side: [(each["left"], each["left"] + 1, each["tall"] / 2) for each in stripes.values()]
        for side in (ABOVE, BELOW)
    }
    lines: list[DiagramLine] = []
    for branch in find_branches(layers):
        role = roles[branch.end] if branch.end else OTHER
        side = BELOW if role == PRODUCT else ABOVE
        start = _middle(stripes[branch.start], side) if branch.start else (ENTRY, 0.0)
        end = _middle(stripes[branch.end], side) if branch.end else (len(path) + 1 - ENTRY, 0.0)
        level = _free(rooms[side], start[0], end[0]) + BRANCH_PIXELS
        lines.append({"role": role, "path": _way(start, end, side * level)})
        spread = _spread(branch, start[0], end[0], side * level)
        stripes |= spread
        edges = [edge for each in spread.values() for edge in (each["left"], each["left"] + each["wide"])]
        rooms[side].append((min([start[0], *edges]), max([end[0], *edges]), level + BRANCH_PIXELS / 2))
    top, bottom = (side * (_free(rooms[side], 0, len(path) + 1)) for side in (ABOVE, BELOW))
    return {
        "wide": len(path) + 1,
        "top": top,
        "bottom": bottom,
        "stripes": list(stripes.values()),
        "lines": lines,
    }


def _tall(layer: Layer) -> float:
    """Compute a stripe's height: one step for a single place, and one for each doubling of rows and columns."""
    rows, columns = layer.places or (1, 1)
    return PIXELS_PER_DOUBLING * math.log2(1 + math.sqrt(rows * columns))


def _stripe(role: str, left: float, middle: float, wide: float, tall: float) -> DiagramStripe:
    left, top, wide, tall = (round(number, 2) for number in (left, middle - tall / 2, wide, tall))
    return {"role": role, "left": left, "top": top, "wide": wide, "tall": tall}


def _middle(stripe: DiagramStripe, side: int) -> tuple[float, float]:
    """Find the middle of a stripe's upper or lower edge."""
    bottom = stripe["top"] + stripe["tall"]
    return stripe["left"] + stripe["wide"] / 2, stripe["top"] if side == ABOVE else bottom


def _free(rooms: Iterable[tuple[float, float, float]], left: float, right: float) -> float:
    """Find how far from the middle there is room between two places: each room has its left, right and reach."""
    return max((reach for start, end, reach in rooms if start < right and end > left), default=0)


def _way(start: tuple[float, float], end: tuple[float, float], middle: float) -> str:
    """Write the path of a branch: up or down from its start, across, and back to its end."""
    (left, first), (right, last) = start, end
    bend = min(BEND, (right - left) / 2)
    before = middle - math.copysign(min(BEND_PIXELS, abs(middle - first)), middle - first)
    after = middle - math.copysign(min(BEND_PIXELS, abs(middle - last)), middle - last)
    numbers = [left, first, before, left, middle, left + bend, right - bend, right, middle, right, after, last]
    return "M{} {}V{}Q{} {} {} {mid}H{}Q{} {} {} {}V{}".format(*(f"{n:.4g}" for n in numbers), mid=f"{middle:.4g}")


def _spread(branch: Branch, left: float, right: float, middle: float) -> dict[str, DiagramStripe]:
    """Place the layers of a branch in the middle of its way."""
    if not branch.layers:
        return {}
    wide = min(1, max(NARROWEST, (right - left) / (len(branch.layers) + 1)))
    first = (left + right - wide * len(branch.layers)) / 2
    return {
        layer.name: _stripe(layer.role, first + number * wide, middle, wide, BRANCH_PIXELS)
        for number, layer in enumerate(branch.layers)
    }
