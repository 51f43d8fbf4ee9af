"""Fonts of a machine, made for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from cnnviz.drawing import lettering

CAT, DOG = "\u732b", "\u72ac"
"""In Chinese and Japanese."""


def write_font(path: Path, family: str, letters: str, height: int) -> None:
    """Make a font in which each letter is a black rectangle of a height, in thousandths of the size."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, height), (500, height), (500, 0)]):
        pen.lineTo(point) if number else pen.moveTo(point)
    pen.closePath()
    glyph = pen.glyph()
    names = [".notdef", *(f"letter{number}" for number in range(len(letters)))]
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)


@contextmanager
def chinese_fonts(folder: Path) -> Iterator[None]:
    """Let this machine have two fonts for cats, one without serifs, and none for dogs."""
    lettering._find.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist])
        for family, height in (("A Song", 300), ("Some Sans", 700)):
            file = folder / f"{family}.ttf"
            write_font(file, family, f" {CAT}9%.", height)
            font_manager.fontManager.addfont(file)
        yield
    lettering._find.cache_clear()
