"""Tiles: every channel in its place, at its value, whatever its size."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.drawing.grid import (
    BAR_PIXELS,
    MAX_PIXELS,
    MAX_WIDTH,
    Layout,
    average,
    columns_for,
    indexed_picture,
    lay_out,
    tile,
)
from cnnviz.drawing.palette import BAR, GAP, SILENT, palette
from cnnviz.drawing.png import encode_png
from tiles import read_indices, read_tiles

NUM_CHANNELS = (1, 3, 8, 20, 33, 128, 2048)
STAGES = [(32, 148, 74), (64, 72, 36), (128, 34, 17), (128, 15, 7)]
"""Channels, size after the convolution, size after its pooling: the four pairs of the project's network."""


def lay_out_square(num_channels: int, size: int, source: Layout | None = None) -> Layout:
    """Lay square feature maps out as a layer does."""
    return lay_out(num_channels, size, size, columns_for(num_channels), source)


def random_levels(num_channels: int, height: int, width: int) -> np.ndarray:
    """Give palette indices of values."""
    random = np.random.default_rng([num_channels, height, width])
    return random.integers(2, 255, (num_channels, height, width), np.uint8)


def draw(levels: np.ndarray, strengths: np.ndarray | None = None, signed: bool = False) -> tuple[np.ndarray, Layout]:
    """Tile palette indices, and give the layout too."""
    num_channels, height, width = levels.shape
    layout = lay_out(num_channels, height, width, columns_for(num_channels))
    strengths = np.ones(num_channels, np.float32) if strengths is None else strengths
    return tile(levels, strengths, layout, signed), layout


@settings(max_examples=60)
@given(st.sampled_from(NUM_CHANNELS), st.integers(1, 40), st.integers(1, 40))
def test_every_channel_is_found_back_in_its_tile(num_channels: int, height: int, width: int) -> None:
    if num_channels * height * width > 200_000:
        height = width = 7
    levels = random_levels(num_channels, height, width)
    grid, layout = draw(levels)
    assert grid.shape == layout.size[::-1]
    for channel in {0, num_channels // 3, num_channels - 1}:
        left, top, right, bottom = layout.tile_box(channel)
        enlarged = levels[channel].repeat(layout.scale, axis=0).repeat(layout.scale, axis=1)
        np.testing.assert_array_equal(grid[top:bottom, left:right], enlarged)
    np.testing.assert_array_equal(read_tiles(grid, levels.shape), levels)


@pytest.mark.parametrize(
    ("num_channels", "columns"), [(1, 1), (3, 3), (8, 8), (9, 8), (20, 8), (32, 8), (33, 16), (128, 16), (2048, 16)]
)
def test_up_to_8_channels_stand_in_one_row_and_up_to_32_in_rows_of_8_else_16(num_channels: int, columns: int) -> None:
    assert columns_for(num_channels) == columns


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300))
def test_enlargement_is_the_largest_whole_factor_within_width_and_pixels(
    num_channels: int, height: int, width: int
) -> None:
    columns = columns_for(num_channels)
    layout = lay_out(num_channels, height, width, columns)

    def fits(scale: int) -> bool:
        size = columns * (width * scale + 1) - 1, layout.rows * (height * scale + 4) - 1
        return size[0] <= MAX_WIDTH and size[0] * size[1] <= MAX_PIXELS

    assert layout.scale == max([scale for scale in range(1, MAX_WIDTH + 1) if fits(scale)], default=1)
    assert fits(layout.scale) or layout.scale == 1
    assert layout.size[0] * layout.size[1] <= MAX_PIXELS


@pytest.mark.parametrize(("num_channels", "full", "scale"), [(32, 148, 1), (64, 72, 1), (128, 34, 2), (128, 15, 5)])
def test_grids_of_the_four_convolutions_are_about_1216_pixels_wide(num_channels: int, full: int, scale: int) -> None:
    layout = lay_out_square(num_channels, full)
    assert layout.scale == scale
    assert 1100 <= layout.size[0] <= MAX_WIDTH


