"""A long network as a tree: its stages, their blocks, their layers."""

from collections.abc import Sequence
from typing import TypedDict

from cnnviz.base.figures import count
from cnnviz.network.blocks import Block, Stage, passes_on
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.ui.component import breakable
from cnnviz.ui.network import words
from cnnviz.ui.network.diagram import DiagramBlock, draw_block
from cnnviz.ui.network.rails import Rail, lay_rails
from cnnviz.ui.story.stages import title_stages
from cnnviz.ui.words import BLOCK, BLOCK_NUMBER, BLOCKS

Cells = tuple[str, str, str, str]
"""What the table says beside a name: kind or size, shape, parameters, and what a unit sees."""


class TreeLayer(TypedDict):
    """A layer; one that only passes on is shown nowhere, so nothing leads there."""

    name: str
    text: str
    is_shown: bool
    role: str
    cells: Cells
    rail: Rail


class TreeBlock(TypedDict):
    """A block, the name of the layer that is shown of it, how it is drawn, and its layers with their lanes."""

    title: str
    text: str
    cells: Cells
    drawing: DiagramBlock
    lanes: int
    layers: list[TreeLayer]


class TreeStage(TypedDict):
    """A stage, its blocks, and their drawing: how many stripes it is wide, and how far it reaches up and down."""

    title: str
    size: str
    cells: Cells
    wide: int
    top: float
    bottom: float
    blocks: list[TreeBlock]


def describe_tree(network: Network) -> list[TreeStage]:
    """Describe a long network.

    Args:
        network: The network.

    Returns:
        Plain JSON values: all stages with all blocks and layers.
    """
    numbers = {id(block): number for number, block in enumerate(network.blocks, start=1)}
    return [
        _describe_stage(stage, title, [_describe_block(block, numbers[id(block)]) for block in stage.blocks])
        for stage, title in zip(network.stages, title_stages(network), strict=True)
    ]


def _describe_stage(stage: Stage, title: str, blocks: list[TreeBlock]) -> TreeStage:
    number, drawings = len(blocks), [block["drawing"] for block in blocks]
    size = BLOCK if number == 1 else BLOCKS.format(number=number)
    return {
        "title": title,
        "size": size,
        "cells": _cells(f"{size}, {_count_layers(stage.layers)}", stage.layers, stage.blocks[-1].shown),
        "wide": sum(drawing["wide"] for drawing in drawings),
        "top": min(drawing["top"] for drawing in drawings),
        "bottom": max(drawing["bottom"] for drawing in drawings),
        "blocks": blocks,
    }


def _describe_block(block: Block, number: int) -> TreeBlock:
    rails, lanes = lay_rails(block.layers)
    return {
        "title": BLOCK_NUMBER.format(number=number),
        "text": breakable(block.name),
        "cells": _cells(_count_layers(block.layers), block.layers, block.shown),
        "drawing": draw_block(block.layers),
        "lanes": lanes,
        "layers": [
            {
                "name": layer.name,
                "text": breakable(layer.name),
                "is_shown": layer is block.shown or not passes_on(layer),
                "role": layer.role,
                "cells": _cells(layer.kind_text, [layer], layer),
                "rail": rail,
            }
            for layer, rail in zip(block.layers, rails, strict=True)
        ],
    }


def _count_layers(layers: Sequence[Layer]) -> str:
    return words.LAYER if len(layers) == 1 else words.LAYERS.format(number=len(layers))


def _cells(text: str, layers: Sequence[Layer], last: Layer) -> Cells:
    num_parameters = sum(layer.num_parameters for layer in layers)
    return text, last.shape_text, count(num_parameters), last.seen_text
