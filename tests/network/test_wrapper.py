"""Recurrent layers, wrappers, adaptive poolings and embeddings: opened from files, and answered as Keras answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import CnnvizError, FolderError, NetworkError
from cnnviz.network import workload
from cnnviz.network.network import Network
from cnnviz.network.wrapper import is_recurrent, unwrap
from cnnviz.picture.preprocessing import Preprocessing

L = keras.layers
SIDE, CLASSES = 12, ("a", "b", "c")
PHOTO = Image.fromarray(np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8))
Step = Callable[[Any], Any]


def of(step: Step, channels: int = 3, dtype: str = "float32") -> keras.Model:
    """Build a classifier around a step."""
    keras.utils.set_random_seed(0)
    picture = keras.Input((SIDE, SIDE, channels), dtype=dtype)
    return keras.Model(picture, L.Dense(3, activation="softmax")(L.Flatten()(step(picture))))


def rows(picture: Any) -> Any:
    return L.Reshape((SIDE, -1))(picture)


STEPS: dict[str, Step] = {
    "LSTM": lambda x: L.LSTM(4)(rows(x)),
    "GRU, backwards": lambda x: L.GRU(4, return_sequences=True, go_backwards=True, name="step")(rows(x)),
    "both ways": lambda x: L.Bidirectional(L.LSTM(3, return_sequences=True), name="step")(rows(x)),
    "unrolled": lambda x: L.SimpleRNN(4, unroll=True, activation="relu", name="step")(rows(x)),
    "rows apart": lambda x: L.TimeDistributed(L.Dense(4, activation="relu"), name="step")(rows(x)),
    "pictures apart": lambda x: L.TimeDistributed(L.Conv2D(2, 3, dilation_rate=2))(L.Reshape((2, 6, 12, 3))(x)),
    "pooled": lambda x: L.AdaptiveMaxPooling2D(5)(L.AdaptiveAveragePooling2D((6, 7), name="step")(x)),
    "pooled rows": lambda x: L.AdaptiveMaxPooling1D(4)(L.AdaptiveAveragePooling1D(5)(rows(x))),
    "scaled": lambda x: L.SpectralNormalization(L.Conv2D(4, 3, activation="relu"), name="step")(x),
    "numbers of pixels": lambda x: L.Embedding(256, 3)(L.Reshape((SIDE * SIDE,))(x)),
}


@pytest.mark.parametrize("name", STEPS)
def test_model_from_a_file_or_folder_answers_as_keras_does(name: str, tmp_path: Path) -> None:
    is_whole = name == "numbers of pixels"
    model = of(STEPS[name], *((1, "uint8") if is_whole else ()))
    model.save(tmp_path / "my.keras")
    folder = cnnviz.save(model, tmp_path / "folder", classes=CLASSES)
    for path in (tmp_path / "my.keras", folder):
        explorer = cnnviz.load(path, classes=CLASSES)
        own = model.predict(explorer.network.preprocessing([PHOTO]), verbose=0)[0]
        result = explorer(PHOTO)
        np.testing.assert_allclose(list(result.probabilities.values()), own, atol=1e-5)
    assert all(layer.thumbnail(64).size for layer in result)
    assert np.isfinite(explorer.ablate(PHOTO, {result.layers[0].name: [0]}).logits).all()


def network(step: Step) -> Network:
    return Network(of(step), CLASSES, Preprocessing(SIDE, SIDE))


def test_layer_whose_weights_are_scaled_sees_what_it_sees_without_that() -> None:
    layer = network(STEPS["scaled"]).layer("step")
    assert (layer.receptive_field.size, layer.role, layer.non_negative) == (3, "other", True)
    assert layer.kind_text == "SpectralNormalization, after ReLU"


def test_rows_in_the_opposite_order_are_no_places_and_a_recurrent_layer_may_be_negative() -> None:
    def tokens(step: Any) -> Step:
        return lambda x: step(L.Reshape((36, 12))(L.Conv2D(12, 2, strides=2)(x)))

    forward = network(tokens(L.GRU(4, return_sequences=True, name="step"))).layer("step")
    backward = network(tokens(L.GRU(4, return_sequences=True, go_backwards=True, name="step"))).layer("step")
    assert (forward.places, backward.places) == ((6, 6), None)
    assert not network(STEPS["unrolled"]).layer("step").non_negative


REFUSED: dict[str, tuple[Step, str]] = {
    "mask": (
        lambda x: L.Embedding(9, 2, mask_zero=True, name="step")(L.Reshape((432,))(x)),
        "'step' leaves some out, by a mask",
    ),
    "compiled steps": (
        lambda x: L.LSTM(1, unroll=True, return_sequences=True)(L.Reshape((432 * 8, 1))(L.UpSampling2D((8, 1))(x))),
        "products for one photo",
    ),
    "layers for rows": (
        lambda x: L.TimeDistributed(L.Dense(1))(L.Reshape((432 * 8, 1))(L.UpSampling2D((8, 1))(x))),
        "products for one photo",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_answer_otherwise_or_take_too_long_is_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    step, sentence = REFUSED[name]
    if "products" in sentence:
        monkeypatch.setattr(workload, "MAX_PRODUCTS", 2**26 * 3000)
    keras.utils.set_random_seed(0)
    picture = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(picture, L.Dense(3)(L.GlobalAveragePooling1D()(step(picture))))
    with pytest.raises(NetworkError, match=sentence):
        Network(model, CLASSES, Preprocessing(SIDE, SIDE))


@pytest.mark.parametrize(
    "end",
    [
        lambda x: L.LSTM(3, activation="softmax")(rows(x)),
        lambda x: L.SpectralNormalization(L.Dense(3, activation="softmax"))(L.Flatten()(x)),
        lambda x: L.Bidirectional(L.GRU(3, activation="sigmoid"), merge_mode="sum")(rows(x)),
    ],
)
def test_end_whose_logits_are_within_a_layer_is_a_sentence(end: Step) -> None:
    picture = keras.Input((SIDE, SIDE, 3))
    with pytest.raises(NetworkError, match=r"are within it: its (softmax|sigmoid) has to be a layer of its own"):
        Network(keras.Model(picture, end(picture)), CLASSES, Preprocessing(SIDE, SIDE))


@pytest.mark.parametrize("inner", [keras.Sequential([L.Dense(2)]), L.LSTM(2)])
def test_wrapper_of_a_stranger_holds_only_layers_of_which_it_is_known_what_they_take(
    inner: Any, tmp_path: Path
) -> None:
    model = of(lambda x: L.TimeDistributed(inner)(L.Reshape((2, 6, 36))(x)))
    model.save(tmp_path / "my.keras")
    with pytest.raises(FolderError, match="is refused: a TimeDistributed may hold Activation, AveragePooling1D"):
        cnnviz.load(tmp_path / "my.keras")


def test_text_is_no_picture(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((20,), dtype="int32"), L.Embedding(9, 4), L.LSTM(2), L.Dense(3, "softmax")])
    model.save(tmp_path / "my.keras")
    with pytest.raises(CnnvizError, match=r"^The model takes no picture\."):
        cnnviz.load(tmp_path / "my.keras")


def test_wrappers_are_opened() -> None:
    assert is_recurrent(L.Bidirectional(L.LSTM(2)))
    assert not is_recurrent(L.TimeDistributed(L.Dense(2)))
    assert isinstance(unwrap(L.SpectralNormalization(L.Conv2D(2, 3))), L.Conv2D)
