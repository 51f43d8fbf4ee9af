"""Files whose decoding would take minutes or gigabytes are refused before it begins; ordinary ones are not."""

import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.cost import require_affordable
from cnnviz.picture.image import load_image
from pictures import draw, encode

SECONDS = 1


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"".join([b"\x89PNG\r\n\x1a\n", header, *chunks, chunk(b"IEND", b"")])


def jpeg_of_scans(number: int) -> bytes:
    """Repeat the last scan of a large progressive JPEG."""
    content = encode(Image.new("L", (4000, 3000), 128), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * number + b"\xff\xd9"


def jpeg_of_segments(segment: bytes, number: int) -> bytes:
    content = encode(draw(), "JPEG")
    return content[:2] + segment * number + content[2:]


def gif_of(extension: bytes) -> bytes:
    content = encode(Image.new("L", (4, 4)), "GIF")
    return content[:13] + b"\0" * (3 << (content[10] & 7) + 1) + extension + content[13:]


def bmp_of_runs(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078, 0, 0, 1078) + header + bytes(1024) + data


profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(10**6)))
COSTLY: dict[str, tuple[Callable[[], bytes], str]] = {
    "scans": (lambda: jpeg_of_scans(60), r"a JPEG of 12 megapixels has at most 33 scans\. Received: 34 or more\."),
    "segments": (lambda: jpeg_of_segments(b"\xff\xe1\0\2", 10**6), r"at most 5000 segments"),
    "filler": (lambda: jpeg_of_segments(b"\xff", 10**6), r"at most 5000 segments"),
    "profiles": (lambda: png(4, 4, profile * 1000), r"at most 500 chunks besides its pixels"),
    "pixel chunks": (lambda: png(4, 4, chunk(b"IDAT", b"") * 10**5), r"at most 20000 chunks"),
    "comments": (lambda: gif_of(b"!\xfe" + b"\1a" * 10**5 + b"\0"), r"at most 1 MB of comments"),
    "comment bytes": (lambda: gif_of(b"!\xfe" + (b"\xff" + b"a" * 255) * 9000 + b"\0"), r"at most 1 MB of comments"),
    "gaps": (lambda: gif_of(b"\1" * 10**6), r"at most 1 MB of comments"),
    "runs": (lambda: bmp_of_runs(1000, 1000, b"\0\0" * 10**6), r"Received: 1\.0 megapixels and 1954 KiB"),
    "run pixels": (lambda: bmp_of_runs(7000, 7000, b"\0\1"), r"Received: 49\.0 megapixels and 1 KiB"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_costly_file_is_refused_at_once(case: str) -> None:
    make, message = COSTLY[case]
    content = make()
    start = time.process_time()
    with pytest.raises(ImageError, match=f"cost too much: .*{message}.* Save it as an ordinary PNG or JPEG") as caught:
        load_image(content)
    assert time.process_time() - start < SECONDS
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("size", [(1, 10**6), (10**6, 1)])
def test_picture_that_is_too_long_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match=r"too long: at most 65535 pixels a side\. Received: "):
        load_image(png(*size, chunk(b"IDAT", zlib.compress(bytes(100)))))


def test_webp_of_more_than_20_megapixels_is_refused() -> None:
    with pytest.raises(ImageError, match=r"at most 20 megapixels\. Received: 5001 x 4000"):
        load_image(encode(Image.new("L", (5001, 4000)), "WEBP", method=0))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_ordinary_file_is_affordable_and_so_is_each_part_of_it(file_format: str) -> None:
    content = encode(draw(), file_format)
    for length in (len(content), len(content) // 2, 40, 20, 9, 3, 0):
        require_affordable(content[:length])


def test_scans_are_not_counted_in_thumbnails_nor_behind_the_end() -> None:
    content = jpeg_of_segments(b"\xff\xe1" + struct.pack(">H", 60_002) + b"\xff\xda" * 30_000, 1)
    require_affordable(content + b"\xff\xda" * 30_000)
    assert load_image(content + b"\xff\xda" * 30_000).size == draw().size


def test_progressive_jpeg_of_24_megapixels_is_affordable() -> None:
    require_affordable(encode(Image.new("RGB", (6000, 4000)), "JPEG", progressive=True))


def test_small_bmp_of_runs_is_read() -> None:
    assert load_image(bmp_of_runs(2, 1, b"\2\0\0\1")).size == (2, 1)
