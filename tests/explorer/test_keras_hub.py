"""Image classifiers of KerasHub, which `make test-sweep` installs; other tests are of models that are none."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import OptionError
from cnnviz.explorer.keras_hub import OwnPreprocessing, is_hub_classifier, read_preprocessor, require_scaling
from pictures import draw
from programs import require_module

SIDE = 32
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


@pytest.mark.sweep
@pytest.mark.parametrize("fit", FITS)
def test_a_photo_is_fitted_as_the_preprocessor_does(fit: str) -> None:
    model = classifier(**FITS[fit])
    explorer = cnnviz.load(model)
    assert explorer.network.preprocessing.fit == fit
    photo = Image.new("RGB", (2 * SIDE, SIDE), "white")
    pixels = keras.ops.convert_to_numpy(model.preprocessor(np.asarray(photo, np.float32)[np.newaxis]))
    np.testing.assert_allclose(explorer.network.preprocessing([photo]), pixels, atol=1e-3)


@pytest.mark.sweep
def test_what_is_said_goes_before_the_preprocessor() -> None:
    model = classifier(scale=0.7, offset=3)
    with pytest.raises(OptionError, match="in a way of its own"):
        cnnviz.load(model)
    explorer = cnnviz.load(model, classes=list("abcd"), preprocessing="caffe", size=40, fit="stretch")
    assert explorer.network.preprocessing == cnnviz.Preprocessing(40, 40, "caffe", "stretch")
    model.preprocessor = None
    assert cnnviz.load(model).network.preprocessing == cnnviz.Preprocessing(224, 224)
