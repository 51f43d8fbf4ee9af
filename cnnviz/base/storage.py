"""Safe writing of files, complete or not at all; and the folder of everything that can be made again."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnviz.base.errors import StorageError

PARTIAL = ".{}.partial"
"""Name of a file while it is written."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when a disk, or somebody's share of it, is full."""

NO_ROOM = "The disk of the server is full. Try again later."


def cache_root() -> Path:
    """Return the folder of all caches: $CNNVIZ_CACHE, or cnnviz/ in the system's folder for caches."""
    if own := os.environ.get("CNNVIZ_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnnviz"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file. Whatever happens, `path` holds either all of the old content or all of the new content.

    Args:
        path: The file; its folder must exist.
        content: The whole new content.

    Raises:
        OSError: If it cannot be written; nothing is left behind.
    """
    staged = path.with_name(PARTIAL.format(path.name))
    try:
        with staged.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    flush(path.parent)


def flush(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk and safe from a power cut.

    Args:
        path: The file or folder. Where the system cannot open folders, nothing is done for them.

    Raises:
        OSError: If the disk fails.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder on Windows
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_room(folder: Path, num_bytes: int) -> None:
    """Refuse what will not fit onto the disk.

    Args:
        folder: Where it would be written.
        num_bytes: How much.

    Raises:
        StorageError: If less is free.
    """
    if shutil.disk_usage(folder).free < num_bytes:
        raise StorageError(NO_ROOM)


@contextmanager
def telling_full_disk() -> Iterator[None]:
    """Turn the system's error that the disk is full into one of ours; every other passes.

    Raises:
        StorageError: If the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageError(NO_ROOM) from error
