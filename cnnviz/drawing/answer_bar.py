"""Drawing of the answer as a labelled bar: the picture of the last layer."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from cnnviz.base.figures import percent
from cnnviz.drawing.class_colors import PALE
from cnnviz.drawing.lettering import load_font, shorten

BAR_WIDTH, BAR_HEIGHT, LABEL_HEIGHT, FONT_SIZE, MARGIN = 608, 48, 40, 24, 12
MAX_CLASSES = 5
"""Classes that have a bar of their own, if there are more than two."""

BACKGROUND_COLOR, TEXT_COLOR, TRACK_COLOR = (32, 32, 36), (255, 255, 255), (72, 72, 78)
CLASS_COLORS = tuple(map(ImageColor.getrgb, PALE))

NUM_SHARING = len(CLASS_COLORS)
"""Largest number of classes that share one bar; if there are more, each has its own bar."""

TEXT, TRACK, FIRST_CLASS = 250, 251, 252
"""Palette indices. Those from 0 to TEXT are shades from the background to the text: they smooth the letters' edges."""


@cache
def _palette() -> list[int]:
    shades = np.linspace(BACKGROUND_COLOR, TEXT_COLOR, TEXT + 1).round().astype(int)
    return [*shades.ravel().tolist(), *TRACK_COLOR, *CLASS_COLORS[0], *CLASS_COLORS[1]]


def draw_bar(probabilities: Mapping[str, float], multi_label: bool = False) -> Image.Image:
    """Draw the probabilities of the classes.

    Two classes share one bar; of more classes, the five most probable have one bar each.

    Args:
        probabilities: Class names and values in [0, 1] that sum to 1.
        multi_label: Whether each class is a yes or no of its own: then the values need not sum to 1, and two classes
            have one bar each.

    Returns:
        An indexed picture, 608 pixels wide.

    Example:
        >>> draw_bar({"cat": 0.25, "dog": 0.75}).mode
        'P'
    """
    most = sorted(probabilities.items(), key=lambda item: -item[1])[:MAX_CLASSES]
    shared = len(probabilities) == NUM_SHARING and not multi_label
    rows = [list(probabilities.items())] if shared else [[item] for item in most]
    picture = Image.new("P", (BAR_WIDTH, len(rows) * (BAR_HEIGHT + LABEL_HEIGHT)))
    picture.putpalette(_palette())
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "L"  # smooth edges
    for number, row in enumerate(rows):
        _draw_row(draw, number * (BAR_HEIGHT + LABEL_HEIGHT), row)
    return picture


def _draw_row(draw: ImageDraw.ImageDraw, top: int, row: list[tuple[str, float]]) -> None:
    """Draw one bar: its parts from left to right; the first label is on the left, the second on the right."""
    bottom = top + LABEL_HEIGHT + BAR_HEIGHT - 1
    draw.rectangle((0, top + LABEL_HEIGHT, BAR_WIDTH - 1, bottom), fill=TRACK)
    left = 0.0
    for part, (name, probability) in enumerate(row):
        right = left + probability * BAR_WIDTH
        if round(right) > round(left):
            draw.rectangle((round(left), top + LABEL_HEIGHT, round(right) - 1, bottom), fill=FIRST_CLASS + part)
        anchor, x = ("rm", BAR_WIDTH - MARGIN) if part else ("lm", MARGIN)
        font, number = load_font(FONT_SIZE, text=name), f" {percent(probability)}"
        room = BAR_WIDTH / len(row) - 2 * MARGIN - font.getlength(number)
        text = shorten(name, font, room) + number
        draw.text((x, top + LABEL_HEIGHT // 2), text, fill=TEXT, font=font, anchor=anchor)
        left = right
