"""HEIC photographs of phones: read where pillow-heif is installed, and counted with what to install where it is not."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import DatasetError, ImageError
from cnnviz.data.dataset import read_dataset
from cnnviz.data.heic import is_heic, load_heic
from cnnviz.picture.image import load_image
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw_quadrants, encode, write_class
from programs import require_module
from refusals import heic as heic_header

TINY = Preprocessing(4, 5)


def write_heic(picture: Image.Image, **options: object) -> bytes:
    """Encode a picture as a phone does."""
    pillow_heif = require_module("pillow_heif", "pillow-heif")
    stream = io.BytesIO()
    pillow_heif.from_pillow(picture).save(stream, quality=90, **options)
    return stream.getvalue()


def test_heic_is_told_by_its_content_and_avif_is_not() -> None:
    assert is_heic(heic_header())
    assert not is_heic(encode(Image.new("RGB", (8, 8)), "AVIF"))
    assert not is_heic(b"\0\0\0\x20ftypmif1\0\0\0\0mif1avif")
    assert not is_heic(b"")


def test_without_pillow_heif_one_sentence_counts_them_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    for seed, name in enumerate(("cat", "dog")):
        write_class(tmp_path / name, 10, seed=seed)
    for number in range(3):
        (tmp_path / "cat" / f"IMG_{number}.HEIC").write_bytes(heic_header())
    message = r"^3 of 23 files .* 3 such as '.*IMG_0\.HEIC': It is a HEIC .*: `pip install pillow-heif`"
    with pytest.raises(DatasetError, match=message):
        read_dataset(tmp_path, TINY)
    skipped = read_dataset(tmp_path, TINY, allow_corrupt=True).skipped
    assert sorted(Path(name).name for name in skipped) == ["IMG_0.HEIC", "IMG_1.HEIC", "IMG_2.HEIC"]


def test_with_pillow_heif_they_are_photographs_like_others(tmp_path: Path) -> None:
    for seed, name in enumerate(("cat", "dog")):
        write_class(tmp_path / name, 10, seed=seed)
    (tmp_path / "cat" / "IMG_0.heic").write_bytes(write_heic(draw_quadrants()))
    dataset = read_dataset(tmp_path, TINY)
    assert dataset.skipped == {}
    assert sum(map(len, dataset.splits.values())) == 21


def test_a_heic_photograph_is_upright_and_close_to_what_was_saved() -> None:
    picture = draw_quadrants(96, 64)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = write_heic(picture.transpose(Image.Transpose.ROTATE_90), exif=exif.tobytes())
    for content in (write_heic(picture), turned):
        read = load_heic(content)
        assert (read.size, read.mode) == (picture.size, "RGB")
        assert np.abs(np.asarray(read, np.int16) - np.asarray(picture, np.int16)).mean() < 4


def test_damaged_and_huge_heic_photographs_are_a_sentence() -> None:
    content = write_heic(draw_quadrants(128, 128))  # of this size, nothing is cut off after decoding
    for cut in (200, len(content) // 2):
        with pytest.raises(ImageError, match=r"^Cannot read the picture: the HEIC file is damaged\. Received: "):
            load_heic(content[:cut])
    at = content.index(b"ispe") + 8  # after which stand the width and the height
    huge = content[:at] + (10**4).to_bytes(4, "big") * 2 + content[at + 8 :]
    with pytest.raises(ImageError, match=r"too many pixels: at most 50 megapixels\. Received: 10000 x 10000 pixels"):
        load_heic(huge)


def test_the_page_never_reads_heic() -> None:
    with pytest.raises(ImageError, match=r"^HEIC pictures cannot be read here"):
        load_image(write_heic(draw_quadrants()))
