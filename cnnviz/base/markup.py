"""Markup of what notebooks show: text, columns and bars.

Each part is styled where it stands, and has the colour of the notebook's own text, so that it is read in light and dark
notebooks, and beside anything else that a notebook shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

NEUTRAL = "#808080"
"""The colour of bars that stand for no class: at least 3.9 on white, and 4.2 on #1e1e1e."""

CARD = "font-size:13px;line-height:1.4;max-width:1216px;overflow-x:auto"
NOTE = "opacity:.75"
TITLE = "font-size:16px;font-weight:600"
ROW = "display:flex;flex-wrap:wrap;gap:{gap}px;align-items:{align}"
NAME = "flex:none;width:140px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
TRACK = "flex:none;width:{width}px;height:12px;background:rgba(128,128,128,.25)"
BAR_PIXELS = 180
"""Width of a bar that stands for all."""


@dataclass(frozen=True)
class Bar:
    """A bar with a name before it and a number after it.

    Args:
        name: What it stands for.
        share: Its length, in [0, 1]; in [-1, 1] for bars that start from the middle.
        number: The number, as it is read.
        color: Its colour, as CSS has it.
    """

    name: str
    share: float
    number: str
    color: str = NEUTRAL


def card(title: str, note: str, *parts: str) -> str:
    """Put parts below each other, under a title.

    Args:
        title: Plain text.
        note: Plain text below it; "" for none.
        parts: Markup.

    Returns:
        Markup.

    Example:
        >>> card("cat & dog", "").endswith('cat &amp; dog</div></div>')
        True
    """
    head = f'<div style="{TITLE}">{escape(title)}</div>' + (describe(note) if note else "")
    return f'<div style="{CARD}">{stack(head, *parts)}</div>'


def describe(text: str) -> str:
    """Write a line of less weight.

    Args:
        text: Plain text.

    Returns:
        Markup.
    """
    return f'<div style="{NOTE}">{escape(text)}</div>'


def stack(*parts: str) -> str:
    """Put parts below each other.

    Args:
        parts: Markup.

    Returns:
        Markup.
    """
    first, *others = parts
    return first + "".join(f'<div style="margin-top:8px">{part}</div>' for part in others)


def row(*parts: str, gap: int = 24, align: str = "flex-start") -> str:
    """Put parts beside each other, and below where there is no room.

    Args:
        parts: Markup.
        gap: Pixels between them.
        align: "flex-start" for parts that begin at one height, "flex-end" for parts that end at one.

    Returns:
        Markup.
    """
    return (
        f'<div style="{ROW.format(gap=gap, align=align)}">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"
    )


def captioned(picture: str, width: int, *lines: str) -> str:
    """Put lines below a picture; a line that is too long is cut, and read by pointing at it.

    Args:
        picture: Markup.
        width: Pixels that a line may take.
        lines: Plain text.

    Returns:
        Markup.
    """
    style = f"width:{width}px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;{NOTE}"
    return picture + "".join(f'<div style="{style}" title="{escape(line)}">{escape(line)}</div>' for line in lines)


def draw_bars(bars: Sequence[Bar], from_middle: bool = False) -> str:
    """Draw bars below each other.

    Args:
        bars: The bars.
        from_middle: Whether they start from the middle: to the right above zero, and to the left below.

    Returns:
        Markup.
    """
    return "".join(_bar(each, from_middle) for each in bars)


def _bar(bar: Bar, from_middle: bool) -> str:
    whole = BAR_PIXELS / 2 if from_middle else BAR_PIXELS
    width = abs(bar.share) * whole
    left = (whole if bar.share > 0 else whole - width) if from_middle else 0
    shape = f"width:{width:.4g}px;height:12px;margin-left:{left:.4g}px;background:{bar.color}"
    return (
        '<div style="display:flex;gap:8px;align-items:center">'
        f'<div style="{NAME}" title="{escape(bar.name)}">{escape(bar.name)}</div>'
        f'<div style="{TRACK.format(width=BAR_PIXELS)}"><div style="{shape}"></div></div>'
        f"<div>{escape(bar.number)}</div></div>"
    )
