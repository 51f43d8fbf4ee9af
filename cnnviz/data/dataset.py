"""Data sets: photographs, decoded once and split into train, validation and test."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count, share
from cnnviz.base.storage import cache_root, write_atomically
from cnnviz.data.pixel_cache import PhotoCache, open_cache
from cnnviz.data.reader import Found, decode_photos, read_digests
from cnnviz.data.sources import as_list, open_photos
from cnnviz.data.splits import SPLITS, deal, split_rule
from cnnviz.picture.preprocessing import Preprocessing

Data = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

ALL = "all"
PROBED = frozenset({"train", "validation"})
"""The splits for a layer's probe: it is fitted on train and scored on validation."""

NUM_COMPARED = 64
NUM_CLASSES = 2
MAX_UNREADABLE = 0.01
"""Largest share of corrupt files; a larger share is probably a mistake and is refused."""


@dataclass
class Split:
    """The preprocessed photographs of one split; `split[chosen]` reads some of them.

    Args:
        images: Pixels of shape (M, height, width, 3), uint8 in [0, 255], by rows.
        labels: Class indices, shape (N,), int64.
        rows: The row of each photograph in the images, shape (N,), int64; None if photograph i is in row i.
    """

    images: PhotoCache | NDArray[np.uint8]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self.labels)

    def fingerprint(self) -> str:
        """Return the start of a sha256 of the labels and some photographs; it identifies the split."""
        return hashlib.sha256(self.labels.tobytes() + self.sample(NUM_COMPARED).tobytes()).hexdigest()[:16]

    def sample(self, number: int) -> NDArray[np.uint8]:
        """Read so many photographs, or all, spread over the whole split; the same ones each time."""
        return self[np.linspace(0, len(self) - 1, min(len(self), number)).astype(np.int64)]

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read photographs: shape (n, height, width, 3), uint8 in [0, 255]; the caller may change them."""
        rows = np.arange(len(self)) if self.rows is None else self.rows
        return self.images[rows[chosen]]


@dataclass
class Dataset:
    """All photographs, preprocessed once and split.

    Args:
        class_names: The classes in index order, which is alphabetical.
        splits: The splits by name: "train", "validation" and "test".
        split_rule: The rule of the split, in words.
        skipped: Names of the files that are in no split, each with the reason.
    """

    class_names: tuple[str, ...]
    splits: dict[str, Split]
    split_rule: str
    skipped: dict[str, str] = field(default_factory=dict)


def read_dataset(
    data: Data,
    preprocessing: Preprocessing,
    seed: int = 0,
    cache: Path | None = None,
    allow_corrupt: bool = False,
    skipped_list: Path | None = None,
) -> Dataset:
    """Read, preprocess and split all photographs.

    A photograph's split depends only on the sha256 of its bytes and the seed: 80% train, 10% validation, 10% test. So
    it is the same for any file name, folder and run, and all copies of a photograph are in one split. If a validation
    or test folder is given, it is that split, and the shares apply to the rest.
    Every file is read for its sha256, but it is decoded only if no earlier run has done so.

    Args:
        data: One source of photographs or several, as `open_photos` takes them.
        preprocessing: The preprocessing of each photograph for the network.
        seed: The seed of the split.
        cache: The folder for decoded photographs, 67.5 kB each at 150x150; None for `cache_root()`.
        allow_corrupt: Whether to go on if more than 1% of the files cannot be read.
        skipped_list: A file to write with one line, `name: reason`, for each skipped file, even if there are too many
            to go on; None for no such file.

    Returns:
        The data set; its pixels stay on disk.

    Raises:
        DatasetError: If photographs are missing or corrupt, are not of two classes, or change while they are read; or
            if the disk is full.
    """
    found, images, skipped = _read(data, preprocessing, cache, allow_corrupt, skipped_list)
    class_names = _two_classes(found)
    readable = [photo for photo in found if photo.digest not in images.unreadable]
    dealt, copies = deal(readable, seed)
    for split in SPLITS:
        _require_classes(f"{split} split", dealt[split], class_names, skipped)
    splits = {split: _split(images, dealt[split], class_names) for split in SPLITS}
    if skipped_list:
        write_skipped(skipped_list, skipped | copies)
    return Dataset(class_names, splits, split_rule(readable), skipped | copies)


def read_photos(
    data: Data,
    preprocessing: Preprocessing,
    class_names: tuple[str, ...],
    split: str,
    seed: int = 0,
    allow_corrupt: bool = False,
) -> dict[str, Split]:
    """Read photographs to measure a network on.

    Args:
        data: As for `read_dataset`.
        preprocessing: The network's preprocessing.
        class_names: The network's class names.
        split: "train", "validation" or "test", as `read_dataset` splits them; or "all".
        seed: The seed with which the network's photographs were split.
        allow_corrupt: As for `read_dataset`.

    Returns:
        The requested split by its name. If it is not "all", and "train" and "validation" have photographs of each
        class, these two are returned as well.

    Raises:
        DatasetError: If a class has no photographs, or there are other classes; and as for `read_dataset`.
    """
    found, images, skipped = _read(data, preprocessing, None, allow_corrupt)
    unknown = {photo.class_name for photo in found} - set(class_names)
    if unknown:
        raise DatasetError(
            f"The network knows {' and '.join(class_names)} only. "
            f"Received: photographs of {', '.join(sorted(unknown))}."
        )
    photos = [photo for photo in found if photo.digest not in images.unreadable]
    dealt = {ALL: photos} if split == ALL else deal(photos, seed)[0]
    _require_classes("data" if split == ALL else f"{split} split", dealt[split], class_names, skipped)
    whole = {name for name, each in dealt.items() if {photo.class_name for photo in each} == set(class_names)}
    wanted = {split, *(PROBED if whole >= PROBED else ())}
    return {name: _split(images, dealt[name], class_names) for name in wanted}


def _read(
    data: Data,
    preprocessing: Preprocessing,
    cache: Path | None,
    allow_corrupt: bool,
    skipped_list: Path | None = None,
) -> tuple[list[Found], PhotoCache, dict[str, str]]:
    """Find all photographs, put their pixels into the cache, and list those that cannot be read."""
    sources = open_photos(as_list(data))
    found, skipped = read_digests(sources)
    digests = {photo.digest for photo in found}
    images = open_cache(cache or cache_root(), digests, preprocessing, partial(decode_photos, sources, preprocessing))
    skipped |= {photo.name: images.unreadable[photo.digest] for photo in found if photo.digest in images.unreadable}
    if not allow_corrupt:
        _require_readable(skipped, sum(map(len, sources)), skipped_list)
    return found, images, skipped


def write_skipped(path: Path, skipped: Mapping[str, str]) -> None:
    """List the files that were skipped, one `name: reason` per line.

    Args:
        path: The file; it is written completely or not at all.
        skipped: The reasons by name, as in `Dataset.skipped`.

    Raises:
        DatasetError: If it cannot be written.
    """
    lines = (" ".join(f"{name}: {reason}".split()) + "\n" for name, reason in skipped.items())
    try:
        write_atomically(path, "".join(lines).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise DatasetError(f"Cannot write '{path}'. Received: {error}.") from error


def _split(images: PhotoCache, photos: Sequence[Found], class_names: tuple[str, ...]) -> Split:
    labels = np.array([class_names.index(photo.class_name) for photo in photos], np.int64)
    return Split(images, labels, np.array([images.rows[photo.digest] for photo in photos], np.int64))


def _two_classes(photos: Sequence[Found]) -> tuple[str, ...]:
    """Return the names of the classes; refuse any number but two."""
    class_names = tuple(sorted({photo.class_name for photo in photos}))
    if len(class_names) != NUM_CLASSES:
        raise DatasetError(
            f"Photographs of two classes are needed: files named cat.0.jpg and dog.0.jpg, or one folder per class. "
            f"Received: {len(photos)} file(s) of {len(class_names)} class(es) {list(class_names)}."
        )
    return class_names


def _require_readable(skipped: Mapping[str, str], num_files: int, skipped_list: Path | None) -> None:
    """Refuse the photographs if too many of them cannot be read, and list those."""
    if len(skipped) <= MAX_UNREADABLE * num_files:
        return
    if skipped_list:
        write_skipped(skipped_list, skipped)
    name, reason = next(iter(skipped.items()))
    listed = f"All are listed in '{skipped_list}'. " if skipped_list else ""
    raise DatasetError(
        f"{count(len(skipped))} of {count(num_files)} files cannot be read as photographs, "
        f"more than {share(MAX_UNREADABLE)}. {listed}"
        f"Check them, or go on without them with --allow-corrupt. The first: {name}: {reason}"
    )


def _require_classes(
    where: str, photos: Sequence[Found], class_names: tuple[str, ...], skipped: Mapping[str, str]
) -> None:
    """Refuse photographs if a class is missing."""
    for class_name in class_names:
        if all(photo.class_name != class_name for photo in photos):
            raise DatasetError(
                f"The {where} has no readable photograph of '{class_name}'. More photographs are needed. "
                f"Received: {len(photos)} in it; {len(skipped)} file(s) could not be read."
            )
