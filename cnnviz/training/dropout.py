"""Random silencing of channels and units while the network learns, drawn on the host; never part of a saved model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import share
from cnnviz.network.architecture import CONVOLUTION_CHANNELS, DENSE_UNITS, scale_channels
from cnnviz.training.augmentation import Draws

DROPPED = {"max_pooling2d_4": (1, 1, CONVOLUTION_CHANNELS[-1]), "dense_1": (DENSE_UNITS,)}
"""The layers whose channels or units are dropped, and the shape of the factors for one photo, at a width of 1."""


@dataclass(frozen=True)
class Dropout:
    """Which shares of a layer's channels are set to zero, anew for each photo, so that none is relied on alone.

    Args:
        channels: Share of the last pooling's feature maps, each as a whole, in [0, 1).
        units: Share of dense_1's units, in [0, 1).

    Reference:
        Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014: what is kept is
        divided by the share that is kept. Tompson et al., "Efficient Object Localization Using Convolutional
        Networks", 2015: neighbours in a feature map are alike, so whole maps are dropped.
    """

    channels: float = 0.0
    units: float = 0.0

    def describe(self) -> str:
        """Put the settings into a phrase."""
        if not self.channels and not self.units:
            return "none"
        return f"{share(self.channels)} of the last feature maps, {share(self.units)} of the units of dense_1"

    def draw(self, random: np.random.Generator, num_photos: int, width: float = 1.0) -> Draws:
        """Draw what is kept for each photo of a batch.

        Args:
            random: Where the numbers come from.
            num_photos: B, at least 1.
            width: Factor of the number of channels and units.

        Returns:
            By `kept` of each layer's name, shape (B, ...) as `dropped_shapes` has it: 0, or 1 / (1 - share).
        """
        shares = (self.channels, self.units)
        return {
            kept(name): _draw(random, share, (num_photos, *shape))
            for share, (name, shape) in zip(shares, dropped_shapes(width).items(), strict=True)
        }


def dropped_shapes(width: float) -> dict[str, tuple[int, ...]]:
    """List the layers whose channels or units are dropped.

    Args:
        width: Factor of their number.

    Returns:
        By layer, the shape of the factors for one photo.

    Example:
        >>> dropped_shapes(0.5)
        {'max_pooling2d_4': (1, 1, 64), 'dense_1': (256,)}
    """
    return {name: (*shape[:-1], scale_channels(shape[-1], width)) for name, shape in DROPPED.items()}


def kept(layer_name: str) -> str:
    """Name what the output of a layer is multiplied with."""
    return f"{layer_name}_kept"


def _draw(random: np.random.Generator, share: float, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return ((random.random(shape) >= share) / (1 - share)).astype(np.float32)
