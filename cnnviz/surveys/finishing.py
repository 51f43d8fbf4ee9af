"""From numbers that add up to a survey that can be read: means, quantiles, AUC, bars, and channels that are alike."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.layer import Layer
from cnnviz.surveys.histograms import areas_under_curve, quantiles, values_of
from cnnviz.surveys.layer_survey import NOBODY, NUM_BARS, QUANTILES, LayerSurvey
from cnnviz.surveys.layer_tally import LayerTally
from cnnviz.surveys.survey import Survey, SurveyPhoto
from cnnviz.surveys.tally import Tally

TOGETHER = 1024
"""So many channels are compared with all at once: a table of all with all might not fit into the memory."""

FLAT = 1e-9
"""Below this deviation, a channel says the same of all photographs, and is like none."""


def finish(tally: Tally, run: Callable[..., Iterable[LayerSurvey]] = map) -> tuple[Survey, list[int]]:
    """Compute what is told from numbers over all photographs.

    Args:
        tally: The numbers, of one photograph at least.
        run: Calls a function for each layer, as `map` does, maybe several at a time.

    Returns:
        The survey, and the number of each of its photographs in the data set.
    """
    network, answers = tally.network, tally.answers
    answers.forget(tally.standing_out())
    numbers = sorted(answers.answers)
    index = {number: position for position, number in enumerate(numbers)}
    names = tally.class_names
    photos = tuple(
        SurveyPhoto(
            each.name,
            names[each.class_index] if names else None,
            network.class_names[each.answer],
            _stored(each.probability),
            None if np.isnan(each.own_probability) else _stored(each.own_probability),
        )
        for each in (answers.answers[number] for number in numbers)
    )
    layers = run(lambda name: _finish_layer(network.layer(name), tally.layers[name], index, tally), tally.layers)
    sizes = next(iter(tally.layers.values())).num_photos
    survey = Survey(
        network=network.fingerprint,
        num_photos=int(sizes.sum()),
        num_unreadable=len(tally.skipped),
        class_names=names,
        class_sizes=tuple(map(int, sizes)) if names else (),
        answers=network.class_names,
        confusion=answers.confusion,
        photos=photos,
        wrong=tuple(index[number] for _, number in answers.wrong),
        unsure=tuple(index[number] for _, number in answers.unsure),
        layers=dict(zip(tally.layers, layers, strict=True)),
    )
    return survey, numbers


def _finish_layer(layer: Layer, tally: LayerTally, index: dict[int, int], whole: Tally) -> LayerSurvey:
    """Compute what is told of a layer."""
    total = int(tally.num_photos.sum())
    mean = tally.mean.sum(axis=0) / total
    variance = np.maximum(tally.square / total - mean**2, 0)
    has_classes = bool(whole.class_names) and whole.is_told_apart
    sizes = tally.num_photos[:, None]
    class_means = np.divide(tally.mean, sizes, out=np.full(tally.mean.shape, np.nan), where=sizes > 0)
    num_classes, channels = len(tally.num_photos) if has_classes else 0, len(mean)
    maxima, means = tally.maxima.sum(axis=0, dtype=np.uint32), tally.means.sum(axis=0, dtype=np.uint32)
    bars, bar_range = _bars(tally.maxima, tally.maximum)
    twins, correlations = _twins(tally.sample)
    _, width = layer.places or (1, 1)
    places = tally.top_places if layer.places else np.zeros_like(tally.top_places)
    top_photos = np.array([index.get(int(number), NOBODY) for number in tally.top_photos.ravel()], np.int32)

    def auc(groups: NDArray[np.uint32], together: NDArray[np.uint32]) -> NDArray[np.float64]:
        found = [areas_under_curve(group, together - group) for group in groups[:num_classes]]
        return np.array(found).reshape(num_classes, channels)

    return LayerSurvey(
        mean=_single(mean),
        deviation=_single(np.sqrt(variance)),
        maximum=tally.maximum,
        zero_share=_zero_share(tally.zero_share / total, tally.maximum),
        maximum_quantiles=_single(quantiles(maxima, QUANTILES)),
        mean_quantiles=_single(quantiles(means, QUANTILES)),
        class_means=_single(class_means[:num_classes]),
        maximum_auc=_single(auc(tally.maxima, maxima)),
        mean_auc=_single(auc(tally.means, means)),
        bars=bars,
        bar_range=bar_range,
        top_values=tally.top_values,
        top_photos=top_photos.reshape(tally.top_photos.shape),
        top_units=np.stack([places // width, places % width], axis=-1).astype(np.int32),
        twins=twins,
        twin_correlations=correlations,
    )


def _zero_share(shares: NDArray[np.float64], maximum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round shares of zeros: only what is zero everywhere stays 1, which says that a channel is dead."""
    is_dead = (shares == 1) & (maximum == 0)
    return np.where(is_dead, np.float32(1), np.minimum(_single(shares), np.nextafter(np.float32(1), np.float32(0))))


def _stored(value: float) -> float:
    """Round a number to what its file will hold."""
    return float(np.float32(value))


def _single(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return values.astype(np.float32)


def _bars(maxima: NDArray[np.uint32], maximum: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Draw histograms with equally wide bars, of shape (G, C, NUM_BARS), and their ranges, of shape (C, 2)."""
    together = maxima.sum(axis=0)
    low, high = np.minimum(values_of((together > 0).argmax(axis=-1)), 0), maximum.astype(np.float64)
    width = np.where(high > low, high - low, 1) / NUM_BARS
    bars = np.zeros((*maxima.shape[:2], NUM_BARS), np.int32)
    groups, channels, bins = np.nonzero(maxima)
    at = np.clip((values_of(bins) - low[channels]) / width[channels], 0, NUM_BARS - 1).astype(np.intp)
    np.add.at(bars, (groups, channels, at), maxima[groups, channels, bins].astype(np.int32))
    return bars, np.stack([low, low + NUM_BARS * width], axis=-1).astype(np.float32)


def _twins(sample: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the channel that is most like each channel, and their correlation: both of shape (C,)."""
    values = sample[~np.isnan(sample).any(axis=1)].astype(np.float64)
    channels = sample.shape[1]
    twins, correlations = np.full(channels, NOBODY, np.int32), np.full(channels, np.nan, np.float32)
    if len(values) < 3:
        return twins, correlations
    values = values - values.mean(axis=0)
    sizes = np.sqrt((values**2).sum(axis=0))
    varying = np.flatnonzero(sizes > FLAT)
    if len(varying) < 2:
        return twins, correlations
    units = _single(values[:, varying] / sizes[varying])
    for first in range(0, len(varying), TOGETHER):
        own = np.arange(first, min(first + TOGETHER, len(varying)))
        alike = units[:, own].T @ units
        alike[own - first, own] = -np.inf
        best = alike.argmax(axis=1)
        twins[varying[own]] = varying[best]
        correlations[varying[own]] = np.clip(alike[own - first, best], -1, 1)
    return twins, correlations
