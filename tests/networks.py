"""Networks built for the tests: small ones, one with branches and a softmax, one multi-label, one that finds red."""

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network import architecture
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Layer, Network
from cnnviz.network.receptive_field import input_field
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.layer_result import LayerResult

SMALL_SIDE = 64
RED_PIXEL, RED_PLACE = 5, 11
"""The channels of conv2d_1 and conv2d_2 that fire on red."""


def shrink_architecture(patch: pytest.MonkeyPatch, side: int) -> None:
    """Make `build_model` build its layers for a small picture, with few channels in the first three convolutions.

    For tests in which the size is not the point. The last convolution and the dense layer keep their numbers, which
    `cnnviz.training.dropout` knows.
    """
    patch.setattr(architecture, "INPUT_SHAPE", (side, side, 3))
    patch.setattr(architecture, "CONVOLUTION_CHANNELS", (8, 16, 16, architecture.CONVOLUTION_CHANNELS[-1]))


def build_small() -> Network:
    """Build the eleven layers for 64 x 64 pixels, with random weights and random biases.

    Without biases, the logit would be proportional to the picture, which few networks' is.
    """
    keras.utils.set_random_seed(11)
    with pytest.MonkeyPatch.context() as patch:
        shrink_architecture(patch, SMALL_SIDE)
        model = build_model()
    random = np.random.default_rng(11)
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, random.normal(0, 0.03, bias.shape)])
    return Network(model, ("cat", "dog"), Preprocessing(SMALL_SIDE, SMALL_SIDE))


def build_tiny() -> Network:
    """Build a network of few weights with one sigmoid, for what does not depend on the size."""
    keras.utils.set_random_seed(13)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((48, 48, 3)),
            layers.Conv2D(8, 3, activation="relu", name="conv2d_1"),
            layers.MaxPooling2D(name="max_pooling2d_1"),
            layers.Conv2D(16, 3, activation="relu", name="conv2d_2"),
            layers.Flatten(name="flatten_1"),
            layers.Dense(1, activation="sigmoid", name="dense_1"),
        ]
    )
    return Network(model, ("cat", "dog"), Preprocessing(48, 48))


def build_branches() -> Network:
    """Build what the eleven layers are not: functional, with branches, a nested block and three classes.

    The input is 40 rows by 56 columns. "signed" has three channels that can be negative.
    """
    keras.utils.set_random_seed(3)
    layers = keras.layers
    block_input = keras.Input((20, 28, 8))
    inner = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(block_input)
    inner = layers.BatchNormalization(name="normalized")(inner)
    block = keras.Model(block_input, layers.ReLU(name="relu")(inner), name="block")
    picture = keras.Input((40, 56, 3))
    signed = layers.Conv2D(3, 3, padding="same", bias_initializer="normal", name="signed")(picture)
    left = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="left")(signed)
    right = layers.Conv2D(8, 1, activation="relu", name="right")(layers.AveragePooling2D(2, name="pooled")(signed))
    merged = layers.Add(name="added")([left, right])
    both = layers.Concatenate(name="joined")([block(merged), merged])
    vector = layers.GlobalAveragePooling2D(name="averaged")(layers.Conv2D(20, 3, name="last")(both))
    model = keras.Model(picture, layers.Dense(3, activation="softmax", name="answer")(vector))
    return Network(model, ("ant", "bee", "cow"), Preprocessing(40, 56))


def build_residual() -> Network:
    """Build a residual block with a gate, for 44 x 60 pixels and three classes."""
    keras.utils.set_random_seed(4)
    layers = keras.layers
    picture = keras.Input((44, 60, 3))
    maps = layers.BatchNormalization(name="norm_1")(layers.Conv2D(8, 5, strides=2, name="conv_1")(picture))
    past = layers.ReLU(name="relu_1")(maps)
    block = layers.BatchNormalization(name="norm_2")(layers.Conv2D(8, 3, padding="same", name="conv_2")(past))
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(block)
    gate = layers.Dense(8, activation="sigmoid", name="gate")(gate)
    added = layers.Add(name="added")([layers.Multiply(name="gated")([block, gate]), past])
    vector = layers.GlobalAveragePooling2D(name="averaged")(layers.Activation("relu", name="relu_2")(added))
    model = keras.Model(picture, layers.Dense(3, activation="softmax", name="answer")(vector))
    return Network(model, ("ant", "bee", "oak"), Preprocessing(44, 60))


