"""Pictures to measure with: a photograph that Gradio brings along, and drawings as detailed as a photograph."""

import io
from pathlib import Path

import numpy as np
from gradio.media import get_image
from PIL import Image


def cheetah_jpeg() -> bytes:
    """Give the bytes of a JPEG photograph of 256x256 pixels."""
    return Path(get_image("cheetah1.jpg")).read_bytes()


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
