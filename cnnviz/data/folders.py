"""Photographs in folders and zip files; their class and split follow from the names of files and folders."""

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from cnnviz.base.errors import DatasetError
from cnnviz.picture.image import MAX_MEGABYTES

File = Path | zipfile.Path

SPLIT_NAMES: dict[str, str | None] = {
    **dict.fromkeys(("train", "training"), None),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
"""The split for each known name of a folder, a file or a split on the Hub; None means that cnnviz splits it."""

KAGGLE_NAME = re.compile(r"(.+)\.\d+\.jpe?g", re.IGNORECASE)
SINGULAR = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}
"""Class names for the folders of well-known data sets: Cat, cats and cat are the same class."""

IGNORED_NAMES = ("__MACOSX", "Thumbs.db", "desktop.ini")
MAX_BYTES = MAX_MEGABYTES * 10**6 + 1
"""Largest number of bytes to read of one file: more than a picture may have, but a film does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph, with the class and split that its place tells.

    Args:
        name: The file's path, or the row of a table, as people write it.
        class_name: The class; None if a table's row has no label.
        split: "validation" or "test" if the source fixes it; None if cnnviz chooses it.
        read: A function that returns the file's bytes, unchanged.
    """

    name: str
    class_name: str | None
    split: str | None
    read: Callable[[], bytes]


class Photos(Protocol):
    """The photographs of one source; they can be read several times."""

    def __len__(self) -> int:
        """Return the number of photographs."""

    def __iter__(self) -> Iterator[Photo]:
        """Yield one photograph after the other."""


def class_of(name: str) -> str:
    """Return the class that a file, folder or label is named after.

    Example:
        >>> class_of("Cats"), class_of("zebra")
        ('cat', 'zebra')
    """
    return SINGULAR.get(name.lower(), name)


def split_of(path: str | os.PathLike[str]) -> str | None:
    """Return the split that a path is named after, as the Hub reads names; None if cnnviz chooses it.

    Example:
        >>> split_of("data/test-00000-of-00001.parquet"), split_of("val/0.parquet"), split_of("train.parquet")
        ('test', 'validation', None)
    """
    words = re.split("[^a-z]+", os.fspath(path).lower())
    return next((SPLIT_NAMES[word] for word in reversed(words) if word in SPLIT_NAMES), None)


def find_photos(root: File, split: str | None = None) -> list[Photo]:
    """List the files of a folder or zip with their classes, sorted by name.

    Args:
        root: A folder with Kaggle's files `cat.0.jpg`, `dog.0.jpg`, directly or in `train/`; or with one folder per
            class; or with the same in `train/`, `validation/` (or `val/`) and `test/`.
        split: The split of all of them, if it is known.

    Returns:
        Every file at a place where a photograph is expected, even if it cannot be read.

    Raises:
        DatasetError: If there are no photographs.
    """
    photos = list(_walk(root, split))
    if not photos:
        raise DatasetError(f"No photographs in '{root}': expected cat.0.jpg, dog.0.jpg, ..., or one folder per class.")
    return photos


def _walk(folder: File, split: str | None) -> Iterator[Photo]:
    """Yield the photographs of a folder that has one of the known forms."""
    entries = sorted(_visible(folder), key=lambda entry: entry.name)
    folders = [entry for entry in entries if entry.is_dir()]
    named = {entry.name.lower(): entry for entry in folders}
    for entry in entries:
        match = KAGGLE_NAME.fullmatch(entry.name)
        if match and entry.is_file():
            yield _photo(entry, match[1], split)
    if split is None and "train" in named:
        for name in filter(SPLIT_NAMES.__contains__, named):
            yield from _walk(named[name], SPLIT_NAMES[name])
    elif len(folders) == 1 and all(entry.is_dir() for entry in _visible(folders[0])):
        yield from _walk(folders[0], split)  # a wrapper such as PetImages/
    else:
        for entry in folders:
            files = sorted((file for file in _visible(entry) if file.is_file()), key=lambda file: file.name)
            yield from (_photo(file, entry.name, split) for file in files)


def _visible(folder: File) -> list[File]:
    """List the files of a folder, without those that an operating system adds."""
    entries: Any = folder.iterdir()
    return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in IGNORED_NAMES]


def _photo(file: File, class_name: str, split: str | None) -> Photo:
    return Photo(str(file), class_of(class_name), split, partial(_read, file))


def _read(file: File) -> bytes:
    """Read a file of unknown content, up to the limit."""
    try:
        with file.open("rb") as stream:
            content: bytes = stream.read(MAX_BYTES)
            return content
    except FileNotFoundError as error:
        raise DatasetError(
            f"The photographs changed while they were read: '{file}' is gone. Start again when nothing writes there."
        ) from error
