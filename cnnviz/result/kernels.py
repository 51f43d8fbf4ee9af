"""What the kernels of a first convolution look for: how much of each is brightness, colour, or an oriented edge."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.thumbnail import fit
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, Values

NAMED_PARTS = ("brightness", "color", "edge")
DOMINANT = 0.5
"""A kernel is named after a part with more than this share of its energy: more than everything else together."""

NUM_COLORS = 3
COLOR_KEEPING_KINDS = frozenset({"Rescaling", "Normalization", "ZeroPadding2D"})
"""Layers after which red is still red, scaled or with a border."""

EDGE_PIXELS = 60
GRAY, LARGEST_STEP = 128, 127


@dataclass(frozen=True, eq=False)
class ColorKernel:
    """What one channel of a convolution that reads red, green and blue looks for.

    Its energy, the sum of its squared weights, is divided among parts that are orthogonal to each other. With n places
    p, g(p) the mean of the three colours' weights at a place, d_c(p) the rest of colour c, x and y the places measured
    from the middle, and < , > the sum over places of a product:

        brightness  3 n mean(g)²                               what a uniform gray gives
        color       n (mean(d_1)² + mean(d_2)² + mean(d_3)²)   what else a uniform colour gives
        edge        3 (<g, x>² / <x, x> + <g, y>² / <y, y>)    the plane that fits g best, without its height
        rest        all else: lines, spots, edges between colours

    Args:
        layer_name: The convolution.
        channel: The channel's index.
        weights: Shape (kh, kw, 3), float32: of red, green and blue.
        shares: By the names of the parts, their shares of the energy, in [0, 1]; they sum to 1, or are all 0 if the
            kernel is zero.
        angle: Where the edge is bright, in degrees from -180 to 180: 0 at the right, 90 at the top.

    Example:
        >>> kernel = cnnviz.load().kernels()[17]
        >>> kernel.label, round(kernel.shares["edge"], 2), round(kernel.angle)
        ('edge', 0.65, -152)
    """

    layer_name: str
    channel: int
    weights: Values = field(repr=False)
    shares: Mapping[str, float]
    angle: float

    @property
    def label(self) -> str:
        """The part that is more than all others together: "brightness", "color" or "edge"; "" where none is."""
        return next((name for name in NAMED_PARTS if self.shares[name] > DOMINANT), "")

    def picture(self) -> Image.Image:
        """Draw the kernel in colour.

        Returns:
            An RGB picture with each weight as a square of whole pixels, 60 a side at most. Middle gray is zero;
            brighter asks for more of a colour, darker for less. The largest magnitude is 1 or 255.
        """
        largest = float(np.abs(self.weights).max())
        shares = self.weights.astype(np.float64) / (largest or 1.0)
        return fit(Image.fromarray(np.round(GRAY + LARGEST_STEP * shares).astype(np.uint8)), EDGE_PIXELS)


def color_kernels(network: Network) -> tuple[ColorKernel, ...]:
    """Take the kernels of a network's first convolution apart, if it reads the picture's colours.

    Args:
        network: The network.

    Returns:
        One for each of its channels, in order; none if the first convolution is fed anything else.
    """
    import keras

    layer = next((layer for layer in network.layers if layer.kind == "Conv2D"), None)
    if layer is None or not _reads_colors(network, layer):
        return ()
    weights = keras.ops.convert_to_numpy(network.operation(layer.name).kernel)  # (kh, kw, inputs of a group, C)
    if weights.shape[2] != NUM_COLORS:
        return ()
    return tuple(_take_apart(layer.name, channel, weights[..., channel]) for channel in range(weights.shape[3]))


def _reads_colors(network: Network, layer: Layer) -> bool:
    """Tell whether a layer is fed red, green and blue."""
    while layer.inputs:
        layer = network.layer(layer.inputs[0])
        if layer.kind not in COLOR_KEEPING_KINDS:
            return False
    return True


def _take_apart(layer_name: str, channel: int, weights: Values) -> ColorKernel:
    exact = weights.astype(np.float64)
    gray = exact.mean(axis=2)
    tints = (exact - gray[..., None]).mean(axis=(0, 1))
    across, down = _slope(gray, axis=1), _slope(gray, axis=0)
    energies = {
        "brightness": NUM_COLORS * gray.size * float(gray.mean()) ** 2,
        "color": gray.size * float((tints**2).sum()),
        "edge": NUM_COLORS * (across[1] + down[1]),
    }
    total = float((exact**2).sum())
    shares = {name: energy / total if total else 0.0 for name, energy in energies.items()}
    shares["rest"] = max(1.0 - sum(shares.values()), 0.0) if total else 0.0
    angle = math.degrees(math.atan2(-down[0], across[0]))
    return ColorKernel(layer_name, channel, weights.copy(), MappingProxyType(shares), angle)


def _slope(gray: NDArray[np.float64], axis: int) -> tuple[float, float]:
    """Give how much the weights rise from one place to the next along an axis, and the energy of that rise."""
    size = gray.shape[axis]
    places = np.arange(size) - (size - 1) / 2
    length = float((places**2).sum()) * gray.shape[1 - axis]
    if not length:
        return 0.0, 0.0
    product = float((gray.sum(axis=1 - axis) * places).sum())
    return product / length, product**2 / length
