"""What a data set tells of one channel, beside what this photo does: histograms, classes, favourite photographs."""

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import count, decimals, share, short
from cnnviz.base.names import brief
from cnnviz.network.head import Head
from cnnviz.surveys.layer_survey import NOBODY, SAME, LayerSurvey
from cnnviz.surveys.survey import Survey
from cnnviz.ui.channels import words
from cnnviz.ui.files import address
from cnnviz.ui.served_model import ServedModel

HARDLY = 0.55
"""Below this AUC, a channel alone hardly tells the classes apart."""

MAX_ROWS = 2
"""Largest number of histograms; of more classes, the one that is told best has one, and all others together."""


class DataSetRow(TypedDict):
    """How many photographs of a class, or of all, have which largest value."""

    name: str
    side: int | None
    counts: list[int]


class FavouriteTile(TypedDict):
    """A photograph that excites the channel: its address, its size, what the unit saw, in its pixels, and a text."""

    url: str
    width: int
    height: int
    box: tuple[int, int, int, int]
    text: str


class DataSetFacts(TypedDict):
    """What a data set tells of a channel; `at` is where this photo's largest value lies, from 0 to 1."""

    heading: str
    text: str
    rows: list[DataSetRow]
    low: str
    high: str
    at: float
    favourites_text: str
    favourites: list[FavouriteTile]


def describe_data_set(model: ServedModel, layer_name: str, channel: int, maximum: float) -> DataSetFacts | None:
    """Describe what the model's survey tells of a channel, and which of the examples excite it most.

    Args:
        model: The model.
        layer_name: The layer.
        channel: The channel's index; it exists.
        maximum: Its largest activation on this photo.

    Returns:
        Plain JSON values; without rows if the model has no survey; None if neither says anything of the layer.
    """
    survey, examples = model.survey, model.examples_survey
    facts: DataSetFacts = {
        "heading": words.EXAMPLES_HEADING,
        "text": "",
        "rows": [],
        "low": "",
        "high": "",
        "at": 0.0,
        "favourites_text": "",
        "favourites": [],
    }
    if survey is not None and layer_name in survey.layers:
        facts |= _describe_survey(model.network.head, survey, survey[layer_name], channel, maximum)
    shown = survey if survey is not None and survey.pictures else examples
    if shown is not None and layer_name in shown.layers:
        facts["favourites"] = _favourites(model, shown, layer_name, channel)
        text = words.FAVOURITES.format(licence=shown.licence) if shown is survey else words.FAVOURITES_EXAMPLES
        facts["favourites_text"] = text if facts["favourites"] else words.FAVOURITES_NONE
    return facts if facts["rows"] or facts["favourites_text"] else None


def _describe_survey(head: Head, survey: Survey, layer: LayerSurvey, channel: int, maximum: float) -> Any:
    """Describe a channel over the photographs of a survey."""
    low, high = map(float, layer.bar_range[channel])
    bars, position = layer.bars[:, channel], (maximum - low) / (high - low)
    sentences = (
        [words.DEAD] if layer.dead[channel] else [*_tell_place(bars, position), *_tell_classes(survey, layer, channel)]
    )
    twin, correlation = int(layer.twins[channel]), float(layer.twin_correlations[channel])
    if twin != NOBODY and correlation >= SAME:
        sentences.append(words.TWIN.format(channel=twin, correlation=decimals(correlation, 3)))
    return {
        "heading": words.DATA_SET_HEADING.format(number=count(survey.num_photos)),
        "text": " ".join(sentences),
        "rows": _rows(head, survey, layer, channel),
        "low": short(low),
        "high": short(high),
        "at": float(np.clip(position, 0, 1)),
    }


def _tell_place(bars: NDArray[np.int32], position: float) -> list[str]:
    """Say how this photo's largest value compares with those of all photographs."""
    together = bars.sum(axis=0)
    place = min(max(position, 0), 1) * len(together)
    whole = int(place)
    below = together[:whole].sum() + (together[whole] * (place - whole) if whole < len(together) else 0)
    return [words.PLACE.format(share=share(float(below / together.sum())))]


def _tell_classes(survey: Survey, layer: LayerSurvey, channel: int) -> list[str]:
    """Say how well the channel alone tells the classes apart."""
    told = float(layer.telling[channel])
    if np.isnan(told):
        return []
    if told < HARDLY:
        return [words.HARDLY]
    index, measure, is_larger = _best(layer, channel)
    name = survey.class_names[index]
    other = survey.class_names[1 - index] if len(survey.class_names) == MAX_ROWS else words.OTHERS
    text = words.TELLS if is_larger else words.TELLS_AGAINST
    return [text.format(name=brief(name), other=brief(other), share=share(told), measure=words.MEASURES[measure])]


def _best(layer: LayerSurvey, channel: int) -> tuple[int, int, bool]:
    """Find the class that a channel tells best, by what, and whether its values are the larger ones.

    Of two classes it is the one whose values are larger.
    """
    aucs = np.stack([layer.maximum_auc[:, channel], layer.mean_auc[:, channel]])
    best = np.nan_to_num(aucs if aucs.shape[1] == MAX_ROWS else np.maximum(aucs, 1 - aucs))
    measure, index = np.unravel_index(int(best.argmax()), best.shape)
    return int(index), int(measure), bool(aucs[measure, index] >= 1 / 2)


def _rows(head: Head, survey: Survey, layer: LayerSurvey, channel: int) -> list[DataSetRow]:
    """Choose whose histograms are shown, in the colours of the network's classes."""
    bars = layer.bars[:, channel]
    if len(bars) == 1:
        return [{"name": words.ALL, "side": None, "counts": bars[0].tolist()}]
    if len(bars) == MAX_ROWS:
        named = zip(survey.class_names, bars, strict=True)
        return [{"name": name, "side": _side(head, name), "counts": each.tolist()} for name, each in named]
    index, *_ = _best(layer, channel)
    others = bars.sum(axis=0) - bars[index]
    return [
        {"name": survey.class_names[index], "side": None, "counts": bars[index].tolist()},
        {"name": words.OTHERS, "side": None, "counts": others.tolist()},
    ]


def _side(head: Head, name: str) -> int | None:
    return head.class_names.index(name) if head.is_binary and name in head.class_names else None


def _favourites(model: ServedModel, survey: Survey, layer_name: str, channel: int) -> list[FavouriteTile]:
    """Describe the photographs that excite a channel, and put them where they are served from."""
    layer, preprocessing = model.network.layer(layer_name), model.network.preprocessing
    tiles: list[FavouriteTile] = []
    for each in survey[layer_name].favourites(channel):
        photo = survey.photos[each.photo]
        if each.activation <= 0 or each.photo not in survey.pictures:
            continue
        path = model.folder / f"{'survey' if survey is model.survey else 'example'}-photo-{each.photo}.jpg"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(survey.pictures[each.photo])
        said = f"{brief(photo.name or photo.class_name or '')} {short(each.activation)}".strip()
        tiles.append(
            {
                "url": address(path),
                "width": preprocessing.width,
                "height": preprocessing.height,
                "box": layer.receptive_field.box(each.row, each.column),
                "text": said,
            }
        )
    return tiles
