"""The file of a snapshot: the weights, in 16 bits or in short form, and numbers of all channels; NPZ without code."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import FolderError, NetworkError
from cnnviz.timelines.short_form import Factors, quantize

Array = NDArray[np.generic]
LARGEST = float(np.finfo(np.float16).max)
FIGURES = ("mean", "maximum", "silent_share")
HEADER_BYTES = 2**12
"""Largest header of an array, and room for each in the archive."""

SCALE, LEFT, RIGHT = "{}/scale", "{}/left", "{}/right"
"""Names of what belongs to an array of 8 bits, and of what stands for a matrix."""

MAX_ARRAYS = 4
"""In short form, weights are up to so many arrays: two matrices, each with its scale."""

FLOATS = (np.dtype(np.float16), np.dtype(np.float32))

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


def encode_in_short(
    weights: Sequence[NDArray[np.generic] | Factors], figures: Mapping[str, NDArray[np.float32]]
) -> bytes:
    """Encode weights in short form, and numbers of channels.

    Vectors and what is no float stay as they are; of all else, each number takes 8 bits.

    Args:
        weights: In Keras's order, finite; matrices, or what stands for them.
        figures: As for `encode_snapshot`.

    Returns:
        The content of a compressed NPZ file.
    """
    arrays: dict[str, Array] = {}
    for number, values in enumerate(weights):
        name = f"weights/{number}"
        if isinstance(values, Factors):
            parts = {LEFT.format(name): values.left, RIGHT.format(name): values.right}
        elif values.ndim > 1 and values.dtype.kind == "f":
            parts = {name: values.astype(np.float32)}
        else:
            parts, arrays[name] = {}, values
        for part, floats in parts.items():
            arrays[part], arrays[SCALE.format(part)] = quantize(floats)
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays, **figures)  # type: ignore[arg-type]
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
        with np.errstate(all="ignore"):  # what overflows is infinite, and refused
            factors = self._factors(archive, name, like.shape)
            wide = factors.product if factors else self._floats(archive, name, like.shape)
        return self._finite(wide).astype(like.dtype)

    def _factors(self, archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> Factors | None:
        """Read the two matrices whose product stands for a third, if that is stored so."""
        left, right = LEFT.format(name), RIGHT.format(name)
        if len(shape) != 2 or f"{left}.npy" not in archive.NameToInfo:
            return None
        rows, columns = shape
        try:
            with archive.open(f"{left}.npy") as stream:
                received, *_ = _read_header(stream)
        except UNREADABLE as error:
            raise self._damaged(f"'{left}' is no array") from error
        rank = received[-1] if received else 0
        if not 0 < rank * (rows + columns) < rows * columns:
            raise self._damaged(f"'{left}' has another shape than a part of '{name}'")
        return Factors(self._floats(archive, left, (rows, rank)), self._floats(archive, right, (rank, columns)))

    def _floats(self, archive: zipfile.ZipFile, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Read an array of a known shape, whose numbers may be whole ones times a scale."""
        values = self._array(archive, name, shape, (np.dtype(np.int8), *FLOATS))
        if values.dtype == np.int8:
            values = values * self._array(archive, SCALE.format(name), shape[-1:], FLOATS)
        return values.astype(np.float32)

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


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
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
    return weights + len(FIGURES) * widest * num_channels + HEADER_BYTES * (MAX_ARRAYS * len(like) + len(FIGURES))


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
