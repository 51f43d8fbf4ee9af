"""A way back as a picture: a row for each step, with what its unit saw and what added most to its value."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from cnnviz.base.figures import signed
from cnnviz.drawing.answer_panel import INK, QUIET, TRACK
from cnnviz.drawing.lettering import load_font, shorten
from cnnviz.drawing.thumbnail import fit

WIDTH, MARGIN, HEAD = 1000, 32, 84
ROW, PATCH = 124, 96
"""Height of a step, and the largest height and width of what its unit saw, in pixels."""

TEXT_LEFT, BARS_LEFT, NAMES_LEFT = MARGIN + PATCH + 20, 540, 752
BAR, BAR_LENGTH, LINE = 12, 140, 18
FOR, AGAINST = (215, 48, 39), (69, 117, 180)


@dataclass(frozen=True)
class WayStep:
    """A step of the way.

    Args:
        title: What it is about.
        lines: What is said of it, in one line or two.
        patch: What its unit saw.
        terms: What added most: the name of each, and what it adds.
        others: What is said of all others; "" for nothing.
        through: The layers that passed the largest term on.
    """

    title: str
    lines: Sequence[str]
    patch: Image.Image
    terms: Sequence[tuple[str, float]]
    others: str
    through: list[str] = field(default_factory=list)


def draw_way(title: str, note: str, steps: Sequence[WayStep]) -> Image.Image:
    """Draw the way.

    Args:
        title: Its title.
        note: A line below it.
        steps: The steps, the first one first.

    Returns:
        An RGB picture on white, 1,000 pixels wide.
    """
    picture = Image.new("RGB", (WIDTH, HEAD + ROW * len(steps) + MARGIN // 2), "white")
    draw, bold = ImageDraw.Draw(picture), load_font(22, bold=True, text=title)
    draw.text((MARGIN, 36), shorten(title, bold, WIDTH - 2 * MARGIN), INK, bold, anchor="ls")
    draw.text((MARGIN, 60), note, QUIET, load_font(14, text=note), anchor="ls")
    for number, step in enumerate(steps):
        top = HEAD + ROW * number
        patch = fit(step.patch.convert("RGB"), PATCH)
        picture.paste(patch, (MARGIN + (PATCH - patch.width) // 2, top + (PATCH - patch.height) // 2))
        _write_step(draw, top, step)
        _draw_terms(draw, top + 6, step)
    return picture


def _write_step(draw: ImageDraw.ImageDraw, top: int, step: WayStep) -> None:
    room, bold = BARS_LEFT - TEXT_LEFT - 16, load_font(16, bold=True, text=step.title)
    draw.text((TEXT_LEFT, top + 22), shorten(step.title, bold, room), INK, bold, anchor="ls")
    passed = [f"read through {', '.join(step.through)}"] if step.through else []
    for number, line in enumerate([*step.lines, *passed]):
        plain = load_font(14, text=line)
        draw.text((TEXT_LEFT, top + 44 + 20 * number), shorten(line, plain, room), QUIET, plain, anchor="ls")


def _draw_terms(draw: ImageDraw.ImageDraw, top: int, step: WayStep) -> None:
    """Draw a bar for each term, write what it is, and what is said of the others."""
    largest = max([abs(adds) for _, adds in step.terms], default=0.0) or 1.0
    font, room = load_font(12), WIDTH - MARGIN - NAMES_LEFT
    for number, (name, adds) in enumerate(step.terms):
        y = top + LINE * number
        length = max(round(BAR_LENGTH * abs(adds) / largest), 1)
        draw.rectangle((BARS_LEFT, y, BARS_LEFT + BAR_LENGTH - 1, y + BAR - 1), TRACK)
        draw.rectangle((BARS_LEFT, y, BARS_LEFT + length - 1, y + BAR - 1), FOR if adds > 0 else AGAINST)
        draw.text((NAMES_LEFT - 12, y + BAR - 1), signed(adds), INK, font, anchor="rs")
        named = load_font(12, text=name)
        draw.text((NAMES_LEFT, y + BAR - 1), shorten(name, named, room), QUIET, named, anchor="ls")
    draw.text((BARS_LEFT, top + LINE * len(step.terms) + BAR - 1), step.others, QUIET, font, anchor="ls")
