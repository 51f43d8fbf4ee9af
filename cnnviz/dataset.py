"""Photographs on disk become train, validation and test batches."""

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import DatasetError, ImageError
from cnnviz.image import load_image
from cnnviz.preprocessing import Preprocessing

File = Path | zipfile.Path

SPLITS = ("train", "validation", "test")
SPLIT_FOLDERS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1
KAGGLE_NAME = re.compile(r"(.+)\.\d+\.jpe?g", re.IGNORECASE)
SINGULAR = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}
"""Many copies of the data set have folders called Cat or cats; the classes are the same."""

IGNORED_NAMES = ("__MACOSX", "Thumbs.db", "desktop.ini")
NUM_CLASSES = 2


@dataclass(frozen=True)
class Photo:
    """One file and what its place says of it: its class, and its split where a folder fixes it."""

    file: File
    class_name: str
    split: str | None = None

    @property
    def name(self) -> str:
        """The file's path as a person would write it."""
        return str(self.file)


@dataclass
class Split:
    """The photographs of one split, preprocessed.

    Args:
        images: Shape (N, height, width, 3), uint8 in [0, 255].
        labels: Class indices, shape (N,), int64.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Give the number of photographs."""
        return len(self.labels)


@dataclass
class Dataset:
    """All photographs, preprocessed once and split.

    Args:
        class_names: In index order, which is alphabetical.
        splits: By name: "train", "validation" and "test".
        split_rule: How the photographs were dealt, in words.
        skipped: Names of the files that could not be read, with the reason.
    """

    class_names: tuple[str, ...]
    splits: dict[str, Split]
    split_rule: str
    skipped: dict[str, str] = field(default_factory=dict)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # keras ships no types
    """Batches of (images, labels), in an order and with flips that follow from the seed and the epoch alone.

    Args:
        split: The photographs.
        batch_size: Photographs per batch; the last batch holds the rest.
        preprocessing: Scales the pixels, as in serving.
        seed: Shuffles, and mirrors half of the photographs, anew in each epoch; None leaves them as they are.
    """

    def __init__(self, split: Split, batch_size: int, preprocessing: Preprocessing, seed: int | None = None) -> None:
        """Start before the first epoch."""
        super().__init__(workers=1)
        self.split, self.batch_size, self.preprocessing, self.seed = split, batch_size, preprocessing, seed
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        """Give the number of batches in an epoch."""
        return -(-len(self.split) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give one batch: images (B, height, width, 3), float32 in [0, 1]; labels (B, 1), float32."""
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = self.split.images[chosen]
        mirrored = self.mirrored[chosen]
        images[mirrored] = images[mirrored, :, ::-1]
        return self.preprocessing.scale(images), self.split.labels[chosen, None].astype(np.float32)

    def on_epoch_end(self) -> None:
        """Prepare the next epoch's order and flips."""
        self.epoch += 1
        self.order = np.arange(len(self.split))
        self.mirrored = np.zeros(len(self.split), bool)
        if self.seed is not None:
            random = np.random.default_rng([self.seed, self.epoch])
            random.shuffle(self.order)
            self.mirrored = random.random(len(self.split)) < 1 / 2


def read_dataset(data: str | os.PathLike[str], preprocessing: Preprocessing, seed: int = 0) -> Dataset:
    """Read, preprocess and split all photographs.

    A photograph's split follows from the sha256 of its bytes and the seed, so it stays the same whatever the file's
    name, the folder or the run, and copies never straddle splits: 80% train, 10% validation, 10% test. Where a
    validation or test folder is given, it is that split, and the shares apply to the rest.

    Args:
        data: A folder or zip of one of three forms: Kaggle's files `cat.0.jpg`, `dog.0.jpg`, also in `train/`; one
            folder per class; the same below `train/`, `validation/` (or `val/`) and `test/`.
        preprocessing: Turns each photograph into the network's picture.
        seed: Deals the splits.

    Returns:
        The photographs in memory: 67.5 kB each at 150x150.

    Raises:
        DatasetError: If there are no photographs, not two classes, or a class is missing from a split.
    """
    photos = find_photos(data)
    class_names = tuple(sorted({photo.class_name for photo in photos}))
    if len(class_names) != NUM_CLASSES:
        raise DatasetError(
            f"Photographs of two classes are needed: files named cat.0.jpg and dog.0.jpg, or one folder per class. "
            f"Received: {len(photos)} file(s) of {len(class_names)} class(es) {list(class_names)} in '{data}'."
        )
    given = {photo.split for photo in photos if photo.split}
    skipped: dict[str, str] = {}
    images: dict[str, list[NDArray[np.uint8]]] = {split: [] for split in SPLITS}
    labels: dict[str, list[int]] = {split: [] for split in SPLITS}
    for photo, content, pixels in _decode_all(photos, preprocessing):
        if isinstance(pixels, str):
            skipped[photo.name] = pixels
            continue
        split = photo.split or _deal(content, seed, given)
        images[split].append(pixels)
        labels[split].append(class_names.index(photo.class_name))
    for split in SPLITS:
        _require_classes(split, labels[split], class_names, skipped)
    splits = {split: Split(np.stack(images.pop(split)), np.array(labels[split], np.int64)) for split in SPLITS}
    return Dataset(class_names, splits, _split_rule(given), skipped)


def find_photos(data: str | os.PathLike[str]) -> list[Photo]:
    """List the files of a folder or zip with their classes, sorted by name.

    Args:
        data: As for `read_dataset`.

    Returns:
        Every file that lies where a photograph is expected, readable or not.

    Raises:
        DatasetError: If there is no such folder or zip, or nothing in it.
    """
    path = Path(data)
    if path.is_dir():
        root: File = path
    elif zipfile.is_zipfile(path):
        root = zipfile.Path(path)
    else:
        raise DatasetError(f"No photographs at '{data}': expected a folder or a zip file.")
    photos = list(_walk(root, None))
    if not photos:
        raise DatasetError(f"No photographs in '{data}': expected cat.0.jpg, dog.0.jpg, ..., or one folder per class.")
    return photos


def _walk(folder: File, split: str | None) -> Iterator[Photo]:
    """Give the photographs of a folder in one of the known forms."""
    entries = sorted(_visible(folder), key=lambda entry: entry.name)
    folders = [entry for entry in entries if entry.is_dir()]
    named = {name.name.lower(): name for name in folders}
    for entry in entries:
        match = KAGGLE_NAME.fullmatch(entry.name)
        if match and entry not in folders:
            yield Photo(entry, _class_name(match[1]), split)
    if split is None and "train" in named:
        fixed = [name for name in named if name in SPLIT_FOLDERS and name != "train"]
        for name in ("train", *fixed):
            yield from _walk(named[name], SPLIT_FOLDERS[name] if name in fixed else None)
    elif len(folders) == 1 and all(entry.is_dir() for entry in _visible(folders[0])):
        yield from _walk(folders[0], split)  # a wrapper such as PetImages/
    else:
        for entry in folders:
            files = sorted((file for file in _visible(entry) if file.is_file()), key=lambda file: file.name)
            yield from (Photo(file, _class_name(entry.name), split) for file in files)


def _class_name(name: str) -> str:
    """Give the class that a file or folder is named after."""
    return SINGULAR.get(name.lower(), name)


def _visible(folder: File) -> list[File]:
    """List what a person put into a folder, not what the system did."""
    entries: Any = folder.iterdir()
    return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in IGNORED_NAMES]


