"""What the tiles and the numbers mean."""

from typing import TypedDict

from cnnviz.ui import words
from cnnviz.ui.component import plain
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.story.layer_numbers import strip_rows
from cnnviz.ui.view import View


class LegendValue(TypedDict):
    """A heading, paragraphs, and rows of a word and what it means."""

    heading: str
    paragraphs: list[str]
    rows: list[tuple[str, str]]


def describe_legend(model: ServedModel) -> LegendValue:
    """Explain the tiles, and the numbers under the strip.

    Args:
        model: The model.

    Returns:
        Plain JSON values.
    """
    network = model.network
    signed = "" if all(layer.non_negative for layer in network.layers) else layers_words.READING_SIGNED
    return {
        "heading": words.READING_HEADING,
        "paragraphs": [f"{layers_words.READING} {signed}".rstrip(), layers_words.READING_NUMBERS],
        "rows": [(label, text) for label, text, _ in strip_rows(network)],
    }


LEGEND = View("layers/reading", describe_legend, plain)
