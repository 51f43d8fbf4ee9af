"""What each channel looks for: the atlas in the tab on the network, and one of its pictures beside a channel."""

from pathlib import Path
from typing import TypedDict
from urllib.parse import urlencode

from cnnviz.atlas.atlas import LayerAtlas
from cnnviz.base.figures import count, short
from cnnviz.drawing.grid import columns_for
from cnnviz.drawing.png import encode_png
from cnnviz.network.network import Network
from cnnviz.ui.component import plain
from cnnviz.ui.files import address
from cnnviz.ui.network import words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.view import View

TILE_PIXELS = 76
"""Target edge of a picture as a tile; larger pictures keep their size."""

NUM_WHOLE, NUM_FIRST = 40, 30
"""Number of channels up to which a layer is shown whole, and number of channels shown at first of a larger one."""

MAX_TILES = 256
"""Number of tiles of one layer; more would make the page large."""


class AtlasTile(TypedDict):
    """What one channel looks for; reached is its activation as text."""

    channel: int
    is_silent: bool
    reached: str
    text: str


class AtlasLayer(TypedDict):
    """A layer: one picture of all channels, columns of them in a row, each of a width and height in pixels."""

    name: str
    text: str
    address: str
    url: str
    columns: int
    room: int
    width: int
    height: int
    tiles: list[AtlasTile]
    others: list[AtlasTile]
    more: str


class AtlasValue(TypedDict):
    """What the channels of convolutions look for."""

    heading: str
    text: str
    layers: list[AtlasLayer]


def describe_atlas(model: ServedModel) -> AtlasValue:
    """Describe what atlas.html shows.

    Args:
        model: The model; its folder gets the pictures, enlarged.

    Returns:
        Plain JSON values.
    """
    layers = [
        _describe_layer(atlas, model.network, model.folder / f"atlas-{index}.png")
        for index, atlas in enumerate(model.atlas.values())
    ]
    text = words.ATLAS if model.network.preprocessing.num_channels > 1 else words.ATLAS_GRAY
    return {"heading": words.ATLAS_HEADING, "text": text, "layers": layers}


def _describe_layer(atlas: LayerAtlas, network: Network, path: Path) -> AtlasLayer:
    num_channels, height, width, _ = atlas.pictures.shape
    scale, columns = max(TILE_PIXELS // max(height, width), 1), columns_for(num_channels)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(atlas.sheet(scale)))
    tiles = [_describe_channel(atlas, channel) for channel in range(min(num_channels, MAX_TILES))]
    number = num_channels if num_channels <= NUM_WHOLE else NUM_FIRST
    more = words.ATLAS_CUT if num_channels > MAX_TILES else words.ATLAS_MORE
    scaled = words.ATLAS_SCALED.format(scale=scale) if scale > 1 else ""
    return {
        "name": atlas.layer_name,
        "text": words.ATLAS_LAYER.format(
            num_channels=count(num_channels), height=height, width=width, scaled=scaled, seen=_seen(atlas, network)
        ),
        "address": f"?{urlencode({'layer': atlas.layer_name})}",
        "url": address(path),
        "columns": columns,
        "room": max(width * scale, TILE_PIXELS),
        "width": width * scale,
        "height": height * scale,
        "tiles": tiles[:number],
        "others": tiles[number:],
        "more": more.format(number=count(len(tiles) - number)),
    }


def _describe_channel(atlas: LayerAtlas, channel: int) -> AtlasTile:
    silent, reached = bool(atlas.silent[channel]), short(float(atlas.activations[channel]))
    text = (words.ATLAS_SILENT if silent else words.ATLAS_TILE).format(
        layer=atlas.layer_name, channel=channel, reached=reached
    )
    return {"channel": channel, "is_silent": silent, "reached": reached, "text": text}


def _seen(atlas: LayerAtlas, network: Network) -> str:
    """Tell whether the pictures are as large as what a unit sees."""
    axes = network.layer(atlas.layer_name).receptive_field.rows, network.layer(atlas.layer_name).receptive_field.columns
    sees = tuple(axis.num_pixels for axis in axes)
    return words.ATLAS_WHOLE if atlas.pictures.shape[1:3] == sees else words.ATLAS_PART


ATLAS = View("network/atlas", describe_atlas, plain)
