"""Ways to show a network the same photograph: mirrored, cut, or from further away."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.figures import share
from cnnviz.picture.preprocessing import to_picture

Pixels = NDArray[np.uint8]
View = Callable[[Pixels], Pixels]
"""Takes photographs, shape (N, height, width, C), and gives pictures of the same shape."""

CUT = 0.85
"""Share of either side that is left of a photograph when its edges are cut off."""

DISTANCE = 1.2
"""How many times smaller all appears when a photograph is shown from further away."""


def as_they_are(photos: Pixels) -> Pixels:
    """Change nothing."""
    return photos


def mirror(photos: Pixels) -> Pixels:
    """Exchange left and right."""
    return photos[:, :, ::-1]


def cut(photos: Pixels) -> Pixels:
    """Cut off the edges, and enlarge the middle 85% of either side to the whole picture."""
    height, width = photos.shape[1:3]
    left, top = width * (1 - CUT) / 2, height * (1 - CUT) / 2
    return _resize(photos, (width, height), (left, top, width - left, height - top))


def zoom_out(photos: Pixels) -> Pixels:
    """Show all 1.2 times smaller, in the middle; beyond its edges a photograph goes on as its mirror image."""
    height, width = photos.shape[1:3]
    rows, columns = (round(side * (DISTANCE - 1) / 2) for side in (height, width))
    wider = np.pad(photos, ((0, 0), (rows, rows), (columns, columns), (0, 0)), mode="symmetric")
    return _resize(wider, (width, height), None)


VIEWS: dict[str, View] = {"cut": cut, "zoomed_out": zoom_out}
"""What a robust network answers as well as photographs as they are, by name."""

SHOWN = {"cut": f"cut to the middle {share(CUT)} of either side", "zoomed_out": f"shown {DISTANCE} times smaller"}
"""The same in words, which follow "photographs"."""


def _resize(photos: Pixels, size: tuple[int, int], box: tuple[float, float, float, float] | None) -> Pixels:
    resized = (to_picture(each).resize(size, Image.Resampling.BILINEAR, box) for each in photos)
    return np.stack([np.asarray(each) for each in resized]).reshape(len(photos), *size[::-1], -1)
