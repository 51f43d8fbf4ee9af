"""Palette indices and their colours: zero has one, and nothing is lost but a thousandth."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.base.errors import OptionError
from cnnviz.drawing.palette import (
    BAR,
    BAR_COLOR,
    DIVERGING,
    FIRST_LEVEL,
    GAP,
    GAP_COLOR,
    LAST_LEVEL,
    SIGNED_ZERO_LEVEL,
    SILENT,
    SILENT_COLOR,
    palette,
    quantize,
)
from tiles import recover

SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


def colors(colormap: str, signed: bool) -> np.ndarray:
    """Give a palette as 256 rows of red, green and blue."""
    return np.frombuffer(palette(colormap, signed), np.uint8).reshape(256, 3)


def largest(feature_maps: np.ndarray) -> np.ndarray:
    """Give the largest magnitude of each channel."""
    return np.abs(feature_maps).max(axis=(1, 2))


def maps(low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    """Give feature maps of any size whose values are zero or ordinary float32 numbers."""
    values = st.floats(low, high, width=32, allow_subnormal=False)
    return hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=values)


@given(maps(0, 2.0**127))
def test_index_and_limit_give_the_activation_back_within_a_five_hundredth_of_the_range(maps: np.ndarray) -> None:
    limits = largest(maps)
    recovered = recover(quantize(maps, limits, signed=False), [[0.0, float(limit)] for limit in limits])
    assert (np.abs(recovered - maps) <= 0.002 * limits[:, None, None]).all()


@given(maps(-(2.0**126), 2.0**126))
def test_signed_index_and_limit_give_the_activation_back_within_a_five_hundredth_of_the_range(maps: np.ndarray) -> None:
    limits = largest(maps)
    recovered = recover(quantize(maps, limits, signed=True), [[-float(limit), float(limit)] for limit in limits])
    assert (np.abs(recovered - maps) <= 0.002 * 2 * limits[:, None, None]).all()


@given(maps(-(2.0**126), 2.0**126), st.booleans())
def test_larger_activation_never_has_a_smaller_index(maps: np.ndarray, signed: bool) -> None:
    maps = maps if signed else np.abs(maps)
    levels = quantize(maps, np.full(len(maps), largest(maps).max()), signed)
    order = np.argsort(maps, axis=None)
    assert (np.diff(levels.ravel()[order].astype(int)) >= 0).all()


@given(maps(-(2.0**126), 2.0**126), st.booleans())
def test_values_never_take_the_indices_of_gap_and_hatching(maps: np.ndarray, signed: bool) -> None:
    maps = maps if signed else np.abs(maps)
    levels = quantize(maps, largest(maps), signed)
    assert levels.min() >= FIRST_LEVEL
    assert levels.max() <= LAST_LEVEL


@given(maps(-(2.0**126), 2.0**126), st.booleans())
def test_zero_always_has_the_same_index(maps: np.ndarray, signed: bool) -> None:
    maps = maps if signed else np.abs(maps)
    levels = quantize(maps, largest(maps), signed)
    assert set(levels[maps == 0].tolist()) <= {SIGNED_ZERO_LEVEL if signed else FIRST_LEVEL}


def test_scale_starts_at_zero_and_not_at_the_smallest_activation() -> None:
    feature_maps = np.array([[[9, 10]]], np.float32)
    assert quantize(feature_maps, np.array([10], np.float32), signed=False).tolist() == [[[229, 254]]]


def test_signed_scale_is_symmetric_around_zero() -> None:
    feature_maps = np.array([[[-4, -2, 0, 2, 4]]], np.float32)
    assert quantize(feature_maps, np.array([4], np.float32), signed=True).tolist() == [[[2, 65, 128, 191, 254]]]


@pytest.mark.parametrize("magnitude", [1e-45, 1e-38, SMALLEST_NORMAL, 1.0, 1e38, float(np.finfo(np.float32).max)])
def test_huge_and_tiny_activations_use_the_whole_scale(magnitude: float) -> None:
    feature_maps = np.array([[[0, magnitude]]], np.float32)
    assert quantize(feature_maps, largest(feature_maps), signed=False).tolist() == [[[2, 254]]]
    assert quantize(-feature_maps, largest(feature_maps), signed=True).tolist() == [[[128, 2]]]


def test_values_beyond_the_scale_get_its_ends() -> None:
    feature_maps, limit = np.array([[[-1000, -9, 9, 1000]]], np.float32), np.array([4], np.float32)
    for signed in (False, True):
        assert quantize(feature_maps, limit, signed).tolist() == [[[2, 2, 254, 254]]]


def test_zero_channel_beside_others_is_not_nan() -> None:
    feature_maps = np.array([[[0, 0]], [[1, 0]]], np.float32)
    assert quantize(feature_maps, largest(feature_maps), signed=False).tolist() == [[[2, 2]], [[254, 2]]]


def test_quantizing_leaves_the_activations_alone() -> None:
    feature_maps = np.random.default_rng(0).random((3, 4, 5), np.float32)
    before = feature_maps.copy()
    quantize(feature_maps, largest(feature_maps), signed=False)
    np.testing.assert_array_equal(feature_maps, before)


@pytest.mark.parametrize("name", sorted(matplotlib.colormaps))
def test_every_matplotlib_name_gives_its_colours_from_lowest_to_highest(name: str) -> None:
    expected = matplotlib.colormaps[name](np.linspace(0, 1, 253), bytes=True)[:, :3]
    np.testing.assert_array_equal(colors(name, signed=False)[FIRST_LEVEL:BAR], expected)


def test_gap_hatching_and_bars_have_their_own_colours() -> None:
    for signed in (False, True):
        assert tuple(colors("magma", signed)[GAP]) == GAP_COLOR
        assert tuple(colors("magma", signed)[BAR]) == BAR_COLOR
        assert tuple(colors("magma", signed)[SILENT]) == SILENT_COLOR


def test_zero_is_black_in_magma_and_gray() -> None:
    assert colors("magma", signed=False)[FIRST_LEVEL].max() <= 4
    assert colors("gray", signed=False)[FIRST_LEVEL].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", sorted(DIVERGING & set(matplotlib.colormaps)))
def test_diverging_map_has_its_middle_at_zero(name: str) -> None:
    middle = matplotlib.colormaps[name](0.5, bytes=True)[:3]
    np.testing.assert_allclose(colors(name, signed=True)[SIGNED_ZERO_LEVEL].astype(int), middle, atol=2)
    ends = matplotlib.colormaps[name](np.array([0.0, 1.0]), bytes=True)[:, :3]
    np.testing.assert_array_equal(colors(name, signed=True)[[FIRST_LEVEL, LAST_LEVEL]], ends)


def test_signed_values_get_a_diverging_map_whatever_is_asked_for() -> None:
    assert palette("magma", signed=True) == palette("RdBu_r", signed=True)
    assert palette("PuOr_r", signed=True) != palette("RdBu_r", signed=True)
    negative, zero, positive = colors("magma", signed=True)[[40, SIGNED_ZERO_LEVEL, 216]].astype(int)
    assert zero.min() > 240
    assert negative[2] > negative[0]
    assert positive[0] > positive[2]


@pytest.mark.parametrize("signed", [False, True])
def test_unknown_colour_map_is_an_error_with_a_suggestion(signed: bool) -> None:
    message = r"No colour map named 'virdis'\. Did you mean 'viridis'\? Received: colormap='virdis'\."
    with pytest.raises(OptionError, match=message):
        palette("virdis", signed)


def test_name_that_is_like_no_other_gets_four_suggestions() -> None:
    with pytest.raises(OptionError, match=r"Try magma, viridis, cividis or gray\. Received: colormap='##'\."):
        palette("##", signed=False)
