"""TIFF files of absurd tiles, strips and directories are refused before anything is read."""

import struct
import time
import zlib
from collections.abc import Callable

import pytest

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import load_image
from cnnviz.picture.tiff_cost import require_affordable_tiff
from pictures import draw, encode

Tags = list[tuple[int, int, list[int]]]
GRAY: Tags = [(256, 4, [100]), (257, 4, [100]), (258, 3, [8]), (259, 3, [8]), (262, 3, [1])]


def tiff(tags: Tags, data: bytes = b"", order: str = "<", big: bool = False) -> bytes:
    """Write a TIFF or BigTIFF file of one directory."""
    count, place, inline = ("Q", "Q", 8) if big else ("H", "I", 4)
    mark = b"II" if order == "<" else b"MM"
    head = mark + (struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8))
    entry_size = 12 + 2 * (inline - 4)
    behind = len(head) + struct.calcsize("=" + count) + entry_size * len(tags) + inline
    directory, extra = struct.pack(order + count, len(tags)), b""
    for tag, kind, values in sorted(tags):
        packed = struct.pack(f"{order}{len(values)}{ {1: 'B', 3: 'H', 4: 'I'}[kind] }", *values)
        directory += struct.pack(order + "HH" + place, tag, kind, len(values))
        if len(packed) > inline:
            directory += struct.pack(order + place, behind + len(extra))
            extra += packed
        else:
            directory += packed.ljust(inline, b"\0")
    return head + directory + bytes(inline) + extra + data


def tiled(side: int) -> bytes:
    data = zlib.compress(bytes(1000))
    return tiff([*GRAY, (322, 4, [side]), (323, 4, [side]), (324, 4, [300]), (325, 4, [len(data)])], data * 20)


def striped(number: int, kind: int = 4) -> bytes:
    return tiff([*GRAY, (278, 4, [1]), (273, kind, [8] * number), (279, kind, [1] * number)])


COSTLY: dict[str, tuple[Callable[[], bytes], str]] = {
    "large tile": (lambda: tiled(16384), r"at most 8192 pixels a side\. Received: 16384 x 16384"),
    "strips": (lambda: striped(20_001), r"at most 20000 strips or tiles\. Received: 20001"),
    "many strips": (lambda: striped(10**6), r"at most 200000 numbers"),
    "large strip": (
        lambda: tiff([(256, 4, [50_000]), (257, 4, [999]), (258, 3, [16]), (277, 3, [4]), (273, 4, [8])]),
        r"at most 160 MiB\. Received: 381 MiB",
    ),
    "entries": (lambda: tiff([(tag, 3, [1]) for tag in range(2000, 3001)]), r"at most 1000 entries\. Received: 1001"),
    "numbers": (lambda: tiff([*GRAY, (40_000, 3, [7] * 200_001)]), r"at most 200000 numbers"),
    "scans": (
        lambda: tiff([*GRAY[:3], (259, 3, [7]), (273, 4, [200]), (279, 4, [99])], b"\xff\xda" * 21),
        r"at most 20 scans",
    ),
}


@pytest.mark.parametrize("case", COSTLY)
def test_costly_tiff_is_refused_at_once(case: str) -> None:
    make, message = COSTLY[case]
    content = make()
    start = time.process_time()
    with pytest.raises(ImageError, match=f"cost too much: .*{message}"):
        load_image(content)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tiff_of_either_byte_order_and_size_is_understood(order: str, big: bool) -> None:
    with pytest.raises(ImageError, match="8192 pixels a side"):
        require_affordable_tiff(tiff([(322, 4, [9000]), (323, 4, [9000]), (324, 4, [8])], b"", order, big))
    require_affordable_tiff(tiff(GRAY, b"", order, big))


def test_entries_that_share_their_data_do_not_count_more_than_the_file_twice() -> None:
    content = bytearray(tiff([(tag, 1, [7] * 1000) for tag in range(1000, 1100)]))
    for number in range(100):
        struct.pack_into("<II", content, 10 + 12 * number + 4, len(content) - 8, 8)
    with pytest.raises(ImageError, match="cost too much"):
        require_affordable_tiff(bytes(content))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "jpeg", "packbits"])
def test_ordinary_tiff_is_read(compression: str | None) -> None:
    assert load_image(encode(draw(), "TIFF", compression=compression)).size == draw().size
