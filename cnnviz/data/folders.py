"""Photographs in folders and zip files, listed with what their places say of them."""

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
"""The splits that folders, files and the Hub's splits are named after; photographs of None are dealt."""

KAGGLE_NAME = re.compile(r"(.+)\.\d+\.jpe?g", re.IGNORECASE)
SINGULAR = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}
"""Many copies of the data set have folders called Cat or cats; the classes are the same."""

IGNORED_NAMES = ("__MACOSX", "Thumbs.db", "desktop.ini")
MAX_BYTES = MAX_MEGABYTES * 10**6 + 1
"""Read of one file at most: more than any picture may have, so that a film among them does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One file and what its place says of it.

    Args:
        name: The file's path, or the row of a table, as a person would write it.
        class_name: None where a table's row has no label.
        split: "validation" or "test" where the source fixes it; None where it is to be dealt.
        read: Gives the file's bytes, as they are.
    """

    name: str
    class_name: str | None
    split: str | None
    read: Callable[[], bytes]


class Photos(Protocol):
    """The photographs of one source, to be gone through more than once."""

    def __len__(self) -> int:
        """Give their number."""

    def __iter__(self) -> Iterator[Photo]:
        """Give one after the other."""


def class_of(name: str) -> str:
    """Give the class that a file, folder or label is named after.

    Example:
        >>> class_of("Cats"), class_of("zebra")
        ('cat', 'zebra')
    """
    return SINGULAR.get(name.lower(), name)


def split_of(path: str | os.PathLike[str]) -> str | None:
    """Give the split that a path is named after, as the Hub reads names; None where it is to be dealt.

    Example:
        >>> split_of("data/test-00000-of-00001.parquet"), split_of("val/0.parquet"), split_of("train.parquet")
        ('test', 'validation', None)
    """
    words = re.split("[^a-z]+", os.fspath(path).lower())
    return next((SPLIT_NAMES[word] for word in reversed(words) if word in SPLIT_NAMES), None)


def find_photos(root: File, split: str | None = None) -> list[Photo]:
    """List the files of a folder or zip with their classes, sorted by name.

    Args:
        root: Kaggle's files `cat.0.jpg`, `dog.0.jpg`, also in `train/`; one folder per class; or the same below
            `train/`, `validation/` (or `val/`) and `test/`.
        split: Of all of them, where it is known.

    Returns:
        Every file that lies where a photograph is expected, readable or not.

    Raises:
        DatasetError: If there is none.
    """
    photos = list(_walk(root, split))
    if not photos:
        raise DatasetError(f"No photographs in '{root}': expected cat.0.jpg, dog.0.jpg, ..., or one folder per class.")
    return photos


def _walk(folder: File, split: str | None) -> Iterator[Photo]:
    """Give the photographs of a folder in one of the known forms."""
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
    """List what a person put into a folder, not what the system did."""
    entries: Any = folder.iterdir()
    return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in IGNORED_NAMES]


def _photo(file: File, class_name: str, split: str | None) -> Photo:
    return Photo(str(file), class_of(class_name), split, partial(_read, file))


def _read(file: File) -> bytes:
    """Read a file that may be anything."""
    try:
        with file.open("rb") as stream:
            content: bytes = stream.read(MAX_BYTES)
            return content
    except FileNotFoundError as error:
        raise DatasetError(
            f"The photographs changed while they were read: '{file}' is gone. Start again when nothing writes there."
        ) from error
