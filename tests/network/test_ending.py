"""What comes after the probabilities and changes nothing is left out; the answer stays Keras's."""

import functools
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.ending import is_idle, is_row
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

L = keras.layers
ENDS: dict[str, list[Any]] = {
    "Identity": [L.Dense(3, activation="softmax"), L.Identity()],
    "linear": [L.Dense(3), L.Softmax(), L.Activation("linear"), L.Dropout(0.2)],
    "Flatten": [L.Dense(1, activation="sigmoid"), L.Flatten()],
    "Reshape": [L.Dense(3, activation="sigmoid"), L.Reshape((1, 3)), L.Flatten()],
    "operations": [L.Dense(3, activation="softmax"), lambda x: keras.ops.reshape(x, (-1, 3)), keras.ops.stop_gradient],
}
OF_MAPS: dict[str, list[Any]] = {
    "convolution": [L.Conv2D(3, 1, activation="softmax", name="answer"), L.Flatten()],
    "softmax": [L.Conv2D(3, 1), L.Softmax(), L.Reshape((3,))],
    "squeezed": [L.Conv2D(3, 1, activation="sigmoid"), lambda x: keras.ops.squeeze(x, (1, 2))],
    "left": [L.Dense(3, activation="softmax")],
}


def build(first: list[Any], end: list[Any]) -> keras.Model:
    keras.utils.set_random_seed(2)
    picture = keras.Input((24, 20, 3))
    values = L.Conv2D(4, 3, activation="relu", name="conv")(picture)
    for step in [*first, *end]:
        values = step(values)
    return keras.Model(picture, values)


MODELS = {
    **{name: ([L.GlobalAveragePooling2D()], end) for name, end in ENDS.items()},
    **{f"{name} of maps": ([L.GlobalAveragePooling2D(keepdims=True)], end) for name, end in OF_MAPS.items()},
}


@pytest.mark.parametrize("name", MODELS)
def test_answer_is_keras_own(name: str) -> None:
    model = build(*MODELS[name])
    outputs = int(model.output_shape[-1])
    explorer = Explorer(Network(model, tuple("abc"[: max(outputs, 2)]), Preprocessing(24, 20)))
    own = np.asarray(model.predict(explorer.network.preprocessing([draw()]), verbose=0)).ravel()
    result = explorer(draw())
    np.testing.assert_allclose(list(result.probabilities.values())[-outputs:], own, atol=1e-6)
    assert result.layers[-1].answer
    assert not is_idle(explorer.network.operation(result.layers[-1].name), (None, 3), (None, 3))
    assert np.isfinite(result.explain("grad_cam").values).all()
    assert np.isfinite(explorer.ablate(draw(), {"conv": [0]}).logits).all()
    assert all(layer.thumbnail(64).size for layer in result)


def sigmoids(number: int) -> Any:
    return L.Dense(number, activation="sigmoid")


MERGED: dict[str, Any] = {
    "averaged sigmoids": lambda x: L.Average()([sigmoids(1)(x), sigmoids(1)(x)]),
    "averaged softmaxes": lambda x: L.Average()([L.Softmax()(L.Dense(3)(x)), L.Dense(3, "softmax")(x)]),
    "averaged by operations": lambda x: (sigmoids(3)(x) + keras.ops.sigmoid(L.Dense(3)(x))) / 2,
    "a sigmoid for each class": lambda x: L.Concatenate()([sigmoids(1)(x) for _ in range(3)]),
    "arranged afterwards": lambda x: L.Flatten()(L.Reshape((1, 3))(L.Maximum()([sigmoids(3)(x), sigmoids(3)(x)]))),
    "multiplied": lambda x: L.Multiply()([sigmoids(3)(x), sigmoids(3)(x)]),
    "weighed": lambda x: L.Add()([L.Multiply()([sigmoids(1)(x), L.Dense(3, "softmax")(x)]) for _ in range(2)]),
    "with one branch of logits": lambda x: L.Add()([L.Dense(3)(x), L.Dense(3, "softmax")(x)]),
    "a softmax of an average": lambda x: L.Softmax()(L.Average()([L.Dense(3, "softmax")(x), sigmoids(3)(x)])),
}


@pytest.mark.parametrize("name", MERGED)
def test_probabilities_that_branches_give_are_not_read_as_logits(name: str) -> None:
    model = build([L.GlobalAveragePooling2D()], [MERGED[name]])
    classes = tuple("abc"[: max(int(model.output_shape[-1]), 2)])
    with pytest.raises(NetworkError, match=r"must end in sigmoids, in a softmax, or in the logits of either\."):
        Network(model, classes, Preprocessing(24, 20))


def gated(values: Any) -> Any:
    gate = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(values))
    return L.GlobalAveragePooling2D()(L.Multiply()([values, gate]))


OF_LOGITS: dict[str, Any] = {
    "average": lambda x: L.Average()([L.Dense(3)(x), L.Dense(3)(x)]),
    "softmax of an average": lambda x: L.Softmax()(L.Average()([L.Dense(3)(x), L.Dense(3)(x)])),
    "join": lambda x: L.Concatenate()([L.Dense(1)(x) for _ in range(3)]),
    "sum of gated": lambda x: L.Add()([L.Multiply()([sigmoids(1)(x), L.Dense(3)(x)]), L.Dense(3)(x)]),
    "weights after sigmoids": lambda x: L.Average()([L.Dense(3)(sigmoids(4)(x)), L.Dense(3)(x)]),
    "gate further back": lambda x: L.Dense(3)(gated(L.Reshape((1, 1, 4))(x))),
}


@pytest.mark.parametrize("name", OF_LOGITS)
def test_logits_that_branches_give_are_keras_own(name: str) -> None:
    model = build([L.GlobalAveragePooling2D()], [OF_LOGITS[name]])
    network = Network(model, ("a", "b", "c"), Preprocessing(24, 20))
    batch = network.preprocessing([draw()])
    own = np.asarray(model.predict(batch, verbose=0))
    values = network.head.class_probabilities(network.logits(batch)) if "softmax" in name else network.logits(batch)
    np.testing.assert_allclose(values, own, rtol=1e-5, atol=1e-6)


def test_branches_that_meet_again_and_again_are_looked_at_once() -> None:
    def doubled(values: Any) -> Any:
        return functools.reduce(lambda values, _: L.Add()([values, values]), range(50), values)

    model = build([L.GlobalAveragePooling2D()], [L.Dense(3), doubled])
    assert Network(model, ("a", "b", "c"), Preprocessing(24, 20)).head.kind == "softmax"


@pytest.mark.parametrize(
    ("shape", "row"),
    [((None, 3), True), ((None, 1, 1, 3), True), ((None, 2, 3), False), ((None, None, 3), False), ((None,), False)],
)
def test_row_has_one_number_for_each_class(shape: tuple[int | None, ...], row: bool) -> None:
    assert is_row(shape) == row
