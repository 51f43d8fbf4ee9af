"""Lines fit where they stand, and a name that is cut keeps its ends."""

from __future__ import annotations

import pytest

from cnnviz.drawing.lettering import load_font, shorten, wrap

NAME = "block_13_expand_relu"


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
