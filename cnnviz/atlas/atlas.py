"""The atlas: for each channel of a convolution, a synthetic picture of what it looks for."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.atlas.fourier import Numbers, Waves
from cnnviz.atlas.unit_patches import GRAY, Excitation, lay_on_gray
from cnnviz.base.errors import NetworkError, OptionError
from cnnviz.base.figures import count, decimals, sides
from cnnviz.base.markup import captioned, card, describe, row
from cnnviz.base.names import brief
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.grid import columns_for
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network, require_numbers
from cnnviz.network.passes import Values
from cnnviz.network.places import SPATIAL
from cnnviz.picture.preprocessing import BITS_8_MAX, NUM_CHANNELS

NUM_STEPS, STEP = 256, 0.05
MEAN_MEMORY, SQUARE_MEMORY, TINY = 0.9, 0.999, 1e-8
"""The constants of the optimizer Adam, as in its paper."""

TILE_EDGE, MAX_TILES = 60, 256
"""In a notebook: the largest height and width of a channel's picture, in pixels, and how many channels are shown."""

JITTER = 8
"""Divisor for the largest random shift: a picture is shifted by at most its side divided by this number."""

FAINT, STRONG, NUM_STARTS = 0.01, 1.0, 32
"""Start of the ascent: standard deviation of the amplitudes of the first, nearly grey start; standard deviation of
further starts, if the gradient is zero; and largest number of starts."""


