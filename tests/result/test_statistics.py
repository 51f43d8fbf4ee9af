"""The numbers per channel and layer, against plain numpy in double precision."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.result.statistics import Statistics, measure, plain


def random_maps(shape: tuple[int, int, int] = (5, 9, 13), seed: int = 0) -> np.ndarray:
    """Give values of both signs, a third of them exactly zero."""
    random = np.random.default_rng(seed)
    return np.where(random.random(shape) < 1 / 3, 0, random.normal(0.2, 2, shape)).astype(np.float32)


def assert_as_numpy(statistics: Statistics, feature_maps: np.ndarray) -> None:
    """Compare every number with the one that numpy gives in double precision."""
    places = feature_maps.reshape(len(feature_maps), -1).astype(np.float64)
    scale = float(np.abs(places).max()) or 1.0
    np.testing.assert_array_equal(statistics.min, places.min(axis=1))
    np.testing.assert_array_equal(statistics.max, places.max(axis=1))
    np.testing.assert_allclose(statistics.mean / scale, places.mean(axis=1) / scale, atol=1e-6)
    np.testing.assert_allclose(statistics.std / scale, places.std(axis=1) / scale, atol=1e-6)
    np.testing.assert_allclose(statistics.zero_share, (places == 0).mean(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(statistics.silent, (places == 0).all(axis=1))
    assert statistics.layer_min == places.min()
    assert statistics.layer_max == places.max()
    assert statistics.layer_mean / scale == pytest.approx(places.mean() / scale, abs=1e-6)
    assert statistics.layer_std / scale == pytest.approx(places.std() / scale, abs=1e-6)
    assert statistics.layer_zero_share == pytest.approx((places == 0).mean())


@pytest.mark.parametrize("shape", [(5, 9, 13), (1, 1, 1), (1, 40, 2), (300, 1, 1), (32, 148, 148)])
def test_statistics_are_numpys(shape: tuple[int, int, int]) -> None:
    feature_maps = random_maps(shape)
    assert_as_numpy(measure(feature_maps), feature_maps)


@pytest.mark.parametrize("magnitude", [1e-38, 1e-20, 1e-12, 1e12, 1e20, 1e38])
def test_huge_and_tiny_activations_are_measured_as_well(magnitude: float) -> None:
    shape = random_maps().clip(-3, 3).astype(np.float64)
    feature_maps = (shape * magnitude).astype(np.float32)
    statistics = measure(feature_maps)
    assert_as_numpy(statistics, feature_maps)
    assert (statistics.std > 0).all()


def test_tiny_channel_beside_a_huge_one_keeps_its_spread() -> None:
    feature_maps = np.array([[[0, 2e-30]], [[0, 2e30]], [[0, 2]]], np.float32)
    np.testing.assert_allclose(measure(feature_maps).std, [1e-30, 1e30, 1], rtol=1e-6)


@pytest.mark.parametrize("value", [0.1, -0.3, 7.7777777, 1e-30, 1e30, 0.0])
def test_constant_map_has_exactly_its_value_as_mean_and_no_spread(value: float) -> None:
    statistics = measure(np.full((2, 31, 17), value, np.float32))
    assert statistics.std.tolist() == [0, 0]
    assert statistics.mean.tolist() == statistics.min.tolist() == statistics.max.tolist() == [np.float32(value)] * 2


def test_silent_means_zero_everywhere() -> None:
    zero, one_place, negative, both = np.zeros((4, 3, 3), np.float32)
    one_place[1, 2], negative[0, 0], both[0, :2] = 1e-45, -1, (-1, 1)
    statistics = measure(np.stack([zero, one_place, negative, both, -zero]))
    assert statistics.silent.tolist() == [True, False, False, False, True]
    assert statistics.num_silent == 2


def test_all_negative_map_is_not_silent_and_has_a_negative_maximum() -> None:
    feature_maps = -1 - np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    assert_as_numpy(measure(feature_maps), feature_maps)
    assert (measure(feature_maps).layer_min, measure(feature_maps).layer_max) == (-6, -1)


def test_measuring_leaves_the_activations_alone() -> None:
    feature_maps = random_maps()
    before = feature_maps.copy()
    feature_maps.setflags(write=False)
    measure(feature_maps)
    np.testing.assert_array_equal(feature_maps, before)


@pytest.mark.parametrize("magnitude", [1e-38, 1.0, 1e38])
def test_statistics_are_plain_json(magnitude: float) -> None:
    feature_maps = (random_maps().clip(-3, 3).astype(np.float64) * magnitude).astype(np.float32)
    feature_maps[3] = 0
    statistics = measure(feature_maps)
    values = json.loads(json.dumps(statistics.to_dict(), allow_nan=False))
    assert values["channels"]["silent"] == [3]
    assert (values["num_channels"], values["num_silent"]) == (5, 1)
    assert values["max"] == statistics.layer_max
    for name in ("min", "max", "mean", "std", "zero_share"):
        assert values["channels"][name] == pytest.approx(getattr(statistics, name).tolist(), rel=1e-6)


@given(hnp.arrays(np.float32, st.integers(1, 8), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_plain_keeps_seven_significant_digits(values: np.ndarray) -> None:
    rounded = plain(values)
    np.testing.assert_allclose(rounded, values.astype(np.float64), rtol=5.1e-7, atol=0)
    assert all(len(f"{abs(number):.12e}".split("e")[0].rstrip("0")) <= 8 for number in rounded)


def test_plain_gives_short_numbers() -> None:
    assert plain(np.array([0, 1 / 3, -2 / 3, 1e-7 / 3, 12345.678, 5], np.float32)) == [
        0.0,
        0.3333333,
        -0.6666667,
        3.333333e-08,
        12345.68,
        5.0,
    ]


def test_statistics_of_two_photos_can_be_compared_and_kept_in_a_set() -> None:
    first, second = measure(random_maps()), measure(random_maps(seed=1))
    assert first != second
    assert len({first, second}) == 2
