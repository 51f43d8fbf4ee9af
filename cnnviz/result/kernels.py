"""Analysis of a first convolution's kernels: how much of each is brightness, colour, or an oriented edge."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.figures import sides
from cnnviz.base.markup import captioned, card, row
from cnnviz.base.names import brief
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit
from cnnviz.network.layer import Layer, read_weights
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.picture.preprocessing import to_picture

NAMED_PARTS = ("brightness", "color", "edge")
DOMINANT = 0.5
"""Share of the energy that a part must exceed to name the kernel: it is then more than all other parts together."""

COLOR_KEEPING_KINDS = frozenset({"Rescaling", "Normalization", "ZeroPadding2D"})
"""Layers that keep the picture's channels: they only scale them or add a border."""

EDGE_PIXELS, NAME_PIXELS = 60, 96
GRAY, LARGEST_STEP = 128, 127


@dataclass(frozen=True, eq=False)
class ColorKernel:
    """The kernel of one channel of a convolution that reads red, green and blue, or grey.

    Its energy, the sum of its squared weights, is divided into parts that are orthogonal to each other. There are n
    places p; g(p) is the mean of the three colours' weights at a place; d_c(p) is the remainder for colour c; x and y
    are the places measured from the middle; and < , > is the sum over places of a product. (Of grey, there is only one
    weight at a place, so 1 stands for 3 below, and nothing is left for color.)

        brightness  3 n mean(g)²                               the reaction to a uniform gray
        color       n (mean(d_1)² + mean(d_2)² + mean(d_3)²)   the further reaction to a uniform colour
        edge        3 (<g, x>² / <x, x> + <g, y>² / <y, y>)    the plane that fits g best, without its height
        rest        everything else: lines, spots, edges between colours

    Args:
        layer_name: The convolution.
        channel: The channel's index.
        weights: Shape (kh, kw, C), float32: the weights of red, green and blue, or of grey. They are those for values
            in [0, 1] from black to white: so what the preprocessing multiplies by is part of them.
        shares: The share of each part in the energy, by its name, in [0, 1]; they sum to 1, or are all 0 if the kernel
            is zero.
        angle: The direction of the edge's bright side, in degrees from -180 to 180: 0 is right, 90 is up.

    Example:
        >>> kernel = cnnviz.load().kernels()[27]
        >>> kernel.label, round(kernel.shares["edge"], 2), round(kernel.angle)
        ('edge', 0.57, -164)
    """

    layer_name: str
    channel: int
    weights: Values = field(repr=False)
    shares: Mapping[str, float]
    angle: float

    def __post_init__(self) -> None:
        """Make the shares read-only."""
        object.__setattr__(self, "shares", MappingProxyType(dict(self.shares)))

    def __repr__(self) -> str:
        """Describe the kernel in one line."""
        size, label = sides(*self.weights.shape), f", {self.label}" if self.label else ""
        return f"<ColorKernel {self.channel} of {brief(self.layer_name)}: {size}{label}>"

    def _repr_png_(self) -> bytes:
        """Show the kernel in a notebook."""
        return encode_png(self.picture())

    def __reduce__(self) -> tuple[type["ColorKernel"], tuple[Any, ...]]:
        """Pickle the shares as a dict, because a read-only view cannot be."""
        return ColorKernel, (self.layer_name, self.channel, self.weights, dict(self.shares), self.angle)

    @property
    def label(self) -> str:
        """The part that exceeds all others together: "brightness", "color" or "edge"; "" if none does."""
        return next((name for name in NAMED_PARTS if self.shares[name] > DOMINANT), "")

    def picture(self) -> Image.Image:
        """Draw the kernel in colour.

        Returns:
            An RGB picture, or a grey one, of at most 60 pixels a side; each weight is a square of whole pixels. Middle
            gray is zero; brighter means a positive weight for a colour, darker a negative one. The largest magnitude
            is drawn as 1 or 255.
        """
        largest = float(np.abs(self.weights).max())
        shares = self.weights.astype(np.float64) / (largest or 1.0)
        drawn = np.round(GRAY + LARGEST_STEP * shares).astype(np.uint8)
        return fit(to_picture(drawn), EDGE_PIXELS)


