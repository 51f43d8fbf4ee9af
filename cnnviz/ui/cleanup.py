"""The folder of uploads and pictures, and what becomes of old files in it."""

import os
import threading
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

MAX_AGE_SECONDS = 3600
SWEEP_SECONDS = 60
KEPT = "kept"
"""The name of folders in which nothing is deleted by age."""

_SWEPT: dict[Path, set[Path]] = {}
"""The folders that are kept clean, and what stays in each: several pages of one program share a folder."""


def remove_old_files(folder: Path, max_age: float, kept: Container[Path]) -> None:
    """Delete what was written longer than some time ago, and folders that are left empty.

    Gradio's own `delete_cache` stops for good when a request comes in while it looks for old files.

    Args:
        folder: Where to look, at all depths.
        max_age: Seconds that a file may stay.
        kept: Files and folders that stay for ever.
    """
    oldest = time.time() - max_age
    for parent, folders, files in os.walk(folder, topdown=False):  # which passes over folders that vanish meanwhile
        for path in (Path(parent, name) for name in (*files, *folders)):
            try:
                if path in kept or _is_kept(path, folder) or path.lstat().st_mtime > oldest:
                    continue
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
            except OSError:  # gone already, or a folder in use
                continue


def remove_oldest_files(folder: Path, max_bytes: int, kept: Container[Path]) -> None:
    """Delete the oldest files until the others are few enough: pictures of programs' calls could fill the disk.

    Args:
        folder: Where to look, at all depths.
        max_bytes: What all files may take together, but for those that stay.
        kept: Files that stay for ever.
    """
    found = []
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if path not in kept and not _is_kept(path, folder):
                with suppress(OSError):  # gone already
                    about = path.lstat()
                    found.append((about.st_mtime, about.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= max_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size


def _is_kept(path: Path, folder: Path) -> bool:
    """Tell whether a path lies in a folder that is kept, at whatever depth."""
    return KEPT in path.relative_to(folder).parts[:-1]


def keep_clean(folder: Path, max_bytes: int, own: Path | None = None) -> None:
    """Delete old files every minute from now on, and the oldest of too many.

    Args:
        folder: Where uploads and pictures are written.
        max_bytes: What they may take together, until the next look.
        own: A folder in it, of one page, in which what lies there now stays; None for all of it.
    """
    is_swept, kept = folder in _SWEPT, _SWEPT.setdefault(folder, set())
    own = own or folder
    kept.update([own, *own.rglob("*")])
    if is_swept:
        return

    def sweep() -> None:
        while True:
            time.sleep(SWEEP_SECONDS)
            remove_old_files(folder, MAX_AGE_SECONDS, kept)
            remove_oldest_files(folder, max_bytes, kept)

    threading.Thread(target=sweep, name="cnnviz-sweep", daemon=True).start()
