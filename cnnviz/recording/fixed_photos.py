"""The photographs on which a timeline's snapshots are measured: always the same ones."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.base.errors import DatasetError, OptionError
from cnnviz.data.dataset import Split
from cnnviz.data.reader import open_pixels
from cnnviz.data.sources import open_photos
from cnnviz.picture.image import ImageSource, load_image
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.several import Photo, Photos, as_photos

NUM_PHOTOS = 32
UNKNOWN = -1
"""Stands for a class that the network does not know."""


@dataclass(frozen=True, eq=False)
class FixedPhotos:
    """Photographs, and what they show.

    Args:
        pixels: Shape (N, height, width, C), uint8, as the network's preprocessing resizes them.
        labels: The index of each one's class, shape (N,), -1 where the network does not know it; None if no class is
            known.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self.pixels)

    @property
    def sha256(self) -> str:
        """What tells these photographs, and what they show, from all others: 64 digits."""
        labels = None if self.labels is None else self.labels.tolist()
        digest = hashlib.sha256(f"{self.pixels.shape} {labels}".encode())
        digest.update(self.pixels.tobytes())
        return digest.hexdigest()

    @classmethod
    def of_split(cls, split: Split, number: int = NUM_PHOTOS) -> "FixedPhotos":
        """Choose photographs of a split.

        Args:
            split: The split.
            number: How many at most; they are spread over all of it.

        Returns:
            The photographs with their classes.
        """
        chosen = split.spread(number)
        return cls(chosen[:], chosen.labels)

    @classmethod
    def of_data(
        cls, sources: Sequence[str | os.PathLike[str]], preprocessing: Preprocessing, names: Sequence[str]
    ) -> "FixedPhotos":
        """Choose photographs of folders, archives or tables.

        Args:
            sources: As for `cnnviz.train`; they need no classes.
            preprocessing: Resizes them.
            names: The network's classes.

        Returns:
            Up to 32 that can be read, spread over all of them.

        Raises:
            DatasetError: If there are none.
        """
        opened = open_photos(sources, needs_classes=False)
        total = sum(map(len, opened))
        chosen = np.unique(np.linspace(0, total - 1, min(total, NUM_PHOTOS)).astype(np.int64)).tolist()
        photos = list(open_pixels(opened, preprocessing, "", chosen=chosen))
        readable = [(each.pixels, each.class_name) for each in photos if not isinstance(each.pixels, str)]
        if not readable:
            reason = f" '{photos[0].name}': {photos[0].pixels}" if photos else ""
            raise DatasetError(f"None of {len(photos)} photographs can be read.{reason}")
        pixels = np.stack([each for each, _ in readable])
        if not any(source.classes for source in opened):
            return cls(pixels)
        index = {name: number for number, name in enumerate(names)}
        labels = np.array([index.get(name or "", UNKNOWN) for _, name in readable], np.int64)
        return cls(pixels, labels if (labels != UNKNOWN).any() else None)

    @classmethod
    def of_pictures(
        cls, pictures: "ImageSource | Photos[Photo]", labels: ArrayLike | None, preprocessing: Preprocessing
    ) -> "FixedPhotos":
        """Take photographs that a program has.

        Args:
            pictures: What `cnnviz.load_image` reads, or several, as for calling an explorer. Of more than 32, those are
                taken that are spread over all of them.
            labels: The index of each one's class, shape (N,) or (N, 1); or (N, K), with the largest number at the
                class. None if they are not known.
            preprocessing: Resizes them.

        Returns:
            The photographs.

        Raises:
            ImageError: If one cannot be read.
            OptionError: If there is none, or not one label for each.
        """
        photos = list(as_photos(pictures)[0])
        classes = None if labels is None else _as_indices(labels, len(photos))
        if not photos:
            raise OptionError("A timeline needs at least one photo. Received: none.")
        chosen = np.linspace(0, len(photos) - 1, min(len(photos), NUM_PHOTOS)).astype(np.int64)
        pixels = np.stack([np.asarray(preprocessing.resize(load_image(photos[number]))) for number in chosen])
        pixels = pixels.reshape(len(pixels), *preprocessing.shape)  # grey pictures have no axis for colours
        return cls(pixels, None if classes is None else classes[chosen])


def _as_indices(labels: ArrayLike, number: int) -> NDArray[np.int64]:
    """Convert labels, as Keras takes them, to indices of classes."""
    values = np.asarray(labels)
    if values.ndim == 2:
        values = values.argmax(axis=1) if values.shape[1] > 1 else values[:, 0]
    if values.shape != (number,) or values.dtype.kind not in "iufb":
        raise OptionError(
            f"Expected one label for each of {number} photos: an array of the indices of their classes. "
            f"Received: an array of the shape {np.shape(labels)}."
        )
    return values.astype(np.int64)
