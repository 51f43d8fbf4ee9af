"""Layers in small squares."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnviz.drawing.palette import BAR, FIRST_LEVEL, GAP, SILENT
from cnnviz.drawing.thumbnail import draw_map, draw_units, fit
from cnnviz.explorer.explorer import Explorer

EDGE = 80


def limit_of(values: np.ndarray) -> np.ndarray:
    return np.array([values.max()], np.float32)


@pytest.mark.parametrize(("size", "drawn"), [(150, 75), (148, 74), (74, 74), (72, 72), (36, 72), (34, 68), (7, 77)])
def test_map_is_enlarged_or_averaged_by_a_whole_factor(size: int, drawn: int) -> None:
    feature_map = np.random.default_rng(size).random((size, size), np.float32)
    levels = draw_map(feature_map, limit_of(feature_map), EDGE, signed=False)
    assert levels.shape == (drawn, drawn)
    if drawn >= size:
        means = feature_map.repeat(drawn // size, axis=0).repeat(drawn // size, axis=1)
    else:
        means = feature_map.reshape(drawn, 2, drawn, 2).mean(axis=(1, 3))
    np.testing.assert_allclose((levels - 2.0) / 252, means / feature_map.max(), atol=0.002)


@given(st.integers(1, 20_000), st.integers(1, 90), st.booleans())
def test_units_of_any_number_fit_in_order(num_units: int, edge: int, signed: bool) -> None:
    values = np.linspace(0, 1, num_units, dtype=np.float32)
    levels = draw_units(values, np.ones(1, np.float32), edge, signed)
    assert max(levels.shape) <= edge
    shown = levels[levels != GAP].astype(int)
    assert set(shown.tolist()) <= set(range(FIRST_LEVEL, BAR))
    if num_units <= edge**2:
        columns = int(np.ceil(np.sqrt(num_units)))
        small = levels[:: edge // columns, :: edge // columns].ravel()
        assert (np.diff(small[:num_units].astype(int)) >= 0).all()
        assert (small[num_units:] == GAP).all()


@pytest.mark.parametrize("signed", [False, True])
def test_what_is_zero_everywhere_is_hatched(signed: bool) -> None:
    nothing = np.zeros(1, np.float32)
    assert SILENT in draw_map(np.zeros((7, 9), np.float32), nothing, EDGE, signed)
    assert SILENT in draw_units(np.zeros(9, np.float32), nothing, EDGE, signed)


def test_layer_is_drawn_as_its_strongest_map_or_as_all_its_units(explorer: Explorer, photo: Path) -> None:
    result = explorer(photo)
    layer = result["conv2d_3"]
    strongest = layer.feature_maps[layer.statistics.max.argmax()]
    expected = draw_map(strongest, limit_of(strongest), EDGE, signed=False)
    np.testing.assert_array_equal(np.asarray(layer.thumbnail(EDGE)), expected)
    flat = np.asarray(result["flatten_1"].thumbnail(EDGE))
    assert flat.shape == (79, 80)
    np.testing.assert_allclose(
        (flat.ravel()[:6272] - 2.0) / 252 * result["flatten_1"].activation.max(),
        result["flatten_1"].activation,
        atol=0.002 * result["flatten_1"].activation.max(),
    )
    assert result["dense_1"].thumbnail(EDGE).size == (69, 69)
    assert layer.thumbnail(EDGE, "viridis").getpalette() != layer.thumbnail(EDGE).getpalette()


@given(st.integers(1, 400), st.integers(1, 400))
def test_picture_of_any_size_is_repeated_or_averaged_by_whole_factors(width: int, height: int) -> None:
    pixels = np.random.default_rng([width, height]).integers(0, 256, (height, width, 3), np.uint8)
    small = np.asarray(fit(Image.fromarray(pixels), EDGE))
    assert max(small.shape[:2]) <= EDGE
    if max(width, height) <= EDGE:
        factor = EDGE // max(width, height)
        np.testing.assert_array_equal(small, pixels.repeat(factor, axis=0).repeat(factor, axis=1))
    else:
        shrink = -(-max(width, height) // EDGE)
        mean = pixels[:shrink, :shrink].mean(axis=(0, 1))
        np.testing.assert_allclose(small[0, 0], mean, atol=1)
