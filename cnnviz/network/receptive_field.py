"""Receptive fields: which input pixels can affect one activation (size, stride and start), layer by layer.

Reference: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnviz.base.figures import sides
from cnnviz.network.places import SPATIAL, TOKENS

ELEMENTWISE = frozenset(
    {"Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout", "ELU", "Flatten"}
    | {"GaussianDropout", "GaussianNoise", "Identity", "LayerScale", "LeakyReLU", "Normalization", "PReLU", "ReLU"}
    | {"Rescaling", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "StochasticDepth", "UnitNormalization"}
    | {"Absolute", "Cast", "Celu", "Clip", "Elu", "Exp", "Gelu", "HardSigmoid", "HardSilu", "HardTanh", "LeakyRelu"}
    | {"Log", "Log1p", "LogSigmoid", "LogSoftmax", "Negative", "Reciprocal", "Relu", "Relu6", "Selu", "Sigmoid", "Silu"}
    | {"Softplus", "Softsign", "Sqrt", "Square", "Tanh"}
)
"""Layers and operations whose units see the same as the units before them (Flatten keeps the order of places)."""

MEASURING = frozenset({"AutoContrast", "GroupNormalization"})
"""Layers whose units keep their places, after all places have been measured together."""

WINDOWS = {
    "Conv2D": "kernel_size",
    "DepthwiseConv2D": "kernel_size",
    "SeparableConv2D": "kernel_size",
    "MaxPooling2D": "pool_size",
    "AveragePooling2D": "pool_size",
}
"""Layers that slide a window, and the setting that holds the window's size."""

MERGES = frozenset(
    {"Add", "Average", "Concatenate", "CustomScaleLayer", "Divide", "Maximum", "Minimum", "Multiply", "Power", "Stack"}
    | {"Subtract", "TrueDivide"}
)
"""Layers and operations that join their inputs place by place."""

