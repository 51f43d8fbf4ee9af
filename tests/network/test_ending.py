"""What comes after the probabilities and changes nothing is left out; the answer stays Keras's."""

from typing import Any

import keras
import numpy as np
import pytest

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


@pytest.mark.parametrize(
    ("shape", "row"),
    [((None, 3), True), ((None, 1, 1, 3), True), ((None, 2, 3), False), ((None, None, 3), False), ((None,), False)],
)
def test_row_has_one_number_for_each_class(shape: tuple[int | None, ...], row: bool) -> None:
    assert is_row(shape) == row
