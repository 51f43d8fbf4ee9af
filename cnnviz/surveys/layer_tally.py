"""What a data set tells of a layer's channels: numbers that parts of it can be added up from."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.surveys.histograms import NUM_BINS, bins_of
from cnnviz.surveys.layer_survey import NOBODY

Floats = NDArray[np.float64]
Array = NDArray[np.generic]
HISTOGRAMS = ("maxima", "means")
CACHED, WIDE = 2**17, 2**11
"""How many numbers are looked at together, and side by side: so many stay in a processor's caches."""

SMALL = 2**13
"""Maps of so many numbers are not worth a function call for each photograph."""

MOST_ROWS = 255
"""How many of those that lie below each other a byte can count."""

ALL = slice(None)

SAMPLE = 512
"""Of so many photographs, spread over the data set, each channel's mean is kept, to find channels that are alike."""


@dataclass(frozen=True)
class LayerBatch:
    """What a layer makes of B photographs, in numbers for each of its C channels.

    Args:
        maximum: The largest activation, shape (B, C), float32.
        mean: The mean activation, shape (B, C).
        zero_share: The share of zeros, shape (B, C), in [0, 1].
        place: Finds the first place of the largest activation of some channels on a photograph.
    """

    maximum: NDArray[np.float32]
    mean: Floats
    zero_share: Floats
    place: Callable[[int, NDArray[np.intp]], NDArray[np.intp]]


