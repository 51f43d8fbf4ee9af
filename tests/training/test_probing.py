"""Probes on few photographs."""

import numpy as np
import pytest

from cnnviz.data.dataset import Split
from cnnviz.evaluation.probe import examine_layers
from cnnviz.training.probing import NUM_PROBED, fit_probes
from networks import build_tiny


def split(number: int, seed: int) -> Split:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, number)
    images = random.integers(0, 156, (number, 48, 48, 3)) + 90 * labels[:, None, None, None]
    return Split(images.astype(np.uint8), labels)


def test_probes_are_those_of_a_part_of_the_photographs(capsys: pytest.CaptureFixture[str]) -> None:
    train, validation, network = split(300, 1), split(40, 2), build_tiny()
    probe = fit_probes(train, validation, 2)
    assert probe is not None
    found = probe(network)
    assert capsys.readouterr().err == ""  # the bar of the epoch stays alone
    expected = examine_layers(network, {"train": train.spread(NUM_PROBED), "validation": validation})["probes"]
    assert found == {name: about["accuracy"] for name, about in expected.items()}
    assert found["conv2d_1"] > 0.9


def test_many_classes_have_no_probes() -> None:
    assert fit_probes(split(10, 1), split(10, 2), 21) is None
