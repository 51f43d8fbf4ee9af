"""Statistics of one photo's activations, per layer and per channel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import short

Values = NDArray[np.float32]

NAMES = ("min", "max", "mean", "std", "zero_share")
SIGNIFICANT_DIGITS = 7
SMALLEST_SQUARED, LARGEST_SQUARED = 1e-15, 1e15
"""Range of magnitudes whose squares, and sums of squares, float32 can represent without loss."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of a layer's activations for one photo, for each channel and for the whole layer.

    A channel is silent if it is exactly zero everywhere for this photo. (It is dead if it is silent for every photo of
    a validation set; that is something else.)

    Args:
        min: Smallest activation of each channel, shape (C,), float32; the next four have the same shape and type.
        max: Largest activation of each channel.
        mean: Mean activation of each channel.
        std: Standard deviation of each channel over its places.
        zero_share: Share of each channel's activations that are exactly zero, in [0, 1].

    Example:
        >>> statistics = measure(np.array([[[0, 0]], [[0, 3]]], np.float32))
        >>> statistics.silent.tolist(), statistics.layer_max
        ([True, False], 3.0)
    """

    min: Values
    max: Values
    mean: Values
    std: Values
    zero_share: Values

    def __repr__(self) -> str:
        """Describe the statistics in one line."""
        low, high = short(self.layer_min), short(self.layer_max)
        return f"<Statistics of {len(self.min)} channels: {low} to {high}, {self.num_silent} silent>"

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Which channels are zero everywhere, shape (C,)."""
        return np.asarray((self.min == 0) & (self.max == 0))

    @property
    def num_silent(self) -> int:
        """How many channels are silent."""
        return int(self.silent.sum())

    @property
    def layer_min(self) -> float:
        """Smallest activation of the layer."""
        return float(self.min.min())

    @property
    def layer_max(self) -> float:
        """Largest activation of the layer."""
        return float(self.max.max())

    @property
    def layer_mean(self) -> float:
        """Mean activation of the layer."""
        return float(self.mean.mean(dtype=np.float64))

    @property
    def layer_std(self) -> float:
        """Standard deviation of all activations of the layer."""
        means = self.mean.astype(np.float64)
        return float(np.sqrt((self.std.astype(np.float64) ** 2).mean() + means.var()))

    @property
    def layer_zero_share(self) -> float:
        """Share of the layer's activations that are exactly zero."""
        return float(self.zero_share.mean(dtype=np.float64))

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers of the whole layer as plain JSON values."""
        numbers = {name: getattr(self, f"layer_{name}") for name in NAMES}
        return {"num_channels": len(self.min), "num_silent": self.num_silent, **numbers}

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain JSON values, those of the channels rounded by `plain`."""
        numbers = plain(np.stack([getattr(self, name) for name in NAMES]))
        return {
            **self.summary,
            "channels": {
                **dict(zip(NAMES, numbers, strict=True)),
                "silent": np.flatnonzero(self.silent).tolist(),
            },
        }


def plain(values: Values) -> list[Any]:
    """Round numbers to seven significant digits, the precision of float32, to keep JSON short.

    Args:
        values: Any shape, float32.

    Returns:
        Floats in lists of that shape.

    Example:
        >>> plain(np.array([0, 1 / 3], np.float32))
        [0.0, 0.3333333]
    """
    exact = values.astype(np.float64)
    magnitudes = np.floor(np.log10(np.abs(exact), out=np.zeros_like(exact), where=exact != 0))
    scales = 10.0 ** (SIGNIFICANT_DIGITS - 1 - magnitudes)
    return list((np.round(exact * scales) / scales).tolist())


def find_extremes(feature_maps: Values) -> tuple[Values, Values]:
    """Find the smallest and the largest activation of each channel, which is a fifth of all statistics' work.

    Args:
        feature_maps: Shape (C, h, w), float32.

    Returns:
        Both of shape (C,), float32.
    """
    maps = np.moveaxis(feature_maps, 0, -1)  # neighbours in memory are reduced together
    return maps.min(axis=0).min(axis=0), maps.max(axis=0).max(axis=0)


def measure(feature_maps: Values, extremes: tuple[Values, Values] | None = None) -> Statistics:
    """Measure a layer's activations.

    Args:
        feature_maps: Shape (C, h, w), float32.
        extremes: From `find_extremes`, if they are known.

    Returns:
        The statistics of its C channels.
    """
    maps = np.moveaxis(feature_maps, 0, -1)
    low, high = extremes or find_extremes(feature_maps)
    mean, std = _moments(maps)
    largest = np.maximum(np.abs(low), np.abs(high))
    extreme = (largest > LARGEST_SQUARED) | ((largest < SMALLEST_SQUARED) & (largest > 0))
    if extreme.any():
        mean[extreme], std[extreme] = _moments(maps[..., extreme].astype(np.float64))
    return Statistics(
        min=low,
        max=high,
        mean=np.where(low == high, low, mean),  # the exact mean of equal numbers, without rounding
        std=np.where(low == high, np.float32(0), std),
        zero_share=_means(maps == 0),
    )


def _moments(maps: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Compute the mean and standard deviation of each channel, the last axis, in the precision of the values."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # too large numbers are measured again
        mean = _means(maps)
        deviation = maps - mean
        return mean, np.sqrt(_means(np.square(deviation, out=deviation)))


def _means(maps: NDArray[Any]) -> NDArray[np.floating]:
    """Average over the rows, and then over the columns: so sums of float32 stay short, and their errors small."""
    precision = np.float32 if maps.dtype == bool else maps.dtype
    return np.asarray(maps.mean(axis=0, dtype=precision).mean(axis=0))
