"""Probes are at the minimum of their loss, and channels are measured as plain Keras gives them."""

import keras
import numpy as np
import pytest

from cnnviz.data.dataset import Split
from cnnviz.evaluation.probe import Probe, examine_layers, gather_channels
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches, run_layer_by_layer


def accuracy(features: np.ndarray, labels: np.ndarray) -> float:
    return float((Probe.fit(features, labels).called(features) == labels).mean())


def noise(num_photos: int, num_channels: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=(num_photos, num_channels)).astype(np.float32), random.permutation(num_photos) % 2


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0, 50.0])
def test_probe_is_where_the_slope_of_its_loss_is_zero(shift: float) -> None:
    features, labels = noise(300, 6)
    features = 7 * (features + shift * labels[:, None]) + 100
    probe = Probe.fit(features, labels)
    inputs = (features - features.mean(axis=0, dtype=np.float64)) / features.std(axis=0, dtype=np.float64)
    weights = probe.weights[:, 0]
    error = 1 / (1 + np.exp(-(inputs @ weights[:-1] + weights[-1]))) - labels
    assert np.abs(inputs.T @ error + weights[:-1]).max() < 1e-3  # 1/2 of the squared weights
    assert abs(error.sum()) < 1e-3  # the constant is free
    np.testing.assert_allclose(probe.logits(features)[:, 0], inputs @ weights[:-1] + weights[-1])


@pytest.mark.parametrize("num_classes", [3, 40])
def test_probe_of_many_classes_is_where_the_slope_of_its_loss_is_zero(num_classes: int) -> None:
    random = np.random.default_rng(1)
    labels = random.permutation(400) % num_classes
    features = (random.normal(size=(400, 5)) + 2 * random.normal(size=(num_classes, 5))[labels]).astype(np.float32)
    probe = Probe.fit(features, labels, num_classes)
    inputs = (features - features.mean(axis=0, dtype=np.float64)) / features.std(axis=0, dtype=np.float64)
    scores = np.exp(inputs @ probe.weights[:-1] + probe.weights[-1])
    error = scores / scores.sum(axis=1, keepdims=True) - np.eye(num_classes)[labels]
    assert np.abs(inputs.T @ error + probe.weights[:-1]).max() < 0.02
    assert np.abs(error.sum(axis=0)).max() < 0.02
    assert (probe.called(features) == labels).mean() > 5 / num_classes or num_classes == 3
    assert (probe.called(features) == scores.argmax(axis=1)).all()


def test_probe_separates_what_can_be_separated_with_finite_weights() -> None:
    features = np.array([[-1, 5], [-2, 5], [1, 5], [2, 5]], np.float32)  # the second never changes
    probe = Probe.fit(features, np.array([0, 0, 1, 1]))
    assert accuracy(features, np.array([0, 0, 1, 1])) == 1
    assert 0 < probe.weights[0, 0] < 10
    assert probe.weights[1, 0] == 0


def test_probe_needs_more_than_noise() -> None:
    features, labels = noise(4000, 3)
    assert 0.45 < accuracy(features, labels) < 0.55


def test_probe_finds_a_plane_that_no_single_channel_shows() -> None:
    features, _ = noise(2000, 2)
    assert accuracy(features, (features[:, 0] > features[:, 1]).astype(int)) > 0.99


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_probe_does_not_mind_the_size_of_the_features(scale: float) -> None:
    features, labels = noise(200, 4)
    features += labels[:, None]
    assert accuracy(features * np.float32(scale), labels) == accuracy(features, labels) > 0.75


def test_probe_of_rare_classes_and_of_dead_channels_says_the_commoner_class() -> None:
    labels = (np.arange(100) < 3).astype(int)
    assert accuracy(np.zeros((100, 2), np.float32), labels) == pytest.approx(0.97)


@pytest.fixture(scope="module")
def examined() -> tuple[Network, Split]:
    """A small network with a channel that is dead and one that is silent on all photographs but one."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(5, activation="relu", name="dense"),
            layers.Dense(1, activation="sigmoid", name="answer"),
        ]
    )
    kernel, bias = model.layers[0].get_weights()
    kernel[..., :3], bias[:3] = 1, (-1e9, -26.5, 0)  # the sum of 27 values in [0, 1]
    model.layers[0].set_weights([kernel, bias])
    random = np.random.default_rng(0)
    images = random.integers(0, 200, (60, 8, 8, 3)).astype(np.uint8)
    images[57, 2:6, 2:6] = 255
    labels = np.arange(60) % 2
    images[labels == 1] //= 2
    images[57, 2:6, 2:6] = 255
    return Network(model, ("cat", "dog"), Preprocessing(8, 8)), Split(images, labels)


def test_channel_means_are_those_of_plain_keras(examined: tuple[Network, Split]) -> None:
    network, split = examined
    channels = gather_channels(network, split)
    for index in (0, 24, 25, 59):
        batch = network.preprocessing.scale(split.images[index][None])
        conv, pool, flat, dense, answer = run_layer_by_layer(network.model, batch)
        expected = {
            "conv": conv.mean(axis=(0, 1)),
            "pool": pool.mean(axis=(0, 1)),
            "flat": flat.reshape(-1, 4).mean(axis=0),
            "dense": dense,
            "answer": answer,
        }
        assert channels.means.keys() == expected.keys()
        for name, values in expected.items():
            np.testing.assert_allclose(channels.means[name][index], values, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(channels.means["flat"], channels.means["pool"], rtol=1e-5)


def test_dead_is_zero_on_every_photograph(examined: tuple[Network, Split]) -> None:
    network, split = examined
    dead = gather_channels(network, split).dead
    assert dead["conv"] == dead["pool"] == dead["flat"] == [0]
    without = np.arange(60) != 57
    assert gather_channels(network, Split(split.images[without], split.labels[without])).dead["conv"] == [0, 1]


def test_every_layer_is_examined_with_probes_fitted_on_training_photographs(examined: tuple[Network, Split]) -> None:
    network, split = examined
    turned = Split(split.images, 1 - split.labels)
    found = examine_layers(network, {"train": split, "validation": split})
    assert [*found["probes"]] == [*found["dead_channels"]] == ["conv", "pool", "flat", "dense", "answer"]
    assert found["probes"]["conv"]["accuracy"] > 0.95
    assert examine_layers(network, {"train": split, "validation": turned})["probes"]["conv"]["accuracy"] < 0.05


def test_branches_and_nested_blocks_are_examined_too() -> None:
    network = build_branches()
    images = np.random.default_rng(0).integers(0, 256, (30, 40, 56, 3)).astype(np.uint8)
    channels = gather_channels(network, Split(images, np.arange(30) % 2))
    assert {name: means.shape for name, means in channels.means.items()} == {
        layer.name: (30, layer.shape[-1]) for layer in network.layers
    }
