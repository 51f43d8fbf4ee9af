"""Grid of tiles: the channels of one layer as one indexed picture."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.palette import BAR, FIRST_LEVEL, GAP, SIGNED_ZERO_LEVEL, SILENT

MAX_WIDTH = 1216
MAX_PIXELS = 12_000_000
GAP_PIXELS = 1
BAR_PIXELS = 2
"""Height of the bar below a tile, in pixels; the bar shows how strong the tile's channel is."""

FAINT = 0.01
"""Limit for faint channels: if a channel's maximum is a smaller share of the layer's, its bar is a dotted line."""

DOT_PERIOD = 4
FEW_COLUMNS, NUM_SOME_CHANNELS, MANY_COLUMNS = 8, 32, 16
HATCH_PERIOD = 6


@dataclass(frozen=True)
class Layout:
    """The places of the tiles in a grid.

    Args:
        num_channels: Number of tiles.
        height: Rows of one feature map.
        width: Columns of one feature map.
        columns: Tiles in a row.
        scale: Pixels per activation, a whole number.
        shrink: Activations that are averaged into one along each axis; above 1 only for huge layers.
        pitch: Pixels from one tile to the next, vertically and horizontally.
        bar_pixels: Height of the bar below each tile; 0 for none.
    """

    num_channels: int
    height: int
    width: int
    columns: int
    scale: int
    shrink: int
    pitch: tuple[int, int]
    bar_pixels: int = 0

    @property
    def rows(self) -> int:
        """Number of rows of tiles; the last row may be shorter."""
        return -(-self.num_channels // self.columns)

    @property
    def tile_size(self) -> tuple[int, int]:
        """Height and width of a tile in pixels."""
        return -(-self.height // self.shrink) * self.scale, -(-self.width // self.shrink) * self.scale

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self.columns * self.pitch[1] - GAP_PIXELS, self.rows * self.pitch[0] - GAP_PIXELS

    def tile_box(self, channel: int) -> tuple[int, int, int, int]:
        """Return the place of a channel's tile.

        Args:
            channel: Index of the channel.

        Returns:
            Left, top, right and bottom edge in the picture; right and bottom are the first pixels outside.
        """
        row, column = divmod(channel, self.columns)
        top, left = row * self.pitch[0], column * self.pitch[1]
        return left, top, left + self.tile_size[1], top + self.tile_size[0]


def columns_for(num_channels: int) -> int:
    """Choose the number of tiles in a row.

    Args:
        num_channels: Number of tiles, at least 1.

    Returns:
        For up to 8 tiles, their number; for up to 32 tiles, 8; else 16.
    """
    if num_channels <= NUM_SOME_CHANNELS:
        return min(num_channels, FEW_COLUMNS)
    return MANY_COLUMNS


def lay_out(
    num_channels: int, height: int, width: int, columns: int, source: Layout | None = None, with_bars: bool = True
) -> Layout:
    """Choose the enlargement and the places of the tiles.

    The enlargement is the largest whole factor, at least 1, with which the grid is at most 1,216 pixels wide and has at
    most 12 million pixels. A layer with more than 12 million pixels even without enlargement is shrunk by averaging.

    Args:
        num_channels: Number of tiles, at least 1.
        height: Rows of one feature map.
        width: Columns of one feature map.
        columns: Tiles in a row.
        source: The layout of the layer that this layer pools. If given, the tiles are in the same places as there.
        with_bars: Whether to leave room for a bar below each tile.

    Returns:
        The layout.

    Example:
        >>> convolution = lay_out(128, 15, 15, 16)
        >>> convolution.scale, lay_out(128, 7, 7, 16, convolution).scale
        (5, 10)
    """
    if source and source.shrink == 1 and (num_channels, columns) == (source.num_channels, source.columns):
        stride = min(source.height // height, source.width // width)
        pooled = replace(source, height=height, width=width, scale=source.scale * stride)
        if stride and all(tile <= full for tile, full in zip(pooled.tile_size, source.tile_size, strict=True)):
            return pooled

    bar_pixels = BAR_PIXELS if with_bars else 0
    below = bar_pixels + 2 * GAP_PIXELS if with_bars else GAP_PIXELS

    def layout(scale: int, shrink: int) -> Layout:
        tile = Layout(num_channels, height, width, columns, scale, shrink, (0, 0), bar_pixels)
        return replace(tile, pitch=(tile.tile_size[0] + below, tile.tile_size[1] + GAP_PIXELS))

    scale = max((MAX_WIDTH - (columns - 1) * GAP_PIXELS) // (columns * width), 1)
    while scale > 1 and math.prod(layout(scale, 1).size) > MAX_PIXELS:
        scale -= 1
    shrink = 1
    while math.prod(layout(1, shrink).size) > MAX_PIXELS and shrink < max(height, width):
        shrink += 1
    return layout(scale, shrink)


def average(feature_maps: NDArray[np.float32], shrink: int) -> NDArray[np.float32]:
    """Average blocks of activations; blocks at the right and bottom edge may be smaller.

    Args:
        feature_maps: Shape (C, h, w), float32.
        shrink: Edge of a block, at least 1.

    Returns:
        Shape (C, h / shrink rounded up, w / shrink rounded up), float32.
    """
    if shrink == 1:
        return feature_maps
    height, width = feature_maps.shape[1:]
    rows, columns = np.arange(0, height, shrink), np.arange(0, width, shrink)
    counts = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))

    def means(values: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = np.add.reduceat(values, rows, axis=0, dtype=np.float64)  # no sum overflows in float64
        return np.asarray(np.add.reduceat(sums, columns, axis=1) / counts, np.float32)

    return np.stack([means(values) for values in feature_maps])  # one by one, to save memory


def tile(levels: NDArray[np.uint8], strengths: NDArray[np.float32], layout: Layout, signed: bool) -> NDArray[np.uint8]:
    """Lay the channels of one layer out as a single picture of palette indices.

    Args:
        levels: Shape (C, h, w), uint8: palette indices from 2 to 254.
        strengths: Each channel's largest magnitude as a share of the layer's, shape (C,), in [0, 1]. It is the length
            of the channel's bar; below 0.01 the bar is a dotted line. Channels with 0 are silent and hatched.
        layout: The places of the tiles; it must fit `levels`.
        signed: Whether values can be negative. This decides which index means zero, the background of the hatching.

    Returns:
        Shape (layout.size[1], layout.size[0]), uint8: 0 between the tiles, 1 in the hatching, 255 in the bars, else
        `levels` enlarged by layout.scale.
    """
    (height, width), (down, across), scale = layout.tile_size, layout.pitch, layout.scale
    picture = np.full((layout.rows, down, layout.columns, across), GAP, np.uint8)
    wide = np.repeat(levels, scale, axis=2) if scale > 1 else levels
    wide = wide.swapaxes(0, 1)[:, None]  # (h, 1, C, w * scale): the rows are repeated as they are written
    bars = _bars(strengths, width) if layout.bar_pixels else None
    for row in range(layout.rows):
        chosen = slice(row * layout.columns, (row + 1) * layout.columns)
        tiles = wide[:, :, chosen]
        place = picture[row, :height, : tiles.shape[2], :width]
        place.reshape(-1, scale, *place.shape[1:])[:] = tiles
        if bars is not None:
            picture[row, -GAP_PIXELS - layout.bar_pixels : -GAP_PIXELS, : tiles.shape[2], :width] = bars[chosen]
    hatched = hatching((height, width), signed)
    for channel in np.flatnonzero(strengths == 0):
        row, column = divmod(int(channel), layout.columns)
        picture[row, :height, column, :width] = hatched
    indices = picture.reshape(layout.rows * down, layout.columns * across)
    return np.ascontiguousarray(indices[:-GAP_PIXELS, :-GAP_PIXELS])


def _bars(strengths: NDArray[np.float32], width: int) -> NDArray[np.uint8]:
    """Draw each channel's bar, shape (C, width)."""
    pixels = np.arange(width)
    lengths = np.maximum(np.round(strengths * width), 1)[:, None]
    faint = (strengths < FAINT)[:, None]
    filled = np.where(faint, pixels % DOT_PERIOD == 0, pixels < lengths) & (strengths > 0)[:, None]
    return np.where(filled, BAR, GAP).astype(np.uint8)


def hatching(shape: tuple[int, ...], signed: bool) -> NDArray[np.uint8]:
    """Draw the sign for "zero everywhere": diagonal lines, two pixels wide.

    Args:
        shape: Rows and columns.
        signed: Whether values can be negative. This decides which palette index means zero, the background.

    Returns:
        Palette indices of that shape, uint8.
    """
    background = SIGNED_ZERO_LEVEL if signed else FIRST_LEVEL
    diagonal = np.add.outer(*map(np.arange, shape)) % HATCH_PERIOD
    return np.where(diagonal < HATCH_PERIOD // 3, SILENT, background).astype(np.uint8)


def indexed_picture(indices: NDArray[np.uint8], colors: bytes) -> Image.Image:
    """Turn palette indices into a picture with colours.

    Args:
        indices: Shape (height, width), uint8.
        colors: 256 RGB triples, from `cnnviz.drawing.palette.palette`.

    Returns:
        A picture of mode "P".
    """
    picture = Image.fromarray(indices)
    picture.putpalette(colors)
    return picture
