"""The stages of the tab with all layers: the convolution above its pooling, each with what excited it most."""

from typing import TypedDict
from urllib.parse import urlencode

from cnnviz.base.figures import count, sides
from cnnviz.network.blocks import Block
from cnnviz.result.archive import num_bytes
from cnnviz.result.layer_result import LayerResult
from cnnviz.serving.endpoints import Picture
from cnnviz.ui import words
from cnnviz.ui.channel_data import unit_name
from cnnviz.ui.files import InlinePicture, ServedFile, served
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.layers.choice import LayersPlace, drawn_names, list_places
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.stages import Stage
from cnnviz.ui.story.told import is_long
from cnnviz.ui.strongest_units import Unit

MAX_KINDS = 12
"""Kinds of layers that are listed of a block."""

LARGE_MEGABYTES = 20
"""Megabytes of a file whose size a visitor should know before it is downloaded."""


class LayersPatch(InlinePicture):
    """What a unit saw, and the channel that it is of."""

    text: str
    channel: int


class LayersTiles(TypedDict):
    """Where the tiles are in a layer's picture, in pixels: how far apart, how large; and what each stands for."""

    number: int
    columns: int
    down: int
    across: int
    height: int
    width: int
    unit: str


class LayersBlock(TypedDict):
    """A block of a long network: its number, what it consists of, and what stands on the button that opens it.

    The button is "" if no more of its layers can be drawn.
    """

    number: int
    text: str
    button: str
    is_open: bool


class LayersLayer(TypedDict):
    """A layer: the picture of its channels, and what excited them most; of a long network's, the block that it ends."""

    name: str
    address: str
    caption: str
    file: ServedFile
    file_name: str
    width: int
    height: int
    patches: list[LayersPatch]
    tiles: LayersTiles | None
    block: LayersBlock | None


class LayersStage(TypedDict):
    """A stage of the photo's journey; one that is not open has no layers."""

    title: str
    text: str
    size: str
    layers: list[LayersLayer]


class LayersWords(TypedDict):
    """The words beside the pictures."""

    download_all: str
    download_all_holds: str
    report: str
    report_holds: str
    preparing: str
    download: str
    full_screen: str
    look_closer: str
    tile: str
    excited: str
    stages: str


class LayersValue(TypedDict):
    """The photo under its token, the colours, and the layers stage by stage.

    Of a long network, one stage is open, and some of its blocks; places tell where each layer is found.
    """

    token: str
    colormap: str
    scale: str
    stages: list[LayersStage]
    open_stage: int | None
    open_blocks: list[int]
    places: dict[str, LayersPlace]
    words: LayersWords


def describe_layers(photo: ShownPhoto) -> LayersValue:
    """Describe what layers.html shows: the layers of which there are pictures.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    shown, network = photo.shown, photo.network
    pictures = {picture.name: picture for picture in shown.pictures}
    opened = [stage for stage in photo.stages if stage.layers[-1].name in pictures]
    megabytes = -(-num_bytes(network) // 10**6)
    drawn = [drawn_names(block) for block in network.blocks] if is_long(network) else []
    return {
        "token": shown.seen.token,
        "colormap": shown.colormap,
        "scale": shown.scale,
        "stages": [
            {
                "title": stage.title,
                "text": stage.text,
                "size": _describe_size(stage),
                "layers": [
                    entry
                    for layer in (stage.layers if stage in opened else ())
                    for entry in _entries(layer, photo, pictures)
                ],
            }
            for stage in photo.stages
        ],
        "open_stage": photo.stages.index(opened[0]) if is_long(network) else None,
        "open_blocks": [
            number for number, names in enumerate(drawn) if len(names) > 1 and pictures.keys() >= set(names)
        ],
        "places": list_places(network),
        "words": {
            "download_all": _describe_pack(megabytes),
            "download_all_holds": layers_words.DOWNLOAD_ALL_HOLDS.format(size=count(megabytes)),
            "report": layers_words.REPORT,
            "report_holds": layers_words.REPORT_HOLDS,
            "preparing": layers_words.PREPARING,
            "download": layers_words.DOWNLOAD_LAYER,
            "full_screen": layers_words.FULL_SCREEN,
            "look_closer": layers_words.LOOK_CLOSER,
            "tile": layers_words.TILE,
            "excited": layers_words.EXCITED_MOST,
            "stages": layers_words.STAGES,
        },
    }


def _describe_pack(megabytes: int) -> str:
    """Write what stands on the button that packs everything: the size, too, if it is large."""
    is_large = megabytes >= LARGE_MEGABYTES
    return layers_words.DOWNLOAD_ALL_LARGE.format(size=count(megabytes)) if is_large else layers_words.DOWNLOAD_ALL


def _describe_size(stage: Stage) -> str:
    """Write how many places a stage's maps have, and how many blocks it has: "56x56 · 3 blocks"."""
    number = len(stage.layers)
    blocks = words.BLOCK if number == 1 else words.BLOCKS.format(number=number)
    places = stage.layers[0].layer.places
    return f"{sides(*places)} · {blocks}" if places else blocks


