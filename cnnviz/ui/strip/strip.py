"""The strip: the photo's journey through all layers to the answer, one tile each, with rows of numbers below."""

from collections.abc import Callable, Sequence
from typing import Literal, TypedDict

from cnnviz.base.figures import percent
from cnnviz.network.blocks import MAX_TOLD
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.ui.component import breakable, scripted
from cnnviz.ui.files import InlinePicture, inline, inline_fitted
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.findings import tell_recognisable
from cnnviz.ui.story.layer_numbers import strip_rows
from cnnviz.ui.story.stages import Layers, Stage
from cnnviz.ui.story.told import is_long
from cnnviz.ui.strip import words
from cnnviz.ui.strip.questions import StripQuestions
from cnnviz.ui.strongest_units import UnitLook, default_tile, describe_unit
from cnnviz.ui.view import View

TILE_PIXELS = 80
MAX_FOLDED = 11
"""Tiles that a screen of 1,280 pixels shows without scrolling."""


class StripPhoto(InlinePicture):
    """The photo as a tile, and what stands below it."""

    name: str


class StripStage(TypedDict):
    """A stage, and how many tiles it spans."""

    title: str
    span: int


class StripTile(TypedDict):
    """A layer's tile, or that of a folded stage, which shows its last layer; layers are all that it stands for."""

    name: str
    text: str
    layers: list[str]
    picture: InlinePicture
    unit: UnitLook


class StripRow(TypedDict):
    """A row of numbers as text, one for each layer, and what they mean."""

    label: str
    title: str
    cells: list[str]


class StripValue(TypedDict):
    """The photo's journey; selected is the index of a tile."""

    call: str
    token: str
    colormap: str
    save: str
    saving: str
    heading: str
    hint: str
    hint_touch: str
    photo: StripPhoto
    stages: list[StripStage]
    tiles: list[StripTile]
    label: str
    percent: str
    label_class: int | Literal["other"]
    rows: list[StripRow]
    selected: int
    bright: str
    recognisable: str


def describe_strip(photo: ShownPhoto) -> StripValue:
    """Describe what strip.html shows.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    shown, result = photo.shown, photo.result
    columns = group_tiles(photo)
    layers = [group[-1] for stage in columns for group in stage]
    return {
        "call": shown.folder.name,
        "token": shown.seen.token,
        "colormap": shown.colormap,
        "save": words.SAVE,
        "saving": words.SAVING,
        "heading": words.STRIP_HEADING,
        "hint": words.STRIP_HINT,
        "hint_touch": words.STRIP_HINT_TOUCH,
        "photo": {**inline_fitted(result.seen, TILE_PIXELS), "name": words.STRIP_PHOTO},
        "stages": [
            {"title": stage.title, "span": len(groups)} for stage, groups in zip(photo.stages, columns, strict=True)
        ],
        "tiles": [_tile(group, photo) for stage in columns for group in stage],
        "label": result.label,
        "percent": percent(result.probabilities[result.label]),
        "label_class": _label_class(result),
        "rows": [_row(*row, layers) for row in strip_rows(photo.network)],
        "selected": default_tile(layers),
        "bright": words.BRIGHT if all(layer.layer.non_negative for layer in layers) else "",
        "recognisable": tell_recognisable(photo.likenesses),
    }


def group_tiles(photo: ShownPhoto) -> list[list[Layers]]:
    """Group the layers by their tiles.

    Args:
        photo: The photo.

    Returns:
        For each stage its tiles, each with the layers that it stands for; it shows the last one.
    """
    return _columns(photo.stages, MAX_FOLDED if is_long(photo.network) else MAX_TOLD)


def _label_class(result: Result) -> int | Literal["other"]:
    """Tell which colour the answer has: two classes have one each, if they are opposites."""
    head = result.network.head
    return head.class_names.index(result.label) if head.is_binary else "other"


def _columns(stages: Sequence[Stage], num_tiles: int) -> list[list[Layers]]:
    """Group each stage's layers by their tiles: one each, if all fit; the longest stages are folded into one tile."""
    room = num_tiles - len(stages)
    columns: list[list[Layers]] = [[stage.layers] for stage in stages]
    for number in sorted(range(len(stages)), key=lambda number: len(stages[number].layers)):
        more = len(stages[number].layers) - 1
        if more > room:
            break
        room -= more
        columns[number] = [(layer,) for layer in stages[number].layers]
    return columns


def _tile(group: Layers, photo: ShownPhoto) -> StripTile:
    """Describe the tile of a layer, or of several that are folded into the last one's."""
    layer = group[-1]
    return {
        "name": layer.name,
        "text": breakable(layer.name) if len(group) == 1 else words.STRIP_BLOCKS.format(number=len(group)),
        "layers": [each.name for each in group],
        "picture": inline(layer.thumbnail(TILE_PIXELS, photo.shown.colormap)),
        "unit": describe_unit(layer, photo.units(layer)),
    }


def _row(text: str, meaning: str, write: Callable[[LayerResult], str], layers: Sequence[LayerResult]) -> StripRow:
    """Write a row of numbers, one number for each layer."""
    return {"label": text, "title": meaning, "cells": [write(layer) for layer in layers]}


STRIP = View("strip/strip", describe_strip, scripted, StripQuestions)
