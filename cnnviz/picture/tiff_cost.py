"""Cost of decoding a TIFF file, found out from its first directory before Pillow reads it.

A directory is a list of entries; each may refer to any part of the file, and Pillow reads them all.
Strips and tiles are decoded one by one, and each needs memory for its whole size, whatever the picture's.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from cnnviz.picture.refusal import too_costly

MAX_ENTRIES = 1000
MAX_NUMBERS = 200_000
"""Number of numbers in all entries: each becomes a Python object."""

MAX_PARTS = 20_000
"""Number of strips or tiles: 45 µs each."""

MAX_TILE_SIDE = 8192
MAX_PART_BYTES = 160 * 2**20
"""Size of a decoded strip or tile, which the decoder holds besides the picture."""

MAX_SCANS_PER_PART = 20
UNIT_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes of one value, by its type."""

TEXTS = (1, 2, 6, 7)
"""Types of values that stay bytes."""

INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
WIDTH, HEIGHT, BITS, COMPRESSION, STRIPS, SAMPLES, ROWS = 256, 257, 258, 259, 273, 277, 278
TILE_WIDTH, TILE_HEIGHT, TILES = 322, 323, 324
JPEG = (6, 7)
START_OF_SCAN = b"\xff\xda"


class Entry(NamedTuple):
    """An entry of a directory.

    Args:
        tag: The number that says what it is about.
        kind: The type of its values.
        num_values: How many values it has.
        first: Its first value, 1 where it is no whole number.
        num_bytes: The size of its values.
    """

    tag: int
    kind: int
    num_values: int
    first: int
    num_bytes: int


def require_affordable_tiff(content: bytes) -> None:
    """Refuse a TIFF file whose first picture would cost too much.

    Args:
        content: The bytes of a TIFF or BigTIFF file.

    Raises:
        ImageError: If it has too many entries, numbers, strips, tiles or scans, or too large a strip or tile.
        struct.error: If it ends too early.
    """
    entries: dict[int, Entry] = {}
    num_bytes = num_numbers = 0
    for entry in _read_entries(content):
        entries[entry.tag] = entry
        num_bytes += entry.num_bytes
        num_numbers += 0 if entry.kind in TEXTS else entry.num_values
        if num_bytes > 2 * len(content) or num_numbers > MAX_NUMBERS:
            raise too_costly(f"a TIFF has at most {MAX_NUMBERS} numbers in its directory. Received: more.")
    parts = max((entries[tag].num_values for tag in (STRIPS, TILES) if tag in entries), default=0)
    if parts > MAX_PARTS:
        raise too_costly(f"a TIFF has at most {MAX_PARTS} strips or tiles. Received: {parts}.")
    first = {tag: entry.first for tag, entry in entries.items()}
    _require_small_parts(first)
    if first.get(COMPRESSION) in JPEG and content.count(START_OF_SCAN) > MAX_SCANS_PER_PART * max(parts, 1):
        raise too_costly(f"a TIFF of JPEG parts has at most {MAX_SCANS_PER_PART} scans in each. Received: more.")


def _require_small_parts(first: dict[int, int]) -> None:
    """Limit the memory that one strip or tile takes."""
    width, height = first.get(WIDTH, 1), first.get(HEIGHT, 1)
    rows = min(first.get(ROWS, height), height)
    if TILES in first:
        width, rows = first.get(TILE_WIDTH, 1), first.get(TILE_HEIGHT, 1)
        if max(width, rows) > MAX_TILE_SIDE:
            raise too_costly(f"a tile of a TIFF has at most {MAX_TILE_SIDE} pixels a side. Received: {width} x {rows}.")
    num_bytes = width * rows * max(1, first.get(BITS, 8) * first.get(SAMPLES, 1) // 8)
    if num_bytes > MAX_PART_BYTES:
        raise too_costly(
            f"a strip or tile of a TIFF has at most {MAX_PART_BYTES >> 20} MiB. Received: {num_bytes >> 20} MiB."
        )


def _read_entries(content: bytes) -> Iterator[Entry]:
    """Read the entries of the first directory of a TIFF or BigTIFF file."""
    order = "<" if content.startswith(b"II") else ">"
    big = struct.unpack_from(order + "H", content, 2)[0] == 43
    place = struct.unpack_from(order + ("Q" if big else "I"), content, 8 if big else 4)[0]
    (num_entries,) = struct.unpack_from(order + ("Q" if big else "H"), content, place)
    if num_entries > MAX_ENTRIES:
        raise too_costly(f"a TIFF's directory has at most {MAX_ENTRIES} entries. Received: {num_entries}.")
    place += 8 if big else 2
    inline, size = (8, 20) if big else (4, 12)
    for _ in range(num_entries):
        tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), content, place)
        num_bytes = UNIT_BYTES.get(kind, 0) * count
        at = place + size - inline
        if num_bytes > inline:
            (at,) = struct.unpack_from(order + ("Q" if big else "I"), content, at)
        code = INTEGERS.get(kind)
        first = struct.unpack_from(order + code, content, at)[0] if code and count else 1
        yield Entry(tag, kind, count, first, num_bytes)
        place += size
