"""Normalization while the network learns: what is saved gives the same without it."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from cnnviz.data.dataset import Split
from cnnviz.network.architecture import build_model
from cnnviz.training.batches import Batches
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import Recipe
from runs import SIDE

pytestmark = pytest.mark.usefixtures("small")

BATCH_SIZE, NUM_STEPS = 4, 3
BOOK = Recipe.named("book", precision="float32")
RECIPE = Recipe.named(
    "default",
    precision="float32",
    epochs=1,
    batch_size=BATCH_SIZE,
    learning_rate=1e-4,
    averaging=0,
    warm_up=0,
)


@pytest.fixture(scope="module")
def split() -> Split:
    """Photographs of noise."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (NUM_STEPS * BATCH_SIZE, SIDE, SIDE, 3), np.uint8)
    return Split(images, random.integers(0, 2, len(images)))


@pytest.fixture(scope="module")
def learner(small: None, split: Split) -> Learner:
    """A network that has learned a little, normalized; not to be changed."""
    learner = Learner(RECIPE, NUM_STEPS, seed=1)
    learner.fit(Batches(split, BATCH_SIZE, RECIPE, seed=0, epoch=0))
    return learner


def saved(learner: Learner, photos: np.ndarray) -> keras.Sequential:
    """The network as it would be saved."""
    model = build_model()
    model.set_weights(learner.saved_weights(photos))
    return model


def test_the_saved_network_gives_what_the_normalized_one_gives_for_a_batch(learner: Learner, split: Split) -> None:
    pictures = split[:] / np.float32(255)
    values = pictures
    for layer in learner.network.layers:
        values = layer(values)
        if layer.name in learner.normalization.layers:
            values = np.maximum(learner.normalization.layers[layer.name](values, training=True), 0)
    assert np.ptp(values) > 0.01
    np.testing.assert_allclose(np.asarray(saved(learner, split[:])(pictures)), values, atol=1e-5)


def test_a_saved_network_that_goes_on_gives_what_it_gave(learner: Learner, split: Split) -> None:
    model = saved(learner, split[:])
    pictures = split[:] / np.float32(255)
    other = Learner(RECIPE, NUM_STEPS, seed=2)
    other.start_from(model.get_weights(), split[:])
    np.testing.assert_allclose(np.asarray(other.call_layers(pictures, {})), np.asarray(model(pictures)), atol=1e-5)
    again = saved(other, split[:])
    np.testing.assert_allclose(np.asarray(again(pictures)), np.asarray(model(pictures)), atol=1e-5)


def test_photographs_are_measured_in_parts_as_they_are_at_once(
    learner: Learner, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = learner.saved_weights(split[:])
    monkeypatch.setattr("cnnviz.training.normalization.PHOTOS_PER_PASS", 5)
    for values, others in zip(learner.saved_weights(split[:]), whole, strict=True):
        np.testing.assert_allclose(values, others, rtol=1e-4, atol=1e-5)


def test_a_channel_has_mean_0_and_variance_1_over_a_batch_before_it_is_shifted(split: Split) -> None:
    learner = Learner(RECIPE, NUM_STEPS, seed=1)
    values = split[:BATCH_SIZE] / np.float32(255)
    for layer in learner.network.layers[:8]:
        values = np.asarray(layer(values))
        normalize = learner.normalization.layers.get(layer.name)
        if normalize:
            variance = values.var(axis=(0, 1, 2))
            values = np.asarray(normalize(values, training=True))
            np.testing.assert_allclose(values.mean(axis=(0, 1, 2)), 0, atol=1e-3)
            expected = np.sqrt(variance / (variance + normalize.epsilon))
            np.testing.assert_allclose(values.std(axis=(0, 1, 2)), expected, rtol=1e-2)
            values = np.maximum(values, 0)


def test_a_channel_that_never_changes_divides_nothing_by_zero(split: Split) -> None:
    model = build_model()
    kernel, bias = model.layers[0].get_weights()
    kernel[..., 0], bias[0] = 0, 0.5
    model.layers[0].set_weights([kernel, bias])
    learner = Learner(RECIPE, NUM_STEPS, seed=2)
    learner.start_from(model.get_weights(), split[:])
    pictures = split[:] / np.float32(255)
    np.testing.assert_allclose(np.asarray(saved(learner, split[:])(pictures)), np.asarray(model(pictures)), atol=1e-5)


def test_what_is_folded_are_the_averaged_weights(split: Split) -> None:
    recipe = replace(RECIPE, averaging=0.5, epochs=4)
    learner, averages = Learner(recipe, NUM_STEPS, seed=1), None
    for step in range(NUM_STEPS):
        batch = Split(split[step * BATCH_SIZE : (step + 1) * BATCH_SIZE], split.labels[:BATCH_SIZE])
        learner.fit(Batches(batch, BATCH_SIZE, recipe, seed=0, epoch=0))
        now = {each.path: keras.ops.convert_to_numpy(each) for each in learner.model.trainable_variables}
        past = min(0.5, step / (9 + step))
        averages = {path: (averages or now)[path] * past + values * (1 - past) for path, values in now.items()}
    for values, expected in zip(
        learner.saved_weights(split[:]), learner.normalization.fold(averages, split[:]), strict=True
    ):
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-5)
    raw = learner.normalization.fold(now, split[:])
    assert not np.allclose(learner.saved_weights(split[:])[0], raw[0], atol=1e-4)


def test_without_normalization_there_is_none(split: Split) -> None:
    learner = Learner(BOOK, NUM_STEPS, seed=1)
    assert not learner.normalization.layers
    assert len(learner.model.variables) == len(build_model().weights)
    learner.start_from(build_model().get_weights(), split[:])
