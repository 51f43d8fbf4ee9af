"""The layers that can be chosen from a menu: a tree of stages, blocks and layers."""

from collections.abc import Iterable
from typing import TypedDict

from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.ui import words
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.told import is_long


class MenuEntry(TypedDict):
    """What can be chosen, and what else it is found by: the block of a layer, if it is told, and what it is."""

    name: str
    block: str
    text: str


class MenuGroup(TypedDict):
    """What belongs together, such as the layers of a stage."""

    title: str
    entries: list[MenuEntry]


def describe_menu(photo: ShownPhoto, layers: Iterable[Layer]) -> list[MenuGroup]:
    """Group layers by the stages of the photo's journey.

    Args:
        photo: The photo.
        layers: Those that can be chosen.

    Returns:
        The stages that have some of them, in order; of a long network's layers, each with its block.
    """
    names, network = {layer.name for layer in layers}, photo.network
    blocks = {layer.name: words.BLOCK_NUMBER.format(number=n) for layer, n in _number_blocks(network)}
    stages = [stage.layers for stage in network.stages] if is_long(network) else _layers_of_stages(photo)
    groups: list[MenuGroup] = [
        {
            "title": told.title,
            "entries": [_describe(layer, blocks.get(layer.name, "")) for layer in stage if layer.name in names],
        }
        for told, stage in zip(photo.stages, stages, strict=True)
    ]
    return [group for group in groups if group["entries"]]


def _layers_of_stages(photo: ShownPhoto) -> list[tuple[Layer, ...]]:
    return [tuple(each.layer for each in stage.layers) for stage in photo.stages]


def _number_blocks(network: Network) -> list[tuple[Layer, int]]:
    """List the layers of a long network, each with the number of its block."""
    blocks = enumerate(network.blocks, start=1) if is_long(network) else ()
    return [(layer, number) for number, block in blocks for layer in block.layers]


def _describe(layer: Layer, block: str) -> MenuEntry:
    return {"name": layer.name, "block": block, "text": f"{layer.kind_text} · {layer.shape_text}"}
