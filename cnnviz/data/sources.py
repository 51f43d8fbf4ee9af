"""Sources of photographs: folders, zip and tar files, Parquet files, object storage and data sets on the Hub."""

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from cnnviz.base.errors import DatasetError
from cnnviz.data.addresses import is_address, open_address
from cnnviz.data.archives import TAR_ENDINGS, read_tar, read_zip, stream_tar
from cnnviz.data.file_names import SPLIT_NAMES, split_of
from cnnviz.data.layout import Layout, understand
from cnnviz.data.photos import Photo, Photos
from cnnviz.data.tables import PARQUET, open_hub, open_parquet
from cnnviz.data.tree import read_tree

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def as_list(data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str | os.PathLike[str]]:
    """List the sources of photographs that a user named.

    Args:
        data: One source or several.

    Returns:
        The sources.
    """
    return [data] if isinstance(data, str | os.PathLike) else list(data)


def is_hub_dataset(path: Path) -> bool:
    """Tell whether a source of photographs is a data set on the Hub: what looks like its id, and is nothing here.

    Example:
        >>> is_hub_dataset(Path("microsoft/cats_vs_dogs")), is_hub_dataset(Path("s3://bucket/photos"))
        (True, False)
    """
    return bool(HUB_ID.fullmatch(path.as_posix())) and not path.exists()


def open_photos(data: Sequence[str | os.PathLike[str]], needs_classes: bool = True) -> list[Photos]:
    """Find the photographs of several sources.

    Args:
        data: The sources. Each is a folder, zip or tar file of photographs, a Parquet file or a folder of such files,
            or a data set's id on the Hub; or the address of a folder or Parquet file in object storage, such as
            s3://bucket/folder. If there are several, one with the name validation or test is that split.
        needs_classes: Whether photographs need classes. If not, a folder or archive of which no class is known is one
            of photographs without a class.

    Returns:
        The photographs, source by source.

    Raises:
        DatasetError: If a source is missing, empty, damaged or of an unknown form, or the package that reads it is not
            installed.
    """
    sources: list[Photos] = []
    for place in data:
        path = Path(place)
        split = SPLIT_NAMES.get(path.stem.lower()) if len(data) > 1 else None
        if is_address(os.fspath(place)):
            sources += open_address(os.fspath(place), split, needs_classes)
            continue
        try:
            sources += _open_source(path, split, needs_classes)
        except (OSError, zipfile.BadZipFile) as error:
            raise DatasetError(f"Cannot read '{path}': {error}.") from error
    return sources


def open_local(data: Sequence[str | os.PathLike[str]]) -> list[Photos]:
    """Find the photographs of those sources that are on this machine; nothing is asked of the Hub or of object storage.

    Args:
        data: As for `open_photos`.

    Returns:
        Their photographs.

    Raises:
        DatasetError: If a path leads to nothing and is no data set's id on the Hub, before any source is opened; and
            as for `open_photos`.
    """
    here = [source for source in data if not is_address(os.fspath(source))]
    for path in map(Path, here):
        if not path.exists() and not is_hub_dataset(path):
            raise _unknown(path)
    return open_photos([source for source in here if Path(source).exists()])


def _open_source(path: Path, split: str | None, needs_classes: bool) -> Sequence[Photos]:
    """Open one source according to its form."""
    if path.is_dir():
        files = sorted(file for file in path.rglob(f"*{PARQUET}") if file.is_file())
        if files:
            return [open_parquet(str(file), split or split_of(file.relative_to(path))) for file in files]
        return [understand(read_tree(path, read_zip), split, needs_classes)]
    if path.suffix.lower() == PARQUET and path.is_file():
        return [open_parquet(str(path), split_of(path.name))]
    if zipfile.is_zipfile(path):
        return [understand(read_zip(path), split, needs_classes)]
    if path.name.lower().endswith(TAR_ENDINGS) and path.is_file():
        return [_open_tar(path, split, needs_classes)]
    if is_hub_dataset(path):
        return open_hub(path.as_posix())
    raise _unknown(path)


def _open_tar(path: Path, split: str | None, needs_classes: bool) -> Layout:
    """Open a tar file, whose photographs can only be read one after the other."""
    layout = understand(read_tar(path), split, needs_classes)
    layout.stream = partial(_stream, path)
    return layout


def _stream(path: Path, photos: list[Photo]) -> Iterator[Photo]:
    """Yield the photographs of a tar file in its order, each with its content at hand."""
    expected = {photo.name: photo for photo in photos}
    for name, content in stream_tar(path):
        if photo := expected.pop(name, None):
            yield replace(photo, read=partial(bytes, content))


def _unknown(path: Path) -> DatasetError:
    return DatasetError(
        f"No photographs at '{path}': expected a folder or a zip file (undamaged), a tar file, a Parquet file or a "
        "folder of them, an address such as s3://bucket/folder, or a data set's id on the Hub, such as "
        "microsoft/cats_vs_dogs."
    )
