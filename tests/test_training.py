"""Fitting that can be repeated, and measures against a recomputation."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.dataset import Dataset, Split
from cnnviz.errors import OptionError
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing
from cnnviz.training import TrainConfig, evaluate, fit, training_record, wilson_interval

SMALL = Preprocessing(6, 7)


def random_split(num_photos: int, preprocessing: Preprocessing, seed: int = 0) -> Split:
    """Photographs of noise; those of class 1 are brighter."""
    random = np.random.default_rng(seed)
    labels = random.permutation(num_photos) % 2
    shape = (num_photos, preprocessing.height, preprocessing.width, 3)
    return Split((random.integers(0, 128, shape) + 100 * labels[:, None, None, None]).astype(np.uint8), labels)


def brightness_network(weight: float = 0.3, bias: float = -20.0) -> Network:
    """Say dog to what is bright."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.Input((6, 7, 3)), *layers])
    model.set_weights([np.full((6 * 7 * 3, 1), weight, np.float32), np.array([bias], np.float32)])
    return Network(model, ("cat", "dog"), SMALL)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Forty, ten and ten photographs of noise at the size of the architecture."""
    splits = {"train": 40, "validation": 10, "test": 10}
    drawn = {name: random_split(count, Preprocessing(), seed) for seed, (name, count) in enumerate(splits.items())}
    return Dataset(("cat", "dog"), drawn, "by hand", {"broken.jpg": "empty"})


def test_same_seed_gives_the_same_losses_and_weights(dataset: Dataset) -> None:
    (first, history), (second, again) = (fit(dataset, TrainConfig(epochs=1, seed=4), Preprocessing()) for _ in range(2))
    assert history == again
    assert history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 1 and np.isfinite(values).all() for values in history.values())
    assert all(map(np.array_equal, first.get_weights(), second.get_weights()))


def test_training_learns_what_is_easy_and_only_from_the_train_split(dataset: Dataset) -> None:
    model, history = fit(dataset, TrainConfig(epochs=3, batch_size=8), Preprocessing())
    assert history["loss"][-1] < history["loss"][0]
    assert len(history["val_loss"]) == 3
    network = Network(model, dataset.class_names, Preprocessing())
    assert evaluate(network, dataset.splits["test"])["num_photos"] == 10


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_evaluation_is_what_numpy_recomputes(batch_size: int) -> None:
    split = random_split(41, SMALL, seed=9)
    sums = (split.images.astype(np.float64) / 255).sum(axis=(1, 2, 3))
    dog = 1 / (1 + np.exp(-(0.05 * sums - 3)))
    assert 5 < (dog > 0.5).sum() < 36
    truth = split.labels
    right = (dog > 0.5) == truth
    metrics = evaluate(brightness_network(0.05, -3), split, batch_size)
    assert metrics["num_photos"] == 41
    assert metrics["accuracy"] == pytest.approx(right.mean())
    assert metrics["accuracy_interval_95"] == wilson_interval(int(right.sum()), 41)
    assert metrics["loss"] == pytest.approx(-np.log(np.where(truth == 1, dog, 1 - dog)).mean(), rel=1e-5)
    for index, name in enumerate(("cat", "dog")):
        each = metrics["classes"][name]
        called_dog = int((dog[truth == index] > 0.5).sum())
        assert each["num_photos"] == (truth == index).sum()
        assert each["accuracy"] == pytest.approx(right[truth == index].mean())
        assert each["called"] == {"cat": each["num_photos"] - called_dog, "dog": called_dog}


def test_loss_of_a_network_that_is_surely_wrong_is_large_and_finite() -> None:
    metrics = evaluate(brightness_network(0, 5000), random_split(10, SMALL))
    assert metrics["classes"]["cat"]["accuracy"] == 0
    assert 100 < metrics["loss"] < 1000


@pytest.mark.parametrize(
    ("num_right", "num_photos", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (90, 100, 0.8256, 0.9448)],
)
def test_wilson_interval_has_known_values(num_right: int, num_photos: int, low: float, high: float) -> None:
    assert wilson_interval(num_right, num_photos) == pytest.approx([low, high], abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    num_right, num_photos = counts
    low, high = wilson_interval(num_right, num_photos)
    assert -1e-12 <= low <= num_right / num_photos + 1e-12
    assert num_right / num_photos - 1e-12 <= high <= 1 + 1e-12
    assert wilson_interval(num_photos - num_right, num_photos) == pytest.approx([1 - high, 1 - low], abs=1e-12)


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0}, {"learning_rate": float("nan")}, {"seed": -1}]
)
def test_settings_that_cannot_train_are_an_error(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=r"Epochs and batch size are at least 1, .* Received: \{'epochs'"):
        TrainConfig(**wrong)


def test_record_says_how_many_photographs_were_used_and_skipped(dataset: Dataset) -> None:
    record = training_record(TrainConfig(epochs=2, seed=5), dataset, "drawings", "python train.py --epochs 2")
    assert record["num_photos"] == {"train": 40, "validation": 10, "test": 10}
    assert record["num_skipped"] == 1
    assert (record["epochs"], record["seed"], record["batch_size"]) == (2, 5, 20)
    assert (record["data"], record["split"]) == ("drawings", "by hand")
    assert record["command"] == "python train.py --epochs 2"