@dataclass(frozen=True, eq=False)
class LayerAtlas:
    """Synthetic pictures of what each channel of one convolution looks for.

    Args:
        layer_name: The convolution.
        pictures: One picture for each channel, shape (C, h, w, 3), uint8. It covers what one unit sees, or the middle
            of it. If the network sees grey, its colours are equal.
        activations: Shape (C,), float32: the highest value in the channel's feature map when the network sees only the
            channel's picture on grey, as `on_gray` returns it.
        box: The place of the pictures in the network's picture: left, top, right and bottom edge.
        size: Height and width of the network's picture.

    Example:
        >>> atlas = cnnviz.load().atlas("conv2d_4")
        >>> atlas.pictures.shape, atlas.activations.shape
        ((128, 38, 38, 3), (128,))
    """

    layer_name: str
    pictures: NDArray[np.uint8] = field(repr=False)
    activations: Values = field(repr=False)
    box: tuple[int, int, int, int]
    size: tuple[int, int]

    def __repr__(self) -> str:
        """Describe the atlas in one line."""
        number, size = len(self.pictures), sides(*self.pictures.shape[1:3])
        return f"<LayerAtlas of {brief(self.layer_name)}: {number} pictures of {size} pixels>"

    def _repr_html_(self) -> str:
        """Show all pictures in a notebook."""
        pictures = [
            captioned(embed(Image.fromarray(picture), f"Channel {channel}", TILE_EDGE), TILE_EDGE, str(channel))
            for channel, picture in enumerate(self.pictures[:MAX_TILES])
        ]
        others = len(self.pictures) - MAX_TILES
        more = [describe(f"and {count(others)} others")] if others > 0 else []
        note = "Synthetic pictures that excite a channel as strongly as possible"
        return card(f"What each channel of {self.layer_name} looks for", note, row(*pictures, gap=8), *more)

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Whether each channel is zero on its own picture, so that nothing was found for it. Shape (C,)."""
        silent: NDArray[np.bool_] = self.activations == 0
        return silent

    def sheet(self, scale: int = 1) -> Image.Image:
        """Arrange all pictures in rows, without gaps.

        Args:
            scale: Factor by which the pictures are enlarged, at least 1.

        Returns:
            An RGB picture with `columns_for(C)` channels in a row; the rest of the last row is grey.
        """
        num_channels, height, width, _ = self.pictures.shape
        columns = columns_for(num_channels)
        rows = -(-num_channels // columns)
        tiles = np.full((rows * columns, height, width, 3), GRAY, np.uint8)
        tiles[:num_channels] = self.pictures
        sheet = tiles.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
        sheet = sheet.reshape(rows * height, columns * width, 3)
        return Image.fromarray(sheet.repeat(scale, axis=0).repeat(scale, axis=1))

    def on_gray(self, channel: int) -> Image.Image:
        """Return the picture with which a channel reaches its activation.

        Args:
            channel: The channel's index.

        Returns:
            A picture of the network's size. With it, an explorer computes exactly this activation.

        Raises:
            OptionError: If there is no such channel.
        """
        if not isinstance(channel, int | np.integer) or channel not in range(len(self.pictures)):
            last, received = len(self.pictures) - 1, str(channel)[:100]
            raise OptionError(f"Layer '{self.layer_name}' has the channels 0 to {last}. Received: {received!r}.")
        return Image.fromarray(lay_on_gray(self.pictures[channel], self.box, self.size))


def convolutions(network: Network) -> list[Layer]:
    """List the layers that have an atlas.

    Args:
        network: The network.

    Returns:
        All of its convolutions, of every kind, in order.
    """
    return [layer for layer in network.layers if is_convolution(layer)]


def is_convolution(layer: Layer) -> bool:
    """Tell whether an atlas can be made of a layer.

    Args:
        layer: The layer.

    Returns:
        True if it is a convolution, of any kind, over the places of a picture.
    """
    return "Conv2D" in layer.kind and len(layer.shape) == SPATIAL


def build_atlas(network: Network, seed: int, report: Callable[[str], None]) -> list[LayerAtlas]:
    """Compute what each channel of each convolution looks for.

    Args:
        network: The network.
        seed: Seed of the random starts and shifts; equal seeds produce equal pictures.
        report: A function that shows the user a line of text; it is called after each layer.

    Returns:
        One atlas for each convolution, in order.

    Raises:
        NetworkError: If the network has no convolution, or its values are infinite or NaN.
    """
    layers = convolutions(network)
    if not layers:
        raise NetworkError("An atlas shows convolutions, and this network has none.")
    atlases = []
    for layer in layers:
        started = time.monotonic()
        atlases.append(build_layer_atlas(network, layer.name, seed))
        silent, seconds = int(atlases[-1].silent.sum()), time.monotonic() - started
        report(f"Atlas: {layer.name}, {layer.shape[-1]} channels, {silent} silent; {decimals(seconds, 0)} s")
    return atlases


def build_layer_atlas(network: Network, layer_name: str, seed: int = 0) -> LayerAtlas:
    """Compute what each channel of a convolution looks for, by gradient ascent.

    The picture fills the receptive field of a single unit; the ascent maximizes the unit's value before the activation
    function. Distill's pictures maximize the mean over all places of a channel instead, which repeats a pattern
    everywhere. Here, units see only a small part of the picture, and the library describes a channel by its highest
    value everywhere else too. Adam optimizes the amplitudes of `cnnviz.atlas.fourier`. In each step the picture is
    shifted at random, so that no pattern depends on single pixels. The ascent starts from faint noise, or, if all ReLUs
    before the unit are zero for it, from stronger noise with a gradient.

    References: Olah, Mordvintsev and Schubert, "Feature Visualization", Distill, 2017. Kingma and Ba, "Adam: A Method
    for Stochastic Optimization", 2014.

    Args:
        network: The network.
        layer_name: The convolution's whole name.
        seed: Seed of the random starts and shifts; equal seeds produce equal pictures.

    Returns:
        The atlas of the layer.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If it is no convolution.
        NetworkError: If the network's values are infinite or NaN.
    """
    require_convolution(network.layer(layer_name))
    excitation, random = Excitation(network, layer_name), np.random.default_rng(seed)
    waves = Waves(*excitation.patch_size, network.preprocessing.num_channels)
    pictures = _climb(excitation, waves, _find_starts(excitation, waves, random), random)
    reached = [excitation.activation(picture, channel) for channel, picture in enumerate(pictures)]
    activations = np.array(reached, np.float32)
    require_numbers(activations, layer_name)
    size = network.preprocessing.height, network.preprocessing.width
    return LayerAtlas(layer_name, pictures, activations, excitation.box, size)


def require_convolution(layer: Layer) -> None:
    """Check that an atlas can be made of a layer.

    Args:
        layer: The layer.

    Raises:
        OptionError: If it is no convolution.
    """
    if not is_convolution(layer):
        raise OptionError(f"An atlas shows convolutions. Received: the {layer.kind} layer_name='{layer.name}'.")


def _find_starts(excitation: Excitation, waves: Waves, random: np.random.Generator) -> Numbers:
    """Draw amplitudes for each channel, and draw again where the gradient is zero: one set for each channel."""
    shape = *excitation.patch_size, waves.num_channels
    amplitudes = random.normal(0, FAINT, (excitation.layer.shape[-1], *shape))
    flat = list(range(len(amplitudes)))
    for _ in range(NUM_STARTS):
        slopes = excitation.slopes(waves.pictures(amplitudes[flat]), flat)
        flat = [channel for channel, slope in zip(flat, slopes, strict=True) if not slope.any()]
        if not flat:
            break
        amplitudes[flat] = random.normal(0, STRONG, (len(flat), *amplitudes.shape[1:]))
    return amplitudes


def _climb(excitation: Excitation, waves: Waves, starts: Numbers, random: np.random.Generator) -> NDArray[np.uint8]:
    """Optimize amplitudes until their pictures excite the channels: shape (C, *patch_size, 3)."""
    amplitudes, channels = starts.copy(), range(len(starts))
    mean, square = np.zeros_like(amplitudes), np.zeros_like(amplitudes)
    margins = [side // JITTER for side in excitation.patch_size]
    for step in range(1, NUM_STEPS + 1):
        pictures = waves.pictures(amplitudes)
        shifts = [int(random.integers(-margin, margin + 1)) for margin in margins]
        by_pixel = excitation.slopes(_shifted(pictures, shifts, GRAY / BITS_8_MAX), channels)
        slopes = waves.slopes(pictures, _shifted(by_pixel, [-shift for shift in shifts], 0.0))
        mean += (1 - MEAN_MEMORY) * (slopes - mean)
        square += (1 - SQUARE_MEMORY) * (slopes**2 - square)
        scale = np.sqrt(square / (1 - SQUARE_MEMORY**step)) + TINY
        amplitudes += STEP * mean / (1 - MEAN_MEMORY**step) / scale
    drawn = np.round(waves.pictures(amplitudes) * BITS_8_MAX).astype(np.uint8)
    return np.broadcast_to(drawn, (*drawn.shape[:-1], NUM_CHANNELS["RGB"])).copy()


def _shifted(pictures: NDArray[np.floating], shifts: Sequence[int], background: float) -> Numbers:
    """Move pictures down and to the right. Pixels that leave the picture are lost; free places become background."""
    shifted = np.full(pictures.shape, background)
    to, of = (tuple(slice(max(s * sign, 0), min(s * sign, 0) or None) for s in shifts) for sign in (1, -1))
    shifted[:, *to] = pictures[:, *of]
    return shifted
