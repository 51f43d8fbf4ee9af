"""Pictures as sums of waves in decorrelated colours. Gradient ascent on them makes shapes; on pixels it makes noise."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""The square root of the correlation of red, green and blue in ImageNet, with the numbers of lucid. The columns are
brightness, blue against yellow-red, and green against the others."""

CONTRAST = 1.5
"""Factor for all waves: the contribution of a wave of amplitude 1 in a picture of one pixel."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Waves:
    """All waves that fit into pictures of one size.

    A picture is sigmoid(M · waves), pixel by pixel, where M mixes the decorrelated colours to red, green and blue. (A
    grey picture has only brightness.) The waves are a real form of the Fourier basis: cos + sin along each axis (the
    Hartley transform), orthonormal. Each wave is scaled by 1 / frequency: so a step of ascent changes coarse shapes
    most, as natural pictures differ most in them. Each is also scaled by 1 / sqrt(side), since a large picture is the
    sum of more waves.

    Reference: Olah, Mordvintsev and Schubert, "Feature Visualization", Distill, 2017.

    Args:
        height: Rows of the pictures.
        width: Columns of the pictures.
        num_channels: Channels of the pictures: 3 for colours, 1 for grey.

    Example:
        >>> Waves(8, 12).pictures(np.zeros((1, 8, 12, 3)))[0, 0, 0].tolist()
        [0.5, 0.5, 0.5]
    """

    height: int
    width: int
    num_channels: int = len(COLORS)

    def pictures(self, amplitudes: Numbers) -> Numbers:
        """Compute pictures from the amplitudes of their waves.

        Args:
            amplitudes: The amplitude of each wave and decorrelated colour, shape (B, height, width, num_channels).

        Returns:
            Shape (B, height, width, num_channels), between 0 and 1.
        """
        mixed: Numbers = self._transform(amplitudes * self._scale) @ self._mixing.T
        return 1 / (1 + np.exp(-mixed))

    def slopes(self, pictures: Numbers, by_pixel: Numbers) -> Numbers:
        """Compute the gradient with respect to the amplitudes from the gradient with respect to the pixels.

        Args:
            pictures: The pictures that `pictures` returned, shape (B, height, width, num_channels).
            by_pixel: The gradient with respect to their pixels, of the same shape.

        Returns:
            The gradient with respect to the amplitudes, of the same shape.
        """
        return self._transform((by_pixel * pictures * (1 - pictures)) @ self._mixing) * self._scale

    def _transform(self, values: Numbers) -> Numbers:
        """Transform amplitudes to places, or back: the transform is its own inverse, and its own transpose."""
        rows, columns = _hartley(self.height), _hartley(self.width)
        transformed: Numbers = np.einsum("ij,bjkc,kl->bilc", rows, values, columns, optimize=True)
        return transformed

    @cached_property
    def _scale(self) -> Numbers:
        """The factor of each wave, shape (height, width, 1)."""
        frequencies = np.hypot(np.fft.fftfreq(self.height)[:, None], np.fft.fftfreq(self.width))
        side = max(self.height, self.width)
        scale: Numbers = CONTRAST / np.sqrt(side) / np.maximum(frequencies, 1 / side)
        return scale[:, :, None]

    @cached_property
    def _mixing(self) -> Numbers:
        """The matrix M, shape (num_channels, num_channels); that of grey pictures gives them the same contrast."""
        mixing: Numbers = COLORS / np.linalg.norm(COLORS, axis=0).max()
        return mixing if self.num_channels == len(COLORS) else mixing[:, :1].mean(keepdims=True)


def _hartley(number: int) -> Numbers:
    angles = 2 * np.pi * np.outer(np.arange(number), np.arange(number)) / number
    waves: Numbers = (np.cos(angles) + np.sin(angles)) / np.sqrt(number)
    return waves
