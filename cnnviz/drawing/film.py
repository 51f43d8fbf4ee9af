"""Pictures in a row, each with lines below it: how something came about, frame by frame."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from cnnviz.drawing.answer_panel import INK, QUIET
from cnnviz.drawing.lettering import load_font, shorten

COLUMNS, EDGE, GAP, MARGIN = 10, 128, 16, 24
"""Frames in a row, the largest height and width of one, and pixels between and around them."""

HEAD, LINE = 68, 18
"""Pixels that title and note take, and each line below a frame."""


class Frame(NamedTuple):
    """A picture, and what is said of it.

    Args:
        picture: At most 128 pixels high and wide.
        lines: One or more; the first one is the darkest.
    """

    picture: Image.Image
    lines: Sequence[str]


def draw_film(title: str, note: str, frames: Sequence[Frame]) -> Image.Image:
    """Draw frames in rows of ten.

    Args:
        title: Its title.
        note: A line below it.
        frames: At least one.

    Returns:
        An RGB picture on white.
    """
    columns, num_lines = min(len(frames), COLUMNS), max(len(frame.lines) for frame in frames)
    rows, step = -(-len(frames) // columns), EDGE + num_lines * LINE + GAP
    width = max(2 * MARGIN + columns * (EDGE + GAP) - GAP, 3 * EDGE)
    picture = Image.new("RGB", (width, HEAD + rows * step + MARGIN - GAP), "white")
    draw, bold, small = ImageDraw.Draw(picture), load_font(18, bold=True, text=title), load_font(13, text=note)
    draw.text((MARGIN, 32), shorten(title, bold, width - 2 * MARGIN), INK, bold, anchor="ls")
    draw.text((MARGIN, 54), shorten(note, small, width - 2 * MARGIN), QUIET, small, anchor="ls")
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        left, top = MARGIN + column * (EDGE + GAP), HEAD + row * step
        picture.paste(frame.picture.convert("RGB"), (left, top + EDGE - frame.picture.height))
        for index, line in enumerate(frame.lines):
            place = left, top + EDGE + (index + 1) * LINE - 3
            font = load_font(13, text=line)
            draw.text(place, shorten(line, font, EDGE + GAP - 4), QUIET if index else INK, font, anchor="ls")
    return picture
