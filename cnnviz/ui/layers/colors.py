"""What chooses the colours of the strip and of all grids."""

from typing import TypedDict

from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.ui.channel_data import COLORMAPS
from cnnviz.ui.component import drawing
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.view import View, Words


class ColorsValue(TypedDict):
    """A colour map, and what brightness is measured against, as `LayerResult.picture` takes them."""

    colormap: str
    scale: str


class ColorsSettings(TypedDict):
    """The words, and the names of the colour maps."""

    words: Words
    colormaps: tuple[str, ...]


DEFAULT_COLORS: ColorsValue = {"colormap": DEFAULT_COLORMAP, "scale": DEFAULT_SCALE}


def describe_colors(_: None) -> ColorsValue:
    """Describe what is chosen at first.

    Returns:
        Plain JSON values.
    """
    return DEFAULT_COLORS


def colors_settings() -> ColorsSettings:
    """List what can be chosen.

    Returns:
        Plain JSON values.
    """
    return {"words": layers_words.CHOICE, "colormaps": COLORMAPS}


COLORS: View[None] = View("layers/colors", describe_colors, drawing, settings=colors_settings)
