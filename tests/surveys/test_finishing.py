"""What is told of a data set: what plain numpy says of all photographs at once, within a bin of the histograms."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnviz.base.errors import OptionError
from cnnviz.network.network import Network
from cnnviz.surveys.finishing import finish
from cnnviz.surveys.layer_survey import NOBODY, QUANTILES, LayerSurvey
from cnnviz.surveys.layer_tally import measure_batch
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.tally import Tally, surveyed_layers
from networks import build_small

NUM_PHOTOS, BIN = 60, 0.01


@pytest.fixture(scope="module")
def network() -> Network:
    return build_small()


@pytest.fixture(scope="module")
def maps(network: Network) -> np.ndarray:
    """Activations of the first layer: one channel is dead, two do the same, one is constant."""
    height, width, channels = surveyed_layers(network)[0].shape
    random = np.random.default_rng(0)
    maps = np.maximum(random.normal(size=(NUM_PHOTOS, height, width, channels)), 0).astype(np.float32)
    maps *= random.uniform(0.5, 2, size=(NUM_PHOTOS, 1, 1, channels)).astype(np.float32)
    maps[..., 0], maps[..., 2], maps[..., 3] = 0, 2 * maps[..., 1], 1
    return maps


@pytest.fixture(scope="module")
def classes() -> np.ndarray:
    return np.arange(NUM_PHOTOS) % 2


@pytest.fixture(scope="module")
def whole(network: Network, maps: np.ndarray, classes: np.ndarray) -> tuple[Survey, str]:
    tally = Tally(network, ("cat", "dog"), NUM_PHOTOS, 9)
    name = surveyed_layers(network)[0].name
    tally.layers[name].add(measure_batch(maps), classes, np.arange(NUM_PHOTOS))
    logits = np.zeros((NUM_PHOTOS, network.head.num_outputs), np.float32)
    names = [f"{number}.jpg" for number in range(NUM_PHOTOS)]
    tally.answers.add(network.head, logits, names, classes, classes, np.arange(NUM_PHOTOS))
    for layer in tally.layers.values():
        layer.num_photos = np.bincount(classes)
    return finish(tally)[0], name


@pytest.fixture(scope="module")
def found(whole: tuple[Survey, str]) -> LayerSurvey:
    survey, name = whole
    return survey[name]


def test_means_deviations_and_zeros_are_numpy_s(found: LayerSurvey, maps: np.ndarray, classes: np.ndarray) -> None:
    means = maps.mean(axis=(1, 2), dtype=np.float64)
    np.testing.assert_allclose(found.mean, means.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.deviation, means.std(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.zero_share, (maps == 0).mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(found.class_means, [means[classes == each].mean(axis=0) for each in (0, 1)], rtol=1e-5)
    assert found.maximum.tolist() == maps.max(axis=(0, 1, 2)).tolist()
    assert found.dead.tolist() == [True, *[False] * (len(found) - 1)]


def test_quantiles_are_numpy_s_within_a_bin(found: LayerSurvey, maps: np.ndarray) -> None:
    for values, told in (
        (maps.max(axis=(1, 2)), found.maximum_quantiles),
        (maps.mean(axis=(1, 2)), found.mean_quantiles),
    ):
        exact = np.quantile(values, QUANTILES, axis=0, method="inverted_cdf").T
        np.testing.assert_allclose(told, exact, rtol=BIN, atol=1e-4)


def test_auc_counts_the_pairs(found: LayerSurvey, maps: np.ndarray, classes: np.ndarray) -> None:
    for values, told in ((maps.max(axis=(1, 2)), found.maximum_auc), (maps.mean(axis=(1, 2)), found.mean_auc)):
        first, second = (values[classes == each][:, None] for each in (0, 1))
        pairs = (first > second.swapaxes(0, 1)).mean(axis=(0, 1)) + (first == second.swapaxes(0, 1)).mean(
            axis=(0, 1)
        ) / 2
        np.testing.assert_allclose(told[0], pairs, atol=0.02)
        np.testing.assert_allclose(told[1], 1 - told[0], atol=1e-6)
    assert found.ranked()[0] == np.nanargmax(found.telling)
    assert found.telling[0] == 0.5  # nothing is told by a dead channel


def test_bars_hold_all_photographs_of_each_class(found: LayerSurvey, maps: np.ndarray, classes: np.ndarray) -> None:
    assert found.bars.sum(axis=2).tolist() == [[NUM_PHOTOS // 2] * len(found)] * 2
    values = maps.max(axis=(1, 2))
    for channel in range(1, len(found)):
        low, high = found.bar_range[channel]
        expected, _ = np.histogram(values[classes == 0, channel], found.bars.shape[2], (low, high))
        moved = np.abs(np.cumsum(expected) - np.cumsum(found.bars[0, channel])).max()
        assert moved <= 3, channel  # those within 1% of an edge may be counted beside it


def test_twins_are_channels_that_rise_and_fall_together(found: LayerSurvey, maps: np.ndarray) -> None:
    assert found.duplicates == [(1, 2, pytest.approx(1))]
    assert found.twins[0] == found.twins[3] == NOBODY  # what never varies is like nothing
    means = maps.mean(axis=(1, 2))
    for channel in range(4, len(found)):
        correlations = np.corrcoef(means[:, [each for each in range(1, len(found)) if each != 3]].T)
        others = [each for each in range(1, len(found)) if each != 3]
        row = np.where(np.array(others) == channel, -np.inf, correlations[others.index(channel)])
        assert found.twins[channel] == others[int(row.argmax())]
        assert found.twin_correlations[channel] == pytest.approx(row.max(), abs=1e-4)


def test_favourites_are_the_largest_maxima_with_their_units(whole: tuple[Survey, str], maps: np.ndarray) -> None:
    survey, name = whole
    for channel in range(1, len(survey[name])):
        favourites = survey[name].favourites(channel)
        values = maps[..., channel].max(axis=(1, 2))
        best = sorted(range(NUM_PHOTOS), key=lambda number: (-values[number], number))[:9]
        assert [survey.photos[each.photo].name for each in favourites] == [f"{number}.jpg" for number in best]
        for number, each in zip(best, favourites, strict=True):
            assert maps[number, each.row, each.column, channel] == each.activation == values[number]


def test_numbers_as_json_have_no_nan(found: LayerSurvey) -> None:
    told = found.to_dict()
    assert told["twin_correlations"][0] is None
    assert told["mean"][1] == pytest.approx(found.mean[1], rel=1e-5)
    assert json.loads(json.dumps(told)) == told
    one = found.channel(1)
    assert json.loads(json.dumps(one)) == one
    assert one["class_means"] == pytest.approx(found.class_means[:, 1], rel=1e-5)
    assert one["bars"] == found.bars[:, 1].tolist()
    assert one["favourites"][0] == found.favourites(1)[0]._asdict()
    with pytest.raises(OptionError, match="from 0 to"):
        found.channel(len(found))


def test_channels_are_compared_in_parts_as_all_at_once(
    found: LayerSurvey, network: Network, maps: np.ndarray, classes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.surveys.finishing.TOGETHER", 3)
    tally = Tally(network, ("cat", "dog"), NUM_PHOTOS, 9)
    name = surveyed_layers(network)[0].name
    tally.layers[name].add(measure_batch(maps), classes, np.arange(NUM_PHOTOS))
    for layer in tally.layers.values():
        layer.num_photos = np.bincount(classes)
    parts = finish(tally)[0][name]
    assert np.array_equal(parts.twins, found.twins)
    np.testing.assert_allclose(parts.twin_correlations, found.twin_correlations, atol=1e-6)


def test_a_channel_that_was_active_once_is_not_dead(network: Network) -> None:
    tally = Tally(network, (), 1, 9)
    layer = tally.layers[surveyed_layers(network)[0].name]
    layer.num_photos[:], layer.zero_share[:], layer.maximum[:] = 1, 1 - 1e-9, 0.5
    layer.zero_share[0], layer.maximum[0] = 1, 0
    for other in tally.layers.values():
        other.num_photos[:] = 1
    dead = finish(tally)[0][surveyed_layers(network)[0].name].dead
    assert dead.tolist() == [True] + [False] * (len(dead) - 1)


def test_a_class_without_photographs_leaves_the_others_told_apart(network: Network, maps: np.ndarray) -> None:
    classes, names = np.arange(NUM_PHOTOS) % 2, ("cat", "dog", "owl")
    telling = []
    for of in (names[:2], names):
        tally = Tally(network, of, NUM_PHOTOS, 9)
        name = surveyed_layers(network)[0].name
        tally.layers[name].add(measure_batch(maps), classes, np.arange(NUM_PHOTOS))
        for layer in tally.layers.values():
            layer.num_photos = np.bincount(classes, minlength=len(of))
        telling.append(finish(tally)[0][name].telling)
    assert np.array_equal(telling[0], telling[1])
    assert not np.isnan(telling[1]).any()