def measure_batch(maps: NDArray[np.float32], run: Callable[..., Iterable[None]] = map) -> LayerBatch:
    """Measure a layer's activations: large maps in one sweep, some places at a time; small ones at once.

    Args:
        maps: Shape (B, rows, columns, C), float32.
        run: Calls a function for each photograph, as `map` does, maybe several at a time.

    Returns:
        Their numbers.
    """
    num_photos, rows, columns, channels = maps.shape

    def place(photo: int, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.asarray(maps[photo].reshape(-1, channels)[:, chosen].argmax(axis=0))

    places = rows * columns
    if places * channels <= SMALL:
        units = maps.reshape(num_photos, places, channels)
        zero_share = 1 - np.count_nonzero(units, axis=1) / places
        return LayerBatch(units.max(axis=1), units.mean(axis=1, dtype=np.float64), zero_share, place)

    maximum = np.empty((num_photos, channels), np.float32)
    mean, zeros = (np.empty((num_photos, channels)) for _ in range(2))
    groups = maps.reshape(num_photos, -1, side_by_side(places, channels), channels)
    step = min(max(CACHED // groups[0, 0].size, 1), MOST_ROWS)

    def measure(photo: int) -> None:
        high = np.full(groups.shape[2:], -np.inf, np.float32)
        total, filled = (np.zeros(groups.shape[2:]) for _ in range(2))
        for start in range(0, groups.shape[1], step):
            part = groups[photo, start : start + step]
            np.maximum(high, part.max(axis=0), out=high)
            total += part.sum(axis=0)
            filled += np.add.reduce(part != 0, axis=0, dtype=np.uint8)
        maximum[photo] = high.max(axis=0)
        mean[photo] = total.sum(axis=0) / places
        zeros[photo] = 1 - filled.sum(axis=0) / places

    for _ in run(measure, range(num_photos)):
        pass
    return LayerBatch(maximum, mean, zeros, place)


@lru_cache
def side_by_side(places: int, channels: int) -> int:
    """Choose how many places are looked at side by side, so that their running numbers stay in the fastest cache.

    Args:
        places: Of a map.
        channels: Of the layer.

    Returns:
        A divisor of the number of places.

    Example:
        >>> side_by_side(148 * 148, 32)
        74
    """
    divisors = [number for number in range(1, places + 1) if places % number == 0]
    return min(divisors, key=lambda number: abs(math.log(number * channels / WIDE)))


@dataclass
class LayerTally:
    """Numbers of C channels over photographs of K classes, which are told apart in G = K histograms, or in one.

    Args:
        num_photos: Photographs of each class, shape (K,).
        mean: Sum over photographs of the mean activation, for each class, shape (K, C).
        square: Sum over all photographs of the square of the mean activation, shape (C,).
        zero_share: Sum of the shares of zeros, shape (C,).
        maximum: Largest activation, shape (C,), float32.
        maxima: Histograms of each photograph's largest activation, shape (G, C, NUM_BINS).
        means: Histograms of each photograph's mean activation, of the same shape.
        top_values: The k largest activations of different photographs, shape (C, k), float32; -inf where there are
            fewer. Of equal ones the photograph with the smaller number comes first.
        top_photos: The numbers of these photographs, shape (C, k); -1 where there are fewer.
        top_places: The places of these activations among the layer's places, shape (C, k).
        sample: The mean activation of some photographs, shape (S, C), float32; NaN where there is no photograph.
    """

    num_photos: NDArray[np.int64]
    mean: Floats
    square: Floats
    zero_share: Floats
    maximum: NDArray[np.float32]
    maxima: NDArray[np.uint32]
    means: NDArray[np.uint32]
    top_values: NDArray[np.float32]
    top_photos: NDArray[np.int64]
    top_places: NDArray[np.int64]
    sample: NDArray[np.float32]

    @classmethod
    def empty(cls, num_channels: int, num_classes: int, num_top: int, num_groups: int = 0) -> "LayerTally":
        """Begin without photographs.

        Args:
            num_channels: Of the layer.
            num_classes: Of the photographs, at least 1.
            num_top: Photographs to keep for each channel.
            num_groups: Histograms for each channel: as many as classes, or 1; 0 for as many as classes.

        Returns:
            Numbers of no photograph.
        """
        best, histograms = (num_channels, num_top), (num_groups or num_classes, num_channels, NUM_BINS)
        return cls(
            num_photos=np.zeros(num_classes, np.int64),
            mean=np.zeros((num_classes, num_channels)),
            square=np.zeros(num_channels),
            zero_share=np.zeros(num_channels),
            maximum=np.full(num_channels, -np.inf, np.float32),
            maxima=np.zeros(histograms, np.uint32),
            means=np.zeros(histograms, np.uint32),
            top_values=np.full(best, -np.inf, np.float32),
            top_photos=np.full(best, NOBODY, np.int64),
            top_places=np.zeros(best, np.int64),
            sample=np.full((SAMPLE, num_channels), np.nan, np.float32),
        )

    def add(self, batch: LayerBatch, classes: NDArray[np.intp], photos: NDArray[np.int64], stride: int = 1) -> None:
        """Add photographs.

        Args:
            batch: What the layer makes of them.
            classes: The index of each photograph's class, shape (B,).
            photos: The number of each photograph, shape (B,): no two are the same.
            stride: The sample is of every so manieth photograph, so that it has room for all of them.
        """
        maximum, mean = batch.maximum, batch.mean
        self.num_photos += np.bincount(classes, minlength=len(self.num_photos))
        np.add.at(self.mean, classes, mean)
        self.square += (mean**2).sum(axis=0)
        self.zero_share += batch.zero_share.sum(axis=0)
        self.maximum = np.maximum(self.maximum, maximum.max(axis=0))
        channels, groups = np.arange(maximum.shape[1]), np.minimum(classes, len(self.maxima) - 1)
        rows = (groups[:, None] * len(channels) + channels) * NUM_BINS
        for counts, values in ((self.maxima, maximum), (self.means, mean)):
            np.add.at(counts.reshape(-1), (rows + bins_of(values)).ravel(), np.uint32(1))
        chosen = photos % stride == 0
        self.sample[photos[chosen] // stride] = mean[chosen]
        self._compete(batch, photos)

    def merge(self, other: "LayerTally") -> None:
        """Add the numbers of other photographs of the same layer.

        Args:
            other: Their numbers.
        """
        for name in ("num_photos", "mean", "square", "zero_share", "maxima", "means"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.maximum = np.maximum(self.maximum, other.maximum)
        self.sample = np.where(np.isnan(self.sample), other.sample, self.sample)
        self._keep_best(other.top_values, other.top_photos, other.top_places)

    def pack(self) -> dict[str, Array]:
        """Return all numbers by name, as they are stored: of histograms, only what is not zero."""
        packed: dict[str, Array] = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in HISTOGRAMS:
            counts = packed.pop(name)
            filled = np.flatnonzero(counts)
            packed |= {f"{name}_shape": np.array(counts.shape), f"{name}_at": filled, name: counts.ravel()[filled]}
        return packed

    @classmethod
    def unpack(cls, packed: Callable[[str], Array]) -> "LayerTally":
        """Read what `pack` returned.

        Args:
            packed: Returns an array by its name.

        Returns:
            The same numbers.
        """
        arrays = {}
        for each in fields(cls):
            values = packed(each.name)
            if each.name in HISTOGRAMS:
                counts = np.zeros(packed(f"{each.name}_shape"), np.uint32)
                counts.ravel()[packed(f"{each.name}_at")] = values
                values = counts
            arrays[each.name] = values
        return cls(**arrays)  # type: ignore[arg-type]

    def _compete(self, batch: LayerBatch, photos: NDArray[np.int64]) -> None:
        """Let photographs of a batch take the places of others; units are only looked for where one does."""
        maximum = batch.maximum.T
        last, of_equals = self.top_values[:, -1:], self.top_photos[:, -1:]
        winning = np.flatnonzero(((maximum > last) | ((maximum == last) & (photos < of_equals))).any(axis=1))
        if not len(winning):
            return
        shape = len(winning), len(photos)
        codes = np.broadcast_to(-1 - np.arange(len(photos)), shape)
        self._keep_best(maximum[winning], np.broadcast_to(photos, shape), codes, winning)
        channels, ranks = np.nonzero(self.top_places < 0)
        rows = -1 - self.top_places[channels, ranks]
        for row in np.unique(rows).tolist():
            chosen = rows == row
            self.top_places[channels[chosen], ranks[chosen]] = batch.place(row, channels[chosen])

    def _keep_best(
        self,
        values: NDArray[np.float32],
        photos: NDArray[np.int64],
        places: NDArray[np.int64],
        channels: NDArray[np.intp] | slice = ALL,
    ) -> None:
        """Keep the best of those that some channels have and of others, each of shape (channels, number)."""
        kept: tuple[NDArray[Any], ...] = (self.top_values, self.top_photos, self.top_places)
        found = [
            np.concatenate([own[channels], other], axis=1)
            for own, other in zip(kept, (values, photos, places), strict=True)
        ]
        best = np.lexsort((found[1], -found[0]), axis=1)[:, : self.top_values.shape[1]]
        for own, each in zip(kept, found, strict=True):
            own[channels] = np.take_along_axis(each, best, axis=1)
