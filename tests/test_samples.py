"""Samples are the surest answers, and open again as what they are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.dataset import Split
from cnnviz.evaluation import gather_logits
from cnnviz.explorer import Explorer
from cnnviz.network import Network
from cnnviz.samples import find_samples, write_samples


@pytest.fixture(scope="module")
def split(network: Network) -> Split:
    """Noise of different brightness, with labels of which half are what the network calls them."""
    random = np.random.default_rng(1)
    images = (random.random((12, 150, 150, 3)) * np.linspace(20, 255, 12)[:, None, None, None]).astype(np.uint8)
    logits = gather_logits(network, Split(images, np.zeros(12, np.int64)))[:, 0]
    called = np.argsort(np.argsort(logits)) >= 6
    shifted = network.model.get_layer("dense_2")
    assert (logits > 0).all() or (logits < 0).all() or shifted is not None
    return Split(images, (called ^ (np.arange(12) % 2 == 0)).astype(np.int64))


def test_samples_are_the_surest_right_and_wrong_answer_of_each_class(network: Network, split: Split) -> None:
    logits = gather_logits(network, split)[:, 0]
    samples = find_samples(network, split)
    assert samples
    for name, index in samples.items():
        true, called = name.split("-called-")
        label = network.class_names.index(true)
        assert split.labels[index] == label
        assert (logits[index] > 0) == (called == "dog")
        others = np.abs(logits[(split.labels == label) & ((logits > 0) == (called == "dog"))])
        assert np.abs(logits[index]) == others.max()
    there = {(network.class_names[label], "dog" if logit > 0 else "cat") for label, logit in zip(split.labels, logits)}
    assert {tuple(name.split("-called-")) for name in samples} == there


def test_saved_samples_are_answered_as_their_names_say(network: Network, split: Split, tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "samples", network, split)
    explorer = Explorer(network)
    for path in paths:
        index = find_samples(network, split)[path.stem]
        assert np.array_equal(np.asarray(Image.open(path)), split.images[index])
        assert explorer(path).label == path.stem.split("-called-")[1]
        assert len([*(path.parent / path.stem).glob("*.png")]) == 12  # eleven layers, and what the network saw
    assert {path.name for path in (tmp_path / "samples").iterdir()} == {
        name for path in paths for name in (path.name, path.stem)
    }
    assert write_samples(tmp_path / "samples", network, split) == paths
