"""One channel of one layer for one photo."""

import reprlib
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import share, short, sides
from cnnviz.base.markup import captioned, card, row
from cnnviz.base.names import brief
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette
from cnnviz.drawing.thumbnail import draw_map
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE, LayerResult, Strongest

EDGE = 592
"""Largest height and width of a channel's picture, in pixels: four times the embedded model's widest feature map."""

CARD_EDGE = 300
"""Largest height and width of the map in a notebook, in pixels."""

NUM_BINS = 20


class ChannelStatistics(TypedDict):
    """The numbers of one channel; zero_share is the share of activations that are exactly zero."""

    min: float
    max: float
    mean: float
    std: float
    zero_share: float


class UnitFacts(TypedDict):
    """One unit; box has the edges of what it saw: left, top, right and bottom, in pixels of the network's picture."""

    row: int
    column: int
    activation: float
    box: list[int]


class Histogram(TypedDict):
    """How often activations of each size occur: counts of bins, and the edges of the bins."""

    counts: list[int]
    edges: list[float]


class ChannelFacts(TypedDict):
    """What is known of one channel for one photo."""

    layer: str
    channel: int
    shape: list[int]
    statistics: ChannelStatistics
    is_silent: bool
    histogram: Histogram
    strongest: UnitFacts


@dataclass(frozen=True)
class Channel:
    """One channel of a layer.

    Args:
        layer: The layer's result.
        index: The channel's index.

    Example:
        >>> channel = cnnviz.load()("photo.jpg").channel("conv2d_3", 17)
        >>> channel.feature_map.shape, channel.picture().size
        ((34, 34), (578, 578))
    """

    layer: LayerResult
    index: int

    def __repr__(self) -> str:
        """Describe the channel in one line."""
        numbers, size = self.statistics, sides(*self.layer.places)
        values = f"{size}, {short(numbers['min'])} to {short(numbers['max'])}"
        return f"<Channel {self.index} of {brief(self.layer.name)}: {values}>"

    def _repr_html_(self) -> str:
        """Show the channel in a notebook: its map, and what its strongest unit saw of the photo."""
        numbers, limits = self.statistics, self.layer.limits()
        note = f"{sides(*self.layer.places)} places, from {short(numbers['min'])} to {short(numbers['max'])}"
        note += f", mean {short(numbers['mean'])}, {share(numbers['zero_share'])} of them zero"
        signed, limit = not self.layer.layer.non_negative, limits[self.index : self.index + 1] * (not self.is_silent)
        drawn = indexed_picture(draw_map(self.feature_map, limit, CARD_EDGE, signed), palette(DEFAULT_COLORMAP, signed))
        parts = [embed(drawn, f"The map of channel {self.index}", CARD_EDGE)]
        if not self.is_silent:
            unit = self.strongest
            patch = embed(unit.patch, "What its strongest unit saw", CARD_EDGE // 2)
            parts.append(
                captioned(patch, CARD_EDGE, "What its strongest unit saw", f"activation {short(unit.activation)}")
            )
        return card(f"Channel {self.index} of {self.layer.name}", note, row(*parts))

    @property
    def feature_map(self) -> NDArray[np.float32]:
        """The activations, shape (h, w), float32, read-only; for a unit without a place, shape (1, 1)."""
        return np.asarray(self.layer.feature_maps[self.index].reshape(self.layer.places))

    @property
    def statistics(self) -> ChannelStatistics:
        """Min, max, mean and std of the activations, and zero_share, the share of them that is exactly zero."""
        numbers, index = self.layer.statistics, self.index
        return {
            "min": float(numbers.min[index]),
            "max": float(numbers.max[index]),
            "mean": float(numbers.mean[index]),
            "std": float(numbers.std[index]),
            "zero_share": float(numbers.zero_share[index]),
        }

    @property
    def is_silent(self) -> bool:
        """Whether all of its activations are zero for this photo."""
        return bool(self.layer.statistics.silent[self.index])

    @property
    def strongest(self) -> Strongest:
        """The unit with the largest activation, and what it saw of the photo."""
        return self.layer.strongest_unit(self.index)

    def histogram(self, num_bins: int = NUM_BINS) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Count the activations by size.

        Args:
            num_bins: Number of bins of equal width, at least 1.

        Returns:
            Counts, shape (num_bins,), which sum to h * w; and the bins' edges, shape (num_bins + 1,), from the
            smallest activation to the largest. If all activations are equal, there is a single bin.
        """
        if self.feature_map.min() == self.feature_map.max():
            return np.array([self.feature_map.size]), np.repeat(self.feature_map.flat[:1].astype(np.float64), 2)
        counts, edges = np.histogram(self.feature_map.astype(np.float64), bins=num_bins)
        return counts.astype(np.int64), edges

    def unit(self, row: int, column: int) -> UnitFacts:
        """Return the activation of one unit, and what the unit saw.

        Args:
            row: Row of the unit in the feature map.
            column: Column of the unit in the feature map.

        Returns:
            Plain JSON values: row; column; activation; and box, the left, top, right and bottom edge of what it saw,
            in pixels of the network's picture.

        Raises:
            OptionError: If there is no such unit.
        """
        height, width = self.layer.places
        is_unit = all(isinstance(place, int | np.integer) and not isinstance(place, bool) for place in (row, column))
        if not is_unit or not (0 <= row < height and 0 <= column < width):
            raise OptionError(
                f"Layer '{self.layer.name}' has {height} rows and {width} columns of units. "
                f"Received: row={reprlib.repr(row)}, column={reprlib.repr(column)}."
            )
        activation = float(self.feature_map[row, column])
        return {
            "row": int(row),
            "column": int(column),
            "activation": activation,
            "box": list(self.layer.box(row, column)),
        }

    def to_dict(self) -> ChannelFacts:
        """Return everything except the activations as plain JSON values.

        Returns:
            layer and channel; shape, the rows and columns of the feature map; statistics; is_silent; histogram, its
            counts and edges; and strongest, the unit with the largest activation, as `unit` describes it.
        """
        counts, edges = self.histogram()
        row, column = divmod(int(self.feature_map.argmax()), self.layer.places[1])
        return {
            "layer": self.layer.name,
            "channel": self.index,
            "shape": list(self.layer.places),
            "statistics": self.statistics,
            "is_silent": self.is_silent,
            "histogram": {"counts": counts.tolist(), "edges": edges.tolist()},
            "strongest": self.unit(row, column),
        }

    def picture(self, colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE) -> Image.Image:
        """Draw the channel in large: every activation is a square of whole pixels.

        Args:
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer": the brightest colour stands for the largest magnitude of the channel, or of
                the whole layer.

        Returns:
            An indexed picture of at most 592 pixels a side, hatched if the channel is silent; a larger map is averaged.

        Raises:
            OptionError: If there is no such colour map or scale.
        """
        signed = not self.layer.layer.non_negative
        limit = self.layer.limits(scale)[self.index : self.index + 1] * (not self.is_silent)
        return indexed_picture(draw_map(self.feature_map, limit, EDGE, signed), palette(colormap, signed))
