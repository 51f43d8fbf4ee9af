"""Arithmetic of one unit of a convolution: the sum of patch times kernel, plus the bias."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.base.figures import short, sides
from cnnviz.base.names import brief
from cnnviz.network.layer import read_weights
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.result.ablation import require_channels
from cnnviz.result.result import Result

MAX_INPUTS = 4
"""Number of input channels that are described with their patch and kernel; for the others only the sum is stated."""

NUM_SLICES = 3


class KernelSlice(TypedDict):
    """The weights for one channel of the layer before, row by row."""

    input: int
    weights: list[list[float]]


class KernelFacts(TypedDict):
    """A kernel: its bias, and the slices that are told of."""

    from_picture: bool
    num_inputs: int
    bias: float
    slices: list[KernelSlice]


class ArithmeticInput(KernelSlice):
    """What one channel of the layer before adds to a unit."""

    patch: list[list[float]]
    sum: float


class ArithmeticOthers(TypedDict):
    """How many channels are not told of, and what they add."""

    number: int
    sum: float


class ArithmeticFacts(TypedDict):
    """How one unit came by its activation; the sums and the bias add up to total."""

    row: int
    column: int
    rows: list[int]
    columns: list[int]
    from_picture: bool
    inputs: list[ArithmeticInput]
    others: ArithmeticOthers
    bias: float
    total: float
    activation_name: str
    activation: float


@dataclass(frozen=True, eq=False)
class Kernel:
    """The kernel of one channel of a convolution.

    Args:
        layer_name: The convolution.
        channel: The channel's index.
        weights: Shape (kh, kw, n), float32: one slice for each input channel that the kernel reads.
        inputs: The indices of these input channels: all of them, or those of its group.
        bias: The number that is added to every sum; 0 if the layer has no bias.
        from_picture: Whether the kernel reads the picture itself: its channels are those of
            `cnnviz.Preprocessing.color_names`.

    Example:
        >>> find_kernel(cnnviz.load().network, "conv2d_2", 17).weights.shape
        (3, 3, 32)
    """

    layer_name: str
    channel: int
    weights: Values = field(repr=False)
    inputs: tuple[int, ...] = field(repr=False)
    bias: float
    from_picture: bool

    def __repr__(self) -> str:
        """Describe the kernel in one line."""
        return f"<Kernel {self.channel} of {brief(self.layer_name)}: {sides(*self.weights.shape)}>"

    def strongest(self, number: int = NUM_SLICES) -> list[int]:
        """Return the slices with the largest weights.

        Args:
            number: How many slices at most.

        Returns:
            Positions in `inputs`, the largest sum of squared weights first.
        """
        squares = (self.weights.astype(np.float64) ** 2).sum(axis=(0, 1))
        return [int(place) for place in np.argsort(-squares, kind="stable")[:number]]

    def to_dict(self) -> KernelFacts:
        """Return the kernel as plain JSON values.

        Returns:
            from_picture, num_inputs, bias, and slices: all three if the kernel reads the picture, else the three
            strongest. Each slice has the index of its input channel, and its weights row by row.
        """
        places = list(range(len(self.inputs))) if self.from_picture else self.strongest()
        return {
            "from_picture": self.from_picture,
            "num_inputs": len(self.inputs),
            "bias": self.bias,
            "slices": [
                {"input": self.inputs[place], "weights": self.weights[:, :, place].tolist()} for place in places
            ],
        }


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """The computation of one unit's activation in a convolution.

    The products of patch and weights, and the bias, add up to `total`. The activation function turns it into the
    activation: the network's own number, up to the rounding of float32. (A softmax reads all channels of a place; for
    it, `total` is only the logit.)

    Args:
        kernel: The weights.
        row: Row of the unit in its feature map.
        column: Column of the unit in its feature map.
        rows: Rows of the input map that lie under the kernel; some may lie beyond the border.
        columns: Columns of the input map that lie under the kernel.
        patch: The values under the kernel, shape (kh, kw, n), float32; zeros beyond the border.
        by_input: The sum that each input channel adds, shape (n,), float64.
        total: The sum of all these and the bias, before the activation function.
        activation_name: The activation function, or "" if there is none.
        activation: The activation that the network computed.

    Example:
        >>> arithmetic = cnnviz.load().arithmetic("photo.jpg", "conv2d_1", channel=3, row=10, column=20)
        >>> bool(np.isclose(max(arithmetic.total, 0), arithmetic.activation, atol=1e-5))
        True
    """

    kernel: Kernel
    row: int
    column: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    patch: Values = field(repr=False)
    by_input: NDArray[np.float64] = field(repr=False)
    total: float
    activation_name: str
    activation: float

    def __repr__(self) -> str:
        """Describe the computation in one line."""
        kernel, place = self.kernel, f"({self.row}, {self.column})"
        unit = f"unit {place} of channel {kernel.channel} of {brief(kernel.layer_name)}"
        return f"<Arithmetic of {unit}: {short(self.total)} gives {short(self.activation)}>"

    def to_dict(self) -> ArithmeticFacts:
        """Return the computation as plain JSON values that add up.

        Returns:
            row, column, rows, columns, bias, total, activation_name and activation; inputs, the input channels with the
            largest sums, positive or negative, each with its patch, weights and sum; and others, the number of the
            remaining input channels and what they add.
        """
        order = np.argsort(-np.abs(self.by_input), kind="stable")
        told, others = sorted(order[:MAX_INPUTS].tolist()), order[MAX_INPUTS:]
        kernel = self.kernel
        return {
            "row": self.row,
            "column": self.column,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "from_picture": kernel.from_picture,
            "inputs": [
                {
                    "input": kernel.inputs[place],
                    "patch": self.patch[:, :, place].tolist(),
                    "weights": kernel.weights[:, :, place].tolist(),
                    "sum": float(self.by_input[place]),
                }
                for place in told
            ],
            "others": {"number": len(others), "sum": float(self.by_input[others].sum())},
            "bias": kernel.bias,
            "total": self.total,
            "activation_name": self.activation_name,
            "activation": self.activation,
        }


def find_kernel(network: Network, layer_name: str, channel: int) -> Kernel | None:
    """Return the kernel of one channel of a convolution.

    Args:
        network: The network.
        layer_name: The layer's whole name.
        channel: The channel's index.

    Returns:
        The kernel; None if the layer does not have one kernel per channel, as Conv2D and DepthwiseConv2D do.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer has no such channel.
    """
    layer, operation = network.layer(layer_name), network.operation(layer_name)
    if layer.kind not in ("Conv2D", "DepthwiseConv2D"):
        return None
    require_channels(layer, [channel], layer.shape[-1])
    weights = read_weights(operation.kernel)
    if layer.kind == "DepthwiseConv2D":  # shape (kh, kw, inputs, multiplier): each channel reads one input channel
        first, place = divmod(channel, weights.shape[3])
        weights = weights[:, :, first : first + 1, place]
    else:  # shape (kh, kw, inputs of a group, channels)
        weights = weights[..., channel]
        first = channel // (layer.shape[-1] // operation.groups) * weights.shape[2]
    bias = float(read_weights(operation.bias)[channel]) if operation.use_bias else 0.0
    inputs = tuple(range(first, first + weights.shape[2]))
    return Kernel(layer_name, channel, weights.copy(), inputs, bias, from_picture=not layer.inputs)


def unit_arithmetic(
    network: Network, result: Result, layer_name: str, channel: int, row: int, column: int
) -> Arithmetic:
    """Show how one unit of a convolution computed its activation.

    Args:
        network: The network.
        result: The network's result for a photo.
        layer_name: The name of the convolution.
        channel: The channel's index.
        row: Row of the unit in its feature map.
        column: Column of the unit in its feature map.

    Returns:
        The arithmetic.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer has no such unit.
        NetworkError: If the layer is not a convolution with one kernel per channel.
    """
    kernel = find_kernel(network, layer_name, channel)
    layer = result[layer_name]
    if kernel is None:
        raise NetworkError(
            f"Layer '{layer_name}' is a {layer.kind}: only units of a Conv2D or DepthwiseConv2D are a patch times one "
            f"kernel. Received: layer_name='{layer_name}'."
        )
    activation = result.channel(layer_name, channel).unit(row, column)["activation"]
    fed = result[layer.layer.inputs[0]].activation if layer.layer.inputs else result.numbers
    rows, columns = _window(network.operation(layer_name), layer.shape, fed.shape, (row, column))
    patch = _cut(fed, rows, columns)[:, :, list(kernel.inputs)]
    by_input = (patch.astype(np.float64) * kernel.weights).sum(axis=(0, 1))
    total = float(by_input.sum() + kernel.bias)
    places = tuple(rows.tolist()), tuple(columns.tolist())
    return Arithmetic(kernel, row, column, *places, patch, by_input, total, layer.layer.activation_name, activation)


def _window(
    operation: Any, shape: tuple[int, ...], fed: tuple[int, ...], unit: tuple[int, int]
) -> list[NDArray[np.int64]]:
    """Find the rows and the columns of the input map that lie under the kernel for one unit."""
    places = []
    for axis in range(2):
        stride, dilation, size = operation.strides[axis], operation.dilation_rate[axis], operation.kernel_size[axis]
        reach = (size - 1) * dilation + 1
        padding = max((shape[axis] - 1) * stride + reach - fed[axis], 0) // 2 * (operation.padding == "same")
        places.append(unit[axis] * stride - padding + dilation * np.arange(size))
    return places


def _cut(fed: Values, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Values:
    """Cut out the values at these rows and columns: shape (kh, kw, C), zeros beyond the border."""
    places = list(zip((rows, columns), fed.shape, strict=False))
    inside = [(place >= 0) & (place < extent) for place, extent in places]
    clipped = [place.clip(0, extent - 1) for place, extent in places]
    patch: Values = fed[np.ix_(*clipped)] * np.logical_and.outer(*inside)[:, :, None]
    return patch
