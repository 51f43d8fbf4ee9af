"""Image classifiers of KerasHub, which `make test-sweep` installs; other tests are of models that are none."""

from __future__ import annotations

from math import ceil, floor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, OptionError
from cnnviz.explorer.keras_hub import OwnPreprocessing, is_hub_classifier, read_preprocessor, require_scaling
from pictures import draw
from programs import require_module

SIDE = 32
STEPS = 16
"""Largest difference of levels between two ways to resize a slope: those from one row of pixels to the next."""

IMAGENET = {"scale": [1 / 255 / each for each in (0.229, 0.224, 0.225)]}
IMAGENET["offset"] = [-mean / each for mean, each in zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True)]
SCALINGS: dict[str, dict[str, Any]] = {
    "0-255": {},
    "0-1": {"scale": 1 / 255},
    "tf": {"scale": 1 / 127.5, "offset": -1},
    "torch": IMAGENET,
}
FITS = {
    "stretch": {"crop_to_aspect_ratio": False},
    "crop": {},
    "pad": {"crop_to_aspect_ratio": False, "pad_to_aspect_ratio": True},
}


def classifier(side: int | None = None, **converter: Any) -> keras.Model:
    """A small ResNet of KerasHub with random weights, whose converter has these settings."""
    hub = require_module("keras_hub", "keras-hub")
    keras.utils.set_random_seed(2)
    backbone = hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 64],
        stackwise_num_blocks=[1, 1],
        stackwise_num_strides=[1, 2],
        block_type="basic_block",
        image_shape=(side, side, 3),
    )
    preprocessor = hub.models.ResNetImageClassifierPreprocessor(
        hub.layers.ResNetImageConverter(image_size=(SIDE, SIDE), **converter)
    )
    return hub.models.ResNetImageClassifier(backbone=backbone, num_classes=4, preprocessor=preprocessor)


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max())
    return np.asarray(exponentials / exponentials.sum())


def test_other_models_are_none_of_keras_hub() -> None:
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    assert not is_hub_classifier(model)
    assert read_preprocessor(model) is None


def test_a_preprocessor_of_its_own_kind_is_refused_in_a_sentence() -> None:
    assert require_scaling(OwnPreprocessing(None, "crop", "tf")) == "tf"
    with pytest.raises(OptionError, match=r"scales pixels in a way of its own. Put keras.layers.Rescaling"):
        require_scaling(OwnPreprocessing(None, "crop", ""))


@pytest.mark.sweep
@pytest.mark.parametrize("side", [SIDE, None])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_answer_is_keras_hubs_own(scaling: str, side: int | None) -> None:
    model = classifier(side, **SCALINGS[scaling])
    photo = draw(SIDE, SIDE, seed=5)
    explorer = cnnviz.load(model)
    assert explorer.network.preprocessing == cnnviz.Preprocessing(SIDE, SIDE, scaling, "crop")
    assert f"as its own preprocessor of KerasHub makes them ('{scaling}', crop)" in explorer.assumed[0]
    result = explorer(photo)
    logits = model(model.preprocessor(np.asarray(photo)[np.newaxis]), training=False)
    expected = softmax(keras.ops.convert_to_numpy(logits)[0])
    np.testing.assert_allclose([*result.probabilities.values()], expected, atol=1e-5)
    assert all(layer.grid().size for layer in result)
    assert result.explain("grad_cam").values.size > 1


def sloping(width: int, height: int) -> Image.Image:
    """A picture whose red grows to the right and whose green grows downwards: it shows where each pixel came from."""
    red, green = np.meshgrid(np.linspace(55, 255, width), np.linspace(55, 255, height))
    return Image.fromarray(np.stack([red, green, np.full_like(red, 155)], axis=-1).round().astype(np.uint8))


