"""Is a channel about colour? What it loses when the photo is shown in black and white."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.result import Result


def to_gray(picture: Image.Image) -> Image.Image:
    """Take the colours out of a picture.

    Args:
        picture: An RGB picture.

    Returns:
        An RGB picture of its luminance, ITU-R 601, as Pillow computes it.
    """
    return picture.convert("L").convert("RGB")


def color_losses(result: Result, in_gray: Result, layer_name: str) -> NDArray[np.float64]:
    """Give what each channel of a layer loses without colours.

    Args:
        result: What a network made of a photo.
        in_gray: What it made of the same photo in black and white.
        layer_name: The layer's name.

    Returns:
        Shape (C,), float64 in [0, 1]: the sum of max(|a| - |g|, 0) over all places, divided by the sum of |a|,
        where a is an activation and g the same one in black and white; 0 for a silent channel.

    Raises:
        LayerNotFoundError: If no layer has that name.
    """
    shape = (len(result[layer_name].feature_maps), -1)
    colored, gray = (np.abs(each[layer_name].feature_maps.reshape(shape)) for each in (result, in_gray))
    lost = np.maximum(colored - gray, 0).sum(axis=1, dtype=np.float64)
    whole = colored.sum(axis=1, dtype=np.float64)
    losses: NDArray[np.float64] = np.divide(lost, whole, out=np.zeros_like(whole), where=whole > 0)
    return losses
