"""Zip and tar files as trees of names. Nothing is unpacked to where a name says, and no link in them is followed."""

import bz2
import gzip
import io
import lzma
import shutil
import stat
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from cnnviz.base.errors import DatasetError
from cnnviz.base.figures import decimals
from cnnviz.base.storage import require_room
from cnnviz.data.file_names import ending, is_ignored
from cnnviz.data.photos import MAX_BYTES
from cnnviz.data.tree import ZIP, FileCount, Folder

TAR_ENDINGS = (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
COMPRESSED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
"""The function that opens a file for each start of one."""

MAX_DIRECTORY_BYTES = 200 * 2**20
"""Largest list of names in a zip file: 100 bytes for each of two million."""

MAX_READ_BYTES = 2 * MAX_BYTES
"""Largest piece that is read of a tar file at once: a picture. What a hostile one calls a name may be gigabytes."""

MAX_GROWTH, ORDINARY_BYTES = 100, 10**10
"""How many times larger than an archive its content may be, beyond 10 GB. Photographs hardly shrink."""

DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
LINK, OUTSIDE = "It is a link, and links in archives are not followed.", "Its name leads out of the archive."


def read_zip(path: Path) -> Folder:
    """Read the names of all files in a zip file.

    Args:
        path: The zip file.

    Returns:
        A folder of its content. Zip files in it can be opened; they are copied to the system's folder for temporary
        files, and vanish with the folder.

    Raises:
        DatasetError: If it is damaged, has too many files, or unfolds to more than any photographs do.
        OSError: If it cannot be read.
    """
    stream = path.open("rb")
    try:
        return _read_zip(str(path), stream, inside=True)
    except BaseException:
        stream.close()
        raise


def _read_zip(name: str, stream: IO[bytes], inside: bool) -> Folder:
    """Read the names in a zip file, and make those of zip files in it ready to be opened if that is wished."""
    with _explaining(name):
        size = stream.seek(0, io.SEEK_END)
        _require_short_directory(name, stream, size)
        archive = zipfile.ZipFile(stream)
    weakref.finalize(archive, stream.close)
    _require_ordinary(name, size, sum(info.file_size for info in archive.infolist()))
    top, files = Folder(name), FileCount(name)
    for info in archive.infolist():
        where = _place(top, info.filename, info.is_dir(), stat.S_ISLNK(info.external_attr >> 16))
        if where is not None:
            files.add()
            folder, file = where
            folder.files[file] = partial(_read_member, archive, info)
            if inside and ending(file) == ZIP:
                folder.archives[file] = partial(_read_inner, f"{folder.path}/{file}", archive, info)
    return top


def _place(top: Folder, name: str, is_folder: bool, is_link: bool) -> tuple[Folder, str] | None:
    """Find the folder of a file and its name there; None if it does not count."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]  # Windows writes \ there
    if is_folder or not parts or name.endswith("\\") or any(map(is_ignored, set(parts) - {".."})):
        return None
    if is_link or ".." in parts:
        top.left_out[f"{top.path}/{name}"] = LINK if is_link else OUTSIDE
        return None
    folder = top
    for part in parts[:-1]:
        folder = folder.within(part)
    return folder, parts[-1]


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read a file in a zip file, up to the limit."""
    with archive.open(info) as stream:
        return stream.read(MAX_BYTES)


def _read_inner(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Folder:
    """Open a zip file in a zip file: its names are at its end, so that it has to be somewhere as a whole."""
    require_room(Path(tempfile.gettempdir()), info.file_size)
    copy = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115  # closed with the archive
    try:
        with _explaining(name), archive.open(info) as stream:
            shutil.copyfileobj(stream, copy)
        return _read_zip(name, copy, inside=False)
    except BaseException:
        copy.close()
        raise


def _require_short_directory(name: str, stream: IO[bytes], size: int) -> None:
    """Refuse a zip file whose list of names would fill the memory."""
    start = max(0, size - 2**16 - 100)
    stream.seek(start)
    tail = stream.read()
    end, large = tail.rfind(b"PK\5\6"), tail.rfind(b"PK\6\6")
    num_bytes = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if num_bytes == 2**32 - 1:  # the number is in the record of large files before it
        num_bytes = int.from_bytes(tail[large + 40 : large + 48], "little")
    if num_bytes > MAX_DIRECTORY_BYTES:
        raise DatasetError(f"'{name}' has too many files: its list of names alone has {num_bytes >> 20} MB. Unpack it.")
    stream.seek(0)


def _require_ordinary(name: str, size: int, content: int) -> None:
    """Refuse an archive that unfolds to more than any photographs do."""
    if content > max(ORDINARY_BYTES, MAX_GROWTH * size):
        raise DatasetError(
            f"'{name}' unfolds from {decimals(size / 1e6, 1)} MB to {decimals(content / 1e9, 0)} GB, which photographs "
            "never do. If you trust it, unpack it and pass the folder."
        )


def read_tar(path: Path) -> Folder:
    """Read the names of all files in a tar file, which may be compressed.

    Args:
        path: The tar file.

    Returns:
        A folder of its content. `stream_tar` reads all files much faster than one by one.

    Raises:
        DatasetError: As for `read_zip`.
        OSError: If it cannot be read.
    """
    top, files, size, content = Folder(str(path)), FileCount(str(path)), path.stat().st_size, 0
    for _, member in _members(path):
        content += member.size
        _require_ordinary(str(path), size, content)
        where = _place(top, member.name, member.isdir(), member.issym() or member.islnk())
        if where is not None and member.isreg():
            files.add()
            where[0].files[where[1]] = partial(_find_in_tar, path, f"{where[0].path}/{where[1]}")
    return top


def _find_in_tar(path: Path, name: str) -> bytes:
    """Read one file in a tar file, which takes as long as reading all before it."""
    return next((content for each, content in stream_tar(path) if each == name), b"")


def stream_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read all files in a tar file, in their order.

    Args:
        path: The tar file.

    Yields:
        The path of each file, as in the folder that `read_tar` returns, and the start of its content.

    Raises:
        DatasetError: If it is damaged.
        OSError: If it cannot be read.
    """
    top = Folder(str(path))
    for archive, member in _members(path):
        where = _place(top, member.name, member.isdir(), member.issym() or member.islnk())
        if where is not None and member.isreg():
            stream = archive.extractfile(member)
            yield f"{where[0].path}/{where[1]}", stream.read(MAX_BYTES) if stream else b""


def _members(path: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Yield what is in a tar file, one after the other; only one is in memory."""
    with path.open("rb") as start:
        open_it = COMPRESSED.get(start.read(2), open)
    with (
        _explaining(str(path)),
        open_it(path, "rb") as stream,
        tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream)), mode="r:") as archive,
    ):
        while member := archive.next():
            yield archive, member
            archive.members = []  # type: ignore[attr-defined]  # which would keep all of them


class _Bounded:
    """A file of which only pieces of a bounded size can be read."""

    def __init__(self, stream: Any) -> None:
        """Wrap an opened file."""
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, num_bytes: int) -> bytes:
        """Read so many bytes."""
        if not 0 <= num_bytes <= MAX_READ_BYTES:
            raise tarfile.ReadError(f"a name or a note of {num_bytes} bytes")
        return bytes(self._stream.read(num_bytes))


@contextmanager
def _explaining(name: str) -> Iterator[None]:
    """Turn errors of damaged archives into errors that name the archive."""
    try:
        yield
    except DAMAGED as error:
        raise DatasetError(f"Cannot read '{name}': {error or 'it is cut short'}. Download or copy it again.") from error
