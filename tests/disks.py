"""A small disk, which root can mount on Linux, and which can be filled."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MEGABYTES = 32
MEGABYTE = 10**6


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """Mount a small disk on a folder; skip the test where that is not allowed."""
    try:
        order = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder]
        subprocess.run(order, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("Only root can mount a small disk, on Linux.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[Path]:
    """Fill a small disk, and give the file that fills it."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(bytes(MEGABYTE)):
            pass
    try:
        yield path
    finally:
        path.unlink()
