"""The answer is Keras's own for the same input, however a model ends, and whatever it takes and gives besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

layers = keras.layers
PREPROCESSING = Preprocessing(24, 20)
BATCH = PREPROCESSING([draw(40, 30, seed) for seed in range(3)])
TOLERANCE = 1e-5


def functional(*ends: Any) -> keras.Model:
    """A network with these layers or operations at its end."""
    picture = keras.Input((24, 20, 3))
    values = layers.Flatten()(layers.Conv2D(4, 5, strides=3, activation="relu")(picture))
    for end in ends:
        values = end(values)
    return keras.Model(picture, values)


def nested(*ends: keras.layers.Layer) -> keras.Model:
    """A Sequential model whose last part is a Sequential model."""
    block = keras.Sequential([keras.Input((360,)), *ends])
    return keras.Sequential([keras.Input((24, 20, 3)), layers.AveragePooling2D(2), layers.Flatten(), block])


def averaged() -> keras.Model:
    """A network whose maps are the classes."""
    ends = [layers.Conv2D(3, 3), layers.GlobalAveragePooling2D(), layers.Activation("sigmoid")]
    return keras.Sequential([keras.Input((24, 20, 3)), *ends])


def no_change(values: Any) -> Any:
    """What ends in probabilities gives them itself."""
    return values


ENDS: dict[str, tuple[Callable[[], keras.Model], str, Callable[[Any], Any]]] = {
    "softmax": (lambda: functional(layers.Dense(3, "softmax")), "", no_change),
    "softmax layer": (lambda: functional(layers.Dense(3), layers.Softmax()), "", no_change),
    "softmax operation": (lambda: functional(layers.Dense(3), keras.ops.softmax), "", no_change),
    "softmax function": (lambda: functional(layers.Dense(3), keras.activations.softmax), "", no_change),
    "nested softmax": (lambda: nested(layers.Dense(3), layers.Activation("softmax")), "", no_change),
    "sigmoid": (lambda: functional(layers.Dense(1, "sigmoid")), "", no_change),
    "sigmoid operation": (lambda: functional(layers.Dense(1), keras.ops.sigmoid), "", no_change),
    "nested sigmoid": (lambda: nested(layers.Dense(1, "sigmoid")), "", no_change),
    "logit": (lambda: functional(layers.Dense(1)), "", keras.ops.sigmoid),
    "logits": (lambda: functional(layers.Dense(3)), "", keras.ops.softmax),
    "logits of several sigmoids": (lambda: functional(layers.Dense(3)), "multi_label", keras.ops.sigmoid),
    "several sigmoids": (lambda: functional(layers.Dense(3, "sigmoid")), "", no_change),
    "two sigmoids": (lambda: functional(layers.Dense(2, "sigmoid")), "", no_change),
    "several sigmoids, layer": (lambda: functional(layers.Dense(3), layers.Activation("sigmoid")), "", no_change),
    "several sigmoids, operation": (lambda: functional(layers.Dense(3), keras.ops.sigmoid), "", no_change),
    "several sigmoids, nested": (lambda: nested(layers.Dense(8, "relu"), layers.Dense(3, "sigmoid")), "", no_change),
    "several sigmoids, nested layer": (lambda: nested(layers.Dense(3), layers.Activation("sigmoid")), "", no_change),
    "sigmoids of averaged maps": (averaged, "", no_change),
}


@pytest.mark.parametrize("end", ENDS)
def test_answer_is_what_keras_predicts(end: str) -> None:
    keras.utils.set_random_seed(4)
    build, kind, function = ENDS[end]
    model = build()
    predicted = keras.ops.convert_to_numpy(function(model.predict(BATCH, verbose=0)))
    num_outputs = predicted.shape[1]
    network = Network(model, tuple("abc"[: max(num_outputs, 2)]), PREPROCESSING, kind=kind)
    answers = network.head.class_probabilities(network.logits(BATCH))
    assert network.head.is_multi_label == ("sigmoids" in end)
    np.testing.assert_allclose(answers[:, -num_outputs:], predicted, atol=TOLERANCE)
    np.testing.assert_allclose(network.activations(BATCH)[0][-1], model.predict(BATCH, verbose=0), atol=TOLERANCE)
    if num_outputs == 1:
        np.testing.assert_allclose(answers.sum(axis=1), 1)


@pytest.mark.parametrize("output", ["kind", "tags", "score"])
def test_answer_of_each_output_is_what_keras_predicts(output: str) -> None:
    keras.utils.set_random_seed(4)
    picture = keras.Input((24, 20, 3))
    vector = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu")(picture))
    ends = [layers.Dense(3, "softmax", name="kind"), layers.Dense(4, "sigmoid", name="tags")]
    ends.append(layers.Dense(1, "sigmoid", name="score"))
    model = keras.Model(picture, {end.name: end(vector) for end in ends})
    predicted = model.predict(BATCH, verbose=0)[output]
    network = Network(model, tuple("abcd"[: max(predicted.shape[1], 2)]), PREPROCESSING, output=output)
    answers = network.head.class_probabilities(network.logits(BATCH))
    np.testing.assert_allclose(answers[:, -predicted.shape[1] :], predicted, atol=TOLERANCE)


@pytest.mark.parametrize("names", [False, True])
def test_answer_with_given_values_is_what_keras_predicts(names: bool) -> None:
    keras.utils.set_random_seed(4)
    picture, age = keras.Input((24, 20, 3), name="picture"), keras.Input((2,), name="age")
    site = keras.Input((), dtype="int32", name="site")
    maps = layers.Conv2D(4, 3, activation="relu")(picture)
    scaled = layers.Multiply()([maps, layers.Reshape((1, 1, 4))(layers.Dense(4)(age))])
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(scaled), layers.Embedding(3, 2)(site), age])
    inputs = {"picture": picture, "age": age, "site": site} if names else [age, picture, site]
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(joined))
    network = Network(model, tuple("abc"), PREPROCESSING, inputs={"age": [3.0, -2.0], "site": 1})
    values = {"picture": BATCH, "age": np.tile([[3.0, -2.0]], (3, 1)).astype(np.float32), "site": np.ones(3, np.int32)}
    predicted = model.predict(values if names else [values["age"], values["picture"], values["site"]], verbose=0)
    answers = network.head.class_probabilities(network.logits(BATCH))
    np.testing.assert_allclose(answers, predicted, atol=TOLERANCE)
