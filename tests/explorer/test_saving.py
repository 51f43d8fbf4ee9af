"""Saving any model as a folder that others can open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, NetworkError

SIDE = 16
PHOTO = Image.fromarray(np.random.default_rng(2).integers(0, 256, (40, 30, 3), np.uint8))


def network(*first: layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(0)
    steps = [*first, layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    return keras.Sequential([keras.Input((None, None, 3)), *steps])


def test_what_is_said_and_found_is_stored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = network(layers.Rescaling(1 / 255))
    said = {"classes": ["ant", "bee", "cow"], "size": (SIDE, 20), "fit": "pad", "kind": "multi_label"}
    folder = cnnviz.save(model, tmp_path / "model", **said)
    expected = cnnviz.load(model, **said)
    caplog.clear()
    opened = cnnviz.load(folder)
    assert (opened.assumed, caplog.text) == ((), "")
    assert opened.network.preprocessing == cnnviz.Preprocessing(SIDE, 20, "0-255", "pad")
    assert (opened.network.class_names, opened.network.head.kind) == (("ant", "bee", "cow"), "multi_label")
    assert opened.predict(PHOTO) == pytest.approx(expected.predict(PHOTO), abs=1e-6)
    again = cnnviz.save(opened, tmp_path / "again", classes=["x", "y", "z"])
    assert list(cnnviz.load(again).predict(PHOTO).values()) == list(opened.predict(PHOTO).values())


@keras.saving.register_keras_serializable(package="saved")
class Doubling(layers.Layer):  # type: ignore[misc]  # keras ships no types
    """A layer of somebody's own."""

    def call(self, inputs: Any) -> Any:
        """Give twice the values."""
        return 2 * inputs


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: Doubling(), r"config\.json in '.*/model' is refused: it names something other than the layers"),
        (lambda: layers.Lambda(lambda values: values / 255), r"Keras cannot copy it\. Received: ValueError, .*Lambda"),
    ],
)
def test_what_nobody_could_open_is_not_left_behind(layer: Any, reason: str, tmp_path: Path) -> None:
    said = {"classes": ["ant", "bee", "cow"], "size": SIDE}
    with pytest.raises(FolderError, match=rf"^The model cannot be saved so that others can open it\. {reason}"):
        cnnviz.save(network(layer()), tmp_path / "model", **said)
    assert list(tmp_path.iterdir()) == []


def test_output_and_inputs_are_stored_and_the_folder_opens_in_the_same_way(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    picture, age = keras.Input((SIDE, SIDE, 3), name="picture"), keras.Input((2,), name="age")
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(picture)), age])
    ends = [layers.Dense(3, "softmax", name=name)(joined) for name in ("first", "second")]
    model, said = keras.Model([picture, age], ends), {"output": "second", "inputs": {"age": [0.4, 1.2]}}
    expected = cnnviz.load(model, **said).predict(PHOTO)
    folder = cnnviz.save(model, tmp_path / "model", **said)
    again = cnnviz.save(cnnviz.load(model, inputs=said["inputs"]), tmp_path / "again", output="second")
    for path in (folder, again):
        assert cnnviz.load(path).predict(PHOTO) == pytest.approx(expected, abs=1e-6)
    with pytest.raises(NetworkError, match="no output named 'third'"):
        cnnviz.save(model, tmp_path / "wrong", output="third", inputs=said["inputs"])


def test_nothing_else_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(FolderError, match="exists and is not a model folder"):
        cnnviz.save(network(), tmp_path)
