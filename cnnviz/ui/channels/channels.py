"""The channel explorer: what the page needs to look into any channel of any layer; the browser does the drawing."""

from typing import TypedDict

from cnnviz.base.figures import count
from cnnviz.result.arithmetic import find_kernel
from cnnviz.result.layer_result import LayerResult
from cnnviz.ui import words
from cnnviz.ui.channel_data import (
    COLORMAPS,
    Field,
    Palettes,
    describe_field,
    describe_palettes,
    unit_name,
)
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.channels.questions import ChannelQuestions
from cnnviz.ui.component import drawing
from cnnviz.ui.layer_menu import MenuGroup, describe_menu
from cnnviz.ui.shown_photo import PhotoPicture, SeenPicture, ShownPhoto
from cnnviz.ui.story.told import told_layers
from cnnviz.ui.view import View, Words


class ChannelsSettings(TypedDict):
    """What never changes in the explorer."""

    words: Words
    colormaps: tuple[str, ...]
    palettes: Palettes


class ChannelsLayer(TypedDict):
    """A layer that can be chosen."""

    name: str
    text: str
    unit: str
    num_channels: int
    field: Field
    note: str
    has_kernel: bool
    can_switch: bool
    has_film: bool


class ChannelsValue(TypedDict):
    """The photo under its token, the colours that the network gets, the layers, and with which of them to begin."""

    token: str
    colors: list[str]
    seen: SeenPicture
    photo: PhotoPicture
    label: str
    layers: list[ChannelsLayer]
    menu: list[MenuGroup]
    layer: str


def channel_settings() -> ChannelsSettings:
    """Make what never changes in the explorer.

    Returns:
        Plain JSON values: words, the names of the colours that can be chosen, and their palettes.
    """
    return {"words": channels_words.CHANNELS, "colormaps": COLORMAPS, "palettes": describe_palettes(COLORMAPS)}


def describe_channels(photo: ShownPhoto) -> ChannelsValue:
    """Describe what the explorer shows before a layer is chosen.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    timeline = photo.model.timeline
    has_film = timeline is not None and len(timeline.read()) > 0
    return {
        "token": photo.shown.seen.token,
        "colors": list(photo.network.preprocessing.color_names),
        "seen": photo.seen,
        "photo": photo.photo,
        "label": photo.result.label,
        "layers": [_describe_layer(layer, photo, has_film) for layer in photo.result.layers],
        "menu": describe_menu(photo, photo.network.layers),
        "layer": told_layers(photo.network)[0].name,
    }


def _describe_layer(layer: LayerResult, photo: ShownPhoto, has_film: bool) -> ChannelsLayer:
    network, number = photo.network, layer.layer.num_parameters
    parameters = [words.NUM_PARAMETERS.format(number=count(number))] if number else []
    note = filter(None, [layer.receptive_field.note])
    return {
        "name": layer.name,
        "text": " · ".join([layer.layer.kind_text, layer.layer.shape_text, *parameters, *note]),
        "unit": unit_name(layer),
        "num_channels": len(layer.feature_maps),
        "field": describe_field(layer.seen),
        "note": layer.receptive_field.note,
        "has_kernel": find_kernel(network, layer.name, 0) is not None,
        "can_switch": layer.layer is not network.layers[-1],
        "has_film": has_film and bool(layer.layer.places),
    }


CHANNELS = View("channels/channels", describe_channels, drawing, ChannelQuestions, channel_settings)
