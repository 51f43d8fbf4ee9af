"""Every family of keras.applications, with random weights: `make test-sweep`, which takes a few minutes.

Each is its smallest network, at a size that leaves its last map more than one place.
"""

from __future__ import annotations

import gc
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import pytest
from keras.src import applications

import cnnviz
from cnnviz.network.receptive_field import ONE_PLACE
from pictures import draw

NUM_CLASSES = 10
CLASSES = [f"kind {number}" for number in range(NUM_CLASSES)]
PHOTO, OTHER = draw(90, 70, seed=5), draw(60, 80, seed=9)
OTHERS = [draw(80, 80, seed=seed) for seed in range(20, 34)]
EXACT = 1e-5


@dataclass(frozen=True)
class Family:
    """The network that stands for a family.

    Args:
        network: Its name in `keras.applications`.
        side: Rows and columns of its picture.
        scaling: The scaling that `cnnviz.load` finds for it.
        last_map: The layer that evidence maps are read from.
    """

    network: str
    side: int
    scaling: str
    last_map: str


FAMILIES = {
    "convnext": Family("ConvNeXtTiny", 64, "0-255", "add_17"),
    "densenet": Family("DenseNet121", 64, "torch", "relu"),
    "efficientnet": Family("EfficientNetB0", 64, "0-255", "top_activation"),
    "efficientnet_v2": Family("EfficientNetV2B0", 64, "0-255", "top_activation"),
    "inception_resnet_v2": Family("InceptionResNetV2", 107, "tf", "conv_7b_ac"),
    "inception_v3": Family("InceptionV3", 107, "tf", "mixed10"),
    "mobilenet": Family("MobileNet", 64, "tf", "conv_pw_13_relu"),
    "mobilenet_v2": Family("MobileNetV2", 64, "tf", "out_relu"),
    "mobilenet_v3": Family("MobileNetV3Small", 64, "0-255", "activation_17"),
    "nasnet": Family("NASNetMobile", 64, "tf", "activation_187"),
    "resnet": Family("ResNet50", 64, "caffe", "conv5_block3_out"),
    "resnet_v2": Family("ResNet50V2", 64, "tf", "post_relu"),
    "vgg16": Family("VGG16", 32, "caffe", "block5_conv3"),
    "vgg19": Family("VGG19", 32, "caffe", "block5_conv4"),
    "xception": Family("Xception", 71, "tf", "block14_sepconv2_act"),
}
"""By their modules in `keras.applications`."""


@dataclass(frozen=True)
class Opened:
    """A family's network, and what the library makes of a photo with it."""

    family: Family
    model: keras.Model
    explorer: cnnviz.Explorer
    result: cnnviz.Result

    @property
    def batch(self) -> np.ndarray:
        """The photo as the network gets it."""
        return self.explorer.network.preprocessing([PHOTO])


def awake(model: keras.Model, batch: np.ndarray) -> None:
    """Let the normalizations know what they normalize, as after training, so that two photos have two answers.

    Of fewer photos, channels would vary so little that Keras's own two ways to compute differ by more than `EXACT`.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0
    model(batch, training=True)
    last = next(layer for layer in reversed(model.layers) if layer.weights)
    activation, last.activation = last.activation, keras.activations.linear
    logits = keras.Model(model.input, last.output)(batch, training=False)
    last.kernel.assign(last.kernel / keras.ops.max(keras.ops.abs(logits)))
    last.activation = activation


@pytest.fixture(scope="module", params=FAMILIES)
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Opens one family after the other."""
    family = FAMILIES[request.param]
    keras.utils.set_random_seed(1)
    shape = (family.side, family.side, 3)
    model = getattr(keras.applications, family.network)(weights=None, input_shape=shape, classes=NUM_CLASSES)
    explorer = cnnviz.load(model, classes=CLASSES)
    awake(model, explorer.network.preprocessing([PHOTO, OTHER, *OTHERS]))
    yield Opened(family, model, explorer, explorer(PHOTO))
    keras.utils.clear_session()
    gc.collect()


def test_no_family_is_missing() -> None:
    modules = {module.name for module in pkgutil.iter_modules(applications.__path__)}
    assert modules - {"applications_test", "imagenet_utils", "imagenet_utils_test"} == FAMILIES.keys()


