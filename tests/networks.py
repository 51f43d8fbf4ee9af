"""Networks built for the tests: one with branches and a softmax, and one that looks for red."""

import keras
import numpy as np

from cnnviz.model import build_model
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing

RED_PIXEL, RED_PLACE = 5, 11
"""The channels of conv2d_1 and conv2d_2 that fire on red."""


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
    return Network(model, ("cat", "dog"), Preprocessing())


def run_layer_by_layer(model: keras.Sequential, batch: np.ndarray) -> list[np.ndarray]:
    """Call one plain Keras layer after the other, and give what each made of the first picture."""
    activations, values = [], batch
    for layer in model.layers:
        values = layer(values, training=False)
        activations.append(keras.ops.convert_to_numpy(values)[0])
    return activations
