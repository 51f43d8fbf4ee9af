"""The folder of uploads and pictures, and what becomes of old files in it."""

import os
import threading
import time
from pathlib import Path

MAX_AGE_SECONDS = 3600
SWEEP_SECONDS = 300
KEPT = "kept"
"""A folder in which nothing is deleted by age."""


def remove_old_files(folder: Path, max_age: float, kept: frozenset[Path]) -> None:
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
                if path in kept or path.is_relative_to(folder / KEPT) or path.lstat().st_mtime > oldest:
                    continue
                if path.is_dir():
                    path.rmdir()
                else:
                    path.unlink()
            except OSError:  # gone already, or a folder in use
                continue


def keep_clean(folder: Path) -> None:
    """Delete old files every few minutes from now on; what lies there now stays.

    Args:
        folder: Where uploads and pictures are written.
    """
    kept = frozenset(folder.rglob("*"))

    def sweep() -> None:
        while True:
            time.sleep(SWEEP_SECONDS)
            remove_old_files(folder, MAX_AGE_SECONDS, kept)

    threading.Thread(target=sweep, name="cnnviz-sweep", daemon=True).start()
