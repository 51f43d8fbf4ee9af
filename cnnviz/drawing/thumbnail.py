"""Sharp thumbnails of a layer: a whole number of pixels per activation, or of activations per pixel."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.grid import average, hatching
from cnnviz.drawing.palette import GAP, quantize

Values = NDArray[np.float32]


def fit(picture: Image.Image, edge: int) -> Image.Image:
    """Enlarge or shrink a picture by a whole factor.

    Args:
        picture: Any picture; if it has to be shrunk, its mode must be "RGB" or "L".
        edge: Largest height and width of the result in pixels, at least 1.

    Returns:
        The picture: each pixel is repeated as often as fits; or if it is too large, blocks of pixels are averaged.

    Example:
        >>> fit(Image.new("RGB", (30, 20)), 80).size, fit(Image.new("RGB", (900, 600)), 80).size
        ((60, 40), (75, 50))
    """
    longer = max(picture.size)
    if longer > edge:
        return picture.reduce(-(-longer // edge))
    enlargement = edge // longer
    return picture.resize((picture.width * enlargement, picture.height * enlargement), Image.Resampling.NEAREST)


def draw_map(feature_map: Values, limit: Values, edge: int, signed: bool) -> NDArray[np.uint8]:
    """Draw one feature map.

    Args:
        feature_map: Shape (h, w), float32.
        limit: The largest magnitude of the layer, shape (1,); if it is 0, the map is hatched.
        edge: Largest height and width of the picture in pixels, at least 1.
        signed: Whether activations can be negative.

    Returns:
        Palette indices, shape (height, width), uint8; height and width are at most `edge`.
    """
    shrink = -(-max(feature_map.shape) // edge)
    means = average(feature_map[None], shrink)
    enlargement = edge // max(means.shape)
    levels = quantize(means, limit, signed)[0].repeat(enlargement, axis=0).repeat(enlargement, axis=1)
    return levels if limit[0] > 0 else hatching(levels.shape, signed)


def draw_units(values: Values, limit: Values, edge: int, signed: bool) -> NDArray[np.uint8]:
    """Draw units without places, row by row, with about as many rows as columns.

    Args:
        values: Shape (n,), float32.
        limit: The largest magnitude of the layer, shape (1,); if it is 0, the whole picture is hatched.
        edge: Largest height and width of the picture in pixels, at least 1.
        signed: Whether activations can be negative.

    Returns:
        Palette indices, shape (height, width), uint8; height and width are at most `edge`. After the last unit they are
        0. If there are more units than pixels, each pixel is the average of several consecutive units.
    """
    run = -(-len(values) // edge**2)
    means = average(values[None, :, None], run)[0, :, 0] if run > 1 else values
    columns = math.ceil(math.sqrt(len(means)))
    rows = -(-len(means) // columns)
    levels = np.full(rows * columns, GAP, np.uint8)
    levels[: len(means)] = quantize(means[None, None], limit, signed)[0, 0]
    enlargement = edge // columns
    drawn = levels.reshape(rows, columns).repeat(enlargement, axis=0).repeat(enlargement, axis=1)
    return drawn if limit[0] > 0 else hatching(drawn.shape, signed)
