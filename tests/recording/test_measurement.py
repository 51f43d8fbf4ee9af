"""Numbers of one moment, against numpy."""

import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.network.network import Network
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.measurement import measure
from networks import build_branches, build_multi_label, build_tiny


def photos_for(network: Network, number: int = 40) -> FixedPhotos:
    random = np.random.default_rng(3)
    shape = network.preprocessing.shape
    labels = random.integers(0, len(network.class_names), number)
    return FixedPhotos(random.integers(0, 256, (number, *shape)).astype(np.uint8), labels)


@pytest.mark.parametrize("build", [build_tiny, build_branches])
def test_channels_and_answers_are_those_that_numpy_finds(build: type) -> None:
    network: Network = build()
    photos = photos_for(network)
    found = measure(network, photos)
    activations, logits = network.activations(network.preprocessing.scale(photos.pixels))
    for layer, values in zip(network.layers, activations, strict=True):
        if layer.name in found.channels:
            units = values.reshape(len(photos), -1, layer.shape[-1])
            channels = found.channels[layer.name]
            assert np.allclose(channels.mean, units.mean(axis=(0, 1)), rtol=1e-4, atol=1e-6)
            assert np.allclose(channels.maximum, units.max(axis=(0, 1)), rtol=1e-5)
            assert np.array_equal(channels.silent_share, (units == 0).all(axis=1).mean(axis=0).astype(np.float32))
    assert "conv2d_1" in found.channels or "left" in found.channels
    assert "flatten_1" not in found.channels
    answers = [max(given, key=given.__getitem__) for given in map(network.head.probabilities, logits)]
    labels = [network.class_names[label] for label in photos.labels if photos.labels is not None]
    assert found.accuracy == np.mean([answer == label for answer, label in zip(answers, labels, strict=True)])


def test_without_classes_or_with_several_at_once_no_answer_is_right_or_wrong() -> None:
    network = build_tiny()
    assert measure(network, FixedPhotos(photos_for(network).pixels)).accuracy is None
    assert measure(build_multi_label(), photos_for(build_multi_label())).accuracy is None


def test_values_that_are_no_numbers_are_told_of() -> None:
    network = build_tiny()
    network.model.set_weights([values * np.float32(1e38) for values in network.model.get_weights()])
    with pytest.raises(NetworkError, match="infinite values or NaN"):
        measure(network, photos_for(network))
