"""Text on pictures: fonts that every machine has, and lines that fit where they stand."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

ELLIPSIS = "…"
FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
"""Font files that come with matplotlib: Latin, Greek, Cyrillic and more, but not Chinese, Japanese or Korean."""


@cache
def load_font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Load a font.

    Args:
        size: Height in pixels.
        bold: Whether its strokes are thick.

    Returns:
        The font.
    """
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FILES[bold], size)


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