class ColorKernels(tuple[ColorKernel, ...]):
    """The kernels of a first convolution, in order."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Describe the kernels in one line."""
        return f"<ColorKernels: {len(self)} of {brief(self[0].layer_name)}>" if self else "<ColorKernels: none>"

    def _repr_html_(self) -> str:
        """Show all kernels in a notebook."""
        if not self:
            return card("No kernels", "The network's first convolution does not read the picture's colours.")
        pictures = [
            captioned(
                embed(kernel.picture(), f"{kernel!r}", EDGE_PIXELS), NAME_PIXELS, f"{kernel.channel} {kernel.label}"
            )
            for kernel in self
        ]
        return card(f"The kernels of {self[0].layer_name}", "Middle grey is zero.", row(*pictures, gap=12))


def color_kernels(network: Network, values: Sequence[NDArray[np.generic]] | None = None) -> ColorKernels:
    """Analyse the kernels of a network's first convolution, if it reads the picture's colours.

    Args:
        network: The network.
        values: Weights in place of its own, such as those of a snapshot, as `keras.Model.get_weights` gives them; None
            for its own.

    Returns:
        One kernel for each of its channels, in order; none if the first convolution reads anything else.
    """
    layer = next((layer for layer in network.layers if layer.kind == "Conv2D"), None)
    if layer is None or not _reads_colors(network, layer):
        return ColorKernels()
    kernel = network.operation(layer.name).kernel
    weights = read_weights(kernel) if values is None else _find(kernel, network, values)
    # (kh, kw, inputs of a group, C)
    if weights.shape[2] != network.preprocessing.num_channels:
        return ColorKernels()
    by_value = network.preprocessing.affine.slopes(np.moveaxis(weights, -1, 0))
    return ColorKernels(_take_apart(layer.name, channel, kernel) for channel, kernel in enumerate(by_value))


def _find(kernel: Any, network: Network, values: Sequence[NDArray[np.generic]]) -> Values:
    """Find what stands for a kernel among the weights of a network."""
    index = next(index for index, weights in enumerate(network.model.weights) if weights is kernel)
    return np.asarray(values[index], np.float32)


def _reads_colors(network: Network, layer: Layer) -> bool:
    """Tell whether a layer reads red, green and blue, or grey."""
    while layer.inputs:
        layer = network.layer(layer.inputs[0])
        if layer.kind not in COLOR_KEEPING_KINDS:
            return False
    return True


def _take_apart(layer_name: str, channel: int, weights: Values) -> ColorKernel:
    exact, num_colors = weights.astype(np.float64), weights.shape[2]
    gray = exact.mean(axis=2)
    tints = (exact - gray[..., None]).mean(axis=(0, 1))
    across, down = _slope(gray, axis=1), _slope(gray, axis=0)
    energies = {
        "brightness": num_colors * gray.size * float(gray.mean()) ** 2,
        "color": gray.size * float((tints**2).sum()),
        "edge": num_colors * (across[1] + down[1]),
    }
    total = float((exact**2).sum())
    shares = {name: energy / total if total else 0.0 for name, energy in energies.items()}
    shares["rest"] = max(1.0 - sum(shares.values()), 0.0) if total else 0.0
    angle = math.degrees(math.atan2(-down[0], across[0]))
    return ColorKernel(layer_name, channel, weights.copy(), shares, angle)


def _slope(gray: NDArray[np.float64], axis: int) -> tuple[float, float]:
    """Compute how much the weights rise from one place to the next along an axis, and the energy of this rise."""
    size = gray.shape[axis]
    places = np.arange(size) - (size - 1) / 2
    length = float((places**2).sum()) * gray.shape[1 - axis]
    if not length:
        return 0.0, 0.0
    product = float((gray.sum(axis=1 - axis) * places).sum())
    return product / length, product**2 / length
