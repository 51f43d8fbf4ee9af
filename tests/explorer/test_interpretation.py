"""What is found and assumed of models of which nothing is known but their layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import applications, layers, ops
from PIL import Image

import cnnviz
from cnnviz.base.errors import NetworkError, OptionError
from cnnviz.explorer.interpretation import find_scaling

SIDE = 32
PIXELS = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
PHOTO = Image.fromarray(PIXELS)


def network(*first: Any, shape: tuple[Any, ...] = (SIDE, SIDE, 3), end: str | None = "softmax") -> keras.Model:
    keras.utils.set_random_seed(0)
    picture = keras.Input(shape)
    values = picture
    for step in first:
        values = step(values)
    values = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu")(values))
    return keras.Model(picture, layers.Dense(3, activation=end)(values))


BYTES, ONES = ("0-255", "it gets them from 0 to 255"), ("0-1", "it gets them from 0 to 1")
SCALINGS: dict[str, tuple[list[Callable[[Any], Any]], tuple[str, str]]] = {
    "Rescaling": ([layers.Rescaling(1 / 255)], BYTES),
    "augmentation, then Rescaling": ([layers.RandomFlip(), layers.Rescaling(1 / 127.5, -1)], BYTES),
    "ImageNet's mean and variance": ([layers.Normalization(mean=[124, 116, 104], variance=[3364] * 3)], BYTES),
    "only the mean": ([applications.resnet.preprocess_input], BYTES),
    "operations": ([applications.densenet.preprocess_input], BYTES),
    "cast, then divided": ([lambda values: ops.divide(ops.cast(values, "float32"), 255.0)], BYTES),
    "negative of 0 to 255": ([lambda values: 255 - values], BYTES),
    "negative of 0 to 1": ([lambda values: ops.subtract(1.0, values)], ONES),
    "from 0 to 1 to -1 to 1": ([layers.Rescaling(2, -1)], ONES),
    "from 0 to 1 to normalized": ([layers.Normalization(mean=[0.48] * 3, variance=[0.05] * 3)], ONES),
    "a channel that is always 0": ([layers.Rescaling([2, 2, 0], [-1, -1, 5])], ONES),
    "fresh BatchNormalization": ([layers.BatchNormalization()], ONES),
    "nothing": ([], ("0-1", "Nothing in the model says how pixels are scaled: it gets them from 0 to 1.")),
}


@pytest.mark.parametrize("name", SCALINGS)
def test_the_scaling_is_found_in_the_model_and_said(name: str, caplog: pytest.LogCaptureFixture) -> None:
    steps, (scaling, sentence) = SCALINGS[name]
    model = network(*steps)
    explorer = cnnviz.load(model, classes=list("abc"))
    assert explorer.network.preprocessing.scaling == scaling
    assert sentence in explorer.assumed[0] and explorer.assumed[0] in caplog.text
    pixels = PIXELS[np.newaxis] / (1 if scaling == "0-255" else 255)
    expected = model.predict(pixels.astype(np.float32), verbose=0)[0]
    np.testing.assert_allclose(list(explorer(PHOTO).probabilities.values()), expected, atol=1e-5)


def test_whole_numbers_and_families_are_found() -> None:
    whole = keras.Sequential([keras.Input((SIDE, SIDE, 3), dtype="uint8"), layers.Conv2D(2, 3, name="c")])
    assert find_scaling(whole)[0] == "0-255"
    known = applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    scaling, sentence = find_scaling(known)
    assert (scaling, "keras.applications.mobilenet_v2" in sentence) == ("tf", True)


class Own(layers.Layer):
    """Somebody's own preprocessing."""

    def call(self, values: Any) -> Any:
        """Scale as MobileNetV2 needs it."""
        return applications.mobilenet_v2.preprocess_input(values)


@pytest.mark.parametrize("kind", [Own, lambda name: layers.Lambda(Own().call, name=name)], ids=["own", "Lambda"])
def test_a_family_that_scales_its_picture_by_itself_gets_it_unscaled(kind: Callable[..., Any]) -> None:
    keras.utils.set_random_seed(0)
    family = applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3), alpha=0.35)
    model = network(kind(name="mine"), family, layers.ZeroPadding2D(1))
    explorer = cnnviz.load(model, classes=list("abc"))
    assert explorer.network.preprocessing.scaling == "0-255"
    assert "mobilenet_v2, but before them it changes the picture in 'mine', which cnnviz cannot" in explorer.assumed[0]
    assert "choose another way with `preprocessing`" in explorer.assumed[0]
    expected = model.predict(PIXELS[np.newaxis].astype(np.float32), verbose=0)[0]
    np.testing.assert_allclose(list(explorer(PHOTO).probabilities.values()), expected, atol=1e-5)
    said = cnnviz.load(model, classes=list("abc"), preprocessing="tf")
    assert (said.network.preprocessing.scaling, said.assumed) == ("tf", ())


