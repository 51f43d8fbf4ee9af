"""Photos are decoded in processes that are stopped when one takes too much; the next photo is decoded all the same."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.image import load_image
from cnnviz.serving import decoder as decoder_module
from cnnviz.serving.decoder import Decoder, shared_decoder
from memory import resident_bytes
from pictures import draw, encode, stored
from server import ROOT

TOO_MUCH = r"^Decoding the picture takes more than .* Save it smaller, as an ordinary JPEG or PNG, and retry\.$"

PLAIN_SCRIPT = """
import sys
print("started", flush=True)
sys.path.insert(0, sys.argv[1])
from cnnviz.serving.decoder import Decoder
decoder = Decoder()
print(decoder(open(sys.argv[2], "rb").read()).size)
"""


def deep_png(width: int, height: int) -> bytes:
    """Write a PNG of few bytes, 8 bytes for each pixel to be unpacked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels, row = zlib.compressobj(1), bytes(1 + 8 * width)
    data = b"".join([*(pixels.compress(row) for _ in range(height)), pixels.flush()])
    header = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def costly() -> bytes:
    return deep_png(6000, 4000)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Decoder]:
    """A decoder that stops photos that an ordinary one decodes."""
    decoder = Decoder(max_seconds=0.1)
    yield decoder
    decoder.close()


def test_picture_is_the_librarys() -> None:
    for content in (encode(draw(), "JPEG"), stored(draw(2400, 1800), 6), encode(Image.new("RGBA", (3, 2)), "PNG")):
        picture, expected = shared_decoder()(content), load_image(content)
        assert (picture.size, picture.mode, picture.tobytes()) == (expected.size, "RGB", expected.tobytes())


@pytest.mark.parametrize("content", [b"", b"no picture", encode(draw(), "JPEG")[:2000]])
def test_what_the_library_refuses_is_refused_with_the_same_sentence(content: bytes) -> None:
    with pytest.raises(ImageError) as expected:
        load_image(content)
    with pytest.raises(ImageError) as caught:
        shared_decoder()(content)
    assert str(caught.value) == str(expected.value)


def test_photo_that_takes_too_long_is_refused_and_the_next_one_is_decoded(hasty: Decoder, costly: bytes) -> None:
    for _ in range(3):
        with pytest.raises(ImageError, match=TOO_MUCH):
            hasty(costly)
        assert hasty(encode(draw(), "PNG")).tobytes() == draw().tobytes()


def test_photo_that_takes_too_much_memory_is_refused_and_takes_none_here(costly: bytes) -> None:
    decoder = Decoder(max_bytes=50 * 2**20)
    before = resident_bytes()
    with pytest.raises(ImageError, match=r"takes more memory than it may\. Save it smaller\."):
        decoder(costly)
    assert resident_bytes() - before < 50 * 2**20
    assert decoder(encode(draw(), "PNG")).size == draw().size
    decoder.close()


def test_other_photos_are_decoded_while_costly_ones_wait(hasty: Decoder, costly: bytes) -> None:
    refusals: list[str] = []

    def ask() -> None:
        try:
            hasty(costly)
        except ImageError as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert hasty(encode(draw(), "PNG")).size == draw().size
    for thread in threads:
        thread.join()
    assert len(refusals) == 4


def test_decoder_that_was_closed_starts_again(hasty: Decoder) -> None:
    hasty.close()
    assert hasty(encode(draw(), "PNG")).size == draw().size


def test_program_without_a_guard_is_not_started_again(tmp_path: Path) -> None:
    script, photo = tmp_path / "script.py", tmp_path / "photo.png"
    script.write_text(PLAIN_SCRIPT)
    draw(30, 20).save(photo)
    command = [sys.executable, script, ROOT, photo]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("started\n(30, 20)\n", "")


def test_process_that_fails_is_a_bug_and_no_fault_of_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_module, "MODULE", "cnnviz.nowhere")
    decoder = Decoder()
    with pytest.raises(RuntimeError, match="The process that decodes photos has failed"):
        decoder(encode(draw(), "PNG"))
    monkeypatch.undo()
    assert decoder(encode(draw(), "PNG")).size == draw().size
    decoder.close()