def _decode_all(
    photos: list[Photo], preprocessing: Preprocessing
) -> Iterator[tuple[Photo, bytes, NDArray[np.uint8] | str]]:
    """Read all files on all cores, in order, with a progress bar."""
    bar = keras.utils.Progbar(len(photos), unit_name="photo")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        decoded = pool.map(lambda photo: _decode(photo, preprocessing), photos)
        for photo, (content, pixels) in zip(photos, decoded, strict=True):
            yield photo, content, pixels
            bar.add(1)


def _decode(photo: Photo, preprocessing: Preprocessing) -> tuple[bytes, NDArray[np.uint8] | str]:
    """Read one file: its bytes, and its resized pixels or the reason why there are none."""
    try:
        content = photo.file.read_bytes()
        return content, np.asarray(preprocessing.resize(load_image(content)))
    except (ImageError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:  # the last: encrypted
        return b"", str(error)


def _deal(content: bytes, seed: int, given: set[str]) -> str:
    """Deal a photograph to a split by its bytes and the seed."""
    digest = hashlib.sha256(f"{seed}:{hashlib.sha256(content).hexdigest()}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    split = "train" if place < TRAIN_SHARE else "validation" if place < TRAIN_SHARE + VALIDATION_SHARE else "test"
    return "train" if split in given else split


def _split_rule(given: set[str]) -> str:
    """Say how photographs were dealt."""
    shares = {"validation": VALIDATION_SHARE, "test": 1 - TRAIN_SHARE - VALIDATION_SHARE}
    dealt = [f"{share:.0%} {split}" for split, share in shares.items() if split not in given]
    rest = 1 - sum(share for split, share in shares.items() if split not in given)
    rule = ", ".join([f"{rest:.0%} train", *dealt]) + ", by sha256 of the file's bytes and the seed"
    return f"{' and '.join(sorted(given))} from folders; of the rest {rule}" if given else rule


def _require_classes(split: str, labels: list[int], class_names: tuple[str, ...], skipped: dict[str, str]) -> None:
    """Refuse a split in which a class has no photograph."""
    for index, class_name in enumerate(class_names):
        if index not in labels:
            raise DatasetError(
                f"The {split} split has no readable photograph of '{class_name}'. More photographs are needed. "
                f"Received: {len(labels)} in this split; {len(skipped)} file(s) could not be read."
            )
