"""The temperature is the best there is, and folding it in changes the confidence alone."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.data.dataset import Split
from cnnviz.evaluation.calibration import (
    LARGEST_TEMPERATURE,
    calibrate,
    compare_calibration,
    fit_temperature,
    fold_temperature,
)
from cnnviz.evaluation.evaluation import evaluate, gather_logits
from cnnviz.evaluation.metrics import class_scores, log_loss
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing

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
