"""Text on pictures: fonts that have its letters, and lines that fit where they stand."""

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

ELLIPSIS = "…"
FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
"""Font files that come with matplotlib: Latin, Greek, Cyrillic and more, but not Chinese, Japanese or Korean."""

BOXES = "Last Resort"
"""The font that comes with matplotlib and has a box for every letter."""

WEIGHTS = {False: 400, True: 700}
"""How thick strokes are, as OpenType counts it."""


def load_font(size: int, bold: bool = False, text: str = "") -> ImageFont.FreeTypeFont:
    """Load a font.

    Args:
        size: Height in pixels.
        bold: Whether its strokes are thick.
        text: What is written with it, if that is somebody's own: a name, for example.

    Returns:
        The font: the one that every machine has; or one of this machine's that has all letters of the text, if that one
        lacks some. If there is none, letters that are lacking are drawn as boxes.
    """
    other = find_font(text, bold)
    return _open(other.fname, size, getattr(other, "index", 0)) if other else _open(_own_file(bold), size)


def find_font(text: str, bold: bool = False) -> "FontEntry | None":
    """Find a font of this machine for a text that the font which every machine has lacks letters of.

    Args:
        text: The text.
        bold: Whether strokes should be thick.

    Returns:
        The font, as matplotlib knows it; None if it is not needed, or there is none.
    """
    return None if text.isascii() else _find(frozenset(map(ord, "".join(text.split()))), bold)


@lru_cache(1024)
def _find(letters: frozenset[int], bold: bool) -> "FontEntry | None":
    """Find the font of the right weight that has all letters; one without serifs comes first."""
    from matplotlib.font_manager import fontManager

    if letters <= _letters_of(_own_file(bold)):
        return None
    upright = [each for each in fontManager.ttflist if each.style == "normal" and not each.name.startswith(BOXES)]
    having = [each for each in upright if letters <= _letters_of(each.fname)]
    return min(
        having,
        key=lambda each: (
            "sans" not in each.name.lower(),
            abs(int(each.weight) - WEIGHTS[bold]),
            each.name,
            each.fname,
        ),
        default=None,
    )


@cache
def _letters_of(file: str) -> frozenset[int]:
    """List the code points that a font has a picture of; none if the file is gone or is no font."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(file).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _own_file(bold: bool) -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FILES[bold])


@cache
def _open(file: str, size: int, index: int = 0) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, index)


def shorten(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Cut the middle out of a line that is too long: names often differ at their ends.

    Args:
        text: The line.
        font: Its font.
        width: Pixels that it may take.

    Returns:
        The line; with "…" in its middle where it was cut.

    Example:
        >>> shorten("block_13_expand_relu", load_font(13), 90), shorten("conv2d_1", load_font(13), 90)
        ('block…d_relu', 'conv2d_1')
    """
    text = " ".join(text.split())[:500]
    kept = len(text)
    shown = text
    while kept > 1 and font.getlength(shown) > width:
        kept -= 1
        shown = text[: kept // 2] + ELLIPSIS + text[len(text) - (kept + 1) // 2 :]
    return shown


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float, max_lines: int) -> list[str]:
    """Break a text into lines: between words, and within a word that is longer than a line.

    Args:
        text: The text.
        font: Its font.
        width: Pixels that a line may take.
        max_lines: Lines at most, at least 1; the last one is shortened if there would be more.

    Returns:
        The lines.

    Example:
        >>> wrap("German shepherd dog", load_font(20), 145, 2)
        ['German', 'shepherd dog']
    """
    lines = [""]
    words = text.split()
    while words and len(lines) < max_lines:
        longer = f"{lines[-1]} {words[0]}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            words.pop(0)
        elif lines[-1]:
            lines.append("")
        else:
            fits = next(end for end in range(len(longer), 0, -1) if end == 1 or font.getlength(longer[:end]) <= width)
            lines[-1], words[0] = longer[:fits], longer[fits:]
            lines.append("")
    return [*lines[:-1], shorten(" ".join([lines[-1], *words]), font, width)]
