"""Models as Keras saves them: what is opened, what is refused, and who is trusted."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from cnnviz.base.errors import FolderError
from cnnviz.model_folder.keras_file import CodeTrust, read_date, read_keras, require_keras

SIDE = 16
WAYS = ("keras", "h5", "folder")


@keras.saving.register_keras_serializable(package="tests")
class Doubling(layers.Layer):  # type: ignore[misc]  # keras ships no types
    """A layer of somebody's own, which Keras knows."""

    def call(self, inputs: Any) -> Any:
        """Give twice the values."""
        return 2 * inputs


class Halving(layers.Layer):  # type: ignore[misc]  # keras ships no types
    """A layer of somebody's own, which Keras does not know."""

    def call(self, inputs: Any) -> Any:
        """Give half the values."""
        return inputs / 2


def build(*first: layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(0)
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    values = picture
    for layer in first:
        values = layer(values)
    convolved = layers.Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer="l2")(values)
    joined = layers.Add()([convolved, layers.Conv2D(4, 1)(convolved)])
    pooled = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(joined))
    return keras.Model(picture, layers.Dense(3, activation="softmax")(pooled))


def save(model: keras.Model, folder: Path, way: str) -> Path:
    path = folder / ("model" if way == "folder" else f"model.{way}")
    model.save(path, zipped=False) if way == "folder" else model.save(path)
    return path


def batch() -> np.ndarray:
    return np.random.default_rng(0).random((2, SIDE, SIDE, 3), np.float32)


def answers(model: keras.Model) -> np.ndarray:
    return np.asarray(model.predict(batch(), verbose=0))


@pytest.fixture(autouse=True)
def _old_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras warns of its old format, which people have."""
    monkeypatch.setattr(keras.src.saving.saving_api.logging, "warning", lambda *_: None)


@pytest.mark.parametrize("way", WAYS)
def test_a_model_that_keras_saved_answers_the_same(way: str, tmp_path: Path) -> None:
    model = build()
    model.compile("adam", "categorical_crossentropy")
    path = save(model, tmp_path, way)
    require_keras(path)
    np.testing.assert_array_equal(answers(read_keras(path)), answers(model))
    assert bool(re.fullmatch(r"20\d\d-\d\d-\d\d", read_date(path))) == (way != "h5")


def as_keras_2(config: dict[str, Any]) -> dict[str, Any]:
    """Write a model's config as Keras 2 did."""

    def source(tensor: dict[str, Any]) -> list[Any]:
        return [*tensor["config"]["keras_history"], {}]

    for layer in config["config"]["layers"]:
        nodes = layer["inbound_nodes"]
        for node in nodes:
            (argument,) = node["args"]
            node["tensors"] = [source(each) for each in (argument if isinstance(argument, list) else [argument])]
        layer["inbound_nodes"] = [node["tensors"] for node in nodes]
        settings = layer["config"]
        settings["dtype"] = "float32"
        if layer["class_name"] == "InputLayer":
            settings["batch_input_shape"] = settings.pop("batch_shape")
        for name, value in settings.items():
            if isinstance(value, dict):
                settings[name] = {"class_name": value["class_name"], "config": value["config"]}
    for name in ("input_layers", "output_layers"):
        config["config"][name] = [config["config"][name]]
    return {"class_name": "Model", "config": config["config"]}


def test_a_file_of_keras_2_answers_the_same(tmp_path: Path) -> None:
    model = build()
    path = save(model, tmp_path, "h5")
    with h5py.File(path, "r+") as file:
        old = as_keras_2(json.loads(file.attrs["model_config"]))
        assert "module" not in json.dumps(old) and "keras_history" not in json.dumps(old)
        file.attrs["model_config"] = json.dumps(old)
    np.testing.assert_array_equal(answers(read_keras(path)), answers(model))


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    model = build()
    for way in ("keras", "h5"):
        path = save(model, tmp_path, way).rename(tmp_path / f"weights-of-{way}")
        np.testing.assert_array_equal(answers(read_keras(path)), answers(model))


# Who is trusted


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("part", [lambda: layers.Lambda(lambda values: 2 * values), Doubling])
def test_code_runs_only_where_the_owner_says_so(part: Callable[[], Any], way: str, tmp_path: Path) -> None:
    model = build(part())
    path = save(model, tmp_path, way)
    with pytest.raises(FolderError, match=r"is refused: it names something other than the layers of Keras"):
        read_keras(path)
    np.testing.assert_array_equal(answers(read_keras(path, CodeTrust(code=True))), answers(model))


