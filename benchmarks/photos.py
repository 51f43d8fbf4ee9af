"""Pictures for benchmarks: a photograph that is part of Gradio, and drawings with as much detail as a photograph."""

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from gradio.media import get_image
from PIL import Image


def cheetah_jpeg() -> bytes:
    """Return the bytes of a JPEG photograph of 256x256 pixels."""
    return Path(get_image("cheetah1.jpg")).read_bytes()


def photo_jpeg(width: int, height: int, seed: int = 0) -> bytes:
    """Draw soft shapes with fine noise, and encode them as a camera would.

    Args:
        width: Width in pixels.
        height: Height in pixels.
        seed: Seed of the drawing; each seed draws another photo.

    Returns:
        The bytes of a JPEG file of quality 90.
    """
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (24, 24, 3), np.uint8)
    shapes = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.int16)
    pixels = np.clip(shapes + random.integers(-12, 13, shapes.shape, np.int16), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def write_photos(folder: Path, numbers: Iterable[int]) -> list[Path]:
    """Draw photographs of 160x160 pixels with the names cat.0.jpg, dog.1.jpg and so on.

    Args:
        folder: The folder to write to; it is created if it does not exist.
        numbers: The numbers of the photos; equal numbers draw equal photos.

    Returns:
        Their paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {number: folder / f"{('cat', 'dog')[number % 2]}.{number}.jpg" for number in numbers}
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: paths[number].write_bytes(photo_jpeg(160, 160, number)), paths))
    return list(paths.values())
