"""Whatever can be loaded can be shown: models of unusual layers are prepared for the page, with all that it tells."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

import cnnviz
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.preparation import prepare_models

L = keras.layers
HEIGHT, WIDTH = 40, 48


def of_tokens(picture: Any) -> Any:
    tokens = L.Reshape((30, 8))(L.Conv2D(8, 8, strides=8)(picture))
    tokens = L.Concatenate(axis=1)([L.GlobalAveragePooling1D(keepdims=True)(tokens), tokens])
    tokens = L.Add()([tokens, L.MultiHeadAttention(2, 4)(tokens, tokens)])
    return L.LayerNormalization()(tokens)


def of_rows(picture: Any) -> Any:
    rows = L.Permute((2, 1))(L.Reshape((30, 8))(L.Conv2D(8, 8, strides=8)(picture)))
    return L.Reshape((4, 5, 4, 3))(L.Dense(30, activation="relu")(rows))


def of_gates(picture: Any) -> Any:
    maps = L.Conv2D(4, 3, activation="relu")(L.Resizing(32, 30)(L.RandomFlip()(picture)))
    gate = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(maps))
    return L.GlobalMaxPooling2D()(L.Multiply()([maps, gate]))


def of_vectors(picture: Any) -> Any:
    return L.Dense(5, activation="relu")(L.Flatten()(L.AveragePooling2D(8)(picture)))


def in_half_precision(picture: Any) -> Any:
    return L.Conv2D(4, 3, activation="relu", dtype="mixed_float16")(picture)


@pytest.mark.parametrize("way", [of_tokens, of_rows, of_gates, of_vectors, in_half_precision])
def test_model_of_unusual_layers_is_shown(way: Callable[[Any], Any], tmp_path: Path) -> None:
    keras.utils.set_random_seed(8)
    picture = keras.Input((HEIGHT, WIDTH, 3))
    model = keras.Model(picture, L.Dense(3, activation="softmax")(L.Flatten()(way(picture))))
    explorer = Explorer(Network(model, ("a", "b", "c"), Preprocessing(HEIGHT, WIDTH)))
    served = prepare_models(2**26, tmp_path, None)(explorer)
    told = json.loads(json.dumps({**served.opening, **served.about}, allow_nan=False, default=str))
    assert [tile["name"] for tile in told["strip"]["tiles"]] == [layer.name for layer in explorer.network.layers]


def test_a_survey_is_held_once_whatever_becomes_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(cnnviz.load().network.folder or "", folder)
    served = prepare_models(2**26, tmp_path / "served", None)(cnnviz.load(folder))
    shutil.rmtree(folder)
    assert served.survey is not None
    assert served.endpoints.survey("dense_1", 3) == served.survey["dense_1"].channel(3)
