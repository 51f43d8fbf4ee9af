"""Batch normalization of the convolutions while the network learns, folded into their weights when it is saved."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz.distribution import Devices
from cnnviz.model import build_model
from cnnviz.preprocessing import BITS_8_MAX
from cnnviz.recipe import Recipe, limit_memory

Weights = NDArray[np.float32]

MOMENTUM = 0.99
"""Weight of the past in the running mean and variance, per step."""


class Normalization:
    """Makes each channel of a convolution have mean 0 and variance 1 over a batch, before it is shifted and rectified.

    A convolution, pooling, normalization and rectifier in this order give what the saved network gives with the
    convolution's own rectifier before the pooling: dividing by a deviation, which is positive, and rectifying both
    change no order, so the largest of a pooling's values stays the largest. After the pooling they cost a quarter.
    There is no learned factor: the next layer's weights can be one.

    With mean m, deviation s and shift t, (w * x + b - m) / s + t = (w / s) * x + (b - m) / s + t: the saved
    convolution has the kernel w / s and the bias (b - m) / s + t.

    Args:
        network: As `build_model` gives it; its convolutions lose their rectifiers.
        recipe: The settings; without `normalization` nothing is done.
        num_steps: Of the whole run; a short one remembers less.
        devices: What a batch is divided among.

    Reference:
        Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
        Shift", 2015.
    """

    def __init__(self, network: keras.Sequential, recipe: Recipe, num_steps: int, devices: Devices) -> None:
        """Build a normalization for each convolution, in the precision that is set."""
        self.network = network
        self.convolutions: dict[str, keras.layers.Layer] = {}
        self.layers: dict[str, keras.layers.Layer] = {}
        self.rectify = keras.layers.ReLU()
        if not recipe.normalization:
            return
        momentum = limit_memory(MOMENTUM, num_steps)
        apart = devices.number > 1 and keras.backend.backend() == "tensorflow"  # JAX sees the whole batch anyway
        for layer, following in zip(network.layers, network.layers[1:], strict=False):
            if isinstance(layer, keras.layers.Conv2D):
                layer.activation = keras.activations.linear
                normalize = keras.layers.BatchNormalization(
                    momentum=momentum, scale=False, synchronized=apart, name=f"{layer.name}_normalization"
                )
                normalize.build(following.output.shape)
                self.convolutions[following.name], self.layers[following.name] = layer, normalize

    def __call__(self, layer: keras.layers.Layer, values: Any) -> Any:
        """Normalize the output of a layer, if it is the pooling of a normalized convolution.

        Args:
            layer: One of the network's.
            values: Its output.

        Returns:
            What the next layer is given.
        """
        return self.rectify(self.layers[layer.name](values)) if layer.name in self.layers else values

    def fold(self, weights: Mapping[str, Weights]) -> list[Weights]:
        """Give the weights of the network to save.

        Args:
            weights: By path, of all variables that are learned.

        Returns:
            In the network's order.
        """
        folded = dict(weights)
        for name, normalize in self.layers.items():
            kernel, bias = (variable.path for variable in self.convolutions[name].weights)
            deviation = _deviation(normalize)
            mean = keras.ops.convert_to_numpy(normalize.moving_mean)
            folded[kernel] = weights[kernel] / deviation
            folded[bias] = (weights[bias] - mean) / deviation + weights[normalize.beta.path]
        return [folded[variable.path] for variable in self.network.weights]

    def unfold(self, weights: Sequence[Weights], photos: NDArray[np.uint8]) -> None:
        """Give the network weights that were learned without normalization, or saved, and change nothing it says.

        A normalization starts with the mean and deviation that its channels have on some photographs, and shifts them
        so that only the division is left, which the next layer's weights undo.

        Args:
            weights: In the network's order.
            photos: Shape (n, height, width, 3), in [0, 255].
        """
        plain = build_model()
        plain.set_weights(weights)
        values, deviation = keras.ops.cast(photos, "float32") / BITS_8_MAX, np.ones(photos.shape[-1], np.float32)
        for layer in plain.layers:
            if layer.weights:
                kernel, bias = layer.get_weights()
                divided = np.resize(deviation, kernel.shape[-2])  # each flattened place comes with all its channels
                layer.set_weights([kernel * divided[:, None], bias])
                deviation = np.ones(kernel.shape[-1], np.float32)
            if isinstance(layer, keras.layers.Conv2D) and self.layers:
                layer.activation = keras.activations.linear
            values = layer(values)
            if layer.name in self.layers:
                normalize, outputs = self.layers[layer.name], keras.ops.convert_to_numpy(values)
                mean, variance = outputs.mean(axis=(0, 1, 2)), outputs.var(axis=(0, 1, 2))
                deviation = np.sqrt(variance + np.float32(normalize.epsilon))
                normalize.set_weights([mean / deviation, mean, variance])
                values = keras.ops.relu(values / deviation)
        self.network.set_weights(plain.get_weights())


def _deviation(normalize: keras.layers.BatchNormalization) -> Weights:
    """Give what a normalization divides by."""
    variance: Weights = keras.ops.convert_to_numpy(normalize.moving_variance)
    return np.asarray(np.sqrt(variance + np.float32(normalize.epsilon)))
