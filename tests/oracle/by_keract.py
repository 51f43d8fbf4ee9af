"""The answer of keract, which needs the Keras of old: every activation of a Sequential model."""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"

from functools import partial
from typing import Any

import keract
import numpy as np
import tf_keras
from question import Question, Tasks, answer

SETTINGS = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "activation"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "Flatten": (),
    "Dense": ("units", "activation"),
}


def tasks_of(question: Question) -> Tasks:
    """Give the layers' activations."""
    model = rebuild(question.model())
    return {
        f"activation/{layer.name}": partial(activation, model, layer.name, question.picture) for layer in model.layers
    }


def activation(model: tf_keras.Model, layer_name: str, picture: np.ndarray) -> np.ndarray:
    return keract.get_activations(model, picture, layer_names=layer_name)[layer_name][0]


def rebuild(model: Any) -> tf_keras.Model:
    """Build the same model of the same weights in the Keras of old, which cannot read the new one's files."""
    layers = [tf_keras.layers.InputLayer(model.input_shape[1:])]
    for layer in model.layers[1:]:
        config, kind = layer.get_config(), type(layer).__name__
        settings = {name: config[name] for name in SETTINGS[kind]}
        layers.append(getattr(tf_keras.layers, kind)(**settings, name=layer.name))
    copy = tf_keras.Sequential(layers)
    copy.set_weights([np.asarray(weights) for weights in model.get_weights()])
    return copy


if __name__ == "__main__":
    answer(tasks_of)
