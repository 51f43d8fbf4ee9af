"""Pictures that are refused, the sentences that say so, and what such a sentence is like."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from PIL import Image

from pictures import draw, encode
from server import APP

META = {"meta": {"_type": "gradio.FileData"}}
SENTENCE_LENGTH = 300


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def blank(width: int, height: int) -> bytes:
    """Give a picture of few bytes and many pixels."""
    return encode(Image.new("1", (width, height)), "PNG", compress_level=9)


def too_large_data_url() -> str:
    return "data:image/jpeg;base64," + base64.b64encode(encode(draw(), "JPEG") + bytes(20 * 10**6)).decode()


NOT_UPLOADED = r"Only pictures uploaded within the last hour are read\. Upload the file, then use that upload\."
NOT_FETCHED = r"Pictures are not fetched from web addresses\. Download it and upload the file\."
TOO_LARGE = r"The picture is too large: at most 20 MB\..* Save it smaller\."
CUT_SHORT = r"Cannot read the picture: the file is damaged or cut short\. Save it again and retry\. Received: .+\."

BAD_CONTENT: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", r"The picture is empty: expected JPEG, .* Received: a file of 0 bytes\."),
    "text renamed .jpg": (lambda: b"no picture", r"Cannot read the picture: expected JPEG, .* 10 bytes of text\. .*"),
    "SVG": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        r"SVG drawings cannot be read here\. Save it as PNG and try again\.",
    ),
    "HEIC": (heic, r"HEIC pictures cannot be read here\. Save it as JPEG and try again\."),
    "truncated JPEG": (lambda: encode(draw(), "JPEG")[:2000], CUT_SHORT),
    "13000x13000": (lambda: blank(13000, 13000), r"The picture has too many .* Received: 13000 x 13000 pixels\. .*"),
    "over 50 megapixels": (lambda: blank(7143, 7001), r".*: at most 50 megapixels\. Received: 7143 x 7001 pixels\. .*"),
    "over 20 MB": (lambda: encode(draw(), "JPEG") + bytes(20 * 10**6), TOO_LARGE),
}
BAD_IMAGE: dict[str, tuple[Callable[[], Any], str]] = {
    "no picture": (lambda: None, r"No picture was sent\. .*"),
    "over 20 MB as a data: URL": (lambda: {"url": too_large_data_url()}, TOO_LARGE),
    "SVG as a data: URL": (lambda: {"url": "data:image/svg+xml;base64,PHN2Zy8+"}, r"SVG drawings .*"),
    "damaged data: URL": (lambda: {"url": "data:image/png;base64,é"}, r"The picture's data: URL is damaged: .*"),
    "path outside": (lambda: {"path": "/etc/passwd"}, NOT_UPLOADED),
    "path outside with meta": (lambda: {"path": "/etc/passwd", **META}, NOT_UPLOADED),
    "the app's own file": (lambda: {"path": str(APP), **META}, NOT_UPLOADED),
    "private address as path": (lambda: {"path": "http://127.0.0.1:1/photo.jpg", **META}, NOT_FETCHED),
    "private address as path without meta": (lambda: {"path": "http://169.254.169.254/latest"}, NOT_FETCHED),
    "private address as url": (lambda: {"url": "http://127.0.0.1:1/photo.jpg", **META}, NOT_FETCHED),
    "private address as both": (lambda: dict.fromkeys(("path", "url"), "http://10.0.0.1/a.png"), NOT_FETCHED),
    "a number": (lambda: 5, r"Upload the file first, .*"),
}


def assert_one_sentence(sentence: str, message: str, endpoint: str, line: str) -> None:
    """Check that a refusal is the sentence that is expected, short and in one line, and that the log has it."""
    assert re.fullmatch(message, sentence)
    assert sentence.isprintable()
    assert len(sentence) < SENTENCE_LENGTH
    assert re.fullmatch(rf"/{endpoint}: refused after \d+ ms: {re.escape(sentence)}", line)
