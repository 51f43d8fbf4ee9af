"""The tab on the network itself: its layers, how it was trained, how well it does."""

import math
import re
import shutil
from pathlib import Path
from typing import TypedDict

from cnnviz.base.figures import count
from cnnviz.model_folder import manifest
from cnnviz.model_folder.card_figures import CHARTS
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.ui.component import markdown, scripted
from cnnviz.ui.files import ServedFile, served
from cnnviz.ui.network import words
from cnnviz.ui.network.tree import TreeStage, describe_tree
from cnnviz.ui.network_input import describe_input
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.story.layer_numbers import without_gates
from cnnviz.ui.story.told import is_long
from cnnviz.ui.view import View

TALLEST = 96
"""Pixels of the tallest block in the diagram; lines may be a little longer."""

PIXELS_PER_DOUBLING, PIXELS_PER_DOUBLING_OF_A_LINE = 5, 8
THINNEST = 6
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
PICTURE = re.compile(r"^<picture>.*</picture>\n*", re.MULTILINE)


class NetworkBlock(TypedDict):
    """A layer in the diagram, and its size in pixels."""

    name: str
    shape: str
    wide: int
    tall: int
    role: str


class NetworkRole(TypedDict):
    """What layers do, and in which colour the diagram draws them: that of the role's name."""

    role: str
    text: str


class ChartFiles(TypedDict):
    """A chart for light pages, and one for dark ones."""

    light: ServedFile
    dark: ServedFile


class NetworkChart(ChartFiles):
    """A chart, and what it shows."""

    text: str


class NetworkValue(TypedDict):
    """The network's layers, in a diagram and in a table, and how it was measured.

    A long network has stages instead of blocks and rows; their drawing reaches so many pixels above and below its
    middle.
    """

    heading: str
    input: str
    diagram: str
    blocks: list[NetworkBlock]
    stages: list[TreeStage]
    above: float
    below: float
    roles: list[NetworkRole]
    table: str
    headings: tuple[str, ...]
    units: tuple[str, ...]
    rows: list[tuple[str, ...]]
    charts_heading: str
    charts: list[NetworkChart]


def describe_network(model: ServedModel) -> NetworkValue:
    """Describe what network.html shows.

    Args:
        model: The model; its folder gets copies of the pictures in the model folder.

    Returns:
        Plain JSON values.
    """
    network, folder = model.network, model.folder
    layers = network.layers
    num_parameters = network.model.count_params()
    stages = describe_tree(network) if is_long(network) else []
    drawings = [block["drawing"] for stage in stages for block in stage["blocks"]]
    told = () if stages else layers
    charts: list[NetworkChart] = [
        {**pictures, "text": text} for name, text in CHARTS.items() if (pictures := _chart(network, name, folder))
    ]
    return {
        "heading": words.NETWORK_HEADING.format(num_layers=len(layers), num_parameters=count(num_parameters)),
        "input": describe_input(network.preprocessing),
        "diagram": words.DIAGRAM_OF_STAGES if stages else words.DIAGRAM,
        "blocks": [_block(layer, network.preprocessing.height) for layer in told],
        "stages": stages,
        "above": -min((drawing["top"] for drawing in drawings), default=0),
        "below": max((drawing["bottom"] for drawing in drawings), default=0),
        "roles": [
            {"role": role, "text": text}
            for role, text in words.ROLES.items()
            if role in {layer.role for layer in layers}
        ],
        "table": without_gates(words.TABLE, network) if stages else words.TABLE,
        "headings": words.TABLE_HEADINGS,
        "units": words.TABLE_UNITS,
        "rows": [_row(layer) for layer in told],
        "charts_heading": words.CHARTS_HEADING if charts else "",
        "charts": charts,
    }


def read_card(model: ServedModel) -> str:
    """Read the text of the model's card.

    Args:
        model: The model.

    Returns:
        The card as Markdown, without the Hub's metadata and without pictures, which the tab shows itself; "" where
        there is none. HTML in it is shown as text, and other pictures are links: a stranger's card may not cover the
        page, ask for anything in its name, or have visitors' browsers call other hosts.
    """
    network = model.network
    if network.folder is None:
        return ""
    text = (network.folder / manifest.CARD).read_text(encoding="utf-8", errors="replace")
    text = PICTURE.sub("", FRONT_MATTER.sub("", text)).strip()
    return f"## {words.CARD_HEADING}\n\n{text.replace('<', '&lt;').replace('![', '[')}"


def _row(layer: Layer) -> tuple[str, ...]:
    return layer.name, layer.kind_text, layer.shape_text, count(layer.num_parameters), layer.whole_seen_text


def _block(layer: Layer, height: int) -> NetworkBlock:
    """Compute the size in which the diagram draws a layer."""
    doublings = math.log2(layer.shape[-1])
    if layer.places:
        size = PIXELS_PER_DOUBLING * doublings, TALLEST * layer.places[0] / height
    else:
        size = THINNEST, PIXELS_PER_DOUBLING_OF_A_LINE * doublings
    wide, tall = (max(round(side), THINNEST) for side in size)
    return {"name": layer.name, "shape": layer.shape_text, "wide": wide, "tall": tall, "role": layer.role}


def _chart(network: Network, name: str, folder: Path) -> ChartFiles | None:
    """Copy a picture of the model's folder, for light and dark pages; None where there is none.

    Only what the folder's manifest lists was verified when it was read.
    """
    names = f"{name}.png", f"{name}-dark.png"
    if network.folder is None or not set(names) <= network.manifest.get("files", {}).keys():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    light, dark = (served(Path(shutil.copy(network.folder / each, folder / each))) for each in names)
    return {"light": light, "dark": dark}


NETWORK = View("network/network", describe_network, scripted)
CARD = View("card", read_card, markdown)
