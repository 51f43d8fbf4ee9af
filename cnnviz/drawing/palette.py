"""Colouring: activations become palette indices, and a colour map becomes the palette."""

import difflib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError

GAP, SILENT, FIRST_LEVEL, LAST_LEVEL, BAR = 0, 1, 2, 254, 255
"""Palette indices: gaps between tiles; hatching of silent channels; the lowest and the highest value; bars."""

SIGNED_ZERO_LEVEL = 128
"""Palette index of zero for signed values: the middle level. The number of levels is odd, so there is a middle."""

GAP_COLOR = (128, 128, 128)
SILENT_COLOR = (96, 96, 96)
BAR_COLOR = (255, 255, 255)
DIVERGING = frozenset(
    {"PiYG", "PRGn", "BrBG", "PuOr", "RdGy", "RdBu", "RdYlBu", "RdYlGn", "Spectral", "coolwarm", "bwr", "seismic"}
    | {"berlin", "managua", "vanimo"}
)
DEFAULT_DIVERGING = "RdBu_r"


@cache
def palette(colormap: str, signed: bool) -> bytes:
    """Return the palette of a colour map.

    Args:
        colormap: A matplotlib name, such as "magma". Signed values need a diverging map. Any other is replaced by
            "RdBu_r": there, red is positive and blue is negative.
        signed: Whether values can be negative.

    Returns:
        256 RGB triples: gap, silent, the colours from the lowest value to the highest, bar.

    Raises:
        OptionError: If matplotlib has no such colour map.

    Example:
        >>> len(palette("magma", signed=False))
        768
    """
    import matplotlib

    if colormap not in matplotlib.colormaps:
        close = difflib.get_close_matches(colormap, list(matplotlib.colormaps), n=1)
        hint = f" Did you mean '{close[0]}'?" if close else " Try magma, viridis, cividis or gray."
        raise OptionError(f"No colour map named '{colormap}'.{hint} Received: colormap='{colormap}'.")
    if signed and colormap.removesuffix("_r") not in DIVERGING:
        colormap = DEFAULT_DIVERGING
    num_levels = LAST_LEVEL - FIRST_LEVEL + 1
    colors = matplotlib.colormaps[colormap](np.linspace(0, 1, num_levels), bytes=True)[:, :3]
    return bytes([*GAP_COLOR, *SILENT_COLOR]) + colors.tobytes() + bytes(BAR_COLOR)


def quantize(feature_maps: NDArray[np.float32], limits: NDArray[np.float32], signed: bool) -> NDArray[np.uint8]:
    """Turn activations into palette indices; zero always has the same index.

    Args:
        feature_maps: Shape (C, h, w), float32, finite.
        limits: The largest magnitude to show for each channel, shape (C,), at least 0. A limit of 0 means that the
            channel is zero everywhere.
        signed: If false, values from 0 to the limit get the indices 2 to 254; if true, values from -limit to limit.
            Values beyond get the index of the nearest.

    Returns:
        Shape (C, h, w), uint8. An index gives back the activation within 0.2% of the range: for [0, limit] as
        (index - 2) / 252 * limit, for [-limit, limit] as (index - 128) / 126 * limit.

    Example:
        >>> quantize(np.array([[[0, 2, 4]]], np.float32), np.array([4], np.float32), signed=False).tolist()
        [[[2, 128, 254]]]
    """
    zero = SIGNED_ZERO_LEVEL if signed else FIRST_LEVEL
    shares = feature_maps / np.where(limits > 0, limits, np.float32(1))[:, None, None]
    shares *= LAST_LEVEL - zero
    shares += zero + 0.5  # the conversion below truncates; with 0.5 more it rounds to nearest
    return shares.clip(FIRST_LEVEL, LAST_LEVEL, out=shares).astype(np.uint8)
