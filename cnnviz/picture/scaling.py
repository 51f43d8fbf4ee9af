"""Scaling: the affine map from a picture's values to the numbers that a network gets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of red, green and blue on ImageNet, of values in [0, 1], as Keras rounds them."""

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean of blue, green and red on ImageNet, of values in [0, 255], as Keras rounds them."""


@dataclass(frozen=True)
class Scaling:
    """The affine map from values to numbers: (white * value - mean) / deviation, in float32.

    Values are those of a picture, in [0, 1] from black to white; numbers are what the network gets. A map with one mean
    for each colour is for RGB pictures only.

    Args:
        white: The number of the value 1 before the mean is subtracted.
        mean: What is subtracted: one number, or one for each of the network's channels.
        deviation: What is divided by: one number, or one for each of the network's channels.
        is_bgr: Whether the network gets blue first and red last.

    Example:
        >>> SCALINGS["tf"].numbers(np.array([[0.0], [0.5], [1.0]])).ravel().tolist()
        [-1.0, 0.0, 1.0]
    """

    white: float
    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)
    is_bgr: bool = False

    @property
    def is_for_gray(self) -> bool:
        """Whether it treats all colours alike, so that it can be used for one channel."""
        return len(self.mean) == 1

    @property
    def value_range(self) -> tuple[float, float]:
        """The smallest and the largest number that any channel of the network can get."""
        lowest, highest = (np.subtract(value, self.mean) / self.deviation for value in (0, self.white))
        return float(lowest.min()), float(highest.max())

    def numbers(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Convert a picture's values to the network's numbers.

        Args:
            values: Shape (..., C), float, in [0, 1] for a picture; values outside are converted in the same way.

        Returns:
            The same shape, float32.
        """
        numbers = self._turned(values).astype(np.float32) * np.float32(self.white)
        numbers -= np.array(self.mean, np.float32)
        numbers /= np.array(self.deviation, np.float32)
        return numbers

    def slopes(self, by_number: NDArray[np.floating]) -> NDArray[np.float32]:
        """Convert a gradient with respect to the network's numbers to one with respect to the picture's values.

        Args:
            by_number: Shape (..., C), float.

        Returns:
            The same shape, float32.
        """
        factors = np.array(self.white / np.array(self.deviation), np.float32)
        return self._turned(by_number * factors).astype(np.float32)

    def _turned(self, channels: NDArray[np.floating]) -> NDArray[np.floating]:
        """Turn RGB into BGR, or back."""
        return channels[..., ::-1] if self.is_bgr else channels


SCALINGS = {
    "0-1": Scaling(1),
    "0-255": Scaling(255),
    "tf": Scaling(2, (1.0,)),
    "torch": Scaling(1, IMAGENET_MEAN, IMAGENET_DEVIATION),
    "caffe": Scaling(255, IMAGENET_MEAN_BGR, is_bgr=True),
}
"""The scalings by name. "tf", "torch" and "caffe" are modes of `keras.applications.imagenet_utils.preprocess_input`."""


def find_scaling(name: str) -> Scaling:
    """Find a scaling by its name.

    Args:
        name: One of `SCALINGS`.

    Returns:
        The scaling.

    Raises:
        OptionError: If there is no such scaling.
    """
    if not isinstance(name, str) or name not in SCALINGS:
        raise OptionError(f"`scaling` is one of {', '.join(SCALINGS)}. Received: scaling={str(name)[:100]!r}.")
    return SCALINGS[name]
