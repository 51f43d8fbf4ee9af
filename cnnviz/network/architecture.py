"""The architecture of the embedded model: four convolutions with pooling, a dense layer, a head."""

from typing import TYPE_CHECKING

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count
from cnnviz.network.backend import require_backend

if TYPE_CHECKING:
    import keras

INPUT_SHAPE = (150, 150, 3)
CONVOLUTION_CHANNELS = (32, 64, 128, 128)
DENSE_UNITS = 512
MAX_CLASSES = 1000
"""Largest number of classes that a network is built for."""

MIN_SIZE, MAX_SIZE = 46, 512
"""Smallest and largest side of a picture, in pixels: of 46, four convolutions with pooling leave one place."""

MIN_WIDTH, MAX_WIDTH = 0.1, 4.0
"""Smallest and largest factor of the number of channels."""

MAX_PARAMETERS = 100_000_000
"""Largest number of parameters of dense_1, which has most of them: 400 MB, and four times as much in training."""


def build_model(num_classes: int = 2, size: int | None = None, width: float = 1.0) -> "keras.Sequential":
    """Build the untrained network of eleven layers; for two classes, it has 3,453,121 parameters.

    The input is a batch of RGB images, shape (B, size, size, 3), float32 in [0, 1]. For two classes, it ends in one
    sigmoid: the output is the probability of class 1, shape (B, 1), float32 in [0, 1]. For K classes above two, it ends
    in a softmax: the probabilities of all classes, shape (B, K), which sum to 1.

    Args:
        num_classes: From 2 to 1,000.
        size: Side of the picture in pixels, from 46 to 512; None for the 150 of the embedded model.
        width: Factor of the number of channels of each convolution and of the units of dense_1, from 0.1 to 4.

    Returns:
        An uncompiled model with fresh weights.

    Raises:
        OptionError: If the number of classes, size or width is out of range, or Keras has a backend that cnnviz cannot
            compute with.

    Example:
        >>> build_model().count_params(), build_model(5).output_shape
        (3453121, (None, 5))
    """
    require_classes(num_classes)
    size = INPUT_SHAPE[0] if size is None else size
    require_architecture(size, width)
    require_backend()
    import keras

    outputs, activation = (1, "sigmoid") if num_classes == 2 else (num_classes, "softmax")
    layers: list[keras.layers.Layer] = [keras.Input((size, size, 3))]
    for number, channels in enumerate(CONVOLUTION_CHANNELS, start=1):
        layers += [
            keras.layers.Conv2D(scale_channels(channels, width), 3, activation="relu", name=f"conv2d_{number}"),
            keras.layers.MaxPooling2D(2, name=f"max_pooling2d_{number}"),
        ]
    layers += [
        keras.layers.Flatten(name="flatten_1"),
        keras.layers.Dense(scale_channels(DENSE_UNITS, width), activation="relu", name="dense_1"),
        keras.layers.Dense(outputs, activation=activation, name="dense_2"),
    ]
    return keras.Sequential(layers, name="cnnviz")


def require_classes(number: int) -> None:
    """Refuse a number of classes that no network is built for.

    Args:
        number: Of classes.

    Raises:
        OptionError: If it is not from 2 to 1,000.
    """
    if not 2 <= number <= MAX_CLASSES:
        raise OptionError(f"A network is built for 2 to {count(MAX_CLASSES)} classes. Received: {count(number)}.")


def scale_channels(channels: int, width: float) -> int:
    """Multiply a number of channels or units by a width.

    Args:
        channels: Of the embedded model.
        width: The factor.

    Returns:
        The nearest whole number.

    Example:
        >>> scale_channels(32, 0.25), scale_channels(128, 1.5)
        (8, 192)
    """
    return round(channels * width)


def require_architecture(size: int, width: float) -> None:
    """Refuse sizes and widths of which no network can be built, or one that is too large to learn or to be shown.

    Args:
        size: Side of the picture in pixels.
        width: Factor of the number of channels.

    Raises:
        OptionError: If one of them is out of range, or together they make too many parameters.

    Example:
        >>> require_architecture(96, 0.5)
    """
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise OptionError(
            f"Pictures have {MIN_SIZE} to {MAX_SIZE} pixels a side: four convolutions of 3x3, each with a pooling, "
            f"leave nothing of fewer, and more take too long. The embedded model has {INPUT_SHAPE[0]}. "
            f"Received: size={size}."
        )
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise OptionError(
            f"The width multiplies the number of channels, by {MIN_WIDTH:g} to {MAX_WIDTH:g}; the embedded model has "
            f"1. Received: width={width:g}."
        )
    side = size
    for _ in CONVOLUTION_CHANNELS:
        side = (side - 2) // 2
    inputs = side * side * scale_channels(CONVOLUTION_CHANNELS[-1], width)
    num_parameters = (inputs + 1) * scale_channels(DENSE_UNITS, width)
    if num_parameters > MAX_PARAMETERS:
        raise OptionError(
            f"A picture of {size}x{size} pixels with a width of {width:g} makes a dense layer of "
            f"{count(num_parameters)} parameters; at most {count(MAX_PARAMETERS)} can be learned. "
            "Choose a smaller size or width."
        )
