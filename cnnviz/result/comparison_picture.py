"""Drawing of one channel three times, side by side: on one photo, on another, and the difference."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cnnviz.drawing.palette import BAR_COLOR, GAP_COLOR, palette
from cnnviz.drawing.thumbnail import draw_map
from cnnviz.result.layer_result import DEFAULT_COLORMAP, LayerResult

Pixels = NDArray[np.uint8]

EDGE = 148
"""Largest height and width of a map, in pixels: the size of the embedded model's widest feature map."""

GAP, MARGIN, COLUMNS = 2, 16, 2
FONT_SIZE, LABEL_PIXELS = 14, 20
LABEL_COLOR, BACKGROUND_COLOR = BAR_COLOR, (32, 32, 36)


def draw_triptych(first: LayerResult, second: LayerResult, channel: int, limit: float) -> Pixels:
    """Draw a channel on two photos, and the second minus the first.

    Args:
        first: The layer's result for one photo.
        second: The layer's result for the other photo.
        channel: The channel's index.
        limit: The largest magnitude that its two maps show.

    Returns:
        RGB pixels, shape (height, 3 * width + 4, 3), uint8. The difference is white at zero, red above and blue below.
        The strongest colours stand for the largest difference that the range of the maps allows. A map that is zero
        everywhere is hatched.
    """
    signed = not first.layer.non_negative
    maps = [each.feature_maps[channel].reshape(each.places) for each in (first, second)]
    shares = (maps[1].astype(np.float64) - maps[0]) / ((2 if signed else 1) * limit or 1.0)
    drawn = [
        *(_colored(each, limit * each.any(), signed) for each in maps),
        _colored(shares.astype(np.float32), float(limit > 0), signed=True),
    ]
    gap = np.full((len(drawn[0]), GAP, 3), GAP_COLOR, np.uint8)
    return np.concatenate([drawn[0], gap, drawn[1], gap, drawn[2]], axis=1)


def arrange(triptychs: Sequence[Pixels], labels: Sequence[str]) -> Image.Image:
    """Arrange triptychs, two in a row.

    Args:
        triptychs: Pictures from `draw_triptych`, at least one, all of the same size.
        labels: The text above each.

    Returns:
        An RGB picture.
    """
    height, width = triptychs[0].shape[:2]
    across, down = width + MARGIN, height + LABEL_PIXELS + MARGIN
    columns, rows = min(COLUMNS, len(triptychs)), -(-len(triptychs) // COLUMNS)
    picture = Image.new("RGB", (columns * across - MARGIN, rows * down - MARGIN), BACKGROUND_COLOR)
    draw = ImageDraw.Draw(picture)
    for place, (pixels, label) in enumerate(zip(triptychs, labels, strict=True)):
        left, top = place % COLUMNS * across, place // COLUMNS * down
        draw.text((left, top), label, fill=LABEL_COLOR, font_size=FONT_SIZE)
        picture.paste(Image.fromarray(pixels), (left, top + LABEL_PIXELS))
    return picture


def _colored(values: NDArray[np.float32], limit: float, signed: bool) -> Pixels:
    colors = np.frombuffer(palette(DEFAULT_COLORMAP, signed), np.uint8).reshape(-1, 3)
    return np.asarray(colors[draw_map(values, np.array([limit], np.float32), EDGE, signed)])
