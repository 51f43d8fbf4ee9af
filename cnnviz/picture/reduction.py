"""Reduction of pictures: an opened picture becomes an upright RGB picture of the size that is used.

A network looks at a few hundred pixels a side, and the page shows at most about a thousand. So a picture is shrunk by
the largest whole factor that leaves `ENOUGH_PIXELS`; one with fewer than four times as many keeps every pixel.
"""

import math

import numpy as np
from PIL import ExifTags, Image

from cnnviz.picture.gray import find_white, is_deep_gray, to_8_bits

ENOUGH_PIXELS = 750_000
"""Number of pixels that are left at least where a picture is shrunk, such as 1000x750."""

MAX_DRAFT = 8
"""Largest factor by which the JPEG decoder itself shrinks."""

BAND_PIXELS = 2**20
"""Number of pixels that are converted together: besides the decoded picture, little memory is needed."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by its EXIF orientation."""


def reduction_factor(width: int, height: int) -> int:
    """Return the factor by which a picture's sides are divided, at least 1.

    Example:
        >>> reduction_factor(4000, 3000), reduction_factor(1600, 1200)
        (4, 1)
    """
    return max(1, math.isqrt(width * height // ENOUGH_PIXELS))


def draft(image: Image.Image) -> None:
    """Tell the decoder of a JPEG file to shrink by a power of two, which takes a fraction of the time and memory.

    Args:
        image: A picture that was opened from a file and is not decoded yet; of other formats it stays as it is.
    """
    if image.format in ("JPEG", "MPO"):
        factor = min(reduction_factor(*image.size), MAX_DRAFT)
        power = 1 << (factor.bit_length() - 1)
        image.draft(image.mode, (max(1, image.width // power), max(1, image.height // power)))


def reduce_upright(image: Image.Image) -> Image.Image:
    """Decode a picture, shrink it, put it on white, and turn it by its EXIF orientation.

    Args:
        image: A picture of any mode. It is not modified.

    Returns:
        RGB picture of fewer than 4 x 750,000 pixels, without metadata. Each pixel is the mean of a square of the
        source's, in which the squares at the right and lower edge may be cut off.

    Raises:
        ImageError: If its grey values are no numbers, or in no known range.
    """
    image.load()
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    white = find_white(image) if is_deep_gray(image) else 0
    factor = reduction_factor(*image.size)
    width, height = image.size
    rows = max(1, BAND_PIXELS // (width * factor)) * factor
    reduced = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
    for top in range(0, height, rows):
        band = _on_white(image.crop((0, top, width, min(top + rows, height))), white)
        reduced.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    turn = TURNS.get(orientation)
    return reduced if turn is None else reduced.transpose(turn)


def _on_white(band: Image.Image, white: int) -> Image.Image:
    """Convert a part of a picture to RGB."""
    if is_deep_gray(band):
        return Image.fromarray(to_8_bits(np.asarray(band), white)).convert("RGB")
    if band.has_transparency_data:
        band = band.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", band.size, "white"), band).convert("RGB")
    return band.convert("RGB")
