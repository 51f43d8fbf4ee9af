"""How models scale their picture themselves: what is found equals what Keras computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import applications, layers, ops

from cnnviz.network.beginning import find_beginning, find_unread

SIDE = 8
Start = Callable[[Any], Any]


def normalization() -> layers.Layer:
    return layers.Normalization(mean=[124, 116, 104], variance=[3364, 3249, 3306])


def inverse(values: Any) -> Any:
    return layers.Normalization(mean=[1, 2, 3], variance=[4, 9, 16], invert=True)(values)


def trained_batch_normalization(values: Any) -> Any:
    layer = layers.BatchNormalization()
    result = layer(values)
    layer.set_weights([np.array(each, np.float32) for each in ([2, 3, 4], [1, 0, -1], [120, 110, 100], [9, 16, 25])])
    return result


def nested(values: Any) -> Any:
    inner = keras.Sequential([keras.Input((SIDE, SIDE, 3)), layers.RandomFlip(), layers.Rescaling(1 / 127.5, -1)])
    return layers.Rescaling(3)(inner(values))


STARTS: dict[str, Start] = {
    "Rescaling": lambda values: layers.Rescaling(1 / 255)(values),
    "Rescaling of each colour": lambda values: layers.Rescaling([0.1, 0.2, 0.3], [1, 2, 3])(values),
    "Normalization": lambda values: normalization()(layers.ZeroPadding2D(1)(values)),
    "inverse Normalization": inverse,
    "BatchNormalization": trained_batch_normalization,
    "nested": nested,
    "several": lambda values: normalization()(layers.Rescaling(255)(layers.Identity()(values))),
    "operations": lambda values: (values / 2 - 1) * 3 + np.float32([1, 2, 3]),
    "divide": lambda values: ops.divide(values, 255.0),
    "cast": lambda values: ops.cast(values, "float32") / 255 - 1,
    "constants to the left": lambda values: ops.add(np.float32([1, 2, 3]), 3 * (255 - values)),
    "subtract": lambda values: ops.subtract(1.0, values / 255),
    "tf": applications.mobilenet_v2.preprocess_input,
    "torch": applications.densenet.preprocess_input,
    "caffe": applications.resnet.preprocess_input,
}


@pytest.mark.parametrize("name", STARTS)
def test_what_is_found_is_what_keras_computes(name: str) -> None:
    picture = keras.Input((SIDE, SIDE, 3))
    scaled = STARTS[name](picture)
    beginning = find_beginning(keras.Model(picture, layers.Conv2D(2, 3)(scaled)))
    assert beginning is not None
    batch = np.random.default_rng(0).uniform(0, 255, (2, SIDE, SIDE, 3)).astype(np.float32)
    expected = keras.Model(picture, scaled).predict(batch, verbose=0)
    batch = batch[..., ::-1] if name == "caffe" else batch
    computed = batch * beginning.factor + beginning.shift
    if expected.shape != batch.shape:
        expected = expected[:, 1:-1, 1:-1]
    np.testing.assert_allclose(computed, expected, rtol=1e-4, atol=1e-3)


NONE: dict[str, Start] = {
    "convolution": lambda values: layers.Conv2D(2, 3)(values),
    "convolution first": lambda values: layers.Rescaling(1 / 255)(layers.Conv2D(3, 1)(values)),
    "two ways": lambda values: layers.Concatenate()([layers.Rescaling(1 / 255)(values), values]),
    "two pictures": lambda values: values * ops.sigmoid(values),
    "divided by the picture": lambda values: 255 / values,
    "whole numbers": lambda values: ops.cast(values, "int32") / 255,
    "activation": lambda values: layers.Rescaling(1 / 255)(layers.ReLU()(values)),
}


@pytest.mark.parametrize("name", NONE)
def test_what_does_not_scale_first_is_none(name: str) -> None:
    picture = keras.Input((SIDE, SIDE, 3))
    assert find_beginning(keras.Model(picture, layers.Conv2D(2, 3)(NONE[name](picture)))) is None


def test_the_first_scaling_layer_is_named() -> None:
    first, second = layers.Rescaling(1 / 255, name="first"), layers.Rescaling(2, name="second")
    beginning = find_beginning(keras.Sequential([keras.Input((SIDE, SIDE, 3)), first, second, layers.Conv2D(2, 3)]))
    assert beginning is not None
    assert beginning.name == "first"


class Own(layers.Layer):
    """Somebody's own layer."""

    def call(self, values: Any) -> Any:
        """Scale as nobody can know."""
        return values / 127.5 - 1


class Normalization(Own):
    """Somebody's own layer, which is called as one of Keras."""


UNREAD: dict[str, tuple[Start, str]] = {
    "Lambda": (layers.Lambda(lambda values: values / 255, name="mine"), "mine"),
    "own layer": (lambda values: Own(name="mine")(layers.Rescaling(2)(values)), "mine"),
    "a known name": (lambda values: Normalization(name="mine")(values), "mine"),
    "mean picture": (
        lambda values: (values - np.ones((SIDE, SIDE, 3), np.float32)) / np.float32([1, 2, 3]),
        "subtract",
    ),
    "nested": (keras.Sequential([layers.RandomFlip(), Own(name="mine"), layers.Rescaling(2)]), "mine"),
    "after a model": (lambda values: Own(name="mine")(keras.Sequential([layers.RandomFlip()])(values)), "mine"),
    "one of two ways": (lambda values: layers.Concatenate()([values, Own(name="mine")(values)]), "mine"),
    "operation": (lambda values: 1 / values, "true_divide"),
    "two pictures": (lambda values: values * ops.sigmoid(values), "sigmoid"),
    "after a convolution": (lambda values: Own()(layers.Conv2D(3, 1)(values)), ""),
    "the same thrice": (lambda values: layers.Concatenate()([values] * 3), ""),
    "two ways": (lambda values: layers.Concatenate()([layers.Rescaling(1 / 255)(values), values]), ""),
    **{name: (start, "") for name, start in STARTS.items()},
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_named(name: str) -> None:
    picture, (start, expected) = keras.Input((SIDE, SIDE, 3)), UNREAD[name]
    found = find_unread(keras.Model(picture, layers.Flatten()(layers.Conv2D(2, 3)(start(picture)))))
    assert found.startswith(expected) and bool(found) == bool(expected)


@pytest.mark.parametrize("name", ["a known name", "mean picture"])
def test_what_cannot_be_read_first_is_no_scaling(name: str) -> None:
    picture = keras.Input((SIDE, SIDE, 3))
    assert find_beginning(keras.Model(picture, layers.Conv2D(2, 3)(UNREAD[name][0](picture)))) is None