def build_long() -> Network:
    """Build a residual network of 63 layers in 17 blocks and 5 stages, for 64 x 64 pixels and 100 classes.

    The name of one layer has a character that is written otherwise in HTML.
    """
    keras.utils.set_random_seed(21)
    layers = keras.layers
    picture = keras.Input((64, 64, 3))
    maps = layers.Conv2D(6, 3, strides=2, padding="same", name="stem")(picture)
    maps = layers.ReLU(name="stem_relu")(layers.BatchNormalization(name="stem_norm")(maps))
    for number in range(14):
        name, strides = f"block{number + 1:02}", 2 if number in (2, 11) else 1
        past = layers.Conv2D(6, 1, strides=2, name=f"{name}_past")(maps) if strides > 1 else maps
        maps = layers.Conv2D(6, 3, strides=strides, padding="same", name=f"{name}_conv")(maps)
        maps = layers.BatchNormalization(name=f"{name}_norm")(maps)
        maps = layers.Add(name=f"{name}_add")([maps, past])
        maps = layers.ReLU(name=f"{name}_out" if number < 13 else f"{name}>out")(maps)
    vector = layers.GlobalAveragePooling2D(name="averaged")(maps)
    model = keras.Model(picture, layers.Dense(100, activation="softmax", name="answer")(vector))
    return Network(model, tuple(f"kind {number}" for number in range(100)), Preprocessing(64, 64))


def build_multi_label(num_classes: int = 3) -> Network:
    """Build a network of few weights that says yes or no to each class; on most photos it has one yes, or several."""
    keras.utils.set_random_seed(17)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((40, 40, 3)),
            layers.Conv2D(8, 3, strides=2, activation="relu", name="conv2d_1"),
            layers.Conv2D(8, 3, activation="relu", name="conv2d_2"),
            layers.GlobalAveragePooling2D(name="averaged"),
            layers.Dense(num_classes, activation="sigmoid", name="answer"),
        ]
    )
    kernel, _ = model.get_layer("answer").get_weights()
    model.get_layer("answer").set_weights([kernel, np.array([2, 1, -3, -1, 0.5], np.float32)[:num_classes]])
    return Network(model, ("indoors", "person", "tree", "car", "animal")[:num_classes], Preprocessing(40, 40))


def build_red_finder() -> Network:
    """Build the project's architecture, in which one channel of conv2d_2 is bright at red places and zero elsewhere."""
    keras.utils.set_random_seed(5)
    model = build_model()
    kernel, bias = model.get_layer("conv2d_1").get_weights()
    kernel[..., RED_PIXEL] = 0
    kernel[1, 1, :, RED_PIXEL] = 1, -1, -1  # grey gives -grey, and ReLU makes that zero
    model.get_layer("conv2d_1").set_weights([kernel, bias])
    kernel, bias = model.get_layer("conv2d_2").get_weights()
    kernel[..., RED_PLACE] = 0
    kernel[1, 1, RED_PIXEL, RED_PLACE] = 1000  # by far the strongest channel
    model.get_layer("conv2d_2").set_weights([kernel, bias])
    return Network(model, ("cat", "dog"), Preprocessing(*architecture.INPUT_SHAPE[:2]))


def run_layer_by_layer(model: keras.Sequential, batch: np.ndarray) -> list[np.ndarray]:
    """Call one plain Keras layer after the other, and give what each made of the first picture."""
    activations, values = [], batch
    for layer in model.layers:
        values = layer(values, training=False)
        activations.append(keras.ops.convert_to_numpy(values)[0])
    return activations


LAYERS = (
    *("conv2d_1", "max_pooling2d_1", "conv2d_2", "max_pooling2d_2", "conv2d_3", "max_pooling2d_3"),
    *("conv2d_4", "max_pooling2d_4", "flatten_1", "dense_1", "dense_2"),
)


def zeroed(explorer: Explorer, layer_name: str, channels: list[int]) -> Explorer:
    """Copy a network, and set the kernels and biases of some channels to zero."""
    network = explorer.network
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    kernel, bias = model.get_layer(layer_name).get_weights()
    kernel[..., channels] = 0
    bias[channels] = 0
    model.get_layer(layer_name).set_weights([kernel, bias])
    return Explorer(Network(model, network.class_names, network.preprocessing))


def build_network(weights: np.ndarray, before: list[keras.layers.Layer] | None = None, groups: int = 1) -> Network:
    """Build a network whose first convolution has these kernels, shape (kh, kw, inputs, C)."""
    first = keras.layers.Conv2D(weights.shape[3], weights.shape[:2], groups=groups, use_bias=False, name="first")
    layers = [keras.Input((8, 8, 3)), *(before or []), first]
    model = keras.Sequential([*layers, keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(1)])
    first.set_weights([weights])
    return Network(model, ("cat", "dog"), Preprocessing(8, 8))


def layer_of(feature_maps: np.ndarray, non_negative: bool = True) -> LayerResult:
    """Put a layer together whose activations are known."""
    num_channels, height, width = feature_maps.shape
    field = input_field(height, width)
    layer = Layer("layer", "Conv2D", (height, width, num_channels), 0, (), "", non_negative, field)
    photo = Image.new("RGB", (width, height))
    return LayerResult(layer, feature_maps, (height, width), photo, Preprocessing(height, width))
