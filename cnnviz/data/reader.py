"""Reading of photographs on all cores: first for their sha256, then for their pixels."""

import hashlib
import io
import os
import sys
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from itertools import chain
from threading import Semaphore
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from cnnviz.base.errors import ImageError
from cnnviz.data.heic import MISSING, is_heic, is_heic_readable, load_heic
from cnnviz.data.photos import Photo, Photos
from cnnviz.data.pixel_cache import Decoded
from cnnviz.picture.image import FORMATS, load_image
from cnnviz.picture.preprocessing import Preprocessing

T = TypeVar("T")

UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)  # the last: an encrypted zip
SECONDS_BETWEEN_LOG_LINES = 30

JPEG_START = b"\xff\xd8\xff"
LARGE_PIXELS = 12 * 10**6
LARGE = Semaphore(2)
"""How many large pictures are decoded at once, which may take 400 MB each, however many cores there are."""


class Found(NamedTuple):
    """A photograph that could be read; of its bytes, only the sha256 is kept."""

    name: str
    class_name: str
    split: str | None
    digest: str


def read_digests(sources: Sequence[Photos]) -> tuple[list[Found], dict[str, str]]:
    """Read every file and compute its sha256.

    Args:
        sources: The photographs.

    Returns:
        The photographs, in order; and the names of those that cannot be read or have no label, with the reason.

    Raises:
        DatasetError: If a file disappears while the photographs are read, or a table is damaged.
    """
    found: list[Found] = []
    skipped: dict[str, str] = {}
    for name, result in _in_parallel(_digest, sources, "Reading"):
        if isinstance(result, Found):
            found.append(result)
        else:
            skipped[name] = result
    return found, skipped


def _digest(photo: Photo) -> tuple[str, Found | str]:
    """Read one photograph; return what is kept of it, or the reason why it cannot be read."""
    if photo.class_name is None:
        return photo.name, "It has no label."
    try:
        content = photo.read()
    except UNREADABLE as error:
        return photo.name, str(error)
    if is_heic(content) and not is_heic_readable():  # no cache keeps that it cannot be read, as that may change
        return photo.name, MISSING
    digest = hashlib.sha256(content).hexdigest()
    return photo.name, Found(photo.name, photo.class_name, photo.split, digest)


def decode_photos(sources: Sequence[Photos], preprocessing: Preprocessing) -> Iterator[Decoded]:
    """Decode every file.

    Args:
        sources: The photographs.
        preprocessing: The preprocessing that resizes them.

    Returns:
        The sha256 of each file, in order, each with its pixels of shape (height, width, C), uint8 in [0, 255]; or with
        the reason why it cannot be decoded.

    Raises:
        DatasetError: As for `read_digests`.
    """
    return _in_parallel(partial(_decode, preprocessing), sources, "Decoding")


def _decode(preprocessing: Preprocessing, photo: Photo) -> Decoded:
    """Decode one photograph; return its sha256, and its resized pixels or the reason why it cannot be decoded."""
    try:
        content = photo.read()
    except UNREADABLE as error:
        return "", str(error)
    digest = hashlib.sha256(content).hexdigest()
    try:
        with LARGE if _is_large(content) else nullcontext():
            picture = load_heic(content) if is_heic(content) and is_heic_readable() else load_image(content)
        return digest, np.asarray(preprocessing.resize(picture)).reshape(preprocessing.shape)
    except ImageError as error:
        return digest, str(error)


def _is_large(content: bytes) -> bool:
    """Tell whether decoding a picture takes much memory. JPEG files are shrunk while they are decoded."""
    if content.startswith(JPEG_START):
        return False
    if is_heic(content):
        return True
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return picture.width * picture.height > LARGE_PIXELS
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False  # it will be refused


def _in_parallel(function: Callable[[Photo], T], sources: Sequence[Photos], text: str) -> Iterator[T]:
    """Apply a function to all photographs on all cores, in order, with a progress bar and only a few in memory."""
    num_threads = os.cpu_count() or 1
    seconds = 0.1 if sys.stderr.isatty() else SECONDS_BETWEEN_LOG_LINES
    total = sum(map(len, sources))
    waiting: deque[Future[T]] = deque()
    with (
        warnings.catch_warnings(),
        ThreadPoolExecutor(num_threads) as pool,
        tqdm(desc=text, total=total, unit=" photos", mininterval=seconds, maxinterval=seconds) as bar,
    ):
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the picture is refused, with a sentence
        for photo in chain.from_iterable(sources):
            waiting.append(pool.submit(function, photo))
            if len(waiting) > 2 * num_threads:
                yield waiting.popleft().result()
                bar.update()
        while waiting:
            yield waiting.popleft().result()
            bar.update()