@pytest.mark.parametrize(("num_channels", "full", "pooled"), STAGES)
def test_tiles_of_a_pooling_stand_where_those_of_its_convolution_stood(
    num_channels: int, full: int, pooled: int
) -> None:
    convolution = lay_out_square(num_channels, full)
    pooling = lay_out_square(num_channels, pooled, convolution)
    assert pooling.size == convolution.size
    assert pooling.scale == 2 * convolution.scale
    for channel in range(num_channels):
        outer, inner = convolution.tile_box(channel), pooling.tile_box(channel)
        assert inner[:2] == outer[:2]
        assert inner[2] <= outer[2]
        assert inner[3] <= outer[3]
        assert (outer[2] - inner[2]) in (0, convolution.scale)  # of an odd size the pooling drops the last column


def test_places_of_a_pooling_lie_over_the_places_it_pooled() -> None:
    full = random_levels(64, 72, 72)
    grid, convolution = draw(full)
    layout = lay_out_square(64, 36, convolution)
    pooled = tile(full[:, ::2, ::2], np.ones(64, np.float32), layout, signed=False)
    for channel in range(64):
        left, top, right, bottom = layout.tile_box(channel)
        here = slice(top, bottom, 2 * convolution.scale), slice(left, right, 2 * convolution.scale)
        np.testing.assert_array_equal(pooled[here], grid[here])


def test_pooling_of_a_layer_with_other_channels_is_laid_out_by_itself() -> None:
    assert lay_out_square(8, 7, lay_out_square(16, 14)) == lay_out_square(8, 7)


@pytest.mark.parametrize(("full", "pooled"), [((9, 20), (3, 10)), ((7, 7), (7, 7)), ((5, 5), (1, 1)), ((8, 9), (9, 9))])
def test_tiles_of_any_pooling_stay_within_their_places(full: tuple[int, int], pooled: tuple[int, int]) -> None:
    source = lay_out(20, *full, 8)
    layout = lay_out(20, *pooled, 8, source)
    grid = tile(random_levels(20, *pooled), np.ones(20, np.float32), layout, signed=False)
    np.testing.assert_array_equal(read_tiles(grid, (20, *pooled)), random_levels(20, *pooled))
    assert layout.tile_size[0] < layout.pitch[0]
    assert layout.tile_size[1] < layout.pitch[1]


def test_gap_stands_between_tiles_and_bars_and_nowhere_else() -> None:
    grid, layout = draw(random_levels(20, 5, 7))
    inside = np.zeros(grid.shape, bool)
    for channel in range(20):
        left, top, right, bottom = layout.tile_box(channel)
        inside[top:bottom, left:right] = True
    np.testing.assert_array_equal((grid == GAP) | (grid == BAR), ~inside)


@pytest.mark.parametrize("pooled", [False, True])
def test_bar_below_a_tile_is_as_long_as_the_channel_is_strong(pooled: bool) -> None:
    strengths = np.array([1, 0.5, 0.01, 0.0099, 1e-30, 0], np.float32)
    layout = lay_out(6, 150, 200, 6)
    if pooled:
        layout = lay_out(6, 75, 99, 6, layout)
    grid = tile(random_levels(6, layout.height, layout.width), strengths, layout, signed=False)
    width = layout.tile_size[1]
    dots = np.arange(width) % 4 == 0
    expected = [width, round(width / 2), round(width / 100), dots, dots, 0]
    for channel, bar in enumerate(expected):
        left = layout.tile_box(channel)[0]
        below = grid[-BAR_PIXELS:, left : left + layout.pitch[1] - 1]  # the last row's gap is cut off
        filled = bar if isinstance(bar, np.ndarray) else np.arange(width) < bar
        wanted = np.zeros(below.shape, np.uint8)
        wanted[:, :width] = np.where(filled, BAR, GAP)
        np.testing.assert_array_equal(below, wanted)


