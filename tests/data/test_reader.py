"""Reading on all cores: in order, few at a time, with a progress bar that suits a log."""

import hashlib
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.data import reader
from cnnviz.data.archives import read_zip
from cnnviz.data.layout import understand
from cnnviz.data.photos import Photo
from cnnviz.data.reader import Found, decode_photos, read_digests
from cnnviz.data.tree import read_tree
from cnnviz.picture.image import load_image
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
    found, skipped = read_digests([understand(read_tree(tmp_path, read_zip))])
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    assert found == [Found(str(path), "cat", None, digest) for path, digest in zip(paths, digests, strict=True)]
    assert skipped == {}
    decoded = dict(decode_photos([understand(read_tree(tmp_path, read_zip))], TINY))
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


def decoded(*contents: bytes) -> list[np.ndarray | str]:
    photos = [Photo(str(number), "cat", None, partial(bytes, content)) for number, content in enumerate(contents)]
    return [pixels for _, pixels in decode_photos([photos], TINY)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F"])
def test_drawn_and_grey_photographs_of_every_kind_are_as_they_look(mode: str) -> None:
    half = np.zeros((20, 30), np.uint8)
    half[:, 15:] = 255
    picture = Image.fromarray(half)
    if mode == "I;16":
        picture = Image.fromarray(half.astype(np.uint16) * 257)
    elif mode == "P":
        picture = picture.convert("RGB").quantize(4)
    else:
        picture = picture.convert("RGB").convert(mode)
    (pixels,) = decoded(encode(picture, "TIFF" if mode in ("CMYK", "I", "F") else "PNG"))
    assert (pixels.shape, pixels.dtype) == ((4, 5, 3), np.uint8)
    assert (pixels[:, 0].max(), pixels[:, -1].min()) == (0, 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (4000, 3000)])
def test_tiny_long_and_large_photographs_are_read(size: tuple[int, int]) -> None:
    (pixels,) = decoded(encode(Image.new("RGB", size, "red"), "PNG"))
    assert np.array_equal(pixels, np.broadcast_to(np.uint8([255, 0, 0]), (4, 5, 3)))


def test_huge_photographs_are_skipped_with_a_sentence_and_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    pixels, whole = decoded(encode(Image.new("1", (10_000, 10_000)), "PNG"), encode(draw(), "PNG"))
    assert pixels == (
        "The picture has too many pixels: at most 50 megapixels. Received: 10000 x 10000 pixels. Save it smaller."
    )
    assert isinstance(whole, np.ndarray)
    assert not recwarn.list


def test_of_large_photographs_only_two_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoding, most = [], []

    def load(content: bytes) -> Image.Image:
        decoding.append(content)
        most.append(len(decoding))
        time.sleep(0.02)
        decoding.remove(content)
        return load_image(content)

    monkeypatch.setattr(reader, "load_image", load)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(reader, "LARGE_PIXELS", 100)
    large, small = encode(draw(), "PNG"), encode(draw(), "JPEG")
    assert len(decoded(*[large] * 12)) == 12
    assert max(most) == 2
    decoded(*[small] * 12)
    assert max(most) > 2


def test_progress_shows_count_rate_and_time_left_without_flooding_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    read_digests([Thousand()])
    lines = capsys.readouterr().err.replace("\r", "\n").split("\n")
    assert len([line for line in lines if line]) <= 3
    assert "Reading: 100%" in lines[-2]
    assert "1000/1000 [00:0" in lines[-2]
    assert " photos/s]" in lines[-2]
