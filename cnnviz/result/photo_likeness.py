"""Likeness of feature maps to a photo: their correlation with its luminance and its edges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.network.receptive_field import Axis, ReceptiveField

Values = NDArray[np.float32]
Integrals = NDArray[np.float64]

SMALL, LARGE = 1e-12, 1e12
"""Range of magnitudes whose squares are far from the limits of float32."""


def integrate(seen: Image.Image) -> Integrals:
    """Sum a picture's luminance and its gradient's magnitude over all rectangles that start at the top left corner.

    Args:
        seen: The picture that the network sees, RGB or grey.

    Returns:
        Shape (2, height + 1, width + 1), float64: the sums of the luminance, which is in [0, 255] per pixel, and of the
        magnitude of its gradient, which is in [0, 181] per pixel.
    """
    luminance = np.asarray(seen.convert("L"), np.float64)
    pixels = np.stack([luminance, np.hypot(*np.gradient(luminance))])
    return np.pad(pixels, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)


def unit_means(integrals: Integrals, field: ReceptiveField) -> NDArray[np.float64]:
    """Average the picture's luminance and edge strength over what each unit of a layer sees.

    Args:
        integrals: The sums from `integrate`.
        field: What the layer's units see.

    Returns:
        Shape (2, h * w), float64.
    """
    (tops, bottoms), (lefts, rights) = map(_spans, (field.rows, field.columns))
    upper, lower = integrals[:, tops], integrals[:, bottoms]
    totals = lower[:, :, rights] - upper[:, :, rights] - lower[:, :, lefts] + upper[:, :, lefts]
    areas = np.maximum(np.outer(bottoms - tops, rights - lefts), 1)
    return np.asarray((totals / areas).reshape(len(totals), -1))


def sketch(integrals: Integrals, field: ReceptiveField) -> Values:
    """Compute a picture's luminance and edges at a layer's resolution: the best that its units could reproduce.

    Args:
        integrals: The sums from `integrate`.
        field: What the layer's units see.

    Returns:
        Shape (2, h * w), float32: `unit_means`, each row minus its mean and scaled to length 1; a row is zero if all
        units see the same.
    """
    return _standardized(unit_means(integrals, field)).astype(np.float32)


def likeness(feature_maps: Values, sketches: Sequence[Values]) -> list[float]:
    """Compute how much feature maps look like pictures.

    The likeness of a channel is the larger of two |r|: the absolute Pearson correlations of its map with a picture's
    luminance and with its edge strength. With few places a correlation is high by chance, so compare the number with
    that of a picture that the network did not see.

    Args:
        feature_maps: Shape (C, h, w), float32.
        sketches: The pictures' sketches, from `sketch`.

    Returns:
        For each picture the mean over all channels whose map is not constant, in [0, 1]; 0 if all maps are constant.

    Example:
        >>> from cnnviz.network.receptive_field import input_field
        >>> picture = Image.linear_gradient("L").resize((4, 4)).convert("RGB")
        >>> maps = np.asarray(picture.convert("L"), np.float32)[None]
        >>> [round(value, 3) for value in likeness(maps, [sketch(integrate(picture), input_field(4, 4))])]
        [1.0]
    """
    maps, lengths = _centred(np.moveaxis(feature_maps, 0, -1).reshape(-1, len(feature_maps)))
    varied = lengths > 0
    if not varied.any():
        return [0.0] * len(sketches)
    correlations = np.abs(np.concatenate(sketches) @ maps)[:, varied] / lengths[varied]
    best = correlations.reshape(len(sketches), 2, -1).max(axis=1)
    return [min(value, 1.0) for value in best.mean(axis=1).tolist()]


def _spans(axis: Axis) -> NDArray[np.integer]:
    """Return what all units along an axis see, like `Axis.span`: the first pixels, and one past the last pixels."""
    first = axis.start + axis.stride * np.arange(axis.num_units)
    spans = np.array([np.floor(first), np.ceil(first + axis.size)]).astype(np.int64)
    return spans.clip(*axis.seen)


def _centred(columns: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Subtract each column's mean, and compute the column's length; the length of a constant column is 0."""
    low, high = columns.min(axis=0), columns.max(axis=0)
    largest = np.maximum(np.abs(low), np.abs(high))
    if ((largest > 0) & ((largest < SMALL) | (largest > LARGE))).any():  # squares could become 0 or overflow
        columns = columns / np.where(largest > 0, largest, 1)
    centred = columns - columns.mean(axis=0)
    return centred, np.where(low < high, np.linalg.vector_norm(centred, axis=0), 0)


def _standardized(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Subtract each row's mean, and scale the row to length 1; constant rows become zero."""
    centred, lengths = _centred(rows.T)
    return np.asarray(np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0).T)