@pytest.mark.sweep
def test_the_answer_is_keras_own(opened: Opened) -> None:
    preprocessing = opened.explorer.network.preprocessing
    assert preprocessing.scaling == opened.family.scaling
    batch = preprocessing([PHOTO, OTHER])
    expected = keras.ops.convert_to_numpy(opened.model(batch, training=False))
    assert np.abs(expected[0] - expected[1]).max() > 10 * EXACT
    answers = [opened.result.probabilities, opened.explorer.predict(OTHER)]
    np.testing.assert_allclose([[*answer.values()] for answer in answers], expected, atol=EXACT)


@pytest.mark.sweep
def test_every_layer_is_drawn_and_described(opened: Opened) -> None:
    for layer in opened.result:
        activation, statistics = layer.activation, layer.statistics
        largest = activation.reshape(-1, activation.shape[-1]).max(axis=0)
        np.testing.assert_array_equal(statistics.max, largest, layer.name)
        assert activation.min() >= 0 or not layer.layer.non_negative, layer
        assert layer.grid().size, layer
        assert layer.thumbnail(64).size, layer
        assert layer.to_dict()["name"] == layer.name


@pytest.mark.sweep
def test_a_pixel_changes_only_units_that_see_it(opened: Opened) -> None:
    network, picture, side = opened.explorer.network, opened.batch[0], opened.family.side
    for row, column in ((0, 0), (side // 2, side // 3), (side - 1, side // 2)):
        changed = picture.copy()
        changed[row, column] += np.abs(picture).max()
        with gates_held(opened):
            activations, _ = network.activations(np.stack([picture, changed]))
        for layer, (before, after) in zip(network.layers, activations, strict=True):
            if layer.places is None:
                continue
            different = np.abs(layer.maps(after - before)).max(axis=-1) > 1e-4 * np.abs(before).max()
            boxes = [layer.receptive_field.box(*place) for place in np.argwhere(different)]
            assert all(left <= column < right and top <= row < bottom for left, top, right, bottom in boxes), layer


@contextmanager
def gates_held(opened: Opened) -> Iterator[None]:
    """Make each gate of squeeze and excite the same for all pictures: fields leave out what it measures."""
    network, weights = opened.explorer.network, opened.model.get_weights()
    if any(layer.receptive_field.is_gated for layer in network.layers):
        for layer in network.layers:
            if layer.kind == "Conv2D" and layer.places == ONE_PLACE:
                kernel = network.operation(layer.name).kernel
                kernel.assign(np.zeros(kernel.shape))
    yield
    opened.model.set_weights(weights)


@pytest.mark.sweep
def test_evidence_is_read_from_the_last_map(opened: Opened) -> None:
    explanation = opened.result.explain("hires_cam")
    assert explanation.layer_name == opened.family.last_map
    assert explanation.values.shape == opened.result[opened.family.last_map].layer.places
    assert np.isfinite(explanation.values).all()
    assert explanation.values.any()
    assert explanation.overlay().size


@pytest.mark.sweep
def test_the_answer_without_a_channel_is_keras_own(opened: Opened) -> None:
    layer = opened.result[opened.family.last_map]
    channel = int(layer.statistics.mean.argmax())
    ablation = opened.explorer.ablate(PHOTO, {layer.name: [channel]})
    activation = layer.activation.copy()
    activation[..., channel] = 0
    operation = opened.explorer.network.operation(layer.name)  # of ConvNeXt a sum, which is no layer
    rest = keras.Model(operation.output, opened.model.output)
    expected = keras.ops.convert_to_numpy(rest(activation[None], training=False))[0]
    np.testing.assert_allclose([*ablation.probabilities.values()], expected, atol=EXACT)
    np.testing.assert_allclose([*ablation.original.values()], [*opened.result.probabilities.values()], atol=EXACT)
    assert ablation.probabilities != ablation.original


@pytest.mark.sweep
def test_two_photos_are_compared(opened: Opened) -> None:
    comparison = opened.explorer.compare(PHOTO, OTHER)
    first, second = comparison.layers(opened.family.last_map)
    assert sorted(comparison.ranking(first.name)) == list(range(first.shape[-1]))
    differences = np.moveaxis(second.activation - first.activation, -1, 0)
    np.testing.assert_allclose(comparison.differences(first.name), differences, atol=1e-5 * np.abs(differences).max())
    assert comparison.picture(first.name).size


@pytest.mark.sweep
def test_the_answer_is_followed_back_to_a_pixel(opened: Opened) -> None:
    *steps, last = opened.result.trace().path
    assert last.kind == "pixel"
    for step in steps:
        assert step.total is not None
        size = abs(step.bias) + abs(step.others) + sum(abs(term.adds) for term in step.terms)
        made = step.bias + step.others + sum(term.adds for term in step.terms)
        assert made == pytest.approx(step.total, abs=EXACT * size)
