"""Drawing of evidence maps: raw, or over the picture that the network saw."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette, quantize
from cnnviz.drawing.thumbnail import draw_map, fit
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.picture.placement import Placement
from cnnviz.why.cells import place

EDGE = 592
"""Largest height and width of a raw map's picture, in pixels."""

OPACITY = 0.6
EVIDENCE, STRENGTH, OF_MANY = "PuOr", "magma", "RdBu_r"
"""Colour maps: for evidence with two classes (class 0 orange, class 1 purple), for values without a sign, and for
evidence with more classes (red for the class, blue against it)."""


def evidence_colors(side: int | None, signed: bool) -> tuple[bytes, int]:
    """Return the colours of an evidence map.

    Args:
        side: Index of the class, if there are two; None if there are more.
        signed: Whether its values speak for or against a class.

    Returns:
        The palette, and the factor for the values before they are looked up in it: 1 or -1.
    """
    if not signed:
        return palette(STRENGTH, signed=False), 1
    return palette(EVIDENCE if side is not None else OF_MANY, signed=True), -1 if side == 0 else 1


def draw_raw(
    values: NDArray[np.float32], limit: float, side: int | None, signed: bool, edge: int = EDGE
) -> Image.Image:
    """Draw the raw map: every value is a square of whole pixels; a map that is too large is averaged.

    Args:
        values: Shape (h, w), float32.
        limit: The magnitude that the strongest colour stands for, at least the map's largest magnitude.
        side: Index of the class, if there are two; None if there are more.
        signed: Whether the values speak for or against a class.
        edge: Largest height and width of the picture, in pixels.

    Returns:
        An indexed picture; hatched if all values are zero.
    """
    colors, direction = evidence_colors(side, signed)
    limits = np.array([limit if values.any() else 0], np.float32)
    return indexed_picture(draw_map(direction * values, limits, edge, signed), colors)


def lay_over(
    values: NDArray[np.float32],
    seen: ReceptiveField,
    picture: Image.Image,
    placement: Placement,
    limit: float,
    side: int | None,
    signed: bool,
    opacity: float = OPACITY,
) -> Image.Image:
    """Put a map over the grey version of a picture: each value is at the centre of what its unit sees.

    Args:
        values: Shape (h, w), float32.
        seen: What the units see.
        picture: The picture that the network saw, or the photo; of any size.
        placement: Which part of that picture lies where in the network's picture.
        limit: The magnitude that the strongest colour stands for, at least the map's largest magnitude.
        side: Index of the class, if there are two; None if there are more.
        signed: Whether the values speak for or against a class.
        opacity: Opacity of the map, in [0, 1].

    Returns:
        An RGB picture of the picture's size; where no unit is centred, and what the network did not see, it has no
        overlay.
    """
    colors, direction = evidence_colors(side, signed)
    placed = place(direction * values, seen)
    levels = quantize(np.nan_to_num(placed)[None].astype(np.float32), np.array([limit], np.float32), signed)[0]
    table = np.frombuffer(colors, np.uint8).reshape(-1, 3)
    map_, covered = (
        _spread(Image.fromarray(pixels), placement, picture.size)
        for pixels in (table[levels], np.uint8(round(255 * opacity)) * ~np.isnan(placed))
    )
    return Image.composite(map_, picture.convert("L").convert("RGB"), covered)


def _spread(map_: Image.Image, placement: Placement, size: tuple[int, int]) -> Image.Image:
    """Enlarge the part of the network's picture that shows the photo to its place in the photo; the rest is black."""
    left, top, right, bottom = placement.source
    part = map_.crop(placement.target).resize((right - left, bottom - top), Image.Resampling.NEAREST)
    spread = Image.new(part.mode, size)
    spread.paste(part, (left, top))
    return spread


def enlarge(picture: Image.Image) -> Image.Image:
    """Enlarge a small picture by the largest whole factor that keeps it within the size limit."""
    return fit(picture, max(EDGE, *picture.size))
