"""The networks of keras.applications: each gets its pictures as its own preprocess_input makes them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import applications, layers

from cnnviz.explorer.families import FAMILIES, find_family
from cnnviz.picture.preprocessing import Preprocessing

SIDE = 32
SMALL = {"vgg16": "VGG16", "vgg19": "VGG19", "mobilenet": "MobileNet", "mobilenet_v2": "MobileNetV2"}
"""Those that are built in no time."""


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.module)
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


def test_other_networks_are_of_no_family() -> None:
    first = layers.Conv2D(2, 3, name="block1_conv1")
    assert find_family(keras.Sequential([keras.Input((SIDE, SIDE, 3)), first])) is None
