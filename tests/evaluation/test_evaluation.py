"""A network's figures are those of the pass that serves, recomputed here with numpy."""

import json

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.data.dataset import Split
from cnnviz.evaluation.evaluation import MIRRORED, evaluate, evaluate_logits, gather_logits, measure
from cnnviz.evaluation.metrics import wilson_interval
from cnnviz.evaluation.views import VIEWS
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import Head
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches

SMALL = Preprocessing(6, 8)


def random_split(num_photos: int, preprocessing: Preprocessing = SMALL, seed: int = 0, num_classes: int = 2) -> Split:
    """Photographs of noise; those of a higher class are brighter, most of all on the left."""
    random = np.random.default_rng(seed)
    labels = random.permutation(num_photos) % num_classes
    images = random.integers(0, 128, (num_photos, preprocessing.height, preprocessing.width, 3))
    images[:, :, : preprocessing.width // 2] += 20 * labels[:, None, None, None]
    return Split((images + 30 * labels[:, None, None, None]).astype(np.uint8), labels)


def left_network(weight: float = 0.3, bias: float = -14.5, num_outputs: int = 1) -> Network:
    """Say dog to what is bright in its left half."""
    model = keras.Sequential(
        [
            keras.Input((6, 8, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(num_outputs, activation="sigmoid" if num_outputs == 1 else "softmax", name="answer"),
        ]
    )
    kernel = np.zeros((6, 8, 3, num_outputs), np.float32)
    kernel[:, :4, :, -1] = weight
    last = np.zeros(num_outputs, np.float32)
    last[-1] = bias
    model.set_weights([kernel.reshape(-1, num_outputs), last])
    return Network(model, ("cat", "dog"), SMALL)


def left_logits(split: Split, weight: float = 0.3, bias: float = -14.5, mirrored: bool = False) -> np.ndarray:
    images = split.images[:, :, ::-1] if mirrored else split.images
    return weight * (images[:, :, :4].astype(np.float64) / 255).sum(axis=(1, 2, 3)) + bias


@pytest.mark.parametrize("num_photos", [41, 100, 203])
def test_evaluation_is_what_numpy_recomputes(num_photos: int) -> None:
    split = random_split(num_photos, seed=num_photos)
    logits, truth = left_logits(split), split.labels
    dog = 1 / (1 + np.exp(-logits))
    right = (dog > 0.5) == truth
    assert 0.1 * num_photos < right.sum() < 0.95 * num_photos
    metrics = evaluate(left_network(), split)
    assert metrics["num_photos"] == num_photos
    assert metrics["accuracy"] == pytest.approx(right.mean())
    assert metrics["accuracy_interval_95"] == wilson_interval(int(right.sum()), num_photos)
    assert metrics["balanced_accuracy"] == pytest.approx((right[truth == 0].mean() + right[truth == 1].mean()) / 2)
    assert metrics["majority_share"] == max(truth.mean(), 1 - truth.mean())
    assert metrics["loss"] == pytest.approx(-np.log(np.where(truth == 1, dog, 1 - dog)).mean(), rel=1e-5)
    pairs = logits[truth == 1][:, None] - logits[truth == 0]
    assert metrics["roc_auc"] == pytest.approx((pairs > 0).mean(), abs=1e-6)
    assert metrics["roc_curve"]["hits"][-1] == truth.sum()
    sure = np.maximum(dog, 1 - dog)
    assert metrics["reliability"][0]["confidence_low"] == pytest.approx(sure.min())
    assert sum(each["num_photos"] for each in metrics["reliability"]) == num_photos
    for index, name in enumerate(("cat", "dog")):
        each = metrics["classes"][name]
        called_dog = int((dog[truth == index] > 0.5).sum())
        assert each["num_photos"] == (truth == index).sum()
        assert each["accuracy"] == pytest.approx(right[truth == index].mean())
        assert each["accuracy_interval_95"] == wilson_interval(int(right[truth == index].sum()), each["num_photos"])
        called = {"cat": each["num_photos"] - called_dog, "dog": called_dog}
        assert each["called"] == {name: number for name, number in called.items() if number}
    assert json.loads(json.dumps(metrics)) == metrics


def test_mirrored_figures_are_those_of_the_mean_of_both_logits() -> None:
    split = random_split(60, seed=2)
    mean = (left_logits(split) + left_logits(split, mirrored=True)) / 2
    dog = 1 / (1 + np.exp(-mean))
    mirrored = evaluate(left_network(), split)["mirrored"]
    assert mirrored["accuracy"] == pytest.approx(((dog > 0.5) == split.labels).mean())
    assert mirrored["loss"] == pytest.approx(-np.log(np.where(split.labels == 1, dog, 1 - dog)).mean(), rel=1e-5)
    names = {"accuracy", "accuracy_interval_95", "balanced_accuracy", "loss", "roc_auc", "expected_calibration_error"}
    assert mirrored.keys() == names


def test_other_views_are_measured_alone() -> None:
    split = random_split(60, seed=2)
    views = evaluate(left_network(), split)["views"]
    assert views.keys() == VIEWS.keys()
    assert views["cut"]["shown"] == "cut to the middle 85% of either side"
    for name, view in VIEWS.items():
        right = (left_logits(Split(view(split.images), split.labels)) > 0) == split.labels
        assert views[name]["accuracy"] == pytest.approx(right.mean())


def test_photographs_are_measured_as_the_library_answers_them(network: Network) -> None:
    split = random_split(3, network.preprocessing)
    explorer = Explorer(network)
    answers = [explorer(image).logits for image in split.images]
    np.testing.assert_allclose(gather_logits(network, split), answers, rtol=1e-4, atol=1e-6)


def test_two_outputs_of_a_softmax_are_measured_as_one_sigmoid() -> None:
    split = random_split(50)
    one, two = (evaluate(left_network(num_outputs=count), split) for count in (1, 2))
    assert two["roc_auc"] == pytest.approx(one["roc_auc"])
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-5)
    assert two["classes"] == one["classes"]


def test_three_classes_have_no_roc_curve() -> None:
    network = build_branches()
    split = random_split(30, network.preprocessing, num_classes=3)
    metrics = evaluate(network, split)
    assert not metrics.keys() & {"roc_auc", "roc_curve"}
    assert "roc_auc" not in metrics["mirrored"]
    assert sum(sum(each["called"].values()) for each in metrics["classes"].values()) == 30
    assert all(0 not in each["called"].values() for each in metrics["classes"].values())


def test_figures_of_a_thousand_classes_are_no_table_of_a_million_numbers() -> None:
    names = tuple(f"class {number}" for number in range(1000))
    labels = np.arange(3000) % 1000
    logits = np.random.default_rng(0).normal(size=(3000, 1000)).astype(np.float32)
    logits[np.arange(3000), labels] += 3
    views = dict.fromkeys((MIRRORED, *VIEWS), logits)
    metrics = evaluate_logits(Head(names, 1000), labels, logits, views)
    assert metrics["accuracy"] == pytest.approx(metrics["balanced_accuracy"])
    assert metrics["majority_share"] == 0.001
    assert len(json.dumps(metrics)) < 400_000


@pytest.mark.parametrize("weight", [1e4, 1e30])
def test_network_that_is_surely_wrong_has_finite_figures(weight: float) -> None:
    split = random_split(40)
    metrics = evaluate(left_network(-weight, 14.5 * weight), split)
    assert np.isfinite(metrics["loss"])
    assert metrics["loss"] > weight / 100
    assert metrics["expected_calibration_error"] == pytest.approx(1 - metrics["accuracy"])
    assert metrics["roc_auc"] < 0.5
    json.dumps(metrics, allow_nan=False)


def test_equal_answers_to_everything_are_worth_a_guess() -> None:
    network, split = left_network(0, 0), random_split(30)
    figures = measure(network.head, gather_logits(network, split), split.labels)
    assert figures["roc_auc"] == 0.5
    assert figures["accuracy"] == (split.labels == 0).mean()
    assert figures["expected_calibration_error"] == pytest.approx(abs(figures["accuracy"] - 0.5))


def test_logits_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(NetworkError, match=r"gave logits that are no numbers: .* damaged or too large"):
        evaluate(left_network(float("nan")), random_split(5))
