"""Data sets: photographs, decoded once and split into train, validation and test."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count
from cnnviz.base.storage import cache_root
from cnnviz.data.layout import Layout
from cnnviz.data.pixel_cache import PhotoCache, open_cache
from cnnviz.data.reader import Found, decode_photos, read_digests
from cnnviz.data.skipped import require_readable, write_skipped
from cnnviz.data.sources import as_list, open_local, open_photos
from cnnviz.data.splits import SPLITS, deal
from cnnviz.picture.preprocessing import Preprocessing

Data = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

ALL = "all"
PROBED = frozenset({"train", "validation"})
"""The splits for a layer's probe: it is fitted on train and scored on validation."""

NUM_COMPARED = 64
MIN_CLASSES = 2


@dataclass
class Split:
    """The preprocessed photographs of one split; `split[chosen]` reads some of them.

    Args:
        images: Pixels of shape (M, height, width, C), uint8 in [0, 255], by rows.
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
        return self[self._spread(number)]

    def spread(self, number: int) -> "Split":
        """Read so many photographs, or all, as `sample` does, and their labels: a split of its own, in memory."""
        chosen = self._spread(number)
        return Split(self[chosen], self.labels[chosen])

    def _spread(self, number: int) -> NDArray[np.int64]:
        return np.linspace(0, len(self) - 1, min(len(self), number)).astype(np.int64)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read photographs: shape (n, height, width, C), uint8 in [0, 255]; the caller may change them."""
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
        split_seed: The seed of the split.
        notes: Sentences on what may be wrong with the photographs.
    """

    class_names: tuple[str, ...]
    splits: dict[str, Split]
    split_rule: str
    skipped: dict[str, str] = field(default_factory=dict)
    split_seed: int = 0
    notes: tuple[str, ...] = ()


def look_at(data: Data, min_classes: int = 1) -> list[str]:
    """Refuse photographs by what their places tell, before any is read and before what takes seconds is imported.

    Args:
        data: As for `read_dataset`. Data sets on the Hub, and the rows of tables, are not looked at.
        min_classes: The number of classes that are needed.

    Returns:
        Sentences on how the places were understood, where they can be understood in another way.

    Raises:
        DatasetError: If a source is missing, damaged or without photographs, or there are too few classes.
    """
    names = as_list(data)
    sources = open_local(names)
    layouts = [source for source in sources if isinstance(source, Layout)]
    labels = [photo.class_name or "" for layout in layouts for photo in layout.photos]
    if len(layouts) == len(names):
        _require_several(labels, min_classes)
    return [note for source in sources for note in source.notes]


def read_dataset(
    data: Data,
    preprocessing: Preprocessing,
    seed: int = 0,
    cache: Path | None = None,
    allow_corrupt: bool = False,
    skipped_list: Path | None = None,
) -> Dataset:
    """Read, preprocess and split all photographs.

    A photograph's split follows from the sha256 of its bytes and the seed: 80% train, 10% validation, 10% test. So
    it is the same for any file name, folder and run. Of a small class, where chance may deal badly, the shares are
    evened out (`cnnviz.data.splits.deal`). All copies of a photograph are in one split, also those that only have the
    same pixels, preprocessed. If a validation or test folder is given, it is that split, and the shares apply to the
    rest.
    Every file is read for its sha256, but it is decoded only if no earlier run has done so.

    Args:
        data: One source of photographs or several, as `open_photos` takes them.
        preprocessing: The preprocessing of each photograph for the network.
        seed: The seed of the split.
        cache: The folder for decoded photographs, 67.5 kB each at 150x150; None for `cache_root()`.
        allow_corrupt: Whether to go on if more than 1% of the files cannot be read.
        skipped_list: A file to write with one line, `name: reason`, for each skipped file, even if there are too many
            to go on, and for what is no photograph with a class by its place; None for no such file.

    Returns:
        The data set; its pixels stay on disk.

    Raises:
        DatasetError: If photographs are missing or corrupt, are of fewer than two classes, or change while they are
            read; or if the disk is full.
    """
    found, images, skipped, left_out = _read(data, preprocessing, cache, allow_corrupt, skipped_list)
    class_names = _class_names(found)
    readable = _readable(found, images)
    dealt, copies, rule = deal(readable, seed)
    for split in SPLITS:
        _require_classes(f"{split} split", dealt[split], class_names, skipped)
    splits = {split: _split(images, dealt[split], class_names) for split in SPLITS}
    if skipped_list:
        write_skipped(skipped_list, skipped | copies | left_out)
    return Dataset(class_names, splits, rule, skipped | copies, seed, _contradictions(readable))


def read_photos(
    data: Data,
    preprocessing: Preprocessing,
    class_names: tuple[str, ...],
    split: str,
    seed: int = 0,
    allow_corrupt: bool = False,
    report: Callable[[str], object] | None = None,
) -> dict[str, Split]:
    """Read photographs to measure a network on.

    Args:
        data: As for `read_dataset`.
        preprocessing: The network's preprocessing.
        class_names: The network's class names.
        split: "train", "validation" or "test", as `read_dataset` splits them; or "all".
        seed: The seed with which the network's photographs were split.
        allow_corrupt: As for `read_dataset`.
        report: Is given sentences on what may be wrong with the photographs; None for nobody.

    Returns:
        The requested split by its name. If it is not "all", and "train" and "validation" have photographs of each
        class, these two are returned as well.

    Raises:
        DatasetError: If a class has no photographs, or there are other classes; and as for `read_dataset`.
    """
    found, images, skipped, _ = _read(data, preprocessing, None, allow_corrupt)
    unknown = {photo.class_name for photo in found} - set(class_names)
    if unknown:
        raise DatasetError(
            f"The network knows {' and '.join(class_names)} only. "
            f"Received: photographs of {', '.join(sorted(unknown))}."
        )
    photos = _readable(found, images)
    if report:
        for note in _contradictions(photos):
            report(note)
    dealt = {ALL: photos} if split == ALL else deal(photos, seed).splits
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
) -> tuple[list[Found], PhotoCache, dict[str, str], dict[str, str]]:
    """Find all photographs, put their pixels into the cache, and list those that cannot be read, and what is none."""
    sources = open_photos(as_list(data))
    found, skipped = read_digests(sources)
    digests = {photo.digest for photo in found}
    images = open_cache(cache or cache_root(), digests, preprocessing, partial(decode_photos, sources, preprocessing))
    skipped |= {photo.name: images.unreadable[photo.digest] for photo in found if photo.digest in images.unreadable}
    if not allow_corrupt:
        require_readable(skipped, sum(map(len, sources)), skipped_list)
    left_out = {name: reason for source in sources for name, reason in source.left_out.items()}
    return found, images, skipped, left_out


def _readable(photos: Sequence[Found], images: PhotoCache) -> list[Found]:
    """Leave out what cannot be decoded; photographs of equal pixels get one digest, as if they were copies."""
    twins = images.twins()
    readable = (photo for photo in photos if photo.digest not in images.unreadable)
    return [photo._replace(digest=twins.get(photo.digest, photo.digest)) for photo in readable]


def _contradictions(photos: Sequence[Found]) -> tuple[str, ...]:
    """Say how many photographs are in two classes, of which one must be wrong."""
    first: dict[str, Found] = {}
    pairs: dict[str, tuple[Found, Found]] = {}
    for photo in photos:
        one = first.setdefault(photo.digest, photo)
        if one.class_name != photo.class_name:
            pairs.setdefault(photo.digest, (one, photo))
    if not pairs:
        return ()
    one, other = next(iter(pairs.values()))
    return (
        f"{count(len(pairs))} photograph(s) are in two classes, such as '{one.name}' ({one.class_name}), which is "
        f"'{other.name}' ({other.class_name}). Delete the wrong ones.",
    )


def _split(images: PhotoCache, photos: Sequence[Found], class_names: tuple[str, ...]) -> Split:
    labels = np.array([class_names.index(photo.class_name) for photo in photos], np.int64)
    return Split(images, labels, np.array([images.rows[photo.digest] for photo in photos], np.int64))


def _class_names(photos: Sequence[Found]) -> tuple[str, ...]:
    """Return the names of the classes; refuse a single one."""
    return _require_several([photo.class_name for photo in photos], MIN_CLASSES)


def _require_several(labels: Sequence[str], min_classes: int) -> tuple[str, ...]:
    """Return the names of the classes of all photographs; refuse too few."""
    class_names = tuple(sorted(set(labels)))
    if len(class_names) < min_classes:
        raise DatasetError(
            f"Photographs of two or more classes are needed: files named cat.0.jpg and dog.0.jpg, or one folder per "
            f"class. Received: {len(labels)} file(s) of {len(class_names)} class(es) {list(class_names)}."
        )
    for one, other in pairwise(sorted(class_names, key=str.casefold)):
        if one.casefold() == other.casefold():
            raise DatasetError(f"Two spellings of one class: {one} and {other}. Give both folders the same name.")
    return class_names


def _require_classes(
    where: str, photos: Sequence[Found], class_names: tuple[str, ...], skipped: Mapping[str, str]
) -> None:
    """Refuse photographs if a class is missing."""
    for class_name in class_names:
        if all(photo.class_name != class_name for photo in photos):
            raise DatasetError(
                f"The {where} has no readable photograph of '{class_name}'. About ten or more of each class are "
                f"needed. Received: {len(photos)} in it; {len(skipped)} file(s) could not be read."
            )
