"""The lines beside a list of layers: which layer feeds which."""

from collections.abc import Sequence
from typing import TypedDict

from cnnviz.network.branches import find_path
from cnnviz.network.layer import Layer

BEFORE = ""
"""Stands for all layers before a block."""


class Rail(TypedDict):
    """Beside a layer: the lane of its dot, and the lines as an SVG path; a lane is one unit wide and two tall."""

    lane: int
    lines: str


def lay_rails(layers: Sequence[Layer]) -> tuple[list[Rail], int]:
    """Lay the lines beside a block's layers.

    Args:
        layers: The block's, each after those that feed it.

    Returns:
        For each layer its lane, 0 on the main way, and the lines beside it; and how many lanes there are.
    """
    path, own = find_path(layers), {layer.name for layer in layers}
    feeds = [{name if name in own else BEFORE for name in layer.inputs} or {BEFORE} for layer in layers]
    lanes: list[str | None] = [BEFORE]  # whose numbers each lane carries
    rails: list[Rail] = []
    for index, layer in enumerate(layers):
        wanted = {name for fed in feeds[index + 1 :] for name in fed}
        before = list(lanes)
        lanes = [name if name in wanted else None for name in before]
        lines = [_line(number, 0, number, 2) for number, name in enumerate(lanes) if name is not None]
        if layer in path:  # the main way stays where it is: what else is needed of it makes room
            lane = 0
            if lanes[0] is not None:
                aside = _first_free(before, lanes)
                lines[0] = _line(0, 0, aside, 2)
                _put(lanes, aside, lanes[0])
        else:
            lane = next((n for n, name in enumerate(before) if n and name in feeds[index] and not lanes[n]), 0)
            lane = lane or _first_free(before, lanes)
        lines += [_line(number, 0, lane, 1) for number, name in enumerate(before) if name in feeds[index]]
        _put(lanes, lane, layer.name)
        if layer.name in wanted or layer is layers[-1]:
            lines.append(_line(lane, 1, lane, 2))
        rails.append({"lane": lane, "lines": "".join(lines)})
    return rails, len(lanes)


def _first_free(before: Sequence[str | None], lanes: Sequence[str | None]) -> int:
    """Find the first lane, but for that of the main way, in which nothing comes or goes."""
    taken = {n for names in (before, lanes) for n, name in enumerate(names) if name is not None}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def _put(lanes: list[str | None], number: int, name: str | None) -> None:
    lanes += [None] * (number + 1 - len(lanes))
    lanes[number] = name


def _line(left: int, top: float, right: int, bottom: float) -> str:
    """Write a line from the middle of a lane down to that of another."""
    if left == right:
        return f"M{left + 0.5} {top}V{bottom}"
    middle = (top + bottom) / 2
    return f"M{left + 0.5} {top}C{left + 0.5} {middle} {right + 0.5} {middle} {right + 0.5} {bottom}"
