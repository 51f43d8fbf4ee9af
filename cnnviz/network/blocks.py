"""Blocks and stages: the layers that belong together, found in the graph, never by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cnnviz.network.layer import Layer

ACTIVATIONS = frozenset({"Activation", "ELU", "LayerScale", "LeakyReLU", "PReLU", "ReLU", "Softmax"})
"""Kinds of layers that, as normalizations do, change each number of a map by itself."""

OF_CHANNELS = frozenset({"DepthwiseConv1D", "DepthwiseConv2D"})
"""Convolutions of each channel for itself; those of single places beside one mix channels, and belong to it."""

GATES = frozenset({"Multiply"})
PREPARING = frozenset({"Identity", "InputLayer", "Rescaling", "ZeroPadding1D", "ZeroPadding2D"})
"""Kinds of layers whose maps show nothing that those before them do not show, and that belong to what comes next."""

MAX_DEPTH = 8
"""Layers that learned, one after the other, in a block at most. What is deeper is a network with shortcuts across."""

MAX_TOLD = 16
"""A network of more layers is told of by its blocks: as many tiles fit beside each other on a wide screen."""

SHRINKS = 0.7
"""A stage ends where the maps' sides become shorter than this share of what they were."""


@dataclass(frozen=True)
class Block:
    """Layers that belong together: a convolution with its normalization and activation, or branches that meet again.

    Args:
        layers: In order; the last one feeds the next block, alone but for shortcuts across blocks.
    """

    layers: tuple[Layer, ...]

    @cached_property
    def shown(self) -> Layer:
        """The last layer that does not only pass on; the last of all if each does."""
        return next((layer for layer in reversed(self.layers) if not passes_on(layer)), self.layers[-1])

    @property
    def name(self) -> str:
        """The name of the layer that is shown of it."""
        return self.shown.name


