"""The network while it learns."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest

from cnnviz.base.errors import TrainingError
from cnnviz.data.dataset import Split
from cnnviz.network.architecture import build_model
from cnnviz.training.augmentation import Augmentation
from cnnviz.training.batches import Batches
from cnnviz.training.dropout import Dropout
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import Recipe
from runs import SIDE

pytestmark = pytest.mark.usefixtures("small")

BATCH_SIZE, NUM_STEPS = 4, 5
BOOK = Recipe.named("book", precision="float32")
RECIPE = Recipe.named("default", precision="float32", epochs=2, batch_size=BATCH_SIZE, averaging=0.5, warm_up=0.2)


@pytest.fixture(scope="module")
def split() -> Split:
    """Photographs of noise."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (NUM_STEPS * BATCH_SIZE, SIDE, SIDE, 3), np.uint8)
    return Split(images, random.integers(0, 2, len(images)))


def train(
    learner: Learner, split: Split, recipe: Recipe = RECIPE, look: Callable[[], object] | None = None
) -> dict[str, float]:
    """Learn for an epoch, and look at the learner after each step."""
    looking = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: look()) if look else None
    return learner.fit(Batches(split, recipe.batch_size, recipe, 0, 0), *([looking] if looking else []))


def steps(split: Split, number: int) -> Split:
    """The photographs of so many steps."""
    return Split(split.images[: number * BATCH_SIZE], split.labels[: number * BATCH_SIZE])


def test_averages_follow_their_formula_and_leave_the_weights_alone(split: Split) -> None:
    learner = Learner(replace(RECIPE, normalization=False, averaging=0.3), NUM_STEPS, seed=1)
    weights: list[list[np.ndarray]] = []
    train(learner, split, look=lambda: weights.append(learner.network.get_weights()))
    assert len(weights) == NUM_STEPS
    expected = weights[0]
    for step, after_a_step in enumerate(weights):
        past = min(0.3, step / (9 + step))  # 0, 0.1, 0.18, 0.25, 0.3
        expected = [past * average + (1 - past) * new for average, new in zip(expected, after_a_step, strict=True)]
    for average, formula, new in zip(learner.saved_weights(split[:]), expected, weights[-1], strict=True):
        assert np.allclose(average, formula, atol=1e-6)
        assert not np.array_equal(average, new)


def test_before_the_first_step_the_averages_are_the_weights(split: Split) -> None:
    learner = Learner(replace(RECIPE, normalization=False), NUM_STEPS, seed=1)
    pairs = zip(learner.saved_weights(split[:]), learner.network.get_weights(), strict=True)
    assert all(np.array_equal(average, weights) for average, weights in pairs)


def test_without_averaging_the_averages_are_the_weights(split: Split) -> None:
    learner = Learner(BOOK, NUM_STEPS, seed=1)
    train(learner, steps(split, 1))
    pairs = zip(learner.saved_weights(split[:]), learner.network.get_weights(), strict=True)
    assert all(np.array_equal(average, weights) for average, weights in pairs)


def test_the_learning_rate_rises_and_falls(split: Split) -> None:
    learner = Learner(RECIPE, NUM_STEPS, seed=1)
    rates = [learner.learning_rate]
    for _ in range(2):
        train(learner, split, look=lambda: rates.append(learner.learning_rate))
    rises = [0, 0.2, 0.4, 0.6, 0.8]  # half of the ten steps, as five epochs are more than all
    falls = [(1 + np.cos(np.pi * step / 5)) / 2 for step in range(5)]
    assert np.allclose(rates[:-1], RECIPE.learning_rate * np.array([*rises, *falls]), rtol=1e-4)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_a_state_that_is_put_back_goes_on_exactly(split: Split) -> None:
    learner = Learner(RECIPE, NUM_STEPS, seed=1)
    train(learner, steps(split, 2))
    state = learner.state()
    train(learner, split)
    other = Learner(RECIPE, NUM_STEPS, seed=2)
    train(other, steps(split, 1))
    other.restore(state)
    train(other, split)
    for group, values in learner.state().items():
        assert all(np.array_equal(one, same) for one, same in zip(values, other.state()[group], strict=True)), group


