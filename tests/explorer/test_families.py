"""The networks of keras.applications: each gets its pictures as its own preprocess_input makes them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import applications, layers

from cnnviz.explorer.families import FAMILIES, find_family
from cnnviz.explorer.interpretation import find_scaling
from cnnviz.picture.preprocessing import Preprocessing

SIDE = 32
SMALL = {"vgg16": "VGG16", "vgg19": "VGG19", "mobilenet": "MobileNet", "mobilenet_v2": "MobileNetV2"}
"""Those that are built in no time."""


BARE = [
    "MobileNetV3Small",
    pytest.param("EfficientNetV2B0", marks=pytest.mark.sweep),
    pytest.param("EfficientNetV2B3", marks=pytest.mark.sweep),
    pytest.param("EfficientNetV2S", marks=pytest.mark.sweep),
    pytest.param("ConvNeXtTiny", marks=pytest.mark.sweep),
]
"""Those whose first layers scale pixels, unless they are left out."""

BITS_7 = 1 / 128
"""Keras divides by 128 for EfficientNetV2S, and tells that -1 to 1 is expected: the difference of 127.5."""


@pytest.mark.parametrize(
    "family", [family for family in FAMILIES if not family.is_bare], ids=lambda family: family.module
)
def test_its_scaling_is_keras_own(family: object) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
    expected = getattr(applications, family.module).preprocess_input(pixels.astype(np.float32))
    np.testing.assert_allclose(Preprocessing(SIDE, SIDE, family.scaling).scale(pixels), expected, atol=1e-4)


@pytest.mark.parametrize("module", SMALL)
def test_a_network_is_told_by_its_layers_alone_and_within_another(module: str) -> None:
    backbone = getattr(applications, SMALL[module])(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    picture = keras.Input((SIDE, SIDE, 3))
    around = keras.Model(picture, layers.Dense(2)(layers.GlobalAveragePooling2D()(backbone(picture))))
    for model in (backbone, around):
        family = find_family(model)
        assert family and family.module == module


@pytest.mark.parametrize("name", BARE)
def test_what_the_first_layers_do_that_were_left_out(name: str) -> None:
    build, shape = getattr(applications, name), (SIDE, SIDE, 3)
    whole = build(weights=None, include_top=False, input_shape=shape)
    bare = build(weights=None, include_top=False, input_shape=shape, include_preprocessing=False)
    first = [layer for layer in whole.layers[:3] if isinstance(layer, layers.Rescaling | layers.Normalization)]
    pixels = np.random.default_rng(0).integers(0, 256, (1, *shape), np.uint8)
    expected = keras.Model(whole.input, first[-1].output)(pixels.astype(np.float32))
    scaling, sentence = find_scaling(bare)
    assert f"keras.applications.{build.__module__.rpartition('.')[2]} without those that scale pixels" in sentence
    np.testing.assert_allclose(Preprocessing(SIDE, SIDE, scaling).scale(pixels), expected, atol=BITS_7)
    assert find_scaling(whole)[0] == "0-255"


def test_grey_pictures_are_not_scaled_by_means_of_colours() -> None:
    of_colors, of_all = (
        getattr(applications, name)(weights=None, include_top=False, input_shape=(SIDE, SIDE, 1))
        for name in ("VGG16", "MobileNet")
    )
    assert (find_scaling(of_colors)[0], find_scaling(of_all)[0]) == ("0-1", "tf")


def test_other_networks_are_of_no_family() -> None:
    first = layers.Conv2D(2, 3, name="block1_conv1")
    assert find_family(keras.Sequential([keras.Input((SIDE, SIDE, 3)), first])) is None
