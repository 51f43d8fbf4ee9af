"""The tab that shows every layer: stage by stage, the convolution above its pooling, each with what excited it most."""

from typing import TypedDict
from urllib.parse import urlencode

from cnnviz.base.figures import count
from cnnviz.result.layer_result import LayerResult
from cnnviz.serving.endpoints import Picture
from cnnviz.ui import words
from cnnviz.ui.component import scripted
from cnnviz.ui.files import InlinePicture, ServedFile, served
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.layers.questions import LayersQuestions
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.strongest_units import Unit
from cnnviz.ui.view import View


class LayersPatch(InlinePicture):
    """What a unit saw."""

    text: str


class LayersLayer(TypedDict):
    """A layer: the picture of its channels, and what excited them most."""

    name: str
    address: str
    caption: str
    file: ServedFile
    file_name: str
    width: int
    height: int
    patches: list[LayersPatch]


class LayersStage(TypedDict):
    """A stage of the photo's journey."""

    title: str
    text: str
    layers: list[LayersLayer]


class LayersWords(TypedDict):
    """The words beside the pictures."""

    download_all: str
    download: str
    full_screen: str
    look_closer: str
    excited: str


class LayersValue(TypedDict):
    """The photo under its token, the colours, and the layers stage by stage."""

    token: str
    colormap: str
    scale: str
    stages: list[LayersStage]
    words: LayersWords


def describe_layers(photo: ShownPhoto) -> LayersValue:
    """Describe what layers.html shows.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    shown = photo.shown
    pictures = {picture.name: picture for picture in shown.pictures}
    return {
        "token": shown.seen.token,
        "colormap": shown.colormap,
        "scale": shown.scale,
        "stages": [
            {
                "title": stage.title,
                "text": stage.text,
                "layers": [
                    _describe_layer(layer, pictures[layer.name], photo.units[layer.name]) for layer in stage.layers
                ],
            }
            for stage in photo.stages
        ],
        "words": {
            "download_all": layers_words.DOWNLOAD_ALL,
            "download": layers_words.DOWNLOAD_LAYER,
            "full_screen": layers_words.FULL_SCREEN,
            "look_closer": layers_words.LOOK_CLOSER,
            "excited": layers_words.EXCITED_MOST,
        },
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
    }


def _patches(layer: LayerResult, units: list[Unit]) -> list[LayersPatch]:
    """Show what the strongest units saw; a pooling's are those of its convolution, and a dense layer's see all."""
    if not layer.layer.places or ("Pooling" in layer.kind and layer.source):
        return []
    return [{**unit.patch, "text": layers_words.PATCH.format(channel=unit.channel)} for unit in units]


LAYERS = View("layers/layers", describe_layers, scripted, LayersQuestions)
