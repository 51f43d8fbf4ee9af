"""The tab of two photos: what it shows before another photo is chosen."""

from typing import TypedDict

from cnnviz.result.comparison import telling_layer
from cnnviz.result.layer_result import DEFAULT_COLORMAP
from cnnviz.ui.channel_data import ClassShare, Palettes, describe_palettes, name_answer, unit_name
from cnnviz.ui.comparison import words
from cnnviz.ui.comparison.questions import ComparisonQuestions
from cnnviz.ui.component import drawing
from cnnviz.ui.layer_menu import MenuGroup, describe_menu
from cnnviz.ui.shown_photo import SeenPicture, ShownPhoto
from cnnviz.ui.view import View, Words


class ComparisonSettings(TypedDict):
    """What is the same for all photos and models."""

    words: Words
    palettes: Palettes


class ComparisonLayer(TypedDict):
    """A layer that can be chosen, and what it consists of."""

    name: str
    unit: str


class ComparisonValue(TypedDict):
    """The page's photo under its token, the layers, and with which layer and example to begin."""

    token: str
    seen: SeenPicture
    label: str
    classes: list[ClassShare]
    layers: list[ComparisonLayer]
    menu: list[MenuGroup]
    layer: str
    example: int


def comparison_settings() -> ComparisonSettings:
    """Make what is the same for all photos and models.

    Returns:
        Plain JSON values: the words, and the palettes as `describe_palettes` gives them.
    """
    return {"words": words.COMPARISON, "palettes": describe_palettes((DEFAULT_COLORMAP,))}


def describe_first(photo: ShownPhoto) -> ComparisonValue:
    """Describe the page's photo before it is compared with another.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values, among them layer, the one to begin with, and example, the index of the picture to begin with:
        the first that is not the photo itself.
    """
    others = [index for index, each in enumerate(photo.model.examples) if str(each.path) != photo.path]
    return {
        "token": photo.shown.seen.token,
        "seen": photo.seen,
        "label": name_answer(photo.network.head, photo.result.probabilities),
        "classes": photo.classes,
        "layers": [{"name": layer.name, "unit": unit_name(layer)} for layer in photo.result.layers],
        "menu": describe_menu(photo, photo.network.layers),
        "layer": telling_layer(photo.network),
        "example": (others or [0])[0],
    }


COMPARISON = View("comparison/comparison", describe_first, drawing, ComparisonQuestions, comparison_settings)