def test_a_family_that_gets_grey_pictures_as_colours_is_found() -> None:
    family = applications.MobileNetV2(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3), alpha=0.35)
    thrice = network(
        lambda grey: layers.Concatenate()([grey] * 3), family, layers.ZeroPadding2D(1), shape=(SIDE, SIDE, 1)
    )
    assert find_scaling(thrice)[0] == "tf"


def test_what_is_said_is_taken_and_nothing_assumed(caplog: pytest.LogCaptureFixture) -> None:
    model = network(shape=(None, None, 3))
    explorer = cnnviz.load(model, classes=["x", "y", "z"], preprocessing="caffe", size=(24, SIDE), fit="crop")
    assert explorer.network.preprocessing == cnnviz.Preprocessing(24, SIDE, "caffe", "crop")
    assert (explorer.assumed, caplog.text) == ((), "")
    whole = cnnviz.Preprocessing(20, 20, "tf", "pad")
    assert cnnviz.load(model, classes=list("abc"), preprocessing=whole).network.preprocessing == whole


def test_any_size_is_the_usual_one_and_grey_is_grey() -> None:
    explorer = cnnviz.load(network(shape=(None, None, 3)))
    assert explorer.network.preprocessing.shape == (224, 224, 3)
    assert explorer.network.class_names == ("class 0", "class 1", "class 2")
    assert [sentence.partition(",")[0] for sentence in explorer.assumed] == [
        "It takes pictures of any size",
        "Nothing in the model says how pixels are scaled: it gets them from 0 to 1. If it was trained on other numbers",
        "Nobody said how its classes are called: they are numbered. Name them with `classes`.",
    ]
    assert cnnviz.load(network(shape=(SIDE, SIDE, 1))).network.preprocessing.color_mode == "L"


def test_a_model_that_may_be_no_classifier_is_asked_for_its_classes() -> None:
    with pytest.raises(OptionError, match=r"^Is this a classifier\? .* `classes`, 3 names\.$"):
        cnnviz.load(network(end=None))
    assert cnnviz.load(network(end=None), classes=list("abc"))(PHOTO).label in "abc"
    several = cnnviz.load(network(end=None), classes=list("abc"), kind="multi_label")
    assert sum(several.predict(PHOTO).values()) != pytest.approx(1)


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        (lambda: network(shape=(SIDE, SIDE, 4)), {}, NetworkError, r"one or three channels.* \(None, 32, 32, 4\)\."),
        (lambda: network(), {"classes": ["a", "b"]}, NetworkError, r"3 output\(s\) needs 3 different class names"),
        (lambda: network(), {"preprocessing": "imagenet"}, OptionError, r"`scaling` is one of .*'imagenet'"),
        (lambda: network(), {"size": "big"}, OptionError, r"`size` is a number of pixels, or height and width"),
        (lambda: network(), {"size": 40}, NetworkError, r"\(None, 40, 40, 3\)"),
        (
            lambda: network(),
            {"preprocessing": cnnviz.Preprocessing(SIDE, SIDE), "fit": "pad"},
            OptionError,
            r"A whole `preprocessing` has its own size and fit",
        ),
        (lambda: object(), {}, NetworkError, r"Only built Sequential and functional Keras models .* Received: object"),
    ],
)
def test_what_does_not_fit_is_one_sentence(model: Any, options: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        cnnviz.load(model(), **options)


def test_of_several_inputs_and_outputs_the_classifier_of_pictures_is_opened(caplog: pytest.LogCaptureFixture) -> None:
    picture, age = keras.Input((SIDE, SIDE, 3), name="picture"), keras.Input((2,), name="age")
    scaled = layers.Flatten()(layers.Rescaling(1 / 255)(picture))
    joined = layers.Concatenate()([age, scaled])
    outputs = {"box": layers.Dense(4)(joined), "kind": layers.Dense(3, "softmax")(joined)}
    model = keras.Model({"age": age, "picture": picture}, outputs)
    with pytest.raises(NetworkError, match=r"Besides the picture 'picture', the model takes 'age'"):
        cnnviz.load(model)
    explorer = cnnviz.load(model, inputs={"age": [1, 2]})
    assert explorer.network.preprocessing == cnnviz.Preprocessing(SIDE, SIDE, "0-255")
    assert explorer.network.class_names == ("class 0", "class 1", "class 2")
    assert explorer.assumed[0].startswith("The model has the outputs 'box' and 'kind'. 'kind' is looked into")
    assert explorer.assumed[0] in caplog.text
    with pytest.raises(OptionError, match=r"Is this a classifier\?"):
        cnnviz.load(model, inputs={"age": [1, 2]}, output="box")
