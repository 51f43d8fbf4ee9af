"""Histograms with fixed bins: what is read from them is right to 1%, and parts add up exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from cnnviz.surveys.histograms import (
    ACCURACY,
    LARGEST,
    NUM_BINS,
    SMALLEST,
    areas_under_curve,
    bins_of,
    quantiles,
    values_of,
)

SHARES = (0.0, 0.01, 0.25, 0.5, 0.9, 1.0)


def count(values: NDArray[np.floating]) -> NDArray[np.uint32]:
    return np.bincount(bins_of(values), minlength=NUM_BINS).astype(np.uint32)


@given(arrays.arrays(np.float32, 20, elements=st.floats(-LARGEST, LARGEST, width=32)))
def test_a_value_is_read_from_its_bin_to_one_percent(values: NDArray[np.float32]) -> None:
    read = values_of(bins_of(values))
    small = np.abs(values.astype(np.float64)) < SMALLEST
    assert (read[small] == 0).all()
    np.testing.assert_allclose(read[~small], values[~small], rtol=ACCURACY * (1 + 1e-6))
    assert (np.diff(bins_of(np.sort(values))) >= 0).all()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_quantiles_are_numpy_s_to_one_percent(scale: float) -> None:
    values = np.random.default_rng(3).normal(size=5000) ** 3 * scale
    expected = np.quantile(values, SHARES, method="inverted_cdf")
    np.testing.assert_allclose(quantiles(count(values), SHARES), expected, rtol=ACCURACY * 1.001, atol=SMALLEST)


def test_what_tells_two_groups_apart_is_the_share_of_pairs_in_order() -> None:
    random = np.random.default_rng(4)
    group, other = random.normal(0.5, size=300), random.normal(size=200)
    pairs = (group[:, None] > other).mean() + (group[:, None] == other).mean() / 2
    assert areas_under_curve(count(group), count(other)) == pytest.approx(pairs, abs=0.005)
    assert areas_under_curve(count(other), count(group)) == pytest.approx(1 - pairs, abs=0.005)
    assert areas_under_curve(count(group), count(group)) == pytest.approx(0.5)


def test_of_nothing_there_are_no_numbers() -> None:
    nothing = np.zeros(NUM_BINS, np.uint32)
    assert np.isnan(quantiles(nothing, SHARES)).all()
    assert np.isnan(areas_under_curve(nothing, count(np.ones(3))))
