"""The temperature is the best there is, and folding it in changes the confidence alone."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.base.errors import NetworkError
from cnnviz.data.dataset import Split
from cnnviz.evaluation.calibration import (
    FEW,
    LARGEST_TEMPERATURE,
    calibrate,
    choose_temperature,
    compare_calibration,
    fit_temperature,
    fold_temperature,
)
from cnnviz.evaluation.evaluation import evaluate, gather_logits
from cnnviz.evaluation.metrics import class_scores, log_loss
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_multi_label

SMALL = Preprocessing(4, 4)


def noisy_logits(num_photos: int, sureness: float, seed: int, num_outputs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Give logits that claim too much by a factor, and labels."""
    random = np.random.default_rng(seed)
    honest = 2 * random.normal(size=(num_photos, num_outputs))
    probabilities = np.exp(class_scores(honest))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    labels = (random.random((num_photos, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return (sureness * honest).astype(np.float32), labels


@pytest.mark.parametrize("num_outputs", [1, 2, 3])
@given(st.floats(0.2, 5), st.integers(0, 99))
def test_no_temperature_of_a_fine_grid_has_a_lower_loss(num_outputs: int, sureness: float, seed: int) -> None:
    logits, labels = noisy_logits(80, sureness, seed, num_outputs)
    scores = class_scores(logits)
    found = log_loss(scores / fit_temperature(logits, labels), labels)
    grid = np.geomspace(1 / LARGEST_TEMPERATURE, LARGEST_TEMPERATURE, 300)
    assert found <= min(log_loss(scores / temperature, labels) for temperature in grid) + 1e-12


def test_temperature_undoes_too_much_and_too_little_confidence() -> None:
    for sureness in (0.4, 1, 2.5):
        logits, labels = noisy_logits(20_000, sureness, seed=1)
        assert fit_temperature(logits, labels) == pytest.approx(sureness, rel=0.05)


def test_a_temperature_is_chosen_only_if_the_photographs_show_that_it_is_better() -> None:
    honest = noisy_logits(1000, 1, seed=2)
    assert fit_temperature(*honest) != 1
    assert choose_temperature(*honest) == 1
    boastful = noisy_logits(1000, 2.5, seed=2)
    assert choose_temperature(*boastful) == fit_temperature(*boastful) > 2


def test_chance_alone_rarely_chooses_a_temperature() -> None:
    chosen = [choose_temperature(*noisy_logits(FEW, 1, seed)) != 1 for seed in range(200)]
    assert 0 < sum(chosen) < 0.1 * len(chosen)  # 5% expected


@pytest.mark.parametrize("number", [FEW - 1, FEW])
def test_answers_are_not_made_sharper_from_few_photographs(number: int) -> None:
    labels = np.arange(number) % 2
    modest = (2.0 * labels - 1)[:, None]
    modest[0] *= -0.1  # the only answer that is wrong
    assert 1 / LARGEST_TEMPERATURE < fit_temperature(modest, labels) < 0.5
    assert (choose_temperature(modest, labels) < 1) == (number >= FEW)
    assert choose_temperature(-modest, labels) == pytest.approx(LARGEST_TEMPERATURE)


@pytest.mark.parametrize("num_outputs", [1, 3])
@pytest.mark.parametrize("smallest", [0.0, 0.4, 5.0])
def test_answers_that_are_all_right_are_not_made_sharper(num_outputs: int, smallest: float) -> None:
    random = np.random.default_rng(6)
    labels = random.integers(0, max(2, num_outputs), 1000)
    margins = smallest + random.random(1000)
    margins[0] = smallest
    logits = ((2 * labels - 1) * margins)[:, None] if num_outputs == 1 else np.eye(3)[labels] * margins[:, None]
    assert fit_temperature(logits, labels) < 0.5
    assert choose_temperature(logits, labels) == 1


def test_a_network_without_a_temperature_is_left_as_it_is() -> None:
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3)).astype(np.uint8)
    network = Network(model, ("cat", "dog"), SMALL)
    split = Split(images, (network.logits(images / np.float32(255))[:, 0] > 0).astype(np.int64))
    same = calibrate(network, split)
    assert same.manifest["training"]["temperature"] == 1
    assert all(map(np.array_equal, same.model.get_weights(), model.get_weights()))


def test_temperature_stays_in_its_bounds() -> None:
    told_apart = np.array([[-1], [1]], np.float32)
    assert fit_temperature(told_apart, np.array([0, 1])) == pytest.approx(1 / LARGEST_TEMPERATURE)
    assert fit_temperature(told_apart, np.array([1, 0])) == pytest.approx(LARGEST_TEMPERATURE)
    huge = np.array([[-3e38], [3e38], [3e38]], np.float32)
    assert fit_temperature(huge, np.array([0, 1, 0])) == pytest.approx(LARGEST_TEMPERATURE)


@pytest.mark.parametrize("ending", ["sigmoid", "softmax", "no bias"])
def test_folded_model_gives_the_logits_divided_by_the_temperature(ending: str) -> None:
    keras.utils.set_random_seed(1)
    last = {
        "sigmoid": keras.layers.Dense(1, activation="sigmoid", bias_initializer="normal"),
        "softmax": keras.layers.Dense(2, activation="softmax", bias_initializer="normal"),
        "no bias": keras.layers.Dense(1, use_bias=False),
    }[ending]
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(5), last])
    before = model.get_weights()
    folded = fold_temperature(model, 1.7)
    assert all(map(np.array_equal, model.get_weights(), before))
    assert folded.get_config() == model.get_config()
    batch = np.random.default_rng(0).random((20, 4, 4, 3), np.float32)
    logits = [Network(each, ("cat", "dog"), SMALL).logits(batch) for each in (model, folded)]
    np.testing.assert_allclose(logits[1], logits[0] / 1.7, rtol=1e-5, atol=1e-6)


