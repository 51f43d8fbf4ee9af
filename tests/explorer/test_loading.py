"""The one door: each way to name a model, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, OptionError

SIDE = 24
PIXELS = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
PHOTO = Image.fromarray(PIXELS)
CLASSES = ("red", "green", "blue")


def tutorial() -> keras.Model:
    """A model as Keras's own tutorials build it: it takes pixels from 0 to 255."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Dropout(0.2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return tutorial()


@pytest.mark.parametrize("way", ["memory", "model.keras", "model.h5", "layout"])
@pytest.mark.filterwarnings("ignore:.*HDF5 file.*")
def test_every_way_gives_keras_own_answer(way: str, model: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / way
    if way == "layout":
        model.save(path, zipped=False)
    elif way != "memory":
        model.save(path)
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(CLASSES))
    explorer = cnnviz.load(model if way == "memory" else path, classes=labels)
    expected = model.predict(PIXELS[np.newaxis].astype(np.float32), verbose=0)[0]
    result = explorer(PHOTO)
    assert list(result.probabilities) == list(CLASSES)
    np.testing.assert_allclose(list(result.probabilities.values()), expected, atol=1e-5)
    kind = {"memory": "memory", "layout": "folder"}.get(way, "file")
    assert (explorer.source.kind, explorer.source.name) == (kind, "" if way == "memory" else way)
    assert result.explain("grad_cam").values.shape


def test_what_is_said_comes_before_what_the_folder_says(small_folder: Path) -> None:
    known = cnnviz.load(small_folder).network
    explorer = cnnviz.load(small_folder, classes=["Katze", "Hund"], preprocessing="tf", fit="crop")
    assert explorer.network.class_names == ("Katze", "Hund")
    assert (explorer.network.preprocessing.scaling, explorer.network.preprocessing.fit) == ("tf", "crop")
    assert explorer.network.preprocessing.height == known.preprocessing.height
    assert (explorer.assumed, explorer.network.metrics) == ((), {})


def test_code_is_run_only_where_its_owner_says_so(tmp_path: Path) -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    doubled = keras.Model(inputs, tutorial()(layers.Lambda(lambda values: 2 * values)(inputs)))
    expected = doubled.predict(PIXELS[np.newaxis].astype(np.float32), verbose=0)[0]
    in_memory = cnnviz.load(doubled, preprocessing="0-255")  # an object in memory runs already
    np.testing.assert_allclose(list(in_memory.predict(PHOTO).values()), expected, atol=1e-5)
    doubled.save(tmp_path / "own.keras")
    with pytest.raises(FolderError, match=r"it names something other than the layers of Keras"):
        cnnviz.load(tmp_path / "own.keras")
    trusted = cnnviz.load(tmp_path / "own.keras", trust_code=True, preprocessing="0-255")
    np.testing.assert_allclose(list(trusted.predict(PHOTO).values()), expected, atol=1e-5)
    with pytest.raises(
        OptionError, match=r"^Code from the Hub is never run\. Download 'alice/own@main', look at it, and"
    ):
        cnnviz.load("alice/own", trust_code=True)
