"""Reading a grid as a stranger would: from the bytes of its PNG file alone."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.palette import palette


def read_indices(content: bytes) -> np.ndarray:
    """Read an indexed PNG file: rows and columns of palette indices."""
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.mode) == ("PNG", "P")
    return np.asarray(picture)


def read_tiles(indices: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Find the tiles between gaps and bars, undo the enlargement, and give them as feature maps.

    Args:
        indices: A grid's palette indices; 0 is the gap, 255 a bar.
        shape: Channels, height and width of the feature maps.

    Returns:
        Palette indices of that shape; 1 everywhere in a hatched tile.
    """
    num_channels, height, width = shape
    inside = (indices != 0) & (indices != 255)
    lefts, tile_width = _runs(inside.any(axis=0))
    tops, tile_height = _runs(inside.any(axis=1))
    scale = tile_width // width
    assert (tile_height, tile_width) == (height * scale, width * scale)
    tiles = [indices[top : top + tile_height, left : left + tile_width] for top in tops for left in lefts]
    assert not any(tile.any() for tile in tiles[num_channels:])
    small = np.ones(shape, np.uint8)
    for channel, tile in enumerate(tiles[:num_channels]):
        if not (tile == 1).any():
            small[channel] = tile[::scale, ::scale]
            np.testing.assert_array_equal(small[channel].repeat(scale, axis=0).repeat(scale, axis=1), tile)
    return small


def recover(levels: np.ndarray, ranges: list[list[float]]) -> np.ndarray:
    """Turn feature maps of palette indices back into activations, as the palette's documentation says.

    Args:
        levels: Shape (C, h, w).
        ranges: Each channel's lowest and highest value.

    Returns:
        Shape (C, h, w), float64.
    """
    lows, highs = (np.array(edge)[:, None, None] for edge in zip(*ranges, strict=True))
    signed = bool((lows < 0).any())
    zero, last = (128 if signed else 2), 254
    visible = np.where(levels == 1, zero, levels).astype(np.float64)  # 1 is the hatching of channels that are zero
    return (visible - zero) / (last - zero) * highs


def _runs(inside: np.ndarray) -> tuple[list[int], int]:
    """Give where the runs of true values start, and their length, which is the same for all."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    assert len(set(lengths.tolist())) == 1
    return starts.tolist(), int(lengths[0])


def read_levels(pixels: NDArray[np.uint8], name: str, signed: bool) -> NDArray[np.float64]:
    """Find each pixel's share of the range by its colour: of the levels of one colour, the first."""
    colors = np.frombuffer(palette(name, signed), np.uint8).reshape(256, 3)[2:255].astype(int)
    distances = np.abs(pixels[..., None, :].astype(int) - colors).sum(axis=-1)
    assert (distances.min(axis=-1) == 0).all()
    levels = distances.argmin(axis=-1)
    return (levels - 126) / 126 if signed else levels / 252
