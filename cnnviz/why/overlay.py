"""Evidence maps as pictures: raw, or laid over what the network saw."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette, quantize
from cnnviz.drawing.thumbnail import draw_map, fit
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.why.cells import place

EDGE = 592
"""Pixels that a raw map's picture may be high and wide."""

OPACITY = 0.6
EVIDENCE, STRENGTH, OF_MANY = "PuOr", "magma", "RdBu_r"
"""Colours of what speaks for one of two classes (class 0 orange, class 1 purple), of what has no sign, and of what
speaks for one of many classes (red) or against it (blue)."""


def evidence_colors(side: int | None, signed: bool) -> tuple[bytes, int]:
    """Give the colours of an evidence map.

    Args:
        side: Index of the class, if there are two; None if there are more.
        signed: Whether its values speak for or against a class.

    Returns:
        The palette, and by what its values have to be multiplied before they are looked up in it: 1, or -1.
    """
    if not signed:
        return palette(STRENGTH, signed=False), 1
    return palette(EVIDENCE if side is not None else OF_MANY, signed=True), -1 if side == 0 else 1


def draw_raw(values: NDArray[np.float32], limit: float, side: int | None, signed: bool) -> Image.Image:
    """Draw a map as it is, every value a square of whole pixels; a map that is too large is averaged.

    Args:
        values: Shape (h, w), float32.
        limit: The magnitude that the strongest colour stands for, at least that of the largest value.
        side: Index of the class, if there are two; None if there are more.
        signed: Whether the values speak for or against a class.

    Returns:
        An indexed picture of at most 592 pixels a side; hatched if all values are zero.
    """
    colors, direction = evidence_colors(side, signed)
    limits = np.array([limit if values.any() else 0], np.float32)
    return indexed_picture(draw_map(direction * values, limits, EDGE, signed), colors)


def lay_over(
    values: NDArray[np.float32],
    seen: ReceptiveField,
    picture: Image.Image,
    limit: float,
    side: int | None,
    signed: bool,
    opacity: float = OPACITY,
) -> Image.Image:
    """Lay a map over a picture without its colours, each value at the centre of what its unit sees.

    Args:
        values: Shape (h, w), float32.
        seen: What the units see.
        picture: What the network saw, or the photo; of any size.
        limit: The magnitude that the strongest colour stands for, at least that of the largest value.
        side: Index of the class, if there are two; None if there are more.
        signed: Whether the values speak for or against a class.
        opacity: Of the map, in [0, 1].

    Returns:
        An RGB picture of the picture's size; where no unit is centred nothing lies over it.
    """
    colors, direction = evidence_colors(side, signed)
    placed = place(direction * values, seen)
    levels = quantize(np.nan_to_num(placed)[None].astype(np.float32), np.array([limit], np.float32), signed)[0]
    table = np.frombuffer(colors, np.uint8).reshape(-1, 3)
    map_, covered = (
        Image.fromarray(pixels).resize(picture.size, Image.Resampling.NEAREST)
        for pixels in (table[levels], np.uint8(round(255 * opacity)) * ~np.isnan(placed))
    )
    return Image.composite(map_, picture.convert("L").convert("RGB"), covered)


def enlarge(picture: Image.Image) -> Image.Image:
    """Enlarge a small picture by the largest whole factor at which it is not too large."""
    return fit(picture, max(EDGE, *picture.size))
