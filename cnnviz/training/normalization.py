"""Batch normalization of the convolutions while the network learns, folded into their weights when it is saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz.picture.preprocessing import BITS_8_MAX
from cnnviz.training.devices import Devices
from cnnviz.training.recipe import Recipe

Weights = NDArray[np.float32]

PHOTOS_PER_PASS = 32


class Normalization:
    """Brings each channel of a pooled convolution to mean 0 and variance 1 over a batch, then shifts and rectifies it.

    A convolution, pooling, normalization and rectifier in this order give what the saved network gives with the
    convolution's own rectifier before the pooling: dividing by a deviation, which is positive, and rectifying both
    change no order, so the largest of a pooling's values stays the largest. After the pooling they cost a quarter.
    There is no learned factor: the next layer's weights can be one. Channels of a variance near 0.001 or below, which
    is added before the division, get less than 1.

    With mean m, deviation s and shift t, (w * x + b - m) / s + t = (w / s) * x + (b - m) / s + t: the saved
    convolution has the kernel w / s and the bias (b - m) / s + t.

    Args:
        network: As `build` gives it; its convolutions lose their rectifiers.
        build: Builds the architecture with fresh weights, such as `cnnviz.network.architecture.build_model`.
        recipe: The settings; without `normalization` nothing is done.
        devices: What a batch is divided among.

    Reference:
        Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
        Shift", 2015.
    """

    def __init__(
        self, network: keras.Sequential, build: Callable[[], keras.Sequential], recipe: Recipe, devices: Devices
    ) -> None:
        """Build a normalization for each convolution, in the precision that is set."""
        self.network, self.build = network, build
        self.convolutions: dict[str, keras.layers.Layer] = {}
        self.layers: dict[str, keras.layers.Layer] = {}
        self.rectify = keras.layers.ReLU()
        if not recipe.normalization:
            return
        apart = devices.number > 1 and keras.backend.backend() == "tensorflow"  # JAX sees the whole batch anyway
        for layer, following in zip(network.layers, network.layers[1:], strict=False):
            if isinstance(layer, keras.layers.Conv2D):
                layer.activation = keras.activations.linear
                normalize = keras.layers.BatchNormalization(
                    scale=False, synchronized=apart, name=f"{layer.name}_normalization"
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

    def fold(self, weights: Mapping[str, Weights], photos: NDArray[np.uint8]) -> list[Weights]:
        """Fold the normalization into the weights, for the network that is saved.

        Means and deviations are those that these weights give on photographs as they are: those of the batches that
        were learned from are of other weights, and of photographs that were changed.

        Args:
            weights: By path, of all variables that are learned.
            photos: Shape (n, height, width, 3), in [0, 255].

        Returns:
            In the network's order.
        """
        in_order = [weights[variable.path] for variable in self.network.weights]
        if not self.layers:
            return in_order
        folded = dict(weights)
        plain = self.build()
        plain.set_weights(in_order)
        for name, outputs in self._walk(plain, photos):
            kernel, bias = (variable.path for variable in self.convolutions[name].weights)
            mean, deviation = self._measure(name, outputs)
            shift = weights[self.layers[name].beta.path]
            folded[kernel] = weights[kernel] / deviation
            folded[bias] = (weights[bias] - mean) / deviation + shift
            for part, values in enumerate(outputs):
                outputs[part] = (values - mean) / deviation + shift
        return [folded[variable.path] for variable in self.network.weights]

    def unfold(self, weights: Sequence[Weights], photos: NDArray[np.uint8]) -> None:
        """Load weights that were saved or learned without normalization, so that the network answers as they did.

        A normalization gets the shift that undoes the subtraction, so that only the division is left, which the next
        layer's weights undo; for the mean and deviation that its channels have on some photographs.

        Args:
            weights: In the network's order.
            photos: Shape (n, height, width, 3), in [0, 255].
        """
        plain = self.build()
        plain.set_weights(weights)
        layers = [layer for layer in plain.layers if layer.weights]
        for (name, outputs), following in zip(self._walk(plain, photos), layers[1:], strict=False):
            mean, deviation = self._measure(name, outputs)
            normalize = self.layers[name]
            normalize.set_weights([mean / deviation, mean, deviation**2 - np.float32(normalize.epsilon)])
            for part, values in enumerate(outputs):
                outputs[part] = values / deviation
            kernel, bias = following.get_weights()
            divided = np.resize(deviation, kernel.shape[-2])  # each flattened place comes with all its channels
            following.set_weights([kernel * divided[:, None], bias])
        self.network.set_weights(plain.get_weights())

    def _walk(self, plain: keras.Sequential, photos: NDArray[np.uint8]) -> Iterator[tuple[str, list[Any]]]:
        """Pass photographs through a network, and stop where it is normalized.

        Args:
            plain: As `build` gives it.
            photos: Shape (n, height, width, 3), in [0, 255].

        Yields:
            A pooling's name and its outputs, a tensor per some photographs, which the caller replaces by normalized
            ones; they are rectified here.
        """
        if not self.layers:
            return
        starts = range(0, len(photos), PHOTOS_PER_PASS)
        outputs = [keras.ops.cast(photos[start : start + PHOTOS_PER_PASS], "float32") / BITS_8_MAX for start in starts]
        for name in self.layers:
            convolution, pool = plain.get_layer(self.convolutions[name].name), plain.get_layer(name)
            convolution.activation = keras.activations.linear
            for part, values in enumerate(outputs):  # in place: all outputs of the first layer take 0.7 MB per photo
                outputs[part] = pool(convolution(values))
            yield name, outputs
            for part, values in enumerate(outputs):
                outputs[part] = keras.ops.relu(values)

    def _measure(self, name: str, outputs: Sequence[Any]) -> tuple[Weights, Weights]:
        """Return each channel's mean, and the deviation that it is divided by."""
        moments = [keras.ops.moments(values, axes=(0, 1, 2)) for values in outputs]
        parts = ([keras.ops.convert_to_numpy(each) for each in part] for part in zip(*moments, strict=True))
        means, variances = map(np.array, parts)
        shares = np.array([len(values) for values in outputs]) / sum(map(len, outputs))
        mean = shares @ means
        variance = shares @ (variances + (means - mean) ** 2)
        deviation = np.sqrt(variance + self.layers[name].epsilon)
        return mean.astype(np.float32), deviation.astype(np.float32)
