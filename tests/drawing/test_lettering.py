"""Lines fit where they stand, and a name that is cut keeps its ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnviz.drawing import lettering
from cnnviz.drawing.lettering import find_font, load_font, shorten, wrap
from fonts import CAT, DOG

NAME = "block_13_expand_relu"


def test_our_font_writes_what_it_can(chinese: None) -> None:
    for text in ("cat", "\u043a\u043e\u0448\u043a\u0430", "Stra\u00dfenhund \u00e9", "", " \n", "cat \u2026"):
        assert find_font(text) is None, text
        assert load_font(20, text=text) is load_font(20)


def test_a_font_of_the_machine_writes_what_ours_cannot(chinese: None) -> None:
    found = find_font(CAT)
    assert found is not None
    assert found.name == "Some Sans"
    picture = Image.new("L", (40, 40))
    ImageDraw.Draw(picture).text((0, 38), CAT, 255, load_font(40, text=CAT), anchor="ls")
    rows = np.flatnonzero(np.asarray(picture).any(axis=1))
    assert len(rows) == pytest.approx(28, abs=1)  # 700 thousandths of 40
    assert find_font(DOG) is None  # no font has it, and boxes for everything are no letters
    assert load_font(20, text=DOG) is load_font(20)


def test_a_font_that_is_gone_is_no_font(chinese: None, tmp_path: Path) -> None:
    (tmp_path / "Some Sans.ttf").unlink()
    lettering._letters_of.cache_clear()
    found = find_font(CAT)
    assert found is not None
    assert found.name == "A Song"


def test_line_that_fits_is_left_as_it_is() -> None:
    assert shorten(NAME, load_font(13), 300) == NAME


@pytest.mark.parametrize("width", [40, 60, 90, 120])
def test_line_that_is_too_long_is_cut_in_its_middle_and_fits(width: int) -> None:
    font = load_font(13)
    text = shorten(NAME, font, width)
    start, end = text.split("…")
    assert NAME.startswith(start)
    assert NAME.endswith(end)
    assert font.getlength(text) <= width


def test_bold_letters_are_wider() -> None:
    assert load_font(20, bold=True).getlength("cat") > load_font(20).getlength("cat")


@pytest.mark.parametrize("text", ["German shepherd dog", "Donaudampfschifffahrtsgesellschaft " * 5, "a", ""])
def test_lines_fit_and_are_never_more_than_asked_for(text: str) -> None:
    font = load_font(20)
    lines = wrap(text, font, 120, 3)
    assert 1 <= len(lines) <= 3
    assert all(font.getlength(line) <= 120 for line in lines)


def test_text_that_fits_is_broken_between_words_only() -> None:
    assert " ".join(wrap("a German shepherd dog on a lawn", load_font(20), 150, 4)) == "a German shepherd dog on a lawn"
