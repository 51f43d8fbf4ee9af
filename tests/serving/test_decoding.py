"""The process that decodes photos: it answers one after the other, and ends with its input."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnnviz.serving.decoding import ANSWER, QUESTION
from pictures import draw, encode
from server import ROOT

LIMITS = "5", str(2**28)


def asked(*questions: bytes) -> bytes:
    """What the process says to this; it ends well and complains of nothing."""
    command = [sys.executable, "-m", "cnnviz.serving.decoding", *LIMITS]
    done = subprocess.run(command, input=b"".join(questions), cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def question(content: bytes) -> bytes:
    return QUESTION.pack(len(content)) + content


def test_each_photo_is_answered_by_its_pixels_or_by_a_sentence() -> None:
    picture = draw(30, 20)
    said = asked(question(encode(picture, "PNG")), question(b"no picture"), question(encode(picture, "PNG")))
    pixels = ANSWER.pack(30, 20, 30 * 20 * 3) + picture.tobytes()
    assert said.startswith(pixels) and said.endswith(pixels)
    between = said[len(pixels) : -len(pixels)]
    width, height, length = ANSWER.unpack(between[: ANSWER.size])
    sentence = between[ANSWER.size :].decode()
    assert (width, height, length) == (0, 0, len(sentence))
    assert "expected JPEG, PNG" in sentence


@pytest.mark.parametrize("rest", [b"", b"abc", QUESTION.pack(10)[:7]])
def test_input_that_ends_is_the_end(rest: bytes) -> None:
    assert asked(rest) == b""
