"""How much memory this process holds."""

from __future__ import annotations

from pathlib import Path

import pytest


def resident_bytes() -> int:
    """Give the memory that the process holds."""
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("only Linux tells a process how much memory it holds")
    return int(status.read_text().split()[1]) * 4096
