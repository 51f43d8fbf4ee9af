"""Cost of decoding a picture, found out from the structure of its file before anything is decoded.

Some files of a few bytes take their decoder minutes or gigabytes. What makes them so can be counted: the parts that
Pillow walks in Python, the scans of a JPEG file, the runs of a compressed BMP, the strips and tiles of a TIFF file.
The limits are far beyond what cameras and programs write. They follow from times per part that were measured on one
shared core, such that each kind of part takes less than about two seconds.
"""

import re
import struct

from cnnviz.base.figures import decimals
from cnnviz.picture.refusal import too_costly
from cnnviz.picture.tiff_cost import require_affordable_tiff

MAX_JPEG_SEGMENTS = 5000
MAX_JPEG_SCAN_MEGAPIXELS = 400
"""Number of scans times megapixels: 5.4 ms each. Twelve scans of 33 megapixels are within it."""

MAX_PNG_CHUNKS = 20_000
MAX_PNG_NOTES = 500
"""Number of PNG chunks other than pixels: each may unfold to a megabyte of text or of colour profile."""

MAX_GIF_BLOCKS = 10_000
MAX_GIF_BYTES = 2**20
"""Limits for what stands before the first frame of a GIF file: comments are joined piece by piece."""

MAX_BMP_RUN_BYTES = 2**19
MAX_BMP_RUN_MEGAPIXELS = 4
"""Limits for BMP files of runs, which Pillow decodes in Python: 2.8 µs for each byte, 0.1 µs for each pixel."""

FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""A marker that ends the pixels of a scan: neither a stuffed byte nor a restart."""


def require_affordable(content: bytes) -> None:
    """Refuse a file whose decoding would cost far more than its kind and size let one expect.

    Whatever is damaged passes: the decoder says so better.

    Args:
        content: The bytes of a file.

    Raises:
        ImageError: If it has too many scans, parts, runs, strips or tiles, or tiles that are too large.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            _require_affordable_jpeg(content)
        elif content.startswith(b"\x89PNG\r\n\x1a\n"):
            _require_affordable_png(content)
        elif content.startswith((b"GIF87a", b"GIF89a")):
            _require_affordable_gif(content)
        elif content.startswith(b"BM"):
            _require_affordable_bmp(content)
        elif content.startswith((b"II", b"MM")):
            require_affordable_tiff(content)
    except (struct.error, IndexError):  # it ends too early
        return


def _require_affordable_jpeg(content: bytes) -> None:
    """Count the segments and the scans of a JPEG file up to its end; what phones append is not looked at."""
    place, segments, scans, megapixels = 2, 0, 0, 0.0
    while segments <= MAX_JPEG_SEGMENTS:
        if content[place] != 0xFF or content[place + 1] in (0x00, 0xFF):  # filler, which Pillow skips byte by byte
            place += 1
            segments += 1
            continue
        marker = content[place + 1]
        segments += 1
        if marker == END_OF_IMAGE:
            return
        if marker in WITHOUT_LENGTH:
            place += 2
            continue
        if marker in FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", content, place + 5)
            megapixels = width * height / 1e6
        place += 2 + max(2, struct.unpack_from(">H", content, place + 2)[0])
        if marker == START_OF_SCAN:
            scans += 1
            if scans > 1 and scans * megapixels > MAX_JPEG_SCAN_MEGAPIXELS:
                most = int(MAX_JPEG_SCAN_MEGAPIXELS / megapixels)
                size = decimals(megapixels, 0)
                raise too_costly(f"a JPEG of {size} megapixels has at most {most} scans. Received: {most + 1} or more.")
            found = MARKER.search(content, place)
            if found is None:
                return
            place = found.start()
    raise too_costly(f"a JPEG has at most {MAX_JPEG_SEGMENTS} segments. Received: more.")


def _require_affordable_png(content: bytes) -> None:
    """Count the chunks of a PNG file."""
    place, notes = 8, 0
    for _ in range(MAX_PNG_CHUNKS):
        length, kind = struct.unpack_from(">I4s", content, place)
        notes += kind not in (b"IDAT", b"fdAT", b"fcTL")
        if notes > MAX_PNG_NOTES:
            raise too_costly(f"a PNG has at most {MAX_PNG_NOTES} chunks besides its pixels. Received: more.")
        if kind == b"IEND":
            return
        place += 12 + length
    raise too_costly(f"a PNG has at most {MAX_PNG_CHUNKS} chunks. Received: more.")


def _require_affordable_gif(content: bytes) -> None:
    """Count what stands before the first frame of a GIF file."""
    flags = content[10]
    place = start = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    blocks = 0
    while content[place] not in b",;":
        if content[place] == ord("!"):
            place += 2
            while content[place] and blocks <= MAX_GIF_BLOCKS:
                place += 1 + content[place]
                blocks += 1
        place += 1
        blocks += 1
        if blocks > MAX_GIF_BLOCKS or place - start > MAX_GIF_BYTES:
            raise too_costly("a GIF has at most 1 MB of comments before its first picture. Received: more.")


def _require_affordable_bmp(content: bytes) -> None:
    """Limit the pixels and the bytes of a BMP file of runs."""
    (header_size,) = struct.unpack_from("<I", content, 14)
    if header_size < 40:
        return
    width, height = struct.unpack_from("<ii", content, 18)
    (compression,) = struct.unpack_from("<I", content, 30)
    megapixels = abs(width * height) / 1e6
    if compression in (1, 2) and (len(content) > MAX_BMP_RUN_BYTES or megapixels > MAX_BMP_RUN_MEGAPIXELS):
        raise too_costly(
            f"a BMP of runs has at most {MAX_BMP_RUN_MEGAPIXELS} megapixels and {MAX_BMP_RUN_BYTES >> 10} KiB. "
            f"Received: {decimals(megapixels, 1)} megapixels and {len(content) >> 10} KiB."
        )
