"""Reading on all cores: in order, few at a time, with a progress bar that suits a log."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.folders import Photo, find_photos
from cnnviz.data.reader import Found, decode_photos, read_digests
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw, encode, write_class

TINY = Preprocessing(4, 5)


class Thousand:
    """A thousand photographs, which count how many were asked for."""

    def __init__(self) -> None:
        """Start with none."""
        self.content = encode(draw(), "PNG")
        self.given = 0

    def __len__(self) -> int:
        """Give their number."""
        return 1000

    def __iter__(self) -> Iterator[Photo]:
        """Give one after the other."""
        for number in range(1000):
            self.given += 1
            yield Photo(str(number), "cat", None, lambda: self.content)


def test_photographs_come_in_order_with_their_sha256(tmp_path: Path) -> None:
    paths = write_class(tmp_path / "cats", 50, "{:02}.png")
    found, skipped = read_digests([find_photos(tmp_path)])
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    assert found == [Found(str(path), "cat", None, digest) for path, digest in zip(paths, digests, strict=True)]
    assert skipped == {}
    decoded = dict(decode_photos([find_photos(tmp_path)], TINY))
    assert list(decoded) == digests
    assert all((pixels.shape, pixels.dtype) == ((4, 5, 3), np.uint8) for pixels in decoded.values())


def test_only_a_few_photographs_are_in_memory() -> None:
    photos = Thousand()
    for number, _ in enumerate(decode_photos([photos], TINY), start=1):
        assert photos.given - number <= 2 * os.cpu_count()


def test_what_cannot_be_read_or_has_no_label_is_named_with_the_reason() -> None:
    def fail() -> bytes:
        raise OSError("Input/output error")

    photos = [
        Photo("a", "cat", None, fail),
        Photo("b", None, None, lambda: b"not a picture"),
        Photo("c", "cat", None, lambda: b""),
    ]
    found, skipped = read_digests([photos])
    assert skipped == {"a": "Input/output error", "b": "It has no label."}
    assert [photo.name for photo in found] == ["c"]
    reasons = [str(pixels) for _, pixels in decode_photos([photos], TINY)]
    assert reasons[0] == "Input/output error"
    assert "13 bytes of text" in reasons[1]
    assert "The picture is empty" in reasons[2]


def test_progress_shows_count_rate_and_time_left_without_flooding_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    read_digests([Thousand()])
    lines = capsys.readouterr().err.replace("\r", "\n").split("\n")
    assert len([line for line in lines if line]) <= 3
    assert "Reading: 100%" in lines[-2]
    assert "1000/1000 [00:0" in lines[-2]
    assert " photos/s]" in lines[-2]
