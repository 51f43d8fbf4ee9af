"""Files that are either whole or not there."""

import os
from pathlib import Path

PARTIAL = ".{}.partial"
"""What a file is called while it is written."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that whatever happens, `path` holds the old content or the new, whole.

    Args:
        path: The file; its folder exists.
        content: All of it.

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
    """Wait until a file's content, or the names in a folder, are on the disk and outlast a power cut.

    Args:
        path: The file or folder; folders cannot be opened everywhere, and are left then.

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
