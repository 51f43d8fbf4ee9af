"""Drawing of evidence maps: raw, or over the picture that the network saw."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette, quantize
from cnnviz.drawing.thumbnail import draw_map, fit
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.picture.placement import Placement
from cnnviz.why.cells import place

EDGE = 592
"""Largest height and width of a raw map's picture, in pixels."""

OPACITY = 0.85
STRONG, PALENESS = 0.75, 0.2
"""Over a photo: the share of the way to the strongest colour where a map's colour is taken, as the strongest are dark;
and how far the photo goes to white, so that colours show on it."""

RIM = (255, 255, 255)
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
    """Put a map over a picture: each value is at the centre of what its unit sees.

    The more a value stands out, the more opaque it is, by the square root of its share of the limit: where there is no
    evidence, the picture is clear. A line surrounds what the map covers, if that is not all.

    Args:
        values: Shape (h, w), float32.
        seen: What the units see.
        picture: The picture that the network saw, or the photo; of any size.
        placement: Which part of that picture lies where in the network's picture.
        limit: The magnitude that the strongest colour stands for, at least the map's largest magnitude.
        side: Index of the class, if there are two; None if there are more.
        signed: Whether the values speak for or against a class.
        opacity: Opacity of the strongest value, in [0, 1].

    Returns:
        An RGB picture of the picture's size, a little paler; where no unit is centred, and what the network did not
        see, it has no overlay.
    """
    colors, direction = evidence_colors(side, signed)
    placed = place(direction * values, seen)
    known = np.nan_to_num(placed).astype(np.float32)
    levels = quantize(np.float32(STRONG) * np.sign(known)[None], np.ones(1, np.float32), signed)[0]
    opacities = opacity * np.sqrt(np.abs(known) / (limit or 1))
    table = np.frombuffer(colors, np.uint8).reshape(-1, 3)
    map_, opaque, covered = (
        _spread(Image.fromarray(pixels), placement, picture.size)
        for pixels in (table[levels], np.round(255 * opacities).astype(np.uint8), np.uint8(255) * ~np.isnan(placed))
    )
    pale = Image.blend(picture.convert("RGB"), Image.new("RGB", picture.size, "white"), PALENESS)
    over = Image.composite(map_, pale, opaque)
    _surround(over, covered.getbbox())
    return over


def _surround(picture: Image.Image, area: tuple[int, int, int, int] | None) -> None:
    """Draw a line around an area, inside the picture; none at the picture's own edge."""
    whole = (0, 0, *picture.size)
    if area is None or area == whole:
        return
    left, top, right, bottom = area
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left - 1, top - 1, right, bottom), outline=RIM)


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
