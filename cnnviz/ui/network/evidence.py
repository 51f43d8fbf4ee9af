"""From edges to evidence: what each layer keeps of the photo shown, and what it knows of the classes, in numbers."""

from typing import Any, TypedDict

from cnnviz.base.figures import share
from cnnviz.network.network import Network
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.ui.component import breakable, plain
from cnnviz.ui.network import words
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story import words as story_words
from cnnviz.ui.story.findings import Likenesses
from cnnviz.ui.story.layer_numbers import (
    NO_NUMBER,
    probe_names,
    seen_row,
    write_accuracy,
    write_likeness,
    write_resolution,
)
from cnnviz.ui.story.stages import share_seen
from cnnviz.ui.story.story import tell_story
from cnnviz.ui.view import View

Cell = tuple[str, list[float]]
"""A number as text, and the lengths of its bars, in [0, 1]."""


class EvidenceCell(TypedDict):
    """A number as text, and the lengths of its bars, in [0, 1]."""

    text: str
    bars: list[float]


class EvidenceRow(TypedDict):
    """A layer's numbers, in the order of the columns."""

    name: str
    cells: list[EvidenceCell]


class EvidenceStage(TypedDict):
    """A stage of the photo's journey."""

    title: str
    rows: list[EvidenceRow]


class EvidenceValue(TypedDict):
    """What each layer keeps of the photo and knows of the classes; meanings say what the columns are."""

    heading: str
    sentences: list[str]
    columns: list[str]
    meanings: list[str]
    layer: str
    bars: str
    reading: str
    stages: list[EvidenceStage]


def describe_evidence(photo: ShownPhoto) -> EvidenceValue:
    """Describe what evidence.html shows.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    result, network, likenesses = photo.result, photo.network, photo.likenesses
    story = tell_story(result, likenesses)
    probes = network.metrics.get("probes", {})
    return {
        "heading": words.EVIDENCE_HEADING if story.is_whole else words.EVIDENCE_NEUTRAL_HEADING,
        "sentences": story.sentences,
        "columns": [label for label, _ in _columns(network)],
        "meanings": [meaning for _, meaning in _columns(network)],
        "layer": words.TABLE_HEADINGS[0],
        "bars": f"{words.EVIDENCE_BARS} {words.EVIDENCE_PROBE_BARS}" if probes else words.EVIDENCE_BARS,
        "reading": words.EVIDENCE_READING,
        "stages": [
            {
                "title": stage.title,
                "rows": [
                    {
                        "name": breakable(layer.name),
                        "cells": _cells(layer, result, likenesses, probes),
                    }
                    for layer in stage.layers
                ],
            }
            for stage in photo.stages
        ],
    }


def _columns(network: Network) -> list[tuple[str, str]]:
    """Write each column's heading, and what it means."""
    columns = [seen_row(network), story_words.ROW_RESOLUTION, story_words.ROW_ZEROS, story_words.ROW_LIKENESS]
    if network.metrics.get("probes"):
        columns.append(story_words.ROW_PROBE)
    names = probe_names(network)
    return [(label.format(**names), meaning.format(**names)) for label, meaning in columns]


def _cells(layer: LayerResult, result: Result, likenesses: Likenesses, probes: dict[str, Any]) -> list[EvidenceCell]:
    """Write the numbers of one layer, in the order of the columns."""
    cells = [
        (layer.layer.seen_text, [share_seen(layer.layer)]),
        (write_resolution(layer), [_share_of_places(layer, result)]),
        _zeros(layer),
        (write_likeness(layer, likenesses), [share for share in likenesses.get(layer.name, ()) if share is not None]),
    ]
    if probes:
        cells.append(_accuracy(layer, result, probes))
    return [{"text": text, "bars": bars} for text, bars in cells]


def _share_of_places(layer: LayerResult, result: Result) -> float:
    """Count how many places a layer has along the picture's longer side, as a share of that side's pixels."""
    return min(max(layer.places) / max(result.seen.size), 1.0)


def _zeros(layer: LayerResult) -> Cell:
    zeros = layer.statistics.layer_zero_share
    return (NO_NUMBER, []) if layer.answer else (share(zeros), [zeros])


def _accuracy(layer: LayerResult, result: Result, probes: dict[str, Any]) -> Cell:
    """Write a probe's accuracy, with a bar that begins at guessing."""
    if layer.name not in probes:
        return NO_NUMBER, []
    guessing = 1 / len(result.probabilities)
    share = max((probes[layer.name]["accuracy"] - guessing) / (1 - guessing), 0.0)
    return write_accuracy(layer, probes), [share]


EVIDENCE = View("network/evidence", describe_evidence, plain)