ONE_PLACE = (1, 1)
NEIGHBOURS = {"nearest": 1, "bilinear": 1, "area": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""Distance within which an interpolation reads, in units of what it resizes."""


@dataclass(frozen=True)
class Axis:
    """The receptive fields along one axis of the picture.

    Args:
        size: Pixels that one unit sees. A layer that resizes makes fractions of these three numbers; a unit sees every
            pixel that its field touches.
        stride: Pixels between the fields of neighbouring units; 0 if all units see the same.
        start: First pixel of unit 0's field; negative where padding puts it outside the picture.
        num_units: How many units there are.
        extent: Pixels of the picture along this axis.
        seen: First pixel that any unit sees, and one past the last; a pooling layer may have dropped the rest.
    """

    size: float
    stride: float
    start: float
    num_units: int
    extent: int
    seen: tuple[int, int]

    @property
    def cell(self) -> float:
        """Pixels that one unit represents: the distance between neighbours; its equal share if all see the same."""
        low, high = self.seen
        return self.stride or (high - low) / self.num_units

    @property
    def first_cell(self) -> float:
        """Where unit 0's cell begins: in the middle of its field; if all see the same, where they begin to see."""
        return self.start + (self.size - self.stride) / 2 if self.stride else self.seen[0]

    @property
    def num_pixels(self) -> int:
        """Largest number of pixels that one unit sees, within the picture."""
        is_whole = all(float(number).is_integer() for number in (self.size, self.stride, self.start))
        return min(math.ceil(self.size) + (not is_whole), self.extent)

    def span(self, unit: int) -> tuple[int, int]:
        """Return the pixels that a unit sees, within the picture.

        Args:
            unit: Index of the unit, at least 0.

        Returns:
            First pixel, and one past the last pixel.

        Raises:
            IndexError: If there is no such unit.
        """
        if not 0 <= unit < self.num_units:
            raise IndexError(f"There are {self.num_units} units along this axis. Received: unit={unit}.")
        first = self.start + unit * self.stride
        low, high = self.seen
        return min(max(math.floor(first), low), high), max(min(math.ceil(first + self.size), high), low)

    def union(self, num_units: int = 1) -> "Axis":
        """Return fields for so many units, each seeing what all of these units see together."""
        return replace(self, size=self.size + (self.num_units - 1) * self.stride, stride=0, num_units=num_units)

    def moved(self, start: float, num_units: int, size: float, stride: float) -> "Axis":
        """Return the fields of units of a later layer, which see the picture through these units."""
        low, high = self.seen
        seen = max(low, math.floor(start)), min(high, math.ceil(start + (num_units - 1) * stride + size))
        return Axis(size, stride, start, num_units, self.extent, seen)

    def windowed(self, kernel: int, stride: int, dilation: int, padding: str, num_units: int) -> "Axis":
        """Return the fields of units that slide a window over these units."""
        reach = (kernel - 1) * dilation + 1
        before = 0
        if padding == "same":
            before = max((num_units - 1) * stride + reach - self.num_units, 0) // 2
        return self.moved(
            start=self.start - before * self.stride,
            num_units=num_units,
            size=self.size + (reach - 1) * self.stride,
            stride=self.stride * stride,
        )

    def divided(self, num_units: int) -> "Axis":
        """Return the fields of so many units that divide these among them; each sees all that it has a part of."""
        ratio = self.num_units / num_units
        spare = 0 if ratio.is_integer() or self._are_pixels else self.stride  # parts of units count
        return self.moved(
            start=self.start - spare,
            num_units=num_units,
            size=(ratio - 1) * self.stride + self.size + 2 * spare,
            stride=ratio * self.stride,
        )

    def repeated(self, times: int) -> "Axis":
        """Return the fields if each unit is repeated so many times."""
        # Of the copies, each next one begins a fraction of a unit later; fields of single pixels are rounded back.
        spare = 0 if self._are_pixels else (times - 1) / times * self.stride
        return self.moved(
            start=self.start - spare,
            num_units=self.num_units * times,
            size=(1 / times if self._are_pixels else self.size + spare),
            stride=self.stride / times,
        )

    def spread(self, kernel: int, stride: int, dilation: int, padding: str, num_units: int) -> "Axis":
        """Return the fields of units that these units write a window each into, so many units apart."""
        reach = (kernel - 1) * dilation + 1
        before = max((self.num_units - 1) * stride + reach - num_units, 0) // 2 if padding == "same" else 0
        # Unit n is written by those from (n + before - reach + 1) / stride, rounded up, to (n + before) / stride,
        # rounded down. Fields of single pixels are rounded so, others may be wider.
        first, last = before - reach + 1, before
        if self._are_pixels:
            first, last = min(first + stride - 1, last), last + 1
            size = (last - first) / stride
        else:
            size = (last - first) / stride * self.stride + self.size
        return self.moved(
            start=self.start + first / stride * self.stride,
            num_units=num_units,
            size=size,
            stride=self.stride / stride,
        )

    @property
    def _are_pixels(self) -> bool:
        """Whether each unit sees one pixel, and the next unit the next pixel."""
        return (self.stride, self.size) == (1, 1)

    def resized(self, num_units: int, neighbours: int, antialias: bool) -> "Axis":
        """Return the fields of units that interpolate between these units, so that there are so many of them."""
        if num_units == self.num_units:
            return self
        ratio = self.num_units / num_units
        reach = neighbours * (max(ratio, 1) if antialias else 1)  # a unit reads what is nearer than this to its place
        return self.moved(
            start=self.start + ((ratio - 1) / 2 - reach) * self.stride + 1,
            num_units=num_units,
            size=self.size + 2 * reach * self.stride - 2,
            stride=ratio * self.stride,
        )


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of a layer's units, in pixels of the network's picture.

    Args:
        rows: The fields from top to bottom.
        columns: The fields from left to right.
        is_gated: Whether the units are also weighed by something measured over all places, as squeeze and excite does,
            which may be the whole picture. The fields leave it out: they tell what makes one place differ from another.

    Example:
        >>> input_field(150, 150).size
        1
    """

    rows: Axis
    columns: Axis
    is_gated: bool = False

    def __repr__(self) -> str:
        """Describe the fields in one line."""
        axes = self.rows, self.columns
        seen, strides, units = (
            sides(*(round(getattr(axis, name), 2) for axis in axes)) for name in ("size", "stride", "num_units")
        )
        return f"<ReceptiveField of {units} units: each {seen} pixels, {strides} apart>"

    @property
    def size(self) -> int:
        """Pixels that one unit sees along the longer side, before clipping to the picture."""
        return math.ceil(max(self.rows.size, self.columns.size))

    @property
    def places(self) -> tuple[int, int]:
        """How many units there are from top to bottom, and from left to right."""
        return self.rows.num_units, self.columns.num_units

    @property
    def is_shared(self) -> bool:
        """Whether units side by side all see the same, as after attention, so that their places are lost."""
        return any(axis.stride == 0 and axis.num_units > 1 for axis in (self.rows, self.columns))

    @property
    def note(self) -> str:
        """What the fields leave out, in words; "" if nothing."""
        is_whole = all(axis.num_pixels == axis.extent for axis in (self.rows, self.columns))
        return "weighed by the whole picture" if self.is_gated and not is_whole else ""

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return the pixels that one unit sees, clipped to the picture.

        Args:
            row: Row of the unit in its feature map.
            column: Column of the unit in its feature map.

        Returns:
            Left, top, right and bottom edge; right and bottom are the first pixels that it does not see.

        Raises:
            IndexError: If the layer has no unit there.
        """
        (top, bottom), (left, right) = self.rows.span(row), self.columns.span(column)
        return left, top, right, bottom

    def of_places(self, height: int, width: int) -> "ReceptiveField":
        """Return the fields for a layer with so many rows and columns of units.

        Args:
            height: Rows of units.
            width: Columns of units.

        Returns:
            The same fields if the numbers are equal. If not, the places are no longer those of the convolution, and
            each unit sees what all of these units see together.
        """
        if self.places == (height, width):
            return self
        return replace(self, rows=self.rows.union(height), columns=self.columns.union(width))


def input_field(height: int, width: int) -> ReceptiveField:
    """Return the fields of the picture's own pixels: each pixel sees only itself.

    Args:
        height: Rows of the network's picture.
        width: Columns of the network's picture.

    Returns:
        Size 1, stride 1, start 0 on both axes.
    """
    rows, columns = (Axis(1, 1, 0, extent, extent, (0, extent)) for extent in (height, width))
    return ReceptiveField(rows, columns)


def layer_field(
    kind: str,
    settings: Mapping[str, Any],
    inputs: Sequence[ReceptiveField],
    shape: Sequence[int],
    places: tuple[int, int] | None,
) -> ReceptiveField:
    """Compute the fields of a layer's units from the fields of the layers that feed it.

    Args:
        kind: The layer's Keras class name.
        settings: The layer's Keras configuration; of an operation that takes a part, its "key", too.
        inputs: The fields of its inputs, at least one.
        shape: The layer's output shape without the batch axis, channels last.
        places: Rows and columns of its units, if they have places.

    Returns:
        The fields. They are exact for chains of convolutions, poolings, paddings, croppings and elementwise layers, and
        for branches of equal stride. Behind a layer that enlarges maps of units which see more than a pixel, or divides
        them among units, they may be wider by one step of the map. (If a dilated window extends beyond the border, the
        box may begin in one of its holes.) A branch of a single place that joins a map is left out, and `is_gated` says
        so. For every other layer it is the union of all its inputs: exact for dense and global layers, and an upper
        bound otherwise.
    """
    places = places or ONE_PLACE
    maps = [field for field in inputs if field.places != ONE_PLACE] if kind in MERGES and places != ONE_PLACE else []
    is_joined = bool(maps) and len(maps) < len(inputs)
    is_gated = is_joined or kind in MEASURING or any(field.is_gated for field in inputs)
    rows, columns = _axes(kind, settings, maps or inputs, shape, places)
    return ReceptiveField(rows, columns, is_gated)


def _axes(
    kind: str,
    settings: Mapping[str, Any],
    inputs: Sequence[ReceptiveField],
    shape: Sequence[int],
    places: tuple[int, int],
) -> tuple[Axis, Axis]:
    """Compute the fields along both axes."""
    field = inputs[0]
    if kind in WINDOWS:
        dilations = settings.get("dilation_rate", (1, 1))
        window = zip(settings[WINDOWS[kind]], settings["strides"], dilations, places, strict=True)
        return _each(field, window, lambda axis, *each: axis.windowed(*each[:3], settings["padding"], each[3]))
    if kind in ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"):
        return _each(field, ((units,) for units in places), Axis.divided)
    if kind == "Conv2DTranspose":
        numbers = zip(settings["kernel_size"], settings["strides"], settings["dilation_rate"], places, strict=True)
        return _each(field, numbers, lambda axis, *each: axis.spread(*each[:3], settings["padding"], each[3]))
    if kind == "UpSampling2D" and settings["interpolation"] == "nearest":
        return _each(field, ((times,) for times in settings["size"]), Axis.repeated)
    if kind in ("ZeroPadding2D", "Cropping2D"):
        sign, name = (-1, "padding") if kind == "ZeroPadding2D" else (1, "cropping")
        moves = ((sign * before, units) for (before, _), units in zip(settings[name], places, strict=True))
        return _each(field, moves, _shifted)
    if kind == "CenterCrop" and all(units <= before for units, before in zip(places, field.places, strict=True)):
        moves = (((before - units) // 2, units) for before, units in zip(field.places, places, strict=True))
        return _each(field, moves, _shifted)
    cuts = settings.get("crop_to_aspect_ratio") or settings.get("pad_to_aspect_ratio")
    if kind in ("Resizing", "UpSampling2D") and not cuts:
        neighbours = NEIGHBOURS[settings["interpolation"]]
        antialias = settings.get("antialias", False) or settings["interpolation"] == "area"
        return _each(field, ((units,) for units in places), lambda axis, n: axis.resized(n, neighbours, antialias))
    if _keeps_places(kind, settings, field, shape, places):
        return field.rows, field.columns
    rows, columns = (
        _merge(branches, units, kind in MERGES)
        for branches, units in zip(([f.rows for f in inputs], [f.columns for f in inputs]), places, strict=True)
    )
    return rows, columns


def _each(field: ReceptiveField, numbers: Iterable[tuple[Any, ...]], move: Callable[..., Axis]) -> tuple[Axis, Axis]:
    """Move rows and columns, each by its own numbers."""
    rows, columns = (move(axis, *each) for axis, each in zip((field.rows, field.columns), numbers, strict=True))
    return rows, columns


def _shifted(axis: Axis, before: int, num_units: int) -> Axis:
    """Return the fields of so many units, the first of which is that many units after the first of these."""
    return axis.moved(axis.start + before * axis.stride, num_units, axis.size, axis.stride)


def _keeps_places(
    kind: str, settings: Mapping[str, Any], field: ReceptiveField, shape: Sequence[int], places: tuple[int, int]
) -> bool:
    """Tell whether each unit sees the same as the one unit at its place before."""
    if kind in ("LayerNormalization", "RMSNormalization"):
        return settings["axis"] in (-1, [-1], len(shape), [len(shape)])  # across channels only
    if kind in ELEMENTWISE | MEASURING or kind.startswith("Random"):
        return True
    if places == ONE_PLACE or places != field.places:
        return False
    return (kind == "Dense" and len(shape) in (SPATIAL, TOKENS)) or kind == "Reshape" or _takes_channels(settings)


def _takes_channels(settings: Mapping[str, Any]) -> bool:
    """Tell whether an operation takes some channels, or all of some tokens, and leaves their order as it is."""
    key = settings.get("key", (None,))
    *others, last = key if isinstance(key, tuple) else (key,)
    is_last_axis = others == [Ellipsis]
    return is_last_axis or (bool(others) and all(isinstance(e, slice) and (e.step or 1) == 1 for e in (*others, last)))


def _merge(axes: Sequence[Axis], num_units: int, by_unit: bool) -> Axis:
    """Unite branches: unit by unit if `by_unit` is true and their strides are equal, else as a whole."""
    if not by_unit or {(axis.stride, axis.num_units) for axis in axes} != {(axes[0].stride, num_units)}:
        axes = [axis.union(num_units) for axis in axes]
    start = min(axis.start for axis in axes)
    seen = min(axis.seen[0] for axis in axes), max(axis.seen[1] for axis in axes)
    return replace(axes[0], start=start, size=max(axis.start + axis.size for axis in axes) - start, seen=seen)
