"""Cache of decoded photographs: their pixels in one file, mapped into memory, and found by content and settings."""

import hashlib
import json
import math
import os
import shutil
import tempfile
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np
import PIL
from numpy.typing import NDArray

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import decimals
from cnnviz.picture.preprocessing import Preprocessing

T = TypeVar("T")
Decoded = tuple[str, NDArray[np.uint8] | str]
"""A file's sha256 in hexadecimal digits, and its pixels, or the reason why it cannot be decoded."""

FORMAT_VERSION = 2
"""Version of the cache. Increase this when `load_image` decodes files differently."""

PIXELS, INDEX = "pixels.npy", "index.json"
STAGED = ".building-"
STALE_SECONDS = 300
"""Age after which an unfinished cache must come from a killed run; a running build writes many times a minute."""


class PhotoCache:
    """The pixels of photographs on disk.

    The file is mapped again for each read, so that the memory of the process does not grow. The operating system keeps
    as much of the file in its own cache as fits.

    Args:
        folder: The folder of the cache.
        digests: The photographs that must be in it: the sha256 of each file.
        shape: The shape of all pixels together.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is damaged; TypeError, KeyError and AttributeError mean the same.
    """

    def __init__(self, folder: Path, digests: Collection[str], shape: tuple[int, ...]) -> None:
        """Check that the cache is complete. The file stays open: it can be read even if somebody deletes the cache."""
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        self.rows: dict[str, int] = {digest: row for row, digest in enumerate(index["digests"])}
        self.unreadable: dict[str, str] = dict(index["unreadable"])
        pixels = np.lib.format.open_memmap(folder / PIXELS, mode="r")
        self._offset, self._shape = pixels.offset, pixels.shape
        self._stream = (folder / PIXELS).open("rb")
        weakref.finalize(self, self._stream.close)
        size = os.fstat(self._stream.fileno()).st_size
        if self.rows.keys() != set(digests) or (pixels.shape, pixels.offset + pixels.nbytes) != (shape, size):
            raise ValueError(f"The cache '{folder}' is damaged.")

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read photographs: shape (n, height, width, C), uint8 in [0, 255]."""
        mapped = np.memmap(self._stream, np.uint8, "r", self._offset, self._shape)
        return np.asarray(mapped[rows])

    def twins(self) -> dict[str, str]:
        """Find photographs of equal pixels, such as one that was saved again with another date in its file.

        Returns:
            Their sha256, each with the smallest sha256 of those that it equals. Photographs that equal no other are
            left out.
        """
        length = math.prod(self._shape[2:])
        middle = self._shape[1] // 2 * length
        readable = [(digest, row) for digest, row in self.rows.items() if digest not in self.unreadable]
        alike = _groups((self._read(row, middle, length), (digest, row)) for digest, row in readable)  # to read little
        equal = (_groups((_hash(self._read(row)), digest) for digest, row in group) for group in alike)
        return {digest: min(group) for groups in equal for group in groups for digest in group}

    def _read(self, row: int, start: int = 0, length: int | None = None) -> bytes:
        """Read a part of one photograph's pixels; nothing is mapped, so that no memory is held."""
        size = math.prod(self._shape[1:])
        self._stream.seek(self._offset + row * size + start)
        return self._stream.read(size if length is None else length)


def open_cache(
    root: Path, digests: Collection[str], preprocessing: Preprocessing, decode: Callable[[], Iterable[Decoded]]
) -> PhotoCache:
    """Open the cache of decoded photographs; if there is none, decode them.

    Whatever happens, a cache is written completely or not at all. Several runs may build the same one at once.

    Args:
        root: The folder of all caches; it is created if it does not exist.
        digests: The sha256 of each file, each once.
        preprocessing: The preprocessing that produces the pixels.
        decode: A function that yields the files' pixels, in any order; copies and other files are ignored.

    Returns:
        The cache.

    Raises:
        DatasetError: If the disk is full, the folder cannot be written, or `decode` did not yield a photograph.
    """
    resizing = replace(preprocessing, scaling=Preprocessing.scaling)  # pixels are kept before they are scaled
    settings = json.dumps([FORMAT_VERSION, PIL.__version__, resizing.to_dict()], sort_keys=True)
    folder = root / hashlib.sha256("\n".join([settings, *sorted(digests)]).encode()).hexdigest()[:32]
    shape = (len(digests), *preprocessing.shape)
    try:
        return _find(folder, digests, shape) or _build(folder, digests, shape, decode())
    except OSError as error:
        raise DatasetError(
            f"Cannot keep the decoded photographs in '{root}', which takes {decimals(_megabytes(shape), 0)} MB. Make "
            f"room there, or set CNNVIZ_CACHE to a folder on another disk. Received: {error}."
        ) from error


