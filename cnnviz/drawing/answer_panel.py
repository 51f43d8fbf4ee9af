"""The answer on white paper: the classes that were answered, large, and a bar for each of the most probable."""

from collections.abc import Mapping

from PIL import ImageColor, ImageDraw

from cnnviz.base.figures import count, percent
from cnnviz.base.names import join_names
from cnnviz.drawing.answer_bar import MAX_CLASSES
from cnnviz.drawing.class_colors import DEEP
from cnnviz.drawing.lettering import load_font, shorten, wrap
from cnnviz.network.head import EACH_ALONE, NO_CLASS, Head

INK, QUIET, TRACK = (31, 35, 40), (89, 99, 110), (225, 228, 232)
"""The colours of text, of text of less weight, and of what a bar is part of. On white: 15.8, 6.1 and 1.3."""

COLORS = tuple(map(ImageColor.getrgb, DEEP))
SIZES = (44, 36, 30, 24)
"""Heights of the answer in pixels: the largest in which it fits on a line, or the last, on two."""

MAX_LINES = 2
SHARED_HEIGHT, BAR_HEIGHT, ROW_HEIGHT = 24, 10, 38

Box = tuple[float, float, float, float]


def draw_answer(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], width: int, answer: Mapping[str, float], head: Head
) -> None:
    """Draw the answer: two classes that are opposites share one bar; of others, the five most probable have one each.

    Args:
        draw: Draws on a white picture of mode "RGB".
        place: Left and top edge in pixels.
        width: Pixels that it may take.
        answer: Class names and probabilities, in [0, 1].
        head: What the classes are.
    """
    left, top = place
    top = _draw_label(draw, place, width, answer, head) + 14
    if head.is_binary:
        _draw_shared(draw, (left, top), width, answer)
        return
    ranked = sorted(answer, key=lambda name: -answer[name])
    yes = head.labels(answer)
    for name in ranked[:MAX_CLASSES]:
        color = QUIET if head.is_multi_label and name not in yes else COLORS[0]
        _write_ends(draw, (left, top), width, (name, percent(answer[name])), (INK, INK))
        _draw_part(draw, (left, top + 20, left + width, top + 20 + BAR_HEIGHT), (0, answer[name]), color)
        top += ROW_HEIGHT
    others = len(ranked) - MAX_CLASSES
    notes = [f"and {count(others)} other{'s' * (others > 1)}"] if others > 0 else []
    notes += wrap(EACH_ALONE, load_font(14), width, MAX_LINES) if head.is_multi_label else []
    for number, note in enumerate(notes):
        draw.text((left, top + 18 * number), note, QUIET, load_font(14))


def _draw_label(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], width: int, answer: Mapping[str, float], head: Head
) -> int:
    """Write what was answered, and return the bottom edge."""
    labels = head.labels(answer)
    name = join_names(labels) if labels else NO_CLASS
    text = name[:1].upper() + name[1:]
    text += f" {percent(answer[labels[0]])}" if len(labels) == 1 else ""
    fonts = {size: load_font(size, bold=True, text=text) for size in SIZES}
    size = next((size for size, font in fonts.items() if font.getlength(text) <= width), SIZES[-1])
    font = fonts[size]
    lines = wrap(text, font, width, MAX_LINES)
    for number, line in enumerate(lines):
        draw.text((place[0], place[1] + number * size * 1.2), line, INK, font)
    return round(place[1] + len(lines) * size * 1.2)


def _draw_shared(draw: ImageDraw.ImageDraw, place: tuple[int, int], width: int, answer: Mapping[str, float]) -> None:
    """Draw one bar of two classes, and their names below its ends."""
    (left, top), start = place, 0.0
    for color, probability in zip(COLORS, answer.values(), strict=True):
        _draw_part(draw, (left, top, left + width, top + SHARED_HEIGHT), (start, start + probability), color)
        start += probability
    texts = [shorten(name, load_font(16, bold=True, text=name), width / 2 - 80) for name in answer]
    first, second = (f"{text} {percent(each)}" for text, each in zip(texts, answer.values(), strict=True))
    _write_ends(draw, (left, top + SHARED_HEIGHT + 8), width, (first, second), COLORS, bold=True)


def _draw_part(draw: ImageDraw.ImageDraw, box: Box, part: tuple[float, float], color: tuple[int, ...]) -> None:
    """Draw from where to where, in [0, 1], a bar is filled; its track only if it begins at its left edge."""
    left, top, right, bottom = box
    start, end = (round(left + share * (right - left)) for share in part)
    if not part[0]:
        draw.rectangle((left, top, right - 1, bottom - 1), TRACK)
    if end > start:
        draw.rectangle((start, top, end - 1, bottom - 1), color)


def _write_ends(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    width: int,
    texts: tuple[str, str],
    colors: tuple[tuple[int, ...], ...],
    bold: bool = False,
) -> None:
    """Write one text at the left end of a line and one at its right end; the left one is shortened if it must be."""
    first, second = (load_font(16, bold, text) for text in texts)
    room = width - second.getlength(texts[1]) - 12
    draw.text(place, shorten(texts[0], first, room), colors[0], first)
    draw.text((place[0] + width, place[1]), texts[1], colors[1], second, anchor="ra")