def _entries(layer: LayerResult, photo: ShownPhoto, pictures: dict[str, Picture]) -> list[LayersLayer]:
    """Describe a layer; of a long network, the layers of its block of which there are pictures."""
    blocks = photo.network.blocks if is_long(photo.network) else ()
    number, block = next(((n, each) for n, each in enumerate(blocks) if each.name == layer.name), (0, None))
    if block is None:
        return [_describe_layer(layer, pictures[layer.name], photo.units(layer))]
    layers = [photo.result[each.name] for each in block.layers if each.name in pictures]
    entries = [_describe_layer(each, pictures[each.name], photo.units(each)) for each in layers]
    if entries and len(block.layers) > 1:
        entries[-1]["block"] = _describe_block(block, number, is_open=len(entries) > 1)
    return entries


def _describe_block(block: Block, number: int, is_open: bool) -> LayersBlock:
    num_layers, num_drawn, kinds = len(block.layers), len(drawn_names(block)), [layer.kind for layer in block.layers]
    listed = ", ".join(kinds[:MAX_KINDS]) + (", …" if num_layers > MAX_KINDS else "")
    unfold = layers_words.UNFOLD.format(number=num_drawn) if num_drawn > 1 else ""
    return {
        "number": number,
        "text": layers_words.BLOCK_OF.format(block=number + 1, number=num_layers, kinds=listed),
        "button": layers_words.FOLD if is_open else unfold,
        "is_open": is_open,
    }


def _describe_layer(layer: LayerResult, picture: Picture, units: list[Unit]) -> LayersLayer:
    caption = picture.caption.removeprefix(f"{layer.name} · ")
    number = layer.layer.num_parameters
    parameters = f" · {words.NUM_PARAMETERS.format(number=count(number))}" if number else ""
    return {
        "name": layer.name,
        "address": f"?{urlencode({'layer': layer.name})}",
        "caption": caption + parameters,
        "file": served(picture.path),
        "file_name": picture.path.name,
        "width": picture.size[0],
        "height": picture.size[1],
        "patches": _patches(layer, units),
        "tiles": None if layer.answer else _describe_tiles(layer),
        "block": None,
    }


def _describe_tiles(layer: LayerResult) -> LayersTiles:
    layout = layer.layout
    down, across = layout.pitch
    height, width = layout.tile_size
    return {
        "number": layout.num_channels,
        "columns": layout.columns,
        "down": down,
        "across": across,
        "height": height,
        "width": width,
        "unit": unit_name(layer),
    }


def _patches(layer: LayerResult, units: list[Unit]) -> list[LayersPatch]:
    """Show what the strongest units saw; a pooling's are those of its convolution, and a dense layer's see all."""
    if not layer.layer.places or ("Pooling" in layer.kind and layer.source):
        return []
    name = unit_name(layer)
    return [
        {
            **unit.patch,
            "text": layers_words.TILE.format(unit=name, channel=unit.channel),
            "channel": unit.channel,
        }
        for unit in units
    ]
