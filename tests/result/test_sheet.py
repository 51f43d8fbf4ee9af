"""The grey picture of a layer: whoever knows the scale reads every activation back from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.base.errors import OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.sheet import Sheet, draw_sheet
from networks import build_branches, layer_of, run_layer_by_layer
from pictures import draw

UNUSED = 0
"""The grey level of cells without a channel, which no activation has."""


def maps_of(values: np.ndarray) -> np.ndarray:
    """Put the channels of an activation in front; units without a place are maps of one place."""
    return np.moveaxis(values if values.ndim == 3 else values[None, None], -1, 0)


def read_sheet(sheet: Sheet, num_channels: int, signed: bool) -> np.ndarray:
    """Read the activations back, as a browser does from the pixels: shape (C, h, w), float64."""
    assert sheet.picture.mode == "L"
    levels, height, width = np.asarray(sheet.picture), sheet.rows_per_map, sheet.columns_per_map
    maps = np.empty((num_channels, height, width))
    for channel in range(num_channels):
        top, left = channel // sheet.columns * height, channel % sheet.columns * width
        cell = levels[top : top + height, left : left + width].astype(np.float64)
        zero = 128 if signed else 2
        maps[channel] = (cell - zero) / (254 - zero) * sheet.limits[channel]
    return maps


def assert_recovered(sheet: Sheet, expected: np.ndarray, signed: bool) -> None:
    """Compare with the activations, within 0.2% of each channel's range."""
    found = read_sheet(sheet, len(expected), signed)
    assert found.shape == expected.shape
    limits = np.abs(expected).reshape(len(expected), -1).max(axis=1).astype(np.float64)
    np.testing.assert_allclose(sheet.limits, limits, rtol=1e-3, atol=1e-6)
    ranges = limits * (2 if signed else 1)
    rounding = 1e-5 * limits.max()  # two passes of the same network differ by as much
    assert (np.abs(found - expected) <= 0.002 * ranges[:, None, None] + rounding).all()


def test_every_activation_of_the_architecture_is_read_back_from_its_sheet(explorer: Explorer) -> None:
    photo = draw(320, 200)
    result = explorer(photo)
    plain = run_layer_by_layer(explorer.network.model, explorer.network.preprocessing([photo]))
    plain[8] = plain[7]  # the flattened layer is drawn as the maps that it flattened
    num_read = 0
    for layer, values in zip(result.layers, plain, strict=True):
        assert_recovered(draw_sheet(layer), maps_of(values), signed=False)
        num_read += values.size
    assert num_read == 1_517_697


def test_signed_and_branched_activations_are_read_back_too() -> None:
    result = Explorer(build_branches())(draw(90, 70))
    signs = set()
    for layer in result.layers:
        assert_recovered(draw_sheet(layer), maps_of(layer.activation), signed=not layer.layer.non_negative)
        signs.add(layer.layer.non_negative)
    assert signs == {False, True}


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=3, max_dims=3, max_side=7),
        elements=st.floats(-1000, 1000, width=32, allow_subnormal=False),
    ),
    st.booleans(),
)
def test_maps_of_any_size_are_read_back(maps: np.ndarray, signed: bool) -> None:
    maps = maps if signed else np.abs(maps)
    sheet = draw_sheet(layer_of(maps, non_negative=not signed))
    assert_recovered(sheet, maps, signed)
    assert 1 <= sheet.columns <= len(maps)
    rows = -(-len(maps) // sheet.columns)
    assert sheet.picture.size == (sheet.columns * maps.shape[2], rows * maps.shape[1])


def test_channels_stand_row_by_row_and_the_last_cells_are_left_unused() -> None:
    maps = np.zeros((5, 2, 3), np.float32)
    for channel in range(5):
        maps[channel].flat[channel] = 1 + channel
    sheet = draw_sheet(layer_of(maps))
    assert (sheet.columns, sheet.rows_per_map, sheet.columns_per_map) == (2, 2, 3)
    assert np.asarray(sheet.picture).tolist() == [
        [254, 2, 2, 2, 254, 2],
        [2, 2, 2, 2, 2, 2],
        [2, 2, 254, 2, 2, 2],
        [2, 2, 2, 254, 2, 2],
        [2, 2, 2, UNUSED, UNUSED, UNUSED],
        [2, 254, 2, UNUSED, UNUSED, UNUSED],
    ]
    assert sheet.limits.tolist() == [1, 2, 3, 4, 5]


def test_silent_channel_has_the_level_of_zero_and_no_limit() -> None:
    maps = np.stack([np.zeros((2, 2)), np.full((2, 2), -3)]).astype(np.float32)
    sheet = draw_sheet(layer_of(maps, non_negative=False))
    assert np.asarray(sheet.picture).tolist() == [[128, 128, 2, 2]] * 2
    assert sheet.limits.tolist() == [0, 3]


def test_flattened_layer_has_the_sheet_of_what_it_flattened(explorer: Explorer) -> None:
    result = explorer(draw(320, 200))
    flat, pooled = draw_sheet(result["flatten_1"]), draw_sheet(result["max_pooling2d_4"])
    assert (flat.columns, flat.rows_per_map, flat.columns_per_map) == (pooled.columns, 7, 7)
    assert flat.picture.tobytes() == pooled.picture.tobytes()


def test_sheets_of_the_architecture_are_about_square(explorer: Explorer) -> None:
    for layer in explorer(draw()).layers:
        width, height = draw_sheet(layer).picture.size
        assert 3 / 4 <= width / height <= 4 / 3, layer.name


def test_layer_of_too_many_activations_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.result.sheet.MAX_VALUES", 1200)
    draw_sheet(layer_of(np.ones((3, 20, 20), np.float32)))
    message = r"^Layers of up to 1,200 activations can be shown .* Received: 'layer' with 1,203\.$"
    with pytest.raises(OptionError, match=message):
        draw_sheet(layer_of(np.ones((3, 401, 1), np.float32)))


def test_sheet_that_is_too_wide_or_high_for_a_browser_is_one_sentence() -> None:
    draw_sheet(layer_of(np.ones((1, 2**14, 2), np.float32)))
    for shape in ((1, 2**14 + 1, 2), (1, 2, 2**14 + 1)):
        with pytest.raises(OptionError, match=r"^Layers of up to 16,777,216 activations can be shown"):
            draw_sheet(layer_of(np.ones(shape, np.float32)))


def test_drawing_leaves_the_activations_alone() -> None:
    maps = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
    before = maps.copy()
    draw_sheet(layer_of(maps, non_negative=False))
    np.testing.assert_array_equal(maps, before)
