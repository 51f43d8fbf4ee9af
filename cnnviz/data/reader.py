"""Reading of photographs on all cores: first for their sha256, then for their pixels."""

import hashlib
import os
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
from tqdm import tqdm

from cnnviz.base.errors import ImageError
from cnnviz.data.folders import Photo, Photos
from cnnviz.data.pixel_cache import Decoded
from cnnviz.picture.image import load_image
from cnnviz.picture.preprocessing import Preprocessing

T = TypeVar("T")

UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)  # the last: an encrypted zip
SECONDS_BETWEEN_LOG_LINES = 30


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
        digest = hashlib.sha256(photo.read()).hexdigest()
    except UNREADABLE as error:
        return photo.name, str(error)
    return photo.name, Found(photo.name, photo.class_name, photo.split, digest)


def decode_photos(sources: Sequence[Photos], preprocessing: Preprocessing) -> Iterator[Decoded]:
    """Decode every file.

    Args:
        sources: The photographs.
        preprocessing: The preprocessing that resizes them.

    Returns:
        The sha256 of each file, in order, each with its pixels of shape (height, width, 3), uint8 in [0, 255]; or with
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
        return digest, np.asarray(preprocessing.resize(load_image(content)))
    except ImageError as error:
        return digest, str(error)


def _in_parallel(function: Callable[[Photo], T], sources: Sequence[Photos], text: str) -> Iterator[T]:
    """Apply a function to all photographs on all cores, in order, with a progress bar and only a few in memory."""
    num_threads = os.cpu_count() or 1
    seconds = 0.1 if sys.stderr.isatty() else SECONDS_BETWEEN_LOG_LINES
    total = sum(map(len, sources))
    waiting: deque[Future[T]] = deque()
    with (
        ThreadPoolExecutor(num_threads) as pool,
        tqdm(desc=text, total=total, unit=" photos", mininterval=seconds, maxinterval=seconds) as bar,
    ):
        for photo in chain.from_iterable(sources):
            waiting.append(pool.submit(function, photo))
            if len(waiting) > 2 * num_threads:
                yield waiting.popleft().result()
                bar.update()
        while waiting:
            yield waiting.popleft().result()
            bar.update()