@pytest.mark.sweep
@pytest.mark.parametrize("size", [(96, 64), (64, 96), (50, 21), (20, 31), (SIDE, SIDE)], ids=str)
@pytest.mark.parametrize("scaling", ["0-255", "torch"])
@pytest.mark.parametrize("fit", FITS)
def test_a_photo_is_fitted_as_the_preprocessor_does(fit: str, scaling: str, size: tuple[int, int]) -> None:
    model = classifier(**FITS[fit], **SCALINGS[scaling])
    explorer = cnnviz.load(model)
    assert explorer.network.preprocessing == cnnviz.Preprocessing(SIDE, SIDE, scaling, fit)
    photo = sloping(*size)
    expected = keras.ops.convert_to_numpy(model.preprocessor(np.asarray(photo, np.float32)[np.newaxis]))
    close = STEPS * np.ptp(expected) / 255
    pixels = explorer.network.preprocessing([photo])
    inner, outer = (slice(None),) * 2, (slice(0),) * 2
    if fit == "pad":  # where photo and bar meet, Keras blends them
        bars = [(SIDE - SIDE * side / max(size)) / 2 for side in reversed(size)]
        inner = tuple(slice(ceil(bar) + 1, SIDE - ceil(bar) - 1) for bar in bars)
        outer = tuple(slice(floor(bar) - 1 if bar else None) for bar in bars)
    np.testing.assert_allclose(pixels[:, *inner], expected[:, *inner], atol=close)
    np.testing.assert_allclose(pixels[:, *outer], expected[:, *outer], atol=1e-3)


@pytest.mark.sweep
def test_a_preprocessor_that_leaves_the_size_does_not_fit() -> None:
    model = classifier(SIDE, **SCALINGS["tf"])
    model.preprocessor.image_converter.image_size = None
    assert cnnviz.load(model).network.preprocessing == cnnviz.Preprocessing(SIDE, SIDE, "tf", "stretch")


SAID: dict[str, tuple[dict[str, Any], cnnviz.Preprocessing]] = {
    "nothing": ({}, cnnviz.Preprocessing(SIDE, SIDE, "tf", "pad")),
    "scaling": ({"preprocessing": "caffe"}, cnnviz.Preprocessing(SIDE, SIDE, "caffe", "pad")),
    "size": ({"size": (40, 48)}, cnnviz.Preprocessing(40, 48, "tf", "pad")),
    "fit": ({"fit": "crop"}, cnnviz.Preprocessing(SIDE, SIDE, "tf", "crop")),
    "all": ({"preprocessing": cnnviz.Preprocessing(40, 40)}, cnnviz.Preprocessing(40, 40)),
}


@pytest.mark.sweep
@pytest.mark.parametrize("what", SAID)
def test_what_is_said_goes_before_and_the_rest_is_the_preprocessors(what: str) -> None:
    said, expected = SAID[what]
    explorer = cnnviz.load(classifier(**FITS["pad"], **SCALINGS["tf"]), **said)
    assert explorer.network.preprocessing == expected


@pytest.mark.sweep
def test_a_file_that_is_trusted_keeps_what_its_preprocessor_does(tmp_path: Path) -> None:
    model, file = classifier(**FITS["pad"], **SCALINGS["tf"]), tmp_path / "my.keras"
    model.save(file)
    with pytest.raises(FolderError, match=r"it describes no Sequential or functional model.*ResNetImageClassifier"):
        cnnviz.load(file)
    explorer, again = cnnviz.load(model), cnnviz.load(file, trust_code=True)
    assert again.network.preprocessing == explorer.network.preprocessing
    photo = draw(60, 40, seed=5)
    np.testing.assert_allclose(*([*each.predict(photo).values()] for each in (explorer, again)), atol=1e-5)
    with pytest.raises(FolderError, match="The model cannot be saved so that others can open it"):
        cnnviz.save(explorer, tmp_path / "model")


@pytest.mark.sweep
def test_what_is_said_goes_before_the_preprocessor() -> None:
    model = classifier(scale=0.7, offset=3)
    with pytest.raises(OptionError, match="in a way of its own"):
        cnnviz.load(model)
    explorer = cnnviz.load(model, classes=list("abcd"), preprocessing="caffe", size=40, fit="stretch")
    assert explorer.network.preprocessing == cnnviz.Preprocessing(40, 40, "caffe", "stretch")
    model.preprocessor = None
    assert cnnviz.load(model).network.preprocessing == cnnviz.Preprocessing(224, 224)