def _find(folder: Path, digests: Collection[str], shape: tuple[int, ...]) -> PhotoCache | None:
    """Open a cache if it exists and is complete."""
    try:
        return PhotoCache(folder, digests, shape)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _build(folder: Path, digests: Collection[str], shape: tuple[int, ...], decoded: Iterable[Decoded]) -> PhotoCache:
    """Write a cache beside its place, and move it there when it is finished."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(folder.parent)
    _require_space(folder.parent, shape)
    staged = Path(tempfile.mkdtemp(prefix=STAGED, dir=folder.parent))
    staged.chmod(0o755)
    try:
        rows, unreadable = _write_pixels(staged / PIXELS, digests, shape, decoded)
        with (staged / INDEX).open("w", encoding="utf-8") as stream:
            json.dump({"digests": rows, "unreadable": unreadable}, stream)
            _sync(stream)
        return _publish(staged, folder, digests, shape)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _write_pixels(
    file: Path, digests: Collection[str], shape: tuple[int, ...], decoded: Iterable[Decoded]
) -> tuple[list[str], dict[str, str]]:
    """Write pixels one photograph after the other. They are not mapped: on a full disk, that kills the process."""
    missing = set(digests)
    rows: list[str] = []
    unreadable: dict[str, str] = {}
    with file.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for digest, pixels in decoded:
            if digest not in missing:
                continue
            missing.remove(digest)
            rows.append(digest)
            if isinstance(pixels, str):
                unreadable[digest] = pixels
                pixels = np.zeros(shape[1:], np.uint8)
            stream.write(pixels.tobytes())
        _sync(stream)
    if missing:
        raise DatasetError(
            f"The photographs changed while they were read: {len(missing)} of {len(digests)} are gone or differ. "
            "Start again when nothing writes there."
        )
    return rows, unreadable


def _publish(staged: Path, folder: Path, digests: Collection[str], shape: tuple[int, ...]) -> PhotoCache:
    """Rename a finished cache to its place, unless another run has just done so; replace a damaged one.

    The cache is opened first: another run may have seen a damaged cache at this place, and may move this one away.
    """
    cache = PhotoCache(staged, digests, shape)
    try:
        staged.rename(folder)
    except OSError:  # there is a cache already
        if found := _find(folder, digests, shape):
            return found
        with tempfile.TemporaryDirectory(prefix=STAGED, dir=folder.parent) as aside, suppress(OSError):
            folder.rename(Path(aside) / folder.name)
        with suppress(OSError):
            staged.rename(folder)
    return cache


def _remove_stale(root: Path) -> None:
    """Delete unfinished caches of killed runs."""
    for staged in root.glob(STAGED + "*"):
        try:
            last_write = max(path.stat().st_mtime for path in (staged, *staged.iterdir()))
        except FileNotFoundError:  # its run has just finished
            continue
        if time.time() - last_write > STALE_SECONDS:
            shutil.rmtree(staged, ignore_errors=True)


def _require_space(root: Path, shape: tuple[int, ...]) -> None:
    """Check that the disk has room for the cache."""
    free = shutil.disk_usage(root).free / 1e6
    if free < _megabytes(shape):
        raise OSError(f"only {decimals(free, 0)} MB are free")


def _megabytes(shape: tuple[int, ...]) -> float:
    return math.prod(shape) / 1e6


def _groups(items: Iterable[tuple[bytes, T]]) -> list[list[T]]:
    """Collect what has equal keys; what stands alone is left out."""
    groups: dict[bytes, list[T]] = defaultdict(list)
    for key, item in items:
        groups[key].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _hash(pixels: bytes) -> bytes:
    return hashlib.sha256(pixels).digest()


def _sync(stream: IO[Any]) -> None:
    """Wait until a file is on the disk."""
    stream.flush()
    os.fsync(stream.fileno())
