"""What can truly be said of layers on this photo: every sentence is given only where its numbers bear it out."""

from collections.abc import Sequence

import numpy as np

from cnnviz.result.layer_result import LayerResult
from cnnviz.result.photo_likeness import Integrals, unit_means
from cnnviz.ui.story import words

Likenesses = dict[str, tuple[float, float | None]]
"""By layer, in order, for layers with places: how much its maps look like the photo, and like others (or None)."""

Layers = Sequence[LayerResult]

CLEARLY_LIKE, LEAST_LIKENESS = 2, 0.1
"""A photo counts as recognisable if the likeness is at least twice that of other photos, and at least 0.1."""

CLEARLY_FADED = 0.8
LEAST_EDGE, FLAT, DARKER = 5, 0.25, 0.7
"""Least mean gradient, in gray levels per pixel, of areas with edges; the largest share of it in flat areas; the
largest brightness of flat areas, as a share of the others', if they count as darker."""

ONE_PERCENT = 0.01


def tell_recognisable(likenesses: Likenesses) -> str:
    """Say up to which layer the photo can be recognised, if there is such a border.

    Args:
        likenesses: How much the layers look like the photo, and like others.

    Returns:
        A sentence; "" where layers that look like the photo follow on layers that do not, or none does.
    """
    names = list(likenesses)
    clear = [is_clear(each) for each in likenesses.values()]
    num_clear = sum(clear)
    if not num_clear or not all(clear[:num_clear]):
        return ""
    if num_clear == len(names):
        return words.RECOGNISABLE_TO_THE_END
    return words.RECOGNISABLE_UNTIL.format(last=names[num_clear - 1], next=names[num_clear])


def tell_findings(layers: Layers, earlier: Sequence[Layers], likenesses: Likenesses, integrals: Integrals) -> list[str]:
    """Say what one stage of a photo's journey shows.

    Args:
        layers: The stage's layers.
        earlier: Those of each stage before it.
        likenesses: How much the layers look like the photo, and like others.
        integrals: From `integrate`: of what the network saw.

    Returns:
        Sentences; none where there is nothing to say.
    """
    first = _first_with_places(layers, likenesses)
    before = list(filter(None, (_first_with_places(each, likenesses) for each in earlier)))
    if first is None:
        return []
    if not before:
        return [words.STILL_RECOGNISABLE] if is_clear(likenesses[first.name]) else []
    found = []
    if len(before) == 1 and _flat_areas_are_darker(first, integrals):
        found.append(words.FLAT_AREAS_DARK)
    seen_before = min(likenesses[before[0].name][0], likenesses[before[-1].name][0])
    if len(before) > 1 and likenesses[first.name][0] < CLEARLY_FADED * seen_before:
        found.append(words.PICTURE_FADES)
    if silent_share(layers[-1]) >= silent_share(earlier[-1][-1]) + ONE_PERCENT:
        found.append(words.MORE_SILENT)
    return found


def is_clear(likeness: tuple[float, float | None]) -> bool:
    """Tell whether a photo can be recognised in a layer.

    Args:
        likeness: How much the layer looks like the photo, and like others.

    Returns:
        Whether it looks clearly like the photo, and clearly more than like others.
    """
    own, others = likeness
    return others is not None and own >= max(CLEARLY_LIKE * others, LEAST_LIKENESS)


def silent_share(layer: LayerResult) -> float:
    """Compute the share of channels that are zero everywhere.

    Args:
        layer: The layer.

    Returns:
        In [0, 1].
    """
    return layer.statistics.num_silent / len(layer.feature_maps)


def _first_with_places(layers: Layers, likenesses: Likenesses) -> LayerResult | None:
    return next((layer for layer in layers if layer.name in likenesses), None)


def _flat_areas_are_darker(layer: LayerResult, integrals: Integrals) -> bool:
    """Compare the mean map where the photo has few edges with where it has many; both must exist."""
    brightness = layer.feature_maps.mean(axis=0).ravel()
    edges = unit_means(integrals, layer.receptive_field)[1]
    few, many = edges <= np.quantile(edges, 0.25), edges >= np.quantile(edges, 0.75)
    both = edges[many].mean() >= LEAST_EDGE and edges[few].mean() <= FLAT * edges[many].mean()
    return bool(layer.layer.non_negative and both and brightness[few].mean() <= DARKER * brightness[many].mean())
