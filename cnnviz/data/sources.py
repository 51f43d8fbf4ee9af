"""Sources of photographs: folders, zip files, Parquet files and data sets on the Hub."""

import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from cnnviz.base.errors import DatasetError
from cnnviz.data.folders import SPLIT_NAMES, Photos, find_photos, split_of
from cnnviz.data.tables import open_hub, open_parquet

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def as_list(data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str | os.PathLike[str]]:
    """List the sources of photographs that a user named.

    Args:
        data: One source or several.

    Returns:
        The sources.
    """
    return [data] if isinstance(data, str | os.PathLike) else list(data)


def require_sources(data: Sequence[str | os.PathLike[str]]) -> None:
    """Refuse a source that is nowhere, at once and without opening the others.

    Args:
        data: As for `open_photos`.

    Raises:
        DatasetError: If a path leads to nothing and is no data set's id on the Hub.
    """
    for path in map(Path, data):
        if not path.exists() and not HUB_ID.fullmatch(path.as_posix()):
            raise _unknown(path)


def open_photos(data: Sequence[str | os.PathLike[str]]) -> list[Photos]:
    """Find the photographs of several sources.

    Args:
        data: The sources. Each is a folder or zip file of photographs, a Parquet file or a folder of such files, or a
            data set's id on the Hub. If there are several, one with the name validation or test is that split.

    Returns:
        The photographs, source by source.

    Raises:
        DatasetError: If a source is missing, empty, damaged or of an unknown form, or the package that reads it is not
            installed.
    """
    sources: list[Photos] = []
    for path in map(Path, data):
        try:
            sources += _open_source(path, SPLIT_NAMES.get(path.stem.lower()) if len(data) > 1 else None)
        except (OSError, zipfile.BadZipFile) as error:
            raise DatasetError(f"Cannot read '{path}': {error}.") from error
    return sources


def _open_source(path: Path, split: str | None) -> Sequence[Photos]:
    """Open one source according to its form."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.parquet") if file.is_file())
        if files:
            return [open_parquet(file, split or split_of(file.relative_to(path))) for file in files]
        return [find_photos(path, split)]
    if path.suffix.lower() == ".parquet" and path.is_file():
        return [open_parquet(path, split_of(path.name))]
    if zipfile.is_zipfile(path):
        return [find_photos(zipfile.Path(path), split)]
    if HUB_ID.fullmatch(path.as_posix()) and not path.exists():
        return open_hub(path.as_posix())
    raise _unknown(path)


def _unknown(path: Path) -> DatasetError:
    return DatasetError(
        f"No photographs at '{path}': expected a folder or a zip file (undamaged), a Parquet file or a folder of "
        "them, or a data set's id on the Hub, such as microsoft/cats_vs_dogs."
    )
