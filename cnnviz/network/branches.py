"""The branches of a block: which way its maps take, and what leads past them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.network.layer import Layer

SINGLE = (1, 1)


@dataclass(frozen=True)
class Branch:
    """A way beside the main one.

    Args:
        start: The name of the layer of the block at which it leaves; None for what comes before the block.
        layers: In order; none on a shortcut.
        end: The name of the layer at which it arrives; None for what comes after the block.
    """

    start: str | None
    layers: tuple[Layer, ...]
    end: str | None


def find_path(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Find the main way through a block: the longest, but not through layers that lose the places of its maps.

    Args:
        layers: The block's, each after those that feed it.

    Returns:
        The layers of the way in order, up to the block's last one.
    """
    return _trace(layers[-1], {layer.name: layer for layer in layers}, _depths(layers))


def find_branches(layers: Sequence[Layer]) -> list[Branch]:
    """Find the ways beside the main one.

    Args:
        layers: The block's, each after those that feed it.

    Returns:
        The branches, each after those at which it begins or ends. Every layer is in one or on the main way.
    """
    by_name, depths = {layer.name: layer for layer in layers}, _depths(layers)
    placed = list(_trace(layers[-1], by_name, depths))
    names = {layer.name for layer in placed}
    branches: list[Branch] = []

    def leave(name: str, end: str | None) -> None:
        way = _trace(by_name[name], by_name, depths, names) if name in by_name and name not in names else ()
        first = _before(way[0], depths) if way else name
        branches.append(Branch(first if first in by_name else None, way, end))
        placed.extend(way)
        names.update(layer.name for layer in way)

    for layer in placed:  # which grows meanwhile
        followed = _before(layer, depths)
        for name in dict.fromkeys(layer.inputs):
            if name != followed:
                leave(name, layer.name)
    for layer in reversed(layers):  # what only leads to layers after the block
        if layer.name not in names:
            leave(layer.name, None)
    return branches


def _depths(layers: Sequence[Layer]) -> dict[str, int]:
    """Count the layers of the main way to each; those that lose the places of the block's maps count against it."""
    has_places = layers[-1].places not in (None, SINGLE)
    depths: dict[str, int] = {}
    for layer in layers:
        counts = not has_places or layer.places not in (None, SINGLE)
        before = max((depths.get(name, 0) for name in layer.inputs), default=0)
        depths[layer.name] = before + (1 if counts else -1)
    return depths


def _before(layer: Layer, depths: dict[str, int]) -> str | None:
    """Name the layer before another on the main way to it; None for the picture."""
    return max(layer.inputs, key=lambda name: depths.get(name, 0), default=None)


def _trace(
    layer: Layer, by_name: dict[str, Layer], depths: dict[str, int], names: set[str] | frozenset[str] = frozenset()
) -> tuple[Layer, ...]:
    """Follow the main way back from a layer to the block's beginning, or to the layers of these names."""
    way: list[Layer] = []
    name: str | None = layer.name
    while name in by_name and name not in names:
        way.insert(0, by_name[name])
        name = _before(way[0], depths)
    return tuple(way)
