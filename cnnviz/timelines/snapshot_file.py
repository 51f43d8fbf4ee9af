"""The file of a snapshot: the weights in 16 bits, and numbers of all channels, as an NPZ file without code."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import FolderError, NetworkError

Array = NDArray[np.generic]
LARGEST = float(np.finfo(np.float16).max)
FIGURES = ("mean", "maximum", "silent_share")
HEADER_BYTES = 2**12
"""Largest header of an array, and room for each in the archive."""

UNREADABLE = (KeyError, ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What is raised for an archive or an array that is damaged, encrypted or packed in an unknown way."""


def encode_snapshot(weights: Sequence[NDArray[np.generic]], figures: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Encode weights and numbers of channels.

    Weights are stored as float16. Vectors, which take hardly any room, and weights that are larger than a float16 can
    be, are stored as float32; what is no float, as it is.

    Args:
        weights: In Keras's order.
        figures: By name, of the channels of all measured layers, one after the other: shape (C,); or none.

    Returns:
        The content of an NPZ file.

    Raises:
        NetworkError: If weights are infinite or NaN.
    """
    arrays = {f"weights/{number}": _halved(values) for number, values in enumerate(weights)}
    stream = io.BytesIO()
    np.savez(stream, **arrays, **figures)  # type: ignore[arg-type]
    return stream.getvalue()


def _halved(values: Array) -> Array:
    """Convert weights to the type in which they are stored."""
    if values.dtype.kind in "iub":
        return values
    wide = values.astype(np.float32)
    if not np.isfinite(wide).all():
        raise NetworkError("The weights hold infinite values or NaN: no snapshot is taken of them.")
    fits = not wide.size or np.abs(wide).max() <= LARGEST
    return wide.astype(np.float16) if wide.ndim > 1 and fits else wide


class SnapshotFile:
    """A snapshot's file, which may come from anywhere: nothing of another shape or type is even unpacked.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Remember where it is."""
        self.path = path

    def weights(self, like: Sequence[Array]) -> list[Array]:
        """Read the weights.

        Args:
            like: Arrays of the shapes and types that they have in the network.

        Returns:
            In the same order, of these types, finite.

        Raises:
            FolderError: If they are missing, or of another shape or type, infinite or NaN.
        """
        with self._open() as archive:
            return [self._weights(archive, f"weights/{number}", each) for number, each in enumerate(like)]

    def figures(self, num_channels: int) -> dict[str, NDArray[np.float32]]:
        """Read the numbers of channels.

        Args:
            num_channels: Of all measured layers together.

        Returns:
            mean, maximum and silent_share, each of shape (num_channels,).

        Raises:
            FolderError: If they are missing, of another shape or type, infinite or NaN.
        """
        with self._open() as archive:
            shape, dtypes = (num_channels,), (np.dtype(np.float32),)
            return {name: self._finite(self._array(archive, name, shape, dtypes)) for name in FIGURES}

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile) as error:
            raise self._damaged("it is no NPZ file") from error

    def _weights(self, archive: zipfile.ZipFile, name: str, like: Array) -> Array:
        if like.dtype.kind in "iub":
            return self._array(archive, name, like.shape, (like.dtype,))
        values = self._array(archive, name, like.shape, (np.dtype(np.float16), np.dtype(np.float32)))
        return self._finite(values.astype(np.float32)).astype(like.dtype)

    def _finite(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        if not np.isfinite(values).all():
            raise self._damaged("it holds infinite values or NaN")
        return values

    def _array(
        self, archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtypes: Sequence[np.dtype[np.generic]]
    ) -> NDArray[Any]:
        """Read an array of a known shape, and of one of some types."""
        largest = prod(shape) * max(dtype.itemsize for dtype in dtypes)
        try:
            info = archive.getinfo(f"{name}.npy")
            if info.file_size > largest + HEADER_BYTES:
                raise self._damaged(f"'{name}' is larger than in this network")
            content = archive.read(info)
            stream = io.BytesIO(content)
            received, is_fortran, dtype = _read_header(stream)
            values = content[stream.tell() :]
        except UNREADABLE as error:
            raise self._damaged(f"'{name}' is missing or no array") from error
        if received != shape or dtype not in dtypes or len(values) != prod(shape) * dtype.itemsize:
            raise self._damaged(f"'{name}' has another shape or type than in this network")
        flat = np.frombuffer(values, dtype)
        return flat.reshape(shape[::-1]).T if is_fortran else flat.reshape(shape)

    def _damaged(self, reason: str) -> FolderError:
        return FolderError(f"The snapshot '{self.path}' is damaged: {reason}. Record the timeline again.")


def _read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Read what an array is, before any room is made for it."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(stream)
    return shape, is_fortran, dtype


def largest_size(like: Sequence[Array], num_channels: int) -> int:
    """Compute how large a snapshot's file may be.

    Args:
        like: Arrays of the shapes and types that the weights have in the network.
        num_channels: Of all measured layers together.

    Returns:
        Bytes.
    """
    widest = np.dtype(np.float32).itemsize
    weights = sum(each.size * max(each.dtype.itemsize, widest) for each in like)
    return weights + len(FIGURES) * widest * num_channels + HEADER_BYTES * (len(like) + len(FIGURES))


def split_figures(
    figures: Mapping[str, NDArray[np.float32]], sizes: Sequence[int]
) -> Iterator[list[NDArray[np.float32]]]:
    """Divide numbers of all channels among the layers.

    Args:
        figures: As `SnapshotFile.figures` returns them.
        sizes: How many channels each layer has.

    Yields:
        For each layer its numbers, in the order of `FIGURES`.
    """
    ends = np.cumsum(sizes)
    for end, size in zip(ends, sizes, strict=True):
        yield [figures[name][end - size : end] for name in FIGURES]
