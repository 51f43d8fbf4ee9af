"""Reading of photographs on all cores: first for their sha256, then for their pixels."""

import hashlib
import io
import os
import sys
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from itertools import islice
from threading import Semaphore
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from cnnviz.base.errors import ImageError
from cnnviz.data.heic import MISSING, is_heic, is_heic_readable, load_heic
from cnnviz.data.photos import Photo, Photos
from cnnviz.data.pixel_cache import Decoded
from cnnviz.picture.image import FORMATS, load_image
from cnnviz.picture.preprocessing import Preprocessing

T = TypeVar("T")
Pixels = NDArray[np.uint8]

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


class Opened(NamedTuple):
    """A photograph, decoded and resized; or the reason why it cannot be used."""

    name: str
    class_name: str | None
    pixels: Pixels | str


def open_pixels(
    sources: Sequence[Photos],
    preprocessing: Preprocessing,
    text: str,
    after: int = 0,
    chosen: Collection[int] | None = None,
    until: int | None = None,
    num_threads: int | None = None,
    num_ahead: int = 0,
) -> Iterator[Opened]:
    """Decode photographs that are used once, and kept nowhere.

    Args:
        sources: The photographs.
        preprocessing: The preprocessing that resizes them.
        text: What is done, for the progress bar; "" for no bar.
        after: How many of the first are left out.
        chosen: The numbers of those that are wanted; None for all.
        until: The number of the photograph to end before; None for all.
        num_threads: How many are decoded at the same time; None for as many as there are cores.
        num_ahead: How many may be decoded before they are asked for, if more than a few.

    Returns:
        Each photograph, in order.

    Raises:
        DatasetError: As for `read_digests`.
    """
    return _in_parallel(partial(_open, preprocessing), sources, text, after, chosen, until, num_threads, num_ahead)


def _open(preprocessing: Preprocessing, photo: Photo) -> Opened:
    try:
        return Opened(photo.name, photo.class_name, _pixels(preprocessing, photo.read()))
    except UNREADABLE as error:
        return Opened(photo.name, photo.class_name, str(error))


def _decode(preprocessing: Preprocessing, photo: Photo) -> Decoded:
    """Decode one photograph; return its sha256, and its resized pixels or the reason why it cannot be decoded."""
    try:
        content = photo.read()
    except UNREADABLE as error:
        return "", str(error)
    return hashlib.sha256(content).hexdigest(), _pixels(preprocessing, content)


def _pixels(preprocessing: Preprocessing, content: bytes) -> Pixels | str:
    """Decode and resize a photograph; return its pixels or the reason why it cannot be decoded."""
    try:
        with LARGE if _is_large(content) else nullcontext():
            picture = load_heic(content) if is_heic(content) and is_heic_readable() else load_image(content)
        return np.asarray(preprocessing.resize(picture)).reshape(preprocessing.shape)
    except ImageError as error:
        return str(error)


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


def _in_parallel(
    function: Callable[[Photo], T],
    sources: Sequence[Photos],
    text: str,
    after: int = 0,
    chosen: Collection[int] | None = None,
    until: int | None = None,
    num_threads: int | None = None,
    num_ahead: int = 0,
) -> Iterator[T]:
    """Apply a function to all photographs but the first so many, in order; or only to those with chosen numbers.

    It runs on all cores or in so many threads, with a progress bar if there is a text for it, and only so many
    photographs, or a few, are in memory.
    """
    num_threads = num_threads or os.cpu_count() or 1
    seconds = 0.1 if sys.stderr.isatty() else SECONDS_BETWEEN_LOG_LINES
    total = sum(map(len, sources)) if chosen is None else len(chosen)
    waiting: deque[Future[T]] = deque()
    with (
        warnings.catch_warnings(),
        ThreadPoolExecutor(num_threads) as pool,
        tqdm(
            desc=text,
            total=total,
            initial=after,
            unit=" photos",
            mininterval=seconds,
            maxinterval=seconds,
            disable=not text,
        ) as bar,
    ):
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the picture is refused, with a sentence
        wanted = islice(_after(sources, after), None if until is None else until - after)
        for number, photo in enumerate(wanted, start=after):
            if chosen is not None and number not in chosen:
                continue
            waiting.append(pool.submit(function, photo))
            if len(waiting) > max(num_ahead, 2 * num_threads):
                yield waiting.popleft().result()
                bar.update()
        while waiting:
            yield waiting.popleft().result()
            bar.update()


def _after(sources: Sequence[Photos], number: int) -> Iterator[Photo]:
    """Yield all photographs but the first so many."""
    for source in sources:
        yield from source.after(number) if number else source
        number = max(number - len(source), 0)
