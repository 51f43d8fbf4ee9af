"""Result of one layer for one photo: activations, statistics, grid, strongest units."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count, short
from cnnviz.base.markup import captioned, card, describe, row
from cnnviz.base.names import brief
from cnnviz.drawing.answer_bar import draw_bar
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.grid import Layout, average, columns_for, indexed_picture, lay_out, tile
from cnnviz.drawing.palette import palette, quantize
from cnnviz.drawing.png import encode_indexed, encode_png
from cnnviz.drawing.thumbnail import draw_map, draw_units
from cnnviz.network.layer import Layer
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.statistics import Statistics, find_extremes, measure, plain

SCALES = ("channel", "layer")
DEFAULT_COLORMAP, DEFAULT_SCALE = "magma", "channel"
MAX_FLAT_COLUMNS = 128

LARGEST_SQUARE = 16
"""Largest height and width of a single activation in a notebook's small picture, in pixels."""

NUM_PATCHES, PATCH_EDGE, PATCH_PIXELS = 6, 96, 120
"""In a notebook: number of patches, their largest height and width, and the width of the line below, in pixels."""


@dataclass(frozen=True)
class Strongest:
    """One of the units that were most active for a photo.

    Args:
        channel: Index of its channel.
        position: Row and column in the feature map; None for a unit without a place.
        activation: Its value.
        box: The part of the network's picture that it saw: left, top, right and bottom edge in pixels.
        patch: The part of the photo that it saw, an RGB picture cut from the photo itself, grey if the network sees
            grey; if the unit saw only padding, or the bars of a padded photo, the nearest pixels.

    Example:
        >>> strongest = cnnviz.load()("photo.jpg")["conv2d_1"].strongest(1)[0]
        >>> left, top, right, bottom = strongest.box
        >>> right - left, bottom - top
        (3, 3)
    """

    channel: int
    position: tuple[int, int] | None
    activation: float
    box: tuple[int, int, int, int]
    patch: Image.Image

    def __repr__(self) -> str:
        """Describe the unit in one line."""
        place = f" at {self.position}" if self.position else ""
        return f"<Strongest unit of channel {self.channel}{place}: {short(self.activation)}>"


