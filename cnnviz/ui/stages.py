"""The stages of a photo's journey: layers that see about as much, and what can truly be said of them on this photo."""

import math
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from cnnviz.head import percent
from cnnviz.layer import Layer
from cnnviz.layer_result import LayerResult
from cnnviz.likeness import sketch
from cnnviz.receptive_field import SPATIAL, Axis
from cnnviz.result import Result
from cnnviz.ui import words

WEIGHING, ANSWER = len(words.STAGES), len(words.STAGES) + 1
CLEARLY_LIKE = 2
"""A photo is recognisable where the maps look at least so many times as much like it as like others."""

CLEARLY_FADED = 0.8
EDGES_SHOW = 0.2
"""Correlation with the edge strength above which a layer's mean map shows outlines."""

ONE_PERCENT = 0.01
Likenesses = dict[str, tuple[float, float | None]]


@dataclass(frozen=True)
class Stage:
    """Layers in a row that see about as much of the picture.

    Args:
        title: What they look for.
        text: What can be said of them on this photo.
        layers: The layers, in order.
    """

    title: str
    text: str
    layers: tuple[LayerResult, ...]


def tell_stages(result: Result, likenesses: Likenesses) -> list[Stage]:
    """Divide a network into stages, and say of each what this photo's numbers bear out.

    Args:
        result: The photo's result.
        likenesses: Of every layer with places, how much its maps look like the photo, and like
            others.

    Returns:
        The stages in order; every layer is in one.
    """
    groups = [(kind, tuple(layers)) for kind, layers in groupby(result.layers, key=lambda layer: _kind(layer, result))]
    stages: list[Stage] = []
    for kind, layers in groups:
        before = stages[-1] if stages else None
        if kind == ANSWER:
            title, sentences = words.ANSWER_TITLE, [_answer(result)]
        elif kind == WEIGHING:
            title, sentences = words.WEIGHING_TITLE, _weighing(layers, before)
        else:
            title = words.STAGES[kind][1]
            pooling = "" if any(_pooling(stage.layers) for stage in stages) else _pooling(layers)
            sentences = [_general(kind, result), *_findings(layers, stages, result, likenesses), pooling]
        stages.append(Stage(f"{len(stages) + 1} {title}", " ".join(filter(None, sentences)), layers))
    return stages


def tell_recognisable(likenesses: Likenesses) -> str:
    """Say up to which layer the photo can be recognised, if there is such a border.

    Args:
        likenesses: Of every layer with places, in order, how much its maps look like the photo, and like others.

    Returns:
        A sentence; "" where layers that look like the photo follow on layers that do not, or none does.
    """
    names = list(likenesses)
    clear = [others is not None and _is_clear(own, others) for own, others in likenesses.values()]
    num_clear = sum(clear)
    if not num_clear or not all(clear[:num_clear]):
        return ""
    if num_clear == len(names):
        return words.RECOGNISABLE_TO_THE_END
    return words.RECOGNISABLE_UNTIL.format(last=names[num_clear - 1], next=names[num_clear])


def _is_clear(own: float, others: float) -> bool:
    return own > 0 and own >= CLEARLY_LIKE * others


def share_seen(layer: Layer) -> float:
    """Give the share of the picture's longer-covered side that one unit sees.

    Args:
        layer: The layer.

    Returns:
        In (0, 1].
    """
    return max(_share(layer.receptive_field.rows), _share(layer.receptive_field.columns))


def _share(axis: Axis) -> float:
    return min(axis.size, axis.extent) / axis.extent


def _kind(layer: LayerResult, result: Result) -> int:
    """Tell to which kind of stage a layer belongs."""
    if layer is result.layers[-1]:
        return ANSWER
    if len(layer.shape) != SPATIAL:
        return WEIGHING
    return next(kind for kind, (limit, *_) in enumerate(words.STAGES) if share_seen(layer.layer) <= limit)


def _general(kind: int, result: Result) -> str:
    """Say what such a stage does on any photo."""
    text = words.STAGES[kind][2]
    if text:
        return text
    animals = set(result.probabilities) == {"cat", "dog"}
    parts, whole = words.PARTS_OF_ANIMALS if animals else words.PARTS_OF_ANYTHING
    return words.LARGER_PARTS.format(parts=parts, whole=whole)


def _findings(
    layers: tuple[LayerResult, ...],
    stages: list[Stage],
    result: Result,
    likenesses: Likenesses,
) -> list[str]:
    """Say what this photo's numbers bear out."""
    own, others = likenesses[layers[0].name]
    found = []
    if not stages:
        if others is not None and _is_clear(own, others):
            found.append(words.STILL_RECOGNISABLE)
        return found
    first = likenesses[stages[0].layers[0].name][0]
    if len(stages) == 1 and _edge_correlation(layers[0], result) >= EDGES_SHOW:
        found.append(words.FLAT_AREAS_DARK)
    last = likenesses[stages[-1].layers[0].name][0]
    if len(stages) > 1 and own < CLEARLY_FADED * min(first, last):
        found.append(words.PICTURE_FADES)
    if _silent_share(layers[-1]) >= _silent_share(stages[-1].layers[-1]) + ONE_PERCENT:
        found.append(words.MORE_SILENT)
    return found


def _pooling(layers: tuple[LayerResult, ...]) -> str:
    """Say what a maximum pooling over squares that do not overlap does."""
    for layer in layers:
        if layer.kind == "MaxPooling2D" and layer.source and len(layer.source.shape) == SPATIAL:
            side = layer.source.shape[0] // layer.shape[0]
            fields = layer.receptive_field.rows, layer.source.receptive_field.rows
            if side > 1 and fields[0].size - fields[1].size == (side - 1) * fields[1].stride:
                share = words.QUARTER if side == 2 else words.SHARE.format(parts=side**2)
                return words.POOLING.format(side=side, share=share)
    return ""


def _weighing(layers: tuple[LayerResult, ...], before: Stage | None) -> list[str]:
    """Say how many numbers become how many, and whether anything saw the whole before."""
    first = before.layers[-1] if before else layers[0]
    num_before, num_after = (math.prod(layer.shape) for layer in (first, layers[-1]))
    sentences = []
    if num_before != num_after:
        sentences.append(words.WEIGHING.format(before=f"{num_before:,}", after=f"{num_after:,}"))
    if before and share_seen(first.layer) < share_seen(layers[-1].layer):
        sentences.append(words.WHOLE_PHOTO)
    return sentences


def _answer(result: Result) -> str:
    if len(result.logits) == 1:
        (other, rest), (label, probability) = result.probabilities.items()
        texts = {"percent": percent(probability), "label": label, "rest": percent(rest), "other": other}
        return words.ONE_SUM.format(**texts)
    return words.MANY_SUMS.format(percent=percent(result.probabilities[result.label]), label=result.label)


def _silent_share(layer: LayerResult) -> float:
    return layer.statistics.num_silent / len(layer.feature_maps)


def _edge_correlation(layer: LayerResult, result: Result) -> float:
    """Correlate the mean of all channels with the photo's edge strength."""
    mean = layer.feature_maps.mean(axis=0).ravel()
    edges = sketch(result.seen, layer.receptive_field)[1]
    if not edges.any() or mean.min() == mean.max():
        return 0.0
    return float(np.corrcoef(mean, edges)[0, 1])