def test_folding_changes_nothing_but_the_last_layer_of_the_architecture() -> None:
    model = build_model()
    folded = fold_temperature(model, 2.0)
    for layer, other in zip(model.layers, folded.layers, strict=True):
        factor = 0.5 if layer.name == "dense_2" else 1
        assert all(np.array_equal(w * factor, v) for w, v in zip(layer.get_weights(), other.get_weights(), strict=True))


def test_calibrated_network_is_as_right_as_before_and_more_honest() -> None:
    random = np.random.default_rng(3)
    splits = {}
    for name in ("validation", "test"):
        images = random.integers(0, 256, (1000, 4, 4, 3)).astype(np.uint8)
        logits = 4 * (images[:, 0, 0, 0] / 255 - 0.5)
        splits[name] = Split(images, (random.random(1000) < 1 / (1 + np.exp(-logits))).astype(np.int64))
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.set_weights([np.eye(48, 1, dtype=np.float32) * 16, np.array([-8], np.float32)])  # four times too sure
    old = Network(model, ("cat", "dog"), SMALL, manifest={"training": {"epochs": 3}})
    network = calibrate(old, splits["validation"])
    calibration = compare_calibration(network, gather_logits(network, splits["test"]), splits["test"].labels)
    assert calibration["temperature"] == pytest.approx(4, rel=0.3)
    assert old.manifest == {"training": {"epochs": 3}}
    assert network.manifest["training"] == {"epochs": 3, "temperature": calibration["temperature"]}
    before, after = (evaluate(each, splits["test"]) for each in (old, network))
    names = ("loss", "expected_calibration_error")
    assert calibration["after"] == {each: after[each] for each in names}
    assert calibration["before"] == pytest.approx({each: before[each] for each in names}, rel=1e-6)
    assert after["accuracy"] == before["accuracy"]
    assert after["roc_auc"] == pytest.approx(before["roc_auc"], abs=1e-5)
    assert after["loss"] < before["loss"]
    assert after["expected_calibration_error"] < 0.05 < before["expected_calibration_error"]
    twice = calibrate(network, splits["validation"])  # as after a kill in between: the same, not a second correction
    again = compare_calibration(twice, gather_logits(twice, splits["test"]), splits["test"].labels)
    assert again["temperature"] == pytest.approx(calibration["temperature"], rel=1e-4)
    for name in ("before", "after"):
        assert again[name] == pytest.approx(calibration[name], rel=1e-3)


def test_a_network_that_says_yes_or_no_to_each_class_cannot_be_measured_on_folders_of_classes() -> None:
    network, split = build_multi_label(), Split(np.zeros((2, 40, 40, 3), np.uint8), np.arange(2))
    for measured in (calibrate, evaluate):
        with pytest.raises(NetworkError, match=r"one folder per class .* cannot be measured on them\. .*'multi_label'"):
            measured(network, split)
