"""Sheet: all channels of a layer as one grey picture, from which every activation can be recovered."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count
from cnnviz.drawing.palette import quantize
from cnnviz.result.layer_result import LayerResult

MAX_VALUES, MAX_SIDE = 2**24, 2**14
"""Largest number of activations in one picture, and in one row or column; browsers refuse larger pictures."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The feature maps of a layer, side by side.

    Args:
        picture: A picture of mode "L". Its grey levels are the palette indices of `cnnviz.drawing.palette.quantize`.
        columns: Feature maps in a row.
        rows_per_map: Rows of one feature map.
        columns_per_map: Columns of one feature map.
        limits: The largest magnitude of each channel, shape (C,), float32. A channel's levels range from 0 to its
            limit, or from -limit to limit if the layer can be negative.
    """

    picture: Image.Image
    columns: int
    rows_per_map: int
    columns_per_map: int
    limits: NDArray[np.float32]


def draw_sheet(layer: LayerResult) -> Sheet:
    """Draw all channels of a layer, each activation as one pixel.

    Args:
        layer: The layer's result. A flattened layer is drawn as the maps that it flattened.

    Returns:
        The sheet; it gives back every activation within 0.2% of its channel's range.

    Raises:
        OptionError: If the layer has too many activations for one picture.
    """
    channels, (height, width) = len(layer.feature_maps), layer.places
    columns = min(channels, math.ceil(math.sqrt(channels * height / width)))
    rows = math.ceil(channels / columns)
    if layer.feature_maps.size > MAX_VALUES or max(rows * height, columns * width) > MAX_SIDE:
        raise OptionError(
            f"Layers of up to {count(MAX_VALUES)} activations can be shown channel by channel. "
            f"Received: '{layer.name}' with {count(layer.feature_maps.size)}."
        )
    limits = layer.magnitudes
    levels = quantize(layer.feature_maps, limits, signed=not layer.layer.non_negative)
    padded = np.zeros((rows * columns, height, width), np.uint8)
    padded[:channels] = levels.reshape(channels, height, width)
    sheet = padded.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    return Sheet(Image.fromarray(sheet), columns, height, width, limits)