def test_the_augmentation_is_no_part_of_the_network(split: Split) -> None:
    learner = Learner(RECIPE, NUM_STEPS, seed=1)
    assert [layer.name for layer in learner.network.layers] == [layer.name for layer in build_model().layers]
    saved = learner.saved_weights(split[:])
    assert [values.shape for values in saved] == [values.shape for values in build_model().get_weights()]


def test_the_loss_is_that_of_the_network_on_the_changed_photographs(split: Split) -> None:
    plain = {"augmentation": Augmentation(), "dropout": Dropout(), "normalization": False}
    recipe = replace(RECIPE, **plain, label_smoothing=0.1, learning_rate=1e-12)
    learner = Learner(recipe, NUM_STEPS, seed=1)
    history = train(learner, split, recipe)
    probabilities = np.asarray(learner.network(split.images / np.float32(255)), np.float64)[:, 0]
    labels = 0.9 * split.labels + 0.05
    expected = -np.mean(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities))
    assert history["loss"] == pytest.approx(expected, rel=1e-5)
    assert history["accuracy"] == pytest.approx(np.mean((probabilities > 0.5) == split.labels))


@pytest.mark.parametrize("num_classes", [2, 3])
def test_any_number_of_classes_is_learned(num_classes: int) -> None:
    labels = np.arange(60) % num_classes
    colors = 200 * np.eye(3, dtype=np.uint8)[labels]
    images = np.broadcast_to(colors[:, None, None, :], (60, SIDE, SIDE, 3))
    recipe = replace(BOOK, batch_size=num_classes, learning_rate=1e-3)
    learner = Learner(recipe, 60 // num_classes, seed=1, build=partial(build_model, num_classes))
    figures = [train(learner, Split(images, labels), recipe) for _ in range(2)]
    assert figures[1]["loss"] < figures[0]["loss"] / 2
    assert figures[1]["accuracy"] > 0.95


def test_16_bits_compute_and_32_bits_are_kept(split: Split) -> None:
    learner = Learner(replace(RECIPE, precision="bfloat16"), NUM_STEPS, seed=1)
    assert {layer.compute_dtype for layer in learner.network.layers[:-1]} == {"bfloat16"}
    assert learner.network.layers[-1].compute_dtype == "float32"  # or a sure answer is rounded to certainty
    assert {values.dtype for values in learner.state()["weights"]} == {np.dtype(np.float32)}
    assert {layer.compute_dtype for layer in build_model().layers} == {"float32"}
    train(learner, split)
    kernel = learner.network.layers[0].get_weights()[0]
    assert (kernel.view(np.uint32) % 2**16).any()  # what it learned takes more than 16 bits to write down


def test_16_bits_give_the_loss_of_32_but_for_their_rounding(split: Split) -> None:
    still = replace(RECIPE, learning_rate=1e-12, warm_up=0)  # or each step would enlarge what the one before rounded
    exact, rounded = (
        train(Learner(recipe, NUM_STEPS, seed=1), split, recipe)["loss"]
        for recipe in (still, replace(still, precision="bfloat16"))
    )
    assert rounded == pytest.approx(exact, rel=0.05)  # six layers round by up to one part in 256 each
    assert rounded != exact


def test_the_seed_draws_the_first_weights() -> None:
    one, same, other = (Learner(RECIPE, NUM_STEPS, seed).network.get_weights()[0] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_new_head_learns_alone_before_all_layers_do(split: Split) -> None:
    learner = Learner(replace(RECIPE, warm_up=0), NUM_STEPS, seed=1)
    start = build_model().get_weights()
    learner.start_from(start, split[:], new_head=NUM_STEPS)
    begun = learner.network.get_weights()
    assert np.array_equal(begun[0], start[0])
    assert not np.array_equal(begun[-2], start[-2])
    before = {each.path: np.array(each) for each in learner.model.trainable_variables}

    def changes() -> dict[str, float]:
        return {each.path: np.abs(each - before[each.path]).max() for each in learner.model.trainable_variables}

    train(learner, split)
    head = {variable.path for variable in learner.network.layers[-1].weights}
    assert {path for path, change in changes().items() if change} == head
    train(learner, split)
    assert all(0 < change < 0.1 for change in changes().values())


def test_weights_of_another_architecture_are_refused(split: Split) -> None:
    with pytest.raises(TrainingError, match=r"another architecture.*Received: \[\(3, 3\)\]"):
        Learner(RECIPE, NUM_STEPS, seed=1).start_from([np.zeros((3, 3))], split[:])
