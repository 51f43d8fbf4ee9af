"""Pictures to measure with: drawn, so that they can be published, and as detailed as a photo."""

import io

import numpy as np
from PIL import Image


def photo_jpeg(width: int, height: int) -> bytes:
    """Draw soft shapes with fine noise and encode them as a camera would.

    Args:
        width: Pixels across.
        height: Pixels down.

    Returns:
        The bytes of a JPEG file of quality 90.
    """
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (24, 24, 3), np.uint8)
    shapes = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.int16)
    pixels = np.clip(shapes + random.integers(-12, 13, shapes.shape, np.int16), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()
