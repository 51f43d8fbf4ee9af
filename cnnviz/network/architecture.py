"""The architecture of the embedded model: four convolutions with pooling, one dense layer, one sigmoid."""

from typing import TYPE_CHECKING

from cnnviz.network.backend import require_backend

if TYPE_CHECKING:
    import keras

INPUT_SHAPE = (150, 150, 3)
CONVOLUTION_CHANNELS = (32, 64, 128, 128)
DENSE_UNITS = 512


def build_model() -> "keras.Sequential":
    """Build the untrained network, 3,453,121 parameters in eleven layers.

    The input is a batch of RGB images, shape (B, 150, 150, 3), float32 in [0, 1]; the output is the
    probability of class 1, shape (B, 1), float32 in [0, 1].

    Returns:
        An uncompiled model with fresh weights.

    Raises:
        OptionError: If Keras has a backend that cnnviz cannot compute with.

    Example:
        >>> build_model().count_params()
        3453121
    """
    require_backend()
    import keras

    layers: list[keras.layers.Layer] = [keras.Input(INPUT_SHAPE)]
    for number, channels in enumerate(CONVOLUTION_CHANNELS, start=1):
        layers += [
            keras.layers.Conv2D(channels, 3, activation="relu", name=f"conv2d_{number}"),
            keras.layers.MaxPooling2D(2, name=f"max_pooling2d_{number}"),
        ]
    layers += [
        keras.layers.Flatten(name="flatten_1"),
        keras.layers.Dense(DENSE_UNITS, activation="relu", name="dense_1"),
        keras.layers.Dense(1, activation="sigmoid", name="dense_2"),
    ]
    return keras.Sequential(layers, name="cats_and_dogs")
