"""Pictures and folders of pictures, drawn for the tests."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.drawing.thumbnail import fit

EXIF_ORIENTATION = 0x0112
STORED_FROM_UPRIGHT = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright picture that a reader must turn by each orientation."""


def draw(width: int = 160, height: int = 120, seed: int = 0) -> Image.Image:
    """Draw coloured waves: smooth enough to survive JPEG, and no two seeds alike."""
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(columns / (7 + seed % 11) + c) * np.cos(rows / (9 + seed % 7) + c * seed) for c in range(3)]
    return Image.fromarray((127.5 + 100 * np.stack(waves, axis=-1)).astype(np.uint8))


def draw_quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Draw a picture that differs from each of its turned and mirrored selves: red, green, blue and white."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 2, height // 2))
    picture.paste("lime", (width // 2, 0, width, height // 2))
    picture.paste("blue", (0, height // 2, width // 2, height))
    return picture


def noise_pictures(size: tuple[int, int]) -> dict[str, Image.Image]:
    """Draw noise of a width and height in grey, in colours, and in the colours of a palette: a picture of each mode."""
    random = np.random.default_rng(size)
    indexed = Image.fromarray(random.integers(0, 256, size[::-1], np.uint8))
    indexed.putpalette(random.bytes(3 * 256))
    gray, colors = (random.integers(0, 256, (*size[::-1], *bands), np.uint8) for bands in ((), (3,)))
    return {"L": Image.fromarray(gray), "RGB": Image.fromarray(colors), "P": indexed}


def encode(picture: Image.Image, file_format: str, **options: object) -> bytes:
    """Give the bytes of a picture's file."""
    stream = io.BytesIO()
    picture.save(stream, file_format, **options)
    return stream.getvalue()


def stored(upright: Image.Image, orientation: int, file_format: str = "JPEG", **options: object) -> bytes:
    """Encode a picture as a camera does that was held in another way."""
    turn = STORED_FROM_UPRIGHT[orientation]
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    return encode(upright if turn is None else upright.transpose(turn), file_format, exif=exif, **options)


def write_class(folder: Path, num_photos: int, name: str = "{}.jpg", seed: int = 0, size: int = 40) -> list[Path]:
    """Write small photographs that all differ, and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng([seed, size])
    paths = [folder / name.format(number) for number in range(num_photos)]
    for path in paths:
        pixels = np.kron(random.integers(0, 256, (4, 5, 3)), np.ones((size // 4, size // 4, 1)))
        Image.fromarray(pixels.astype(np.uint8)).save(path, "BMP")  # whose bytes no version of Pillow changes
    return paths


def write_kaggle(folder: Path, num_photos: int, seed: int = 0) -> Path:
    """Write cat.0.jpg, dog.0.jpg, ... and give the folder."""
    write_class(folder, num_photos, "cat.{}.jpg", seed=2 * seed)
    write_class(folder, num_photos, "dog.{}.jpg", seed=2 * seed + 1)
    return folder


def is_fitted(described: dict[str, Any], photo: Image.Image, edge: int) -> bool:
    """Whether a small picture shows a photo: to the pixel where it is enlarged, nearly where it is shrunk."""
    wanted, shown = fit(photo.convert("RGB"), edge), picture_of(described).convert("RGB")
    apart = np.abs(np.subtract(wanted, shown, dtype=float)).mean() if wanted.size == shown.size else np.inf
    return bool(apart <= (4 if max(photo.size) > edge else 0))


def picture_of(described: dict[str, Any]) -> Image.Image:
    """Read a picture that needs no request."""
    content = base64.b64decode(described["src"].partition(";base64,")[2])
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (described["width"], described["height"])
    return picture


def are_alike(shown: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    """Tell whether pictures that another process drew are these, but for one level: it may round a sum otherwise."""
    pairs = [
        (np.asarray(Image.open(io.BytesIO(each)), np.int16) for each in pair)
        for pair in zip(shown, expected, strict=True)
    ]
    return all(one.shape == other.shape and int(np.abs(one - other).max()) <= 1 for one, other in pairs)
