"""Copies of models that get weights of their own: they answer as Keras does with these weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz.base.errors import NetworkError
from cnnviz.network.copies import copy_model

SIDE = 8
BATCH = np.random.default_rng(0).random((2, SIDE, SIDE, 3)).astype(np.float32)


class Halved(layers.Layer):
    """A layer whose config does not say how it is made."""

    def __init__(self, by: Any) -> None:
        """Keep what no config can hold."""
        super().__init__()
        self.by = by

    def call(self, values: Any) -> Any:
        """Divide by what it was made with."""
        return values / self.by


class Weighted(Halved):
    """The same with a weight."""

    def build(self, _: Any) -> None:
        """Make the weight."""
        self.weight = self.add_weight(shape=(), initializer="ones")


def network(*steps: Any) -> keras.Model:
    """A model of some layers, with a convolution before and after them."""
    keras.utils.set_random_seed(0)
    inner = [layers.Conv2D(4, 3, activation="relu"), *steps, layers.Conv2D(4, 3)]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *inner, layers.Flatten(), layers.Dense(2)])


def nested() -> keras.Model:
    """A model within a model, with a Lambda in it."""
    picture, maps = keras.Input((SIDE, SIDE, 3)), keras.Input((6, 6, 4))
    inner = keras.Model(maps, layers.Conv2D(3, 1)(layers.Lambda(lambda values: 3 * values)(maps)))
    values = layers.Conv2D(2, 1)(inner(layers.Conv2D(4, 3)(picture)))
    return keras.Model(picture, layers.Dense(2)(layers.Flatten()(values)))


MODELS = {
    "Keras's own layers": lambda: network(layers.ReLU()),
    "Lambda": lambda: network(layers.Lambda(lambda values: 2 * values)),
    "Lambda in a model": nested,
    "own layer": lambda: network(Halved(2.0)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_copy_answers_as_the_model_with_these_weights(name: str) -> None:
    model = MODELS[name]()
    own, before = model.get_weights(), model.predict(BATCH, verbose=0)
    other = [2 * values + 0.25 for values in own]
    copy = copy_model(model, other)
    np.testing.assert_array_equal(model.predict(BATCH, verbose=0), before)
    assert all(map(np.array_equal, model.get_weights(), own))
    model.set_weights(other)
    np.testing.assert_allclose(copy.predict(BATCH, verbose=0), model.predict(BATCH, verbose=0), rtol=1e-5)
    assert all(map(np.array_equal, copy.get_weights(), other))


def test_what_keras_cannot_copy_is_a_sentence() -> None:
    model = network(Weighted(2.0))
    with pytest.raises(NetworkError, match=r"^Keras cannot copy the model, so .* Received: \w+, .*Weighted"):
        copy_model(model, model.get_weights())
