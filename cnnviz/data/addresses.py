"""Photographs in object storage, by their addresses: s3://bucket/folder, gs://bucket/folder, file:///folder."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from cnnviz.base.errors import DatasetError
from cnnviz.data.file_names import ending, is_ignored, split_of
from cnnviz.data.layout import understand
from cnnviz.data.photos import MAX_BYTES, Photos
from cnnviz.data.tables import PARQUET, open_parquet
from cnnviz.data.tree import FileCount, Folder

ADDRESS = re.compile(r"[a-zA-Z][\w+.-]+://")
EXPECTED = "expected a folder of pictures, or a Parquet file or a folder of them"


def is_address(place: str) -> bool:
    """Tell whether a source of photographs is named by an address, and not by a path or an id on the Hub.

    Example:
        >>> is_address("s3://bucket/photos"), is_address("photos/cats")
        (True, False)
    """
    return bool(ADDRESS.match(place))


def without_keys(place: str) -> str:
    """Name a source of photographs without what may be secret in it: for what is shown, stored or published.

    Example:
        >>> without_keys("s3://key:secret@bucket/photos?region=eu"), without_keys("photos/cats")
        ('s3://bucket/photos', 'photos/cats')
    """
    if not is_address(place):
        return place
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def open_address(address: str, split: str | None, needs_classes: bool) -> Sequence[Photos]:
    """Find the photographs at an address.

    Args:
        address: What pyarrow's filesystems understand, such as `s3://bucket/folder`; keys and the like are taken from
            the environment, as the storage's own tools do.
        split: The split of all photographs, if it is known.
        needs_classes: As for `understand`.

    Returns:
        The photographs, with names that hold nothing secret of the address.

    Raises:
        DatasetError: If pyarrow is missing, the address is of an unknown kind, or there are no photographs.
    """
    try:
        from pyarrow import fs
    except ImportError as error:
        raise DatasetError(f"'{without_keys(address)}' needs pyarrow to be read: pip install pyarrow") from error
    system, path = _connect(fs, address)
    start = f"{urlsplit(address).scheme}://"
    with _fetching(start + path):
        found = system.get_file_info(path)
        if found.type == fs.FileType.NotFound:
            raise DatasetError(f"No photographs at '{start}{path}': {EXPECTED}.")
        if found.is_file and ending(path) != PARQUET:
            raise DatasetError(f"'{start}{path}' is a file: {EXPECTED}. Archives are read where they lie on a disk.")
        files = [found] if found.is_file else system.get_file_info(fs.FileSelector(path, recursive=True))
    inside = {each.path: PurePosixPath(each.path).relative_to(path) for each in files if each.is_file}
    tables = sorted(each for each in inside if ending(each) == PARQUET)
    if tables:
        splits = [split or split_of(inside[each] if found.type == fs.FileType.Directory else each) for each in tables]
        return [open_parquet(start + each, own, system, each) for each, own in zip(tables, splits, strict=True)]
    return [understand(_tree(start, path, inside, system), split, needs_classes)]


def _connect(fs: Any, address: str) -> tuple[Any, str]:
    """Find the filesystem of an address, and the path in it."""
    try:
        system, path = fs.FileSystem.from_uri(address)
    except (ValueError, NotImplementedError, ImportError) as error:  # whose texts may repeat a key in the address
        raise DatasetError(
            f"No storage is known for '{without_keys(address)}': expected an address such as s3://bucket/folder, "
            "gs://bucket/folder or file:///folder."
        ) from error
    except OSError as error:
        raise DatasetError(f"'{without_keys(address)}' cannot be reached: {error}.") from error
    return system, str(path).rstrip("/")


def _tree(start: str, top: str, inside: dict[str, PurePosixPath], system: Any) -> Folder:
    """Arrange the files below a path as a tree."""
    tree = Folder(start + top)
    files = FileCount(tree.path)
    for path, place in inside.items():
        if any(map(is_ignored, place.parts)):
            continue
        files.add()
        folder = tree
        for part in place.parts[:-1]:
            folder = folder.within(part)
        folder.files[place.name] = partial(_read, start, system, path)
    return tree


def _read(start: str, system: Any, path: str) -> bytes:
    """Read a file of unknown content, up to the limit."""
    with _fetching(start + path), system.open_input_stream(path) as stream:
        return bytes(stream.read(MAX_BYTES))


@contextmanager
def _fetching(name: str) -> Iterator[None]:
    """Tell a storage that fails from a photograph that cannot be read, which is merely left out."""
    try:
        yield
    except FileNotFoundError as error:
        raise DatasetError(
            f"The photographs changed while they were read: '{name}' is gone. Start again when nothing writes there."
        ) from error
    except OSError as error:
        raise DatasetError(f"'{name}' cannot be fetched: {error}.") from error