def test_grid_without_bars_has_one_pixel_between_its_tiles() -> None:
    layout = lay_out(6, 1, 1, 3, with_bars=False)
    assert layout.pitch == (layout.scale + 1, layout.scale + 1)
    grid = tile(random_levels(6, 1, 1), np.ones(6, np.float32), layout, signed=False)
    assert BAR not in grid


@pytest.mark.parametrize(("signed", "zero"), [(False, 2), (True, 128)])
def test_hatching_is_in_silent_tiles_only(signed: bool, zero: int) -> None:
    silent = np.arange(33) % 4 == 1
    grid, layout = draw(random_levels(33, 6, 9), np.where(silent, 0, 1).astype(np.float32), signed)
    for channel in range(33):
        left, top, right, bottom = layout.tile_box(channel)
        found = set(grid[top:bottom, left:right].ravel().tolist())
        assert (found == {SILENT, zero}) if silent[channel] else (SILENT not in found)


def test_hatching_is_seen_in_tiles_of_every_size() -> None:
    for size in (1, 2, 3, 7, 50):
        levels = np.full((2048, size, size), 2, np.uint8)
        grid, layout = draw(levels, np.zeros(2048, np.float32))
        left, top, right, bottom = layout.tile_box(5)
        assert SILENT in grid[top:bottom, left:right]


def test_averaging_gives_the_means_of_the_blocks() -> None:
    feature_maps = np.random.default_rng(0).normal(size=(2, 7, 11)).astype(np.float32)
    means = average(feature_maps, 3)
    assert (means.shape, means.dtype) == ((2, 3, 4), np.float32)
    for channel, row, column in np.ndindex(means.shape):
        block = feature_maps[channel, 3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        assert means[channel, row, column] == pytest.approx(block.mean(dtype=np.float64), abs=1e-6)


@pytest.mark.parametrize("value", [1e-38, 0.1, 3e38])
def test_averaging_a_flat_map_gives_its_value(value: float) -> None:
    assert (average(np.full((1, 9, 9), value, np.float32), 4) == np.float32(value)).all()


def test_huge_layer_is_shrunk_within_the_cap_in_bounded_memory_and_time() -> None:
    feature_maps = np.random.default_rng(0).random((32, 700, 700), np.float32)
    tracemalloc.start()
    begin = time.process_time()
    layout = lay_out_square(32, 700)
    levels = (average(feature_maps, layout.shrink) * 250 + 3).astype(np.uint8)
    grid = tile(levels, np.ones(32, np.float32), layout, signed=False)
    seconds = time.process_time() - begin
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (layout.shrink, layout.scale) == (2, 1)
    assert grid.size <= MAX_PIXELS
    assert peak < 2 * feature_maps.nbytes
    assert seconds < 5


@pytest.mark.parametrize("shape", [(1, 1, 10**9), (1, 10**9, 1), (4096, 4000, 3000), (10**6, 3, 3), (16, 30_000, 20)])
def test_layout_of_any_layer_is_found_at_once(shape: tuple[int, int, int]) -> None:
    begin = time.process_time()
    layout = lay_out(*shape, columns_for(shape[0]))
    assert time.process_time() - begin < 1
    single_pixels = lay_out(shape[0], 1, 1, columns_for(shape[0]))
    assert layout.size[0] * layout.size[1] <= max(MAX_PIXELS, 10 * single_pixels.num_channels + MAX_WIDTH)


def test_png_is_indexed_lossless_and_has_the_palette() -> None:
    grid, _ = draw(random_levels(33, 6, 9))
    content = encode_png(indexed_picture(grid, palette("viridis", signed=False)))
    np.testing.assert_array_equal(read_indices(content), grid)
    colors = np.frombuffer(palette("viridis", signed=False), np.uint8).reshape(256, 3)
    picture = indexed_picture(grid, palette("viridis", signed=False)).convert("RGB")
    np.testing.assert_array_equal(np.asarray(picture), colors[grid])