@dataclass(frozen=True)
class Stage:
    """Blocks in a row whose maps have about as many places.

    Args:
        blocks: In order. A pooling that ends a stage belongs to it.
    """

    blocks: tuple[Block, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, in order."""
        return tuple(layer for block in self.blocks for layer in block.layers)


def passes_on(layer: Layer) -> bool:
    """Tell whether a layer's maps show nothing that those before it do not show: padding, dropout, rescaling.

    Args:
        layer: The layer.

    Returns:
        True if it only passes on what it gets.
    """
    return _is_padding(layer) or "Dropout" in layer.kind


def find_blocks(layers: Sequence[Layer]) -> tuple[Block, ...]:
    """Find the blocks of a network.

    All paths from the picture to the answer meet in some layers. What lies between two of these is one block if it
    branches: residual, dense and inception blocks, attention. In a chain, a layer that learned begins a block, and
    normalization, activation and dropout follow it; a depthwise convolution takes the convolutions of single places
    beside it along, and a gate belongs to what it weighs. Padding, and a normalization with its activation that no
    layer that learned comes before, belong to what they prepare.

    Args:
        layers: The network's layers, each after those that feed it.

    Returns:
        The blocks in order; each layer is in one.
    """
    by_name = {layer.name: layer for layer in layers}
    blocks: list[list[Layer]] = []
    trunk: list[Layer] = []  # of the last block: its layers without those of branches
    preparing: list[Layer] = []
    for unit in _units(layers):
        if blocks and _belongs_to(unit, trunk, by_name) and not any(map(_is_adjusting, preparing)):
            blocks[-1] += [*preparing, *unit]
            trunk += unit if len(unit) == 1 else []
            preparing = []
        elif len(unit) == 1 and (_is_padding(unit[0]) or _is_adjusting(unit[0])):
            preparing += unit
        else:
            if len(unit) == 1 and not _is_learned(unit[0]) and any(map(_is_adjusting, preparing)):
                blocks.append(preparing)  # they prepare nothing: what they show is their own
                preparing = []
            blocks.append([*preparing, *unit])
            trunk = [unit[-1]]
            preparing = []
    return tuple(Block(tuple(block)) for block in [*blocks, preparing] if block)


def find_stages(blocks: Iterable[Block]) -> tuple[Stage, ...]:
    """Group a network's blocks by the resolution of their maps.

    Args:
        blocks: From `find_blocks`.

    Returns:
        The stages in order; each block is in one. What comes after the last maps is a stage, and the block of the
        answer, at the end, is one of its own.
    """
    blocks = tuple(blocks)
    stages: list[list[Block]] = []
    side = 0.0  # of the maps of the stage so far; 0 where there are no places
    for number, block in enumerate(blocks):
        own = _side(block)
        is_answer = number == len(blocks) - 1
        is_pooling = "Pooling" in block.shown.kind and all(map(passes_on, block.layers[:-1]))
        begins = bool(side) != bool(own) or own < SHRINKS * side or own * SHRINKS > side
        if is_answer or not stages or (begins and not (is_pooling and own)):
            stages.append([block])
            side = own
        else:
            stages[-1].append(block)
    return tuple(Stage(tuple(stage)) for stage in stages)


def _side(block: Block) -> float:
    """Compute the geometric mean of the sides of a block's maps; 0 if there is a single place."""
    places = block.shown.places or (1, 1)
    return (places[0] * places[1]) ** 0.5 if places != (1, 1) else 0.0


def _units(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Divide layers after each in which all paths meet; shortcuts across much of a network count for none."""
    number = {layer.name: index for index, layer in enumerate(layers)}
    edges = {(number[name], index) for index, layer in enumerate(layers) for name in layer.inputs}
    edges |= {(-1, index) for index, layer in enumerate(layers) if not layer.inputs}
    while True:
        units = _divided(layers, edges)
        deep = {number[layer.name] for unit in units if _depth(unit) > MAX_DEPTH for layer in unit}
        longest = max((after - before for before, after in edges if after in deep), default=1)
        if longest == 1:
            return units
        edges = {(before, after) for before, after in edges if after not in deep or after - before < longest}


def _divided(layers: Sequence[Layer], edges: Iterable[tuple[int, int]]) -> list[list[Layer]]:
    """Divide layers after each that no edge leads past."""
    passed = [0] * (len(layers) + 1)
    for before, after in edges:
        passed[before + 1] += 1
        passed[after] -= 1
    units: list[list[Layer]] = [[]]
    num_passing = 0
    for index, layer in enumerate(layers):
        units[-1].append(layer)
        num_passing += passed[index]
        if not num_passing:
            units.append([])
    return [unit for unit in units if unit]


def _depth(unit: Sequence[Layer]) -> int:
    """Count the layers that learned on the longest path through a unit."""
    depths: dict[str, int] = {}
    for layer in unit:
        depths[layer.name] = max((depths.get(name, 0) for name in layer.inputs), default=0) + _is_learned(layer)
    return max(depths.values())


def _is_learned(layer: Layer) -> bool:
    """Tell whether a layer learned more than to scale and shift what it gets."""
    return layer.num_parameters > 0 and not _is_adjusting(layer)


def _is_adjusting(layer: Layer) -> bool:
    """Tell whether a layer is a normalization or an activation."""
    return layer.kind.endswith("Normalization") or layer.kind in ACTIVATIONS


def _is_padding(layer: Layer) -> bool:
    """Tell whether a layer only prepares what comes next."""
    return layer.kind in PREPARING


def _belongs_to(unit: Sequence[Layer], trunk: Sequence[Layer], by_name: dict[str, Layer]) -> bool:
    """Tell whether a unit belongs to the block before it, whose layers are the trunk, but for those of gates."""
    last = unit[-1]
    if len(unit) > 1:
        return last.kind in GATES and last.places is not None and last.places == trunk[-1].places
    learned = [layer for layer in trunk if _is_learned(layer)]
    if "Dropout" in last.kind or last.kind in ACTIVATIONS:
        return True
    if _is_adjusting(last):
        return bool(learned)
    if last.kind in OF_CHANNELS:
        return len(learned) == 1 and _is_pointwise(learned[0], by_name)
    return bool(learned) and learned[-1].kind in OF_CHANNELS and _is_pointwise(last, by_name)


def _is_pointwise(layer: Layer, by_name: dict[str, Layer]) -> bool:
    """Tell whether a layer is a convolution of single places: its units see what those before it see."""
    if not (_is_learned(layer) and "Conv" in layer.kind and layer.inputs):
        return False
    before, own = by_name[layer.inputs[0]].receptive_field, layer.receptive_field
    return (own.rows.size, own.rows.stride) == (before.rows.size, before.rows.stride)
