"""Folders of files, on a disk or in an archive, as a tree of names."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import count
from cnnviz.data.file_names import ending, is_ignored, pictures_among
from cnnviz.data.photos import MAX_BYTES

MAX_FILES = 2_000_000
MAX_DEPTH = 20
"""Limits of a tree; a set of photographs has fewer files, and few folders within folders."""

ZIP = ".zip"


@dataclass(eq=False)
class Folder:
    """A folder with everything below it, without what operating systems put there.

    Args:
        path: Its path, as people write it.
        folders: The folders in it, by name.
        files: The files in it, by name, each with a function that returns the start of its bytes.
        archives: Zip files in it, by name, each with a function that opens it as a folder.
        left_out: Only at the top: the names of files that are not looked at, with the reason.
        bare: Whether files without an ending count as pictures.
    """

    path: str
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    archives: dict[str, Callable[[], "Folder"]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    bare: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def pictures(self) -> list[str]:
        """The names of the files right in it that are pictures by their names, sorted."""
        return pictures_among(list(self.files), self.bare)

    @cached_property
    def num_pictures(self) -> int:
        """The number of pictures in it and below it."""
        return len(self.pictures) + sum(folder.num_pictures for folder in self.folders.values())

    @property
    def with_pictures(self) -> list["Folder"]:
        """The folders right in it that have pictures in them or below them, sorted by name."""
        return [folder for _, folder in sorted(self.folders.items()) if folder.num_pictures]

    def walk(self) -> Iterator["Folder"]:
        """Yield this folder and all below it."""
        yield self
        for _, folder in sorted(self.folders.items()):
            yield from folder.walk()

    def count_bare(self) -> None:
        """Count files without an ending as pictures, here and below."""
        for folder in self.walk():
            folder.bare = True
            for name in ("pictures", "num_pictures"):
                vars(folder).pop(name, None)

    def within(self, name: str) -> "Folder":
        """Return the folder of a name in this one; it is made if there is none."""
        return self.folders.setdefault(name, Folder(f"{self.path}/{name}"))


class FileCount:
    """Counts the files of a tree, up to the limit.

    Args:
        path: The path of the tree.
    """

    def __init__(self, path: str) -> None:
        """Start with none."""
        self.path, self.number = path, 0

    def add(self) -> None:
        """Count one more.

        Raises:
            DatasetError: If there are too many.
        """
        self.number += 1
        if self.number > MAX_FILES:
            raise DatasetError(
                f"'{self.path}' has more than {count(MAX_FILES)} files. Pass the folder in which the photographs are."
            )


def read_tree(path: Path, open_zip: Callable[[Path], Folder]) -> Folder:
    """Read the names of all files in a folder on the disk. Links to files and folders are followed, circles are not.

    Args:
        path: The folder.
        open_zip: A function that opens a zip file as a folder.

    Returns:
        The folder.

    Raises:
        DatasetError: If it holds too many files, or too many folders within folders.
        OSError: If a folder cannot be read.
    """
    top = Folder(str(path))
    _fill(top, path, (), FileCount(str(path)), open_zip)
    return top


def _fill(
    folder: Folder, path: Path, above: tuple[tuple[int, int], ...], files: FileCount, open_zip: Callable[[Path], Folder]
) -> None:
    """Read the names in one folder, and in those below it."""
    status = path.stat()
    here = (status.st_dev, status.st_ino)
    if here in above:  # a link to a folder around it
        return
    if len(above) > MAX_DEPTH:
        raise DatasetError(f"'{path}' is more than {MAX_DEPTH} folders deep. Pass the folder of the photographs.")
    with os.scandir(path) as entries:
        for entry in entries:
            if is_ignored(entry.name):
                continue
            if entry.is_dir():
                _fill(folder.within(entry.name), Path(entry.path), (*above, here), files, open_zip)
            elif entry.is_file():
                files.add()
                folder.files[entry.name] = partial(_read, Path(entry.path))
                if ending(entry.name) == ZIP:
                    folder.archives[entry.name] = partial(open_zip, Path(entry.path))


def _read(path: Path) -> bytes:
    """Read a file of unknown content, up to the limit."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES)
    except FileNotFoundError as error:
        raise DatasetError(
            f"The photographs changed while they were read: '{path}' is gone. Start again when nothing writes there."
        ) from error