@dataclass(frozen=True, eq=False)
class LayerResult:
    """One layer's activations for one photo.

    Args:
        layer: The layer.
        feature_maps: Shape (C, h, w), float32, read-only; in memory the channels lie last. A flattened layer has its
            places as rows, (C, h * w, 1); a dense layer has one place, (C, 1, 1). Tokens lie at the places of the map
            that they were, where it is known, else one below the other, (C, N, 1).
        places: Height and width of the feature maps before flattening; (1, 1) for a dense layer.
        photo: The upright RGB photo.
        preprocessing: The network's preprocessing; it converts boxes of the network's picture to boxes of the photo.
        source: The layer that feeds this one, if it is a single layer of feature maps; a pickled or copied layer has
            none, unless it is pickled or copied as part of its result.
        answer: The probabilities, if this is the layer of the answer.
        multi_label: Whether each class of the answer is a yes or no of its own.
        aside: Activations of tokens without a place, such as a class token: shape (n, C), float32; None if
            there are none.

    Example:
        >>> layer = cnnviz.load()("photo.jpg")["conv2d_4"]
        >>> layer.shape, layer.grid().width
        ((15, 15, 128), 1215)
    """

    layer: Layer
    feature_maps: NDArray[np.float32] = field(repr=False)
    places: tuple[int, int]
    photo: Image.Image = field(repr=False)
    preprocessing: Preprocessing = field(repr=False)
    source: "LayerResult | None" = field(default=None, repr=False)
    answer: dict[str, float] | None = None
    multi_label: bool = False
    aside: NDArray[np.float32] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        """Describe the result in one line."""
        return f"<LayerResult {brief(self.name)}: {self.layer.kind_text}, {self.layer.shape_text}>"

    def _repr_html_(self) -> str:
        """Show the layer in a notebook: all channels, and what the strongest ones saw of the photo."""
        name, *others = self.caption().split(" · ")
        grid = embed(self.grid(), f"The channels of {name}")
        units = [] if self._has_single_units else self.strongest(NUM_PATCHES)  # single units see the same
        patches = [
            captioned(
                embed(unit.patch, f"What channel {unit.channel} saw", PATCH_EDGE),
                PATCH_PIXELS,
                f"channel {unit.channel}: {short(unit.activation)}",
            )
            for unit in units
        ]
        below = [describe("What the strongest saw of the photo") + row(*patches, gap=12, align="flex-end")]
        return card(name, " · ".join(others), grid, *(below if patches else []))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the layer before, which would bring along all the others; keep the order in memory."""
        values = np.moveaxis(self.feature_maps, 0, -1)
        return {**self.__dict__, "feature_maps": values, "source": None, "layout": self.layout}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was pickled or copied; the activations are read-only again."""
        self.__dict__.update({**state, "feature_maps": np.moveaxis(state["feature_maps"], -1, 0)})
        self.feature_maps.setflags(write=False)

    @cached_property
    def statistics(self) -> Statistics:
        """The numbers per channel, measured when they are first asked for."""
        return measure(self.feature_maps, self.extremes)

    @cached_property
    def extremes(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The smallest and the largest activation of each channel: both of shape (C,), float32."""
        return find_extremes(self.feature_maps)

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def kind(self) -> str:
        """The layer's Keras class name."""
        return self.layer.kind

    @property
    def shape(self) -> tuple[int, ...]:
        """The activation's shape: (h, w, C), (N, C) or (C,)."""
        return self.layer.shape

    @property
    def activation(self) -> NDArray[np.float32]:
        """The activation in Keras's own shape, this layer's `shape`; float32, read-only."""
        units = np.moveaxis(self.feature_maps, 0, -1)
        if self.aside is not None:
            units = np.concatenate([self.aside, units.reshape(-1, units.shape[-1])])
        activation = units.reshape(self.shape)
        activation.setflags(write=False)  # a flattened one is a copy
        return activation

    @property
    def receptive_field(self) -> ReceptiveField:
        """Which pixels of the network's picture the layer's units see."""
        return self.layer.receptive_field

    @cached_property
    def layout(self) -> Layout:
        """The places of the tiles in the grid."""
        channels, height, width = self.feature_maps.shape
        if self.layer.places:
            pooled = self.source.layout if self.source and "Pooling" in self.kind else None
            return lay_out(channels, height, width, columns_for(channels), pooled)
        if self._has_single_units:
            return lay_out(channels, 1, 1, math.ceil(math.sqrt(2 * channels)), with_bars=False)
        return lay_out(channels, height, width, min(channels, MAX_FLAT_COLUMNS))

    def limits(self, scale: str = DEFAULT_SCALE) -> NDArray[np.float32]:
        """Return the largest magnitude that each channel's tile shows.

        Args:
            scale: "channel" for each channel's own maximum, "layer" for the layer's. Layers of single units always
                use the layer's.

        Returns:
            Shape (C,), float32. A tile shows [0, limit], or [-limit, limit] if the layer's activations can be
            negative.

        Raises:
            OptionError: If there is no such scale.
        """
        scale = self._scale(scale)
        limits = self.magnitudes
        return np.full_like(limits, limits.max()) if scale == "layer" else limits

    @cached_property
    def strengths(self) -> NDArray[np.float32]:
        """Each channel's largest magnitude as a share of the layer's: shape (C,), float32 in [0, 1], 0 if silent."""
        largest = self.magnitudes.astype(np.float64)
        shares = (largest / max(largest.max(), np.finfo(np.float64).tiny)).astype(np.float32)
        shares[largest > 0] = np.maximum(shares[largest > 0], np.finfo(np.float32).tiny)
        return np.asarray(shares)

    @property
    def magnitudes(self) -> NDArray[np.float32]:
        """Each channel's largest magnitude: shape (C,), float32."""
        low, high = self.extremes
        return np.asarray(np.maximum(np.abs(low), np.abs(high)))

    def grid(self, colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE) -> Image.Image:
        """Draw every channel as a tile, silent channels hatched.

        Zero always has the same colour. The colours of layers that cannot be negative run from 0 to the limit; those of
        other layers are symmetric around 0, with a diverging map. In the picture's palette, 0 is the gap, 1 the
        hatching, and the rest are values, as described in `cnnviz.drawing.palette.quantize`. The bar below a tile shows
        how strong its channel is, compared with the layer's strongest; a dotted line means less than 1% of it. The
        layer of the answer is drawn as a labelled bar.

        Args:
            colormap: A matplotlib name, such as "magma".
            scale: "channel" or "layer", as for `limits`.

        Returns:
            An indexed picture, up to 1,216 pixels wide if the layer is enlarged; a layer that is wider even without
            enlargement is shown pixel for pixel.

        Raises:
            OptionError: If there is no such colour map or scale.
        """
        indices, colors = self._draw(colormap, scale)
        return draw_bar(self.answer, self.multi_label) if self.answer else indexed_picture(indices, colors)

    def png(self, colormap: str = DEFAULT_COLORMAP, scale: str = DEFAULT_SCALE) -> bytes:
        """Draw the grid, and encode it.

        Args:
            colormap: A matplotlib name, as for `grid`.
            scale: "channel" or "layer", as for `limits`.

        Returns:
            The bytes of a PNG file of `grid`; it takes less time than to make the picture first.

        Raises:
            OptionError: If there is no such colour map or scale.
        """
        if self.answer:
            return encode_png(self.grid(colormap, scale))
        return encode_indexed(*self._draw(colormap, scale))

    def _draw(self, colormap: str, scale: str) -> tuple[NDArray[np.uint8], bytes]:
        """Draw every channel as a tile: palette indices, and the palette."""
        signed, limits = not self.layer.non_negative, self.limits(scale)
        colors = palette(colormap, signed)
        levels = quantize(average(self.feature_maps, self.layout.shrink), limits, signed)
        return tile(levels, self.strengths, self.layout, signed), colors

    def thumbnail(self, edge: int, colormap: str = DEFAULT_COLORMAP) -> Image.Image:
        """Draw the layer in a small square: the map with the largest activation, or all units if it has no maps.

        Args:
            edge: Largest height and width of the picture in pixels, at least 1.
            colormap: A matplotlib name.

        Returns:
            An indexed picture. It has as many whole pixels per activation as fit; if there are more activations than
            pixels, they are averaged. A layer that is zero everywhere is hatched.

        Raises:
            OptionError: If there is no such colour map.
        """
        signed, limit = not self.layer.non_negative, self.limits("layer")[:1]
        colors = palette(colormap, signed)
        if self.layer.places:
            strongest = np.ascontiguousarray(self.feature_maps[int(self.extremes[1].argmax())])
            return indexed_picture(draw_map(strongest, limit, edge, signed), colors)
        return indexed_picture(draw_units(self.activation.ravel(), limit, edge, signed), colors)

    def caption(self, scale: str = DEFAULT_SCALE) -> str:
        """Describe in one line what the grid shows.

        Args:
            scale: "channel" or "layer", as for `limits`.

        Returns:
            Name, kind, shape, what a unit sees, silent channels and scale.

        Raises:
            OptionError: If there is no such scale.
        """
        whose = "it sees" if self.feature_maps.size == 1 else "each unit sees"
        layer = self.layer
        note = f", {layer.receptive_field.note}" if layer.receptive_field.note else ""
        parts = [self.name, layer.kind_text, layer.shape_text, f"{whose} {layer.seen_text} pixels{note}"]
        if self.answer:
            return " · ".join([*parts, "the answer"])
        unit = "units" if self._has_single_units else "channels"
        parts.append(f"{count(self.statistics.num_silent)} of {count(len(self.feature_maps))} {unit} silent")
        parts.append(self._range(scale, unit))
        if self._has_single_units:
            parts.append("one square per unit")
        elif not layer.places:
            parts.append("one column per channel, one row per place")
        if self.layout.shrink > 1:
            parts.append(f"averaged {self.layout.shrink}×{self.layout.shrink}")  # noqa: RUF001
        return " · ".join(parts)

    def strongest(self, number: int = 3) -> list[Strongest]:
        """Return the most active channels, each with its strongest unit and what that unit saw.

        Args:
            number: How many channels, at least 1. Silent channels are left out.

        Returns:
            At most `number` units of different channels, the strongest first.

        Raises:
            OptionError: If `number` is less than 1.
        """
        if number < 1:
            raise OptionError(f"`number` is at least 1. Received: number={number}.")
        peaks = self.extremes[1]
        order = [channel for channel in np.argsort(-peaks, kind="stable") if peaks[channel] > 0]
        return [self.strongest_unit(int(channel)) for channel in order[:number]]

    def to_dict(self, scale: str = DEFAULT_SCALE) -> dict[str, Any]:
        """Return everything except the activations as plain JSON values.

        Args:
            scale: "channel" or "layer", as for `limits`; the ranges depend on it.

        Returns:
            The layer, its receptive field, its statistics, the places of the grid's tiles, and the range of values that
            each tile shows.
        """
        return {
            **self.summary,
            "statistics": self.statistics.to_dict(),
            "grid": {"columns": self.layout.columns, "scale": self.layout.scale, "pitch": list(self.layout.pitch)},
            "ranges": [[0.0 if self.layer.non_negative else -limit, limit] for limit in plain(self.limits(scale))],
        }

    @property
    def summary(self) -> dict[str, Any]:
        """The layer, its receptive field, and its statistics but for those of single channels, as plain JSON values."""
        axis = self.receptive_field.rows
        return {
            "name": self.name,
            "kind": self.kind,
            "shape": list(self.shape),
            "num_parameters": self.layer.num_parameters,
            "receptive_field": {"size": self.receptive_field.size, "stride": axis.stride, "start": axis.start},
            "statistics": self.statistics.summary,
        }

    @property
    def _has_single_units(self) -> bool:
        return self.feature_maps.shape[1:] == (1, 1)

    def _scale(self, scale: str) -> str:
        """Check the scale and return it; layers of single units always have the scale of the layer."""
        if scale not in SCALES:
            raise OptionError(f"No scale named '{scale}'. Scales: {', '.join(SCALES)}. Received: scale='{scale}'.")
        return "layer" if self._has_single_units else scale

    def _range(self, scale: str, unit: str) -> str:
        """Describe which values the colours stand for."""
        limit = float(self.limits("layer")[0])
        if self._scale(scale) == "layer":
            return f"all {unit} from {'0' if self.layer.non_negative else short(-limit)} to {short(limit)}"
        return "each channel from 0 to its own maximum" if self.layer.non_negative else "each channel around 0"

    @property
    def seen(self) -> ReceptiveField:
        """The fields of the units by their places; if the places are no longer the convolution's, all see the same."""
        return self.receptive_field.of_places(*self.places)

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return what the unit at a place sees.

        Args:
            row: Row of the unit in its feature map.
            column: Column of the unit in its feature map.

        Returns:
            Left, top, right and bottom edge in pixels of the network's picture.
        """
        return self.seen.box(row, column)

    def strongest_unit(self, channel: int) -> Strongest:
        """Return the unit of a channel with the largest activation, and what it saw.

        Args:
            channel: The channel's index.

        Returns:
            The unit.
        """
        values = self.feature_maps[channel]
        place = int(values.argmax())
        position = divmod(place, self.places[1])
        box = self.box(*position)
        patch = self.preprocessing.crop(self.photo, box)
        return Strongest(channel, None if self._has_single_units else position, float(values.flat[place]), box, patch)


def small_picture(layer: LayerResult, edge: int) -> str:
    """Show a layer in a small square of a notebook, in which no activation is large.

    Args:
        layer: The layer's result.
        edge: Largest height and width, in pixels.

    Returns:
        Markup.
    """
    side = max(layer.places) if layer.layer.places else math.ceil(math.sqrt(math.prod(layer.shape)))
    return embed(layer.thumbnail(min(edge, LARGEST_SQUARE * side)), layer.caption(), LARGEST_SQUARE)
