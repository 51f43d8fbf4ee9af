"""The answer's bars are as long as the probabilities, in the colours of the classes, whatever their names are."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw

from cnnviz.drawing.answer_panel import QUIET, draw_answer
from cnnviz.drawing.class_colors import DEEP
from cnnviz.network.head import Head

WIDTH = 400


def draw(answer: dict[str, float], kind: str = "") -> np.ndarray:
    """Draw an answer with a margin of ten pixels, and return the pixels."""
    picture = Image.new("RGB", (WIDTH + 20, 340), "white")
    head = Head(tuple(answer), 1 if len(answer) == 2 and not kind else len(answer), kind)
    draw_answer(ImageDraw.Draw(picture), (10, 10), WIDTH, answer, head)
    return np.asarray(picture)


def longest(pixels: np.ndarray, color: tuple[int, ...]) -> list[int]:
    """Count in each row the pixels of a colour, and return how many there are in each bar of it."""
    counts = (pixels == color).all(axis=2).sum(axis=1)
    starts = [row for row in range(1, len(counts)) if counts[row] > 20 and counts[row - 1] != counts[row]]
    return [int(counts[row]) for row in starts if (counts[row : row + 10] == counts[row]).all()]


def test_two_classes_share_one_bar() -> None:
    pixels = draw({"cat": 0.25, "dog": 0.75})
    assert longest(pixels, ImageColor.getrgb(DEEP[0])) == [100]
    assert longest(pixels, ImageColor.getrgb(DEEP[1])) == [300]


def test_five_of_a_thousand_classes_have_a_bar_each() -> None:
    answer = {f"class {number}": 0.0001 for number in range(1000)} | {f"class {n}": 0.06 * n for n in range(1, 7)}
    bars = longest(draw(answer, "softmax"), ImageColor.getrgb(DEEP[0]))
    assert bars == [144, 120, 96, 72, 48]


def test_class_that_is_no_on_its_own_is_grey() -> None:
    pixels = draw({"cat": 0.75, "dog": 0.25, "indoors": 0.5}, "multi_label")
    assert longest(pixels, ImageColor.getrgb(DEEP[0])) == [300]
    assert longest(pixels, QUIET) == [200, 100]


@pytest.mark.parametrize("name", ["a" * 300, "Donaudampfschifffahrtskapitän " * 9, "<b>&\"'"])
def test_whatever_a_class_is_called_nothing_leaves_its_room(name: str) -> None:
    for answer, kind in (({name: 0.9, f"{name}2": 0.1}, ""), ({name: 0.5, f"{name}2": 0.3, "c": 0.2}, "softmax")):
        pixels = draw(answer, kind)
        assert (pixels[:, :9] == 255).all()
        assert (pixels[:, -9:] == 255).all()
