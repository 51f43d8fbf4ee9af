"""The script that records README's animated picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from browsing import Visit
from scripts.record_page import ANIMATED_SIZE, MAX_BYTES, record


@pytest.mark.slow
def test_the_way_of_a_visitor_is_recorded_from_the_page(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "page.webp"
    record(visit(reduced_motion="reduce"), path)
    with Image.open(path) as recorded:
        assert recorded.size == ANIMATED_SIZE
        pictures = [recorded.seek(number) or recorded.convert("RGB").tobytes() for number in range(recorded.n_frames)]
    assert len(set(pictures)) >= 15  # each shows something else
    assert path.stat().st_size <= MAX_BYTES
