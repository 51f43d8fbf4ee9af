"""Receptive fields: which input pixels can affect one activation (size, stride and start), layer by layer.

Reference: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

ELEMENTWISE = frozenset(
    {"Activation", "BatchNormalization", "Dropout", "ELU", "Flatten", "GaussianDropout", "GaussianNoise", "Identity"}
    | {"LeakyReLU", "Normalization", "PReLU", "ReLU", "Rescaling", "Softmax", "SpatialDropout2D", "UnitNormalization"}
    | {"Elu", "Gelu", "HardSigmoid", "HardSilu", "Relu", "Relu6", "Sigmoid", "Silu"}
)
"""Layers and operations whose units see the same as the units before them (Flatten keeps the order of places)."""

SPATIAL = 3
"""Number of axes of an activation with places, for one photo: (h, w, C)."""

WINDOWS = {
    "Conv2D": "kernel_size",
    "DepthwiseConv2D": "kernel_size",
    "SeparableConv2D": "kernel_size",
    "MaxPooling2D": "pool_size",
    "AveragePooling2D": "pool_size",
}
"""Layers that slide a window, and the setting that holds the window's size."""

MERGES = frozenset({"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"})


@dataclass(frozen=True)
class Axis:
    """The receptive fields along one axis of the picture.

    Args:
        size: Pixels that one unit sees.
        stride: Pixels between the fields of neighbouring units; 0 if all units see the same.
        start: First pixel of unit 0's field; negative where padding puts it outside the picture.
        num_units: How many units there are.
        extent: Pixels of the picture along this axis.
        seen: First pixel that any unit sees, and one past the last; a pooling layer may have dropped the rest.
    """

    size: int
    stride: int
    start: int
    num_units: int
    extent: int
    seen: tuple[int, int]

    @property
    def cell(self) -> int:
        """Pixels that one unit represents: the distance between neighbours, or all it sees if all see the same."""
        return self.stride or self.size

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
        return min(max(first, low), high), max(min(first + self.size, high), low)

    def union(self, num_units: int = 1) -> "Axis":
        """Return fields for so many units, each seeing what all of these units see together."""
        return replace(self, size=self.size + (self.num_units - 1) * self.stride, stride=0, num_units=num_units)

    def moved(self, start: int, num_units: int, size: int, stride: int) -> "Axis":
        """Return the fields of units of a later layer, which see the picture through these units."""
        low, high = self.seen
        seen = max(low, start), min(high, start + (num_units - 1) * stride + size)
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


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of a layer's units, in pixels of the network's picture.

    Args:
        rows: The fields from top to bottom.
        columns: The fields from left to right.

    Example:
        >>> input_field(150, 150).size
        1
    """

    rows: Axis
    columns: Axis

    @property
    def size(self) -> int:
        """Pixels that one unit sees along the longer side, before clipping to the picture."""
        return max(self.rows.size, self.columns.size)

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
        if (self.rows.num_units, self.columns.num_units) == (height, width):
            return self
        return ReceptiveField(self.rows.union(height), self.columns.union(width))


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
    kind: str, settings: Mapping[str, Any], inputs: Sequence[ReceptiveField], shape: Sequence[int]
) -> ReceptiveField:
    """Compute the fields of a layer's units from the fields of the layers that feed it.

    Args:
        kind: The layer's Keras class name.
        settings: The layer's Keras configuration.
        inputs: The fields of its inputs, at least one.
        shape: The layer's output shape without the batch axis, channels last.

    Returns:
        The fields. They are exact for chains of convolutions, poolings, paddings, croppings and elementwise layers, and
        for branches of equal stride. (If a dilated window extends beyond the border, the box may begin in one of its
        holes.) For every other layer it is the union of all its inputs: exact for dense and global layers, and an upper
        bound otherwise.
    """
    field = inputs[0]
    axes = field.rows, field.columns
    if kind in WINDOWS:
        window = zip(settings[WINDOWS[kind]], settings["strides"], settings.get("dilation_rate", (1, 1)), strict=True)
        rows, columns = (
            axis.windowed(*each, settings["padding"], units)
            for axis, each, units in zip(axes, window, shape, strict=False)
        )
        return ReceptiveField(rows, columns)
    if kind in ("ZeroPadding2D", "Cropping2D"):
        sign, name = (-1, "padding") if kind == "ZeroPadding2D" else (1, "cropping")
        rows, columns = (
            axis.moved(axis.start + sign * before * axis.stride, units, axis.size, axis.stride)
            for axis, (before, _), units in zip(axes, settings[name], shape, strict=False)
        )
        return ReceptiveField(rows, columns)
    if _keeps_places(kind, settings, shape):
        return field
    places = shape[:2] if len(shape) == SPATIAL else (1, 1)
    rows, columns = (
        _merge(branches, units, kind in MERGES)
        for branches, units in zip(([f.rows for f in inputs], [f.columns for f in inputs]), places, strict=True)
    )
    return ReceptiveField(rows, columns)


def _keeps_places(kind: str, settings: Mapping[str, Any], shape: Sequence[int]) -> bool:
    """Tell whether each unit sees the same as the one unit at its place before."""
    if kind == "LayerNormalization":
        return settings["axis"] in (-1, [-1], len(shape), [len(shape)])  # across channels only
    return kind in ELEMENTWISE or kind.startswith("Random") or (kind == "Dense" and len(shape) == SPATIAL)


def _merge(axes: Sequence[Axis], num_units: int, by_unit: bool) -> Axis:
    """Unite branches: unit by unit if `by_unit` is true and their strides are equal, else as a whole."""
    if not by_unit or {(axis.stride, axis.num_units) for axis in axes} != {(axes[0].stride, num_units)}:
        axes = [axis.union(num_units) for axis in axes]
    start = min(axis.start for axis in axes)
    seen = min(axis.seen[0] for axis in axes), max(axis.seen[1] for axis in axes)
    return replace(axes[0], start=start, size=max(axis.start + axis.size for axis in axes) - start, seen=seen)