def test_own_layers_are_taken_from_their_owner_and_nothing_else_runs(tmp_path: Path) -> None:
    model = build(Halving())
    named = save(model, tmp_path, "keras")
    (tmp_path / "other").mkdir()
    lambdas = save(build(Halving(), layers.Lambda(lambda values: -values)), tmp_path / "other", "keras")
    trust = CodeTrust(custom_objects={"Halving": Halving})
    np.testing.assert_array_equal(answers(read_keras(named, trust)), answers(model))
    with pytest.raises(FolderError, match=r"Keras .* cannot open '.*model\.keras'\. Received: ValueError, .*lambda"):
        read_keras(lambdas, trust)


# What is refused


def weights_only(path: Path) -> None:
    with h5py.File(path / "model.h5", "r+") as file:
        del file.attrs["model_config"]


def replaced(path: Path, name: str, content: bytes | None) -> None:
    """Replace a member of the .keras file, or leave it out."""
    old = path / "model.keras"
    with zipfile.ZipFile(old) as archive:
        members = {each: archive.read(each) for each in archive.namelist()} | {name: content}
    with zipfile.ZipFile(old, "w") as archive:
        for each, value in members.items():
            if value is not None:
                archive.writestr(each, value)


def cut(path: Path) -> None:
    file = path / "model.keras"
    content = file.read_bytes()
    start = content.index(b"\x89HDF")
    file.write_bytes(content[:start] + bytes(500) + content[start + 500 :])


REFUSED: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "nothing there": (
        "none.keras",
        lambda path: None,
        r"No model folder at '.*none\.keras'\. Expected a model folder, ",
    ),
    "weights only": ("model.h5", weights_only, r"'.*model\.h5' holds only weights\. Build the model and load them, or"),
    "zip of others": (
        "model.keras",
        lambda path: replaced(path, "config.json", None),
        r"'.*' is no model of Keras: expected config\.json and model\.weights\.h5 in it\. Received: metadata\.json, ",
    ),
    "no JSON": (
        "model.keras",
        lambda path: replaced(path, "config.json", b"{"),
        r"config\.json in '.*model\.keras' is damaged: it is not JSON",
    ),
    "large config": (
        "model.keras",
        lambda path: replaced(path, "config.json", b" " * (10 * 2**20 + 1)),
        r"config\.json in '.*' is refused: it is larger than 10485760 bytes",
    ),
    "damaged zip": ("model.keras", cut, r"'.*model\.keras' is damaged: it cannot be unpacked\. Received: BadZipFile"),
    "no HDF5": ("text.h5", lambda path: (path / "text.h5").write_text("x"), r"'.*text\.h5' is no model of Keras: exp"),
    "cut HDF5": (
        "model.h5",
        lambda path: (path / "model.h5").write_bytes((path / "model.h5").read_bytes()[:3000]),
        r"'.*model\.h5' is damaged\. Received: OSError",
    ),
    "PyTorch": (
        "a.pt",
        lambda path: (path / "a.pt").write_bytes(b"x"),
        r"'.*a\.pt' is a file of PyTorch\. Expected a mo",
    ),
    "SavedModel": (
        "saved",
        lambda path: ((path / "saved").mkdir(), (path / "saved" / "saved_model.pb").touch()),
        r"'.*saved' is a SavedModel of TensorFlow\. Save the model with model\.save\('my\.keras'\)\.",
    ),
    "other folder": (
        "other",
        lambda path: (path / "other").mkdir(),
        r"'.*other' is no model folder: expected cnnviz\.json, or config\.json and model\.weights\.h5 as Keras saves",
    ),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    for way in WAYS:
        save(build(), folder, way)
    return folder


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_model_is_one_sentence(case: str, saved: Path, tmp_path: Path) -> None:
    name, change, sentence = REFUSED[case]
    here = Path(shutil.copytree(saved, tmp_path / "files"))
    change(here)
    with pytest.raises(FolderError, match=f"^{sentence}"):
        read_keras(here / name)


def test_a_file_that_describes_more_than_it_holds_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = save(build(), tmp_path, "h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["units"] = 2**30
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(FolderError, match=r"describes 5,368,\d{3},\d{3} parameters, more than the file"):
        read_keras(path)
