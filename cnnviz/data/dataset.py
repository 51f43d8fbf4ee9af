"""Photographs become train, validation and test splits, decoded once."""

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
from cnnviz.base.storage import write_atomically
from cnnviz.data.pixel_cache import PhotoCache, cache_root, open_cache
from cnnviz.data.reader import Found, decode_photos, read_digests
from cnnviz.data.sources import as_list, open_photos
from cnnviz.data.splits import SPLITS, deal, split_rule
from cnnviz.picture.preprocessing import Preprocessing

Data = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

ALL = "all"
PROBED = frozenset({"train", "validation"})
"""The splits on which a layer's probe is fitted and scored."""

NUM_COMPARED = 64
NUM_CLASSES = 2
MAX_UNREADABLE = 0.01
"""Share of the files that may be corrupt before it looks like a mistake."""


@dataclass
class Split:
    """The photographs of one split, preprocessed; `split[chosen]` reads some of them.

    Args:
        images: Pixels of shape (M, height, width, 3), uint8 in [0, 255], by rows.
        labels: Class indices, shape (N,), int64.
        rows: Where each photograph is in the images, shape (N,), int64; None if they are just these.
    """

    images: PhotoCache | NDArray[np.uint8]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Give the number of photographs."""
        return len(self.labels)

    def fingerprint(self) -> str:
        """Tell these photographs from others by their labels and a few of them: the start of a sha256."""
        return hashlib.sha256(self.labels.tobytes() + self.sample(NUM_COMPARED).tobytes()).hexdigest()[:16]

    def sample(self, number: int) -> NDArray[np.uint8]:
        """Read so many photographs, or all, from all over the split: the same ones each time."""
        return self[np.linspace(0, len(self) - 1, min(len(self), number)).astype(np.int64)]

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read photographs: shape (n, height, width, 3), uint8 in [0, 255]; the caller's to change."""
        rows = np.arange(len(self)) if self.rows is None else self.rows
        return self.images[rows[chosen]]


@dataclass
class Dataset:
    """All photographs, preprocessed once and split.

    Args:
        class_names: In index order, which is alphabetical.
        splits: By name: "train", "validation" and "test".
        split_rule: How the photographs were dealt, in words.
        skipped: Names of the files that are in no split, with the reason.
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

    A photograph's split follows from the sha256 of its bytes and the seed, so it stays the same whatever the file's
    name, the folder or the run, and copies never straddle splits: 80% train, 10% validation, 10% test. Where a
    validation or test folder is given, it is that split, and the shares apply to the rest.
    Every file is read for its sha256, but decoded only if no earlier run has done so.

    Args:
        data: One source of photographs or several, as `open_photos` takes them.
        preprocessing: Turns each photograph into the network's picture.
        seed: Deals the splits.
        cache: The folder for decoded photographs, 67.5 kB each at 150x150; None for `cache_root()`.
        allow_corrupt: Go on if more than 1% of the files cannot be read.
        skipped_list: A file that gets one line, `name: reason`, for each file that is skipped, even if they are too
            many to go on; None writes none.

    Returns:
        The splits, whose pixels stay on disk.

    Raises:
        DatasetError: If photographs are missing, corrupt, not of two classes or change meanwhile, or the disk is full.
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
        preprocessing: The network's.
        class_names: The network's.
        split: "train", "validation" or "test", as `read_dataset` deals them; or "all".
        seed: With which the network's photographs were dealt.
        allow_corrupt: As for `read_dataset`.

    Returns:
        By name, that split; and "train" and "validation", if it is one of the three that are dealt and both of those
        have photographs of each class.

    Raises:
        DatasetError: If there is none of a class, or there are other classes; and as for `read_dataset`.
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
    """Find all photographs, see to it that their pixels are in the cache, and tell which cannot be read."""
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
        path: The file, which appears whole.
        skipped: Reasons by name, as in `Dataset.skipped`.

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
    """Give the names of the classes, and refuse other than two."""
    class_names = tuple(sorted({photo.class_name for photo in photos}))
    if len(class_names) != NUM_CLASSES:
        raise DatasetError(
            f"Photographs of two classes are needed: files named cat.0.jpg and dog.0.jpg, or one folder per class. "
            f"Received: {len(photos)} file(s) of {len(class_names)} class(es) {list(class_names)}."
        )
    return class_names


def _require_readable(skipped: Mapping[str, str], num_files: int, skipped_list: Path | None) -> None:
    """Refuse photographs of which many cannot be read, and list those."""
    if len(skipped) <= MAX_UNREADABLE * num_files:
        return
    if skipped_list:
        write_skipped(skipped_list, skipped)
    name, reason = next(iter(skipped.items()))
    listed = f"All are listed in '{skipped_list}'. " if skipped_list else ""
    raise DatasetError(
        f"{count(len(skipped))} of {count(num_files)} files cannot be read as photographs, "
        f"more than {share(MAX_UNREADABLE)}. {listed}"
        f"Look into them, or go on without them with --allow-corrupt. The first: {name}: {reason}"
    )


def _require_classes(
    where: str, photos: Sequence[Found], class_names: tuple[str, ...], skipped: Mapping[str, str]
) -> None:
    """Refuse photographs among which a class is missing."""
    for class_name in class_names:
        if all(photo.class_name != class_name for photo in photos):
            raise DatasetError(
                f"The {where} has no readable photograph of '{class_name}'. More photographs are needed. "
                f"Received: {len(photos)} in it; {len(skipped)} file(s) could not be read."
            )
