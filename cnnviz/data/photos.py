"""One photograph of a source, and what all sources of photographs have in common."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cnnviz.picture.image import MAX_MEGABYTES

SINGULAR = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}
"""Class names for the folders of well-known data sets: Cat, cats and cat are the same class."""

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

    @property
    def left_out(self) -> Mapping[str, str]:
        """Files and folders of the source that are no photographs with a class, each with the reason."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on how the source was understood, if it can be understood in another way."""

    @property
    def classes(self) -> set[str]:
        """The names of the classes; none of the photographs needs to have one."""

    def __len__(self) -> int:
        """Return the number of photographs."""

    def __iter__(self) -> Iterator[Photo]:
        """Yield one photograph after the other."""

    def after(self, number: int) -> Iterator[Photo]:
        """Yield one photograph after the other, without the first so many."""


def class_of(name: str) -> str:
    """Return the class that a file, folder or label is named after.

    Example:
        >>> class_of("Cats"), class_of("zebra")
        ('cat', 'zebra')
    """
    return SINGULAR.get(name.lower(), unicodedata.normalize("NFC", name))  # macOS writes é as two characters
