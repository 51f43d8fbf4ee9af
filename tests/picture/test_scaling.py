"""The numbers that a network gets, compared with those of Keras itself."""

import keras
import numpy as np
import pytest

from cnnviz.base.errors import OptionError
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.scaling import SCALINGS, find_scaling

ALL_LEVELS = np.stack([np.roll(np.arange(256, dtype=np.uint8), 85 * shift) for shift in range(3)], axis=1)[None]
"""A picture of one row in which every colour has every level, and no pixel is grey: shape (1, 256, 3)."""

FAMILIES = {"tf": ("mobilenet_v2", "xception"), "torch": ("densenet",), "caffe": ("vgg16", "resnet50")}
"""Keras's families of networks that want a scaling, by its name."""


@pytest.mark.parametrize("mode", FAMILIES)
def test_every_level_becomes_exactly_the_number_that_keras_makes_of_it(mode: str) -> None:
    ours = Preprocessing(1, 256, mode).scale(ALL_LEVELS)
    assert ours.dtype == np.float32
    pixels = ALL_LEVELS.astype(np.float32)
    theirs = [keras.applications.imagenet_utils.preprocess_input(pixels.copy(), mode=mode)]
    theirs += [getattr(keras.applications, family).preprocess_input(pixels.copy()) for family in FAMILIES[mode]]
    for each in theirs:
        np.testing.assert_array_equal(ours, each)


def test_levels_stay_or_are_divided_by_255() -> None:
    assert np.array_equal(Preprocessing(1, 256, "0-255").scale(ALL_LEVELS), ALL_LEVELS)
    assert np.array_equal(Preprocessing(1, 256, "0-1").scale(ALL_LEVELS), ALL_LEVELS.astype(np.float32) / 255)
    assert np.array_equal(Preprocessing(1, 256, "caffe").values(ALL_LEVELS), ALL_LEVELS.astype(np.float32) / 255)


@pytest.mark.parametrize("name", SCALINGS)
def test_range_is_that_of_all_pictures(name: str) -> None:
    colors = np.array(np.meshgrid(*[[0, 255]] * 3), np.uint8).reshape(1, -1, 3)
    numbers = Preprocessing(1, 8, name).scale(colors)
    assert Preprocessing(1, 8, name).value_range == pytest.approx((numbers.min(), numbers.max()), rel=1e-6)


@pytest.mark.parametrize("name", SCALINGS)
def test_slopes_are_those_of_the_map(name: str) -> None:
    scaling, rng = SCALINGS[name], np.random.default_rng(0)
    by_number, values = rng.normal(size=(4, 3)), rng.random((4, 3))
    measured = np.empty((4, 3))
    for color in range(3):
        step = np.zeros(3)
        step[color] = 0.5
        rise = scaling.numbers(values + step).astype(float) - scaling.numbers(values - step)
        measured[:, color] = (by_number * rise).sum(axis=1)
    np.testing.assert_allclose(scaling.slopes(by_number), measured, rtol=1e-4, atol=1e-4)


def test_unknown_scaling_is_an_error() -> None:
    for wrong in ("imagenet", 255, ["tf"]):
        with pytest.raises(OptionError, match=r"`scaling` is one of 0-1, 0-255, tf, torch, caffe\. Received: scaling="):
            find_scaling(wrong)  # type: ignore[arg-type]  # a caller without a type checker is meant
