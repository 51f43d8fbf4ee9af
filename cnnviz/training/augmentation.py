"""Random changes of training photographs: drawn per photo on the host, applied to a whole batch as tensors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import share
from cnnviz.picture.preprocessing import BITS_8_MAX

Draws = dict[str, NDArray[np.float32]]
"""What was drawn for B photographs: `rows` and `columns` (B, 2), `color` (B, 3, 3), `offset` (B, 1, 3) and `erased`
(B, 4)."""

LUMA = np.array([0.299, 0.587, 0.114])
"""The shares of red, green and blue in the brightness of a pixel (ITU-R BT.601)."""


@dataclass(frozen=True)
class Augmentation:
    """How far training photographs are changed, each anew in each epoch.

    Args:
        mirror: Share that is mirrored.
        smallest_area: A random part of the photo is enlarged to the whole picture; its smallest share of the area.
            1 keeps the whole photo.
        aspect: The part is stretched or squeezed by at most this factor, at least 1.
        brightness: Added to or taken from all pixels, at most, in shares of the range.
        contrast: Factor of the distance from mid-grey, at most 1 + contrast and at least 1 - contrast.
        saturation: The same for the distance from grey.
        tint: Factor of each colour, at most 1 + tint and at least 1 - tint.
        gray: Share that loses its colours.
        erase: Share in which a random box of up to a quarter of the area turns mid-grey.
        largest_area: The largest area of that part, in shares of the photo's, at least 1. Above 1 the photo is shown
            smaller, at a random place, and mirrored beyond its edge.

    Reference:
        Touvron et al., "Fixing the train-test resolution discrepancy", 2019: a network that only ever saw enlarged
        parts takes an ordinary photo for one from far away.
    """

    mirror: float = 0.0
    smallest_area: float = 1.0
    aspect: float = 1.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    tint: float = 0.0
    gray: float = 0.0
    erase: float = 0.0
    largest_area: float = 1.0

    def describe(self) -> str:
        """Put the settings into a phrase.

        Returns:
            What is done to photographs, or "none".

        Example:
            >>> Augmentation(mirror=0.5, smallest_area=0.4).describe()
            '50% mirrored; a random part of at least 40% of the area enlarged'
        """
        zooms_out = self.largest_area > 1
        areas = f"{share(self.smallest_area)} to {share(self.largest_area)}"
        parts = {
            f"{share(self.mirror)} mirrored": self.mirror,
            f"a random part of at least {share(self.smallest_area)} of the area enlarged": (
                self.smallest_area < 1 and not zooms_out
            ),
            f"{areas} of the area shown, mirrored beyond the edge": zooms_out,
            f"stretched by a factor of up to {self.aspect:g}": self.aspect > 1,
            f"brightness changed by up to {share(self.brightness)}": self.brightness,
            f"contrast by {share(self.contrast)}": self.contrast,
            f"saturation by {share(self.saturation)}": self.saturation,
            f"each colour by {share(self.tint)}": self.tint,
            f"{share(self.gray)} in black and white": self.gray,
            f"a grey box in {share(self.erase)}": self.erase,
        }
        return "; ".join(words for words, used in parts.items() if used) or "none"

    def draw(self, random: np.random.Generator, num_photos: int, size: tuple[int, int]) -> Draws:
        """Draw what happens to each photo of a batch.

        Args:
            random: Where the numbers come from.
            num_photos: B, at least 1.
            size: Height and width of the photographs in pixels.

        Returns:
            The draws, for `apply`.
        """
        rows, columns = self._draw_part(random, num_photos, size)
        color, offset = self._draw_color(random, num_photos)
        erased = self._draw_box(random, num_photos, size)
        draws = {"rows": rows, "columns": columns, "color": color, "offset": offset, "erased": erased}
        return {name: values.astype(np.float32) for name, values in draws.items()}

    def _draw_part(
        self, random: np.random.Generator, num_photos: int, size: tuple[int, int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Draw the part of the photo that becomes the picture: for rows and columns, the first place and the step."""
        share = np.sqrt(random.uniform(self.smallest_area, self.largest_area, num_photos))
        stretch = np.exp(random.uniform(-0.5, 0.5, num_photos) * np.log(self.aspect))
        steps = np.minimum(np.stack([share * stretch, share / stretch]), np.sqrt(self.largest_area))
        starts = random.uniform(size=steps.shape) * (1 - steps) * (np.array(size)[:, None] - 1)
        mirrored = random.random(num_photos) < self.mirror
        starts[1] = np.where(mirrored, starts[1] + steps[1] * (size[1] - 1), starts[1])
        steps[1] = np.where(mirrored, -steps[1], steps[1])
        rows, columns = np.stack([starts, steps], axis=-1)
        return rows, columns

    def _draw_color(
        self, random: np.random.Generator, num_photos: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Draw an affine map of colours: new = old @ color + offset, for values in [0, 1]."""
        contrast, saturation, brightness = random.uniform(-1, 1, (3, num_photos, 1, 1))
        tint = 1 + self.tint * random.uniform(-1, 1, (num_photos, 1, 3))
        saturation = 1 + self.saturation * saturation
        saturation[random.random(num_photos) < self.gray] = 0
        contrast = 1 + self.contrast * contrast
        to_gray = np.repeat(LUMA[:, None], 3, axis=1)
        color = (saturation * np.eye(3) + (1 - saturation) * to_gray) * tint * contrast
        offset = np.repeat((1 - contrast) / 2 + self.brightness * brightness, 3, axis=2)
        return color, offset

    def _draw_box(self, random: np.random.Generator, num_photos: int, size: tuple[int, int]) -> NDArray[np.float64]:
        """Draw the box that turns grey: top, left, bottom, right in pixels; empty where nothing does."""
        sides = random.uniform(0.1, 0.5, (num_photos, 2)) * (random.random(num_photos) < self.erase)[:, None]
        start = random.uniform(size=(num_photos, 2)) * (1 - sides)
        return np.asarray(np.concatenate([start, start + sides], axis=1) * np.tile(size, 2))


def apply(photos: Any, draws: Mapping[str, Any], dtype: str = "float32") -> Any:
    """Change a batch as drawn, on any backend.

    The part is enlarged by bilinear interpolation, as one matrix product over rows and one over columns. To be shown
    smaller, pixels are averaged with weights that fall linearly with the distance.

    Args:
        photos: Tensor (B, height, width, 3), uint8 in [0, 255].
        draws: What `Augmentation.draw` gave for them.
        dtype: Of the computation and of the result.

    Returns:
        Tensor of the same shape, in [0, 1].
    """
    from keras import ops

    height, width = photos.shape[1:3]
    values = ops.cast(photos, dtype)
    values = ops.matmul(_interpolation(draws["rows"], height, dtype), ops.reshape(values, (-1, height, width * 3)))
    values = ops.transpose(ops.reshape(values, (-1, height, width, 3)), (0, 2, 1, 3))
    values = ops.matmul(_interpolation(draws["columns"], width, dtype), ops.reshape(values, (-1, width, height * 3)))
    values = ops.transpose(ops.reshape(values, (-1, width, height, 3)), (0, 2, 1, 3))
    color = ops.cast(draws["color"] / BITS_8_MAX, dtype)
    values = ops.matmul(ops.reshape(values, (-1, height * width, 3)), color) + ops.cast(draws["offset"], dtype)
    values = ops.reshape(ops.clip(values, 0, 1), (-1, height, width, 3))
    return ops.where(_inside(draws["erased"], height, width), ops.cast(0.5, dtype), values)


def _interpolation(places: Any, size: int, dtype: str) -> Any:
    """Return the weights (B, size, size) of each old row in each new one, from first place and step (B, 2)."""
    from keras import ops

    pixels = ops.arange(size, dtype="float32")
    wanted = places[:, :1] + places[:, 1:] * pixels
    within = (size - 1) - ops.abs((size - 1) - ops.abs(wanted))  # mirrored beyond the edge
    reach = ops.maximum(ops.abs(places[:, 1:, None]), 1)
    weights = ops.relu(1 - ops.abs(within[:, :, None] - pixels) / reach)
    return ops.cast(weights / ops.sum(weights, axis=2, keepdims=True), dtype)


def _inside(boxes: Any, height: int, width: int) -> Any:
    """Tell which pixels lie in a box: (B, height, width, 1)."""
    from keras import ops

    top, left, bottom, right = (boxes[:, side, None] for side in range(4))
    rows, columns = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
    in_rows = ops.logical_and(rows >= top, rows < bottom)
    in_columns = ops.logical_and(columns >= left, columns < right)
    return ops.logical_and(in_rows[:, :, None, None], in_columns[:, None, :, None])
