"""The strip: the photo's journey through all layers to the answer, one tile each, with rows of numbers below."""

import html
from collections.abc import Callable
from typing import Any

from cnnviz.drawing.answer_bar import NUM_SHARING
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.head import percent
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.serving.endpoints import Visualization
from cnnviz.ui import words
from cnnviz.ui.answer.strongest_unit import default_tile, describe_unit
from cnnviz.ui.files import inline
from cnnviz.ui.story.findings import Likenesses, tell_recognisable
from cnnviz.ui.story.layer_numbers import probe_names, write_accuracy, write_likeness, write_resolution, write_silent
from cnnviz.ui.story.stages import Stage

TILE_PIXELS = 80
Row = dict[str, Any]


def describe_strip(
    shown: Visualization, network: Network, stages: list[Stage], likenesses: Likenesses
) -> dict[str, Any]:
    """Give the values that strip.html shows; text from the model is escaped.

    Args:
        shown: The answer, and in which colours it is drawn.
        network: What gave it.
        stages: The network's stages.
        likenesses: Of every layer with places, how much its maps look like the photo, and like others.

    Returns:
        Plain JSON values.
    """
    result = shown.result
    layers = result.layers
    return {
        "call": shown.folder.name,
        "heading": words.STRIP_HEADING,
        "hint": words.STRIP_HINT,
        "hint_touch": words.STRIP_HINT_TOUCH,
        "photo": {**inline(fit(result.seen, TILE_PIXELS)), "name": words.STRIP_PHOTO},
        "stages": [{"title": html.escape(stage.title), "span": len(stage.layers)} for stage in stages],
        "tiles": [_tile(layer, shown.colormap) for layer in layers],
        "label": html.escape(result.label),
        "percent": html.escape(percent(result.probabilities[result.label])),
        "label_class": _label_class(result),
        "rows": _rows(result, network, likenesses),
        "selected": default_tile(layers),
        "bright": words.BRIGHT if all(layer.layer.non_negative for layer in layers) else "",
        "recognisable": html.escape(tell_recognisable(likenesses)),
    }


def _label_class(result: Result) -> int | str:
    """Tell which colour the answer has: two classes have one each."""
    names = list(result.probabilities)
    return names.index(result.label) if len(names) == NUM_SHARING else "other"


def _tile(layer: LayerResult, colormap: str) -> dict[str, Any]:
    """Describe one layer's tile; `unit` is text, which is never put into HTML."""
    return {
        "name": html.escape(layer.name),
        "broken": html.escape(layer.name).replace("_", "_<wbr>"),
        "picture": inline(layer.thumbnail(TILE_PIXELS, colormap)),
        "unit": describe_unit(layer),
    }


def _rows(result: Result, network: Network, likenesses: Likenesses) -> list[dict[str, Any]]:
    """Give the rows of numbers, one number for each layer."""

    def row(text: tuple[str, str], number: Callable[[LayerResult], str], photo: str = "", **names: str) -> Row:
        label, explanation = text
        cells = [html.escape(number(layer)) for layer in result.layers]
        return {
            "label": html.escape(label.format(**names)),
            "title": html.escape(explanation.format(**names)),
            "photo": photo,
            "cells": cells,
        }

    size = f"{result.seen.width}×{result.seen.height}"  # noqa: RUF001
    rows = [
        row(words.ROW_SEEN, lambda layer: layer.layer.seen_text),
        row(words.ROW_RESOLUTION, write_resolution, size),
        row(words.ROW_SILENT, write_silent),
        row(words.ROW_LIKENESS, lambda layer: write_likeness(layer, likenesses)),
    ]
    probes = network.metrics.get("probes", {})
    if probes:
        rows.append(row(words.ROW_PROBE, lambda layer: write_accuracy(layer, probes), **probe_names(network)))
    return rows
