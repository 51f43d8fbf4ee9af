"""Grey pictures of 16 and 32 bits: which of their values is white, and how they become 8 bits."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import ImageError

BITS_8_MAX, BITS_16_MAX = 2**8 - 1, 2**16 - 1
RANGES = (1, BITS_8_MAX, BITS_16_MAX)
OVERSHOOT = 0.1
"""Share of a range by which values may lie outside it, as sharpening and enlarging make them; they are clipped."""

ROWS = 256
"""Number of rows that are looked at together, so that little memory is needed."""


def is_deep_gray(image: Image.Image) -> bool:
    """Return whether a picture holds grey values of 16 or 32 bits: Pillow's modes I;16, I and F."""
    return image.mode == "F" or image.mode.startswith("I")


def find_white(image: Image.Image) -> int:
    """Find the value of a deep grey picture that is shown white.

    16-bit pictures run to 65535. Integers and floats of 32 bits run to 1, 255 or 65535: to the smallest of them that
    their largest value does not exceed by more than a tenth.

    Args:
        image: A picture of mode I;16, I or F.

    Returns:
        1, 255 or 65535.

    Raises:
        ImageError: If a value is infinite or NaN, or lies outside of all ranges.

    Example:
        >>> find_white(Image.fromarray(np.array([[0.0, 0.4]], np.float32)))
        1
    """
    if image.mode not in ("I", "F"):
        return BITS_16_MAX
    low, high = 0.0, 0.0
    for top in range(0, image.height, ROWS):
        values = np.asarray(image.crop((0, top, image.width, min(top + ROWS, image.height))))
        if not np.isfinite(values).all():
            raise ImageError(
                "The picture cannot be shown: some of its values are infinite or no numbers. Save it as PNG and retry."
            )
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    white = next((white for white in RANGES if high <= (1 + OVERSHOOT) * white), None)
    if white is not None and low >= -OVERSHOOT * white:
        return white
    raise ImageError(
        "The picture's grey values run from 0 to 1, to 255 or to 65535. "
        f"Received: values from {low:g} to {high:g}. Save it as PNG and retry."
    )


def to_8_bits(values: NDArray[np.generic], white: int) -> NDArray[np.uint8]:
    """Scale grey values to 8 bits.

    Args:
        values: Finite numbers of any shape.
        white: The value that becomes 255; larger ones become 255 too, and negative ones 0.

    Returns:
        The same shape, uint8.
    """
    return np.asarray(np.rint(np.clip(values, 0, white) / white * BITS_8_MAX), np.uint8)
