"""The process in which a model is tried, and what it says of hostile ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from cnnviz.command.serve import TRIAL
from cnnviz.model_folder.folder import write_folder
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.serving.trial import Trial
from cnnviz.ui.first_page import refusal
from folders import tamper

layers = keras.layers


def tokens() -> keras.Model:
    """Build a network whose layers have no maps, but rows of tokens, and more axes than that."""
    picture = keras.Input((64, 64, 3))
    values = layers.Reshape((64, 32))(layers.Conv2D(32, 8, strides=8)(picture))
    mixed = layers.Permute((2, 1))(layers.Dense(64, activation="relu")(layers.Permute((2, 1))(values)))
    values = layers.Reshape((2, 4, 8, 2, 16))(layers.Add()([values, mixed]))
    return keras.Model(picture, layers.Dense(3, activation="softmax")(layers.Flatten()(values)))


def test_layers_of_any_number_of_axes_have_a_first_page(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "tokens", tokens(), ("ant", "bee", "cow"), Preprocessing(64, 64), {})
    assert refusal(folder, tmp_path / "page") == ""


def test_what_is_said_of_a_file_is_said_of_its_trial(tmp_path: Path) -> None:
    tokens().save(tmp_path / "tokens.keras")
    for classes, told in ((["ant", "bee", "cow"], ""), (["ant"], "needs 3 different class names")):
        answer = refusal(tmp_path / "tokens.keras", tmp_path / "page", {"classes": classes, "preprocessing": "tf"})
        assert told in answer and bool(told) == bool(answer)


def settings(layer_name: str, /, **values: Any) -> Callable[[dict[str, Any]], None]:
    """Give a change of a layer's settings."""

    def change(config: dict[str, Any]) -> None:
        next(layer for layer in config["config"]["layers"] if layer["config"]["name"] == layer_name)["config"].update(
            values
        )

    return change


HOSTILE = {
    "text for numbers": (settings("conv2d_1", dtype="string"), "compute with numbers, such as float32"),
    "markup for a name": (settings("conv2d_2", name="<img src=x>"), "TensorFlow compiles only layers whose names"),
    "no such axis": (settings("flatten_1", data_format="channels_middle"), "cannot build what config.json"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_model_is_one_sentence(name: str, small_folder: Path, tmp_path: Path) -> None:
    change, message = HOSTILE[name]
    config = json.loads((small_folder / "config.json").read_text())
    change(config)
    told = refusal(tamper(small_folder, tmp_path, {"config.json": json.dumps(config)}), tmp_path / "page")
    assert message in told
    assert told.isprintable()
    assert len(told) < 1000


def test_process_that_app_starts_passes_a_model(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)  # from wherever it is started
    Trial(TRIAL, seconds=300).require(small_folder)
    assert len(list((tmp_path / "cache" / "tried").iterdir())) == 1
