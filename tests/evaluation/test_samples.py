"""Samples are the surest answers, and open again as what they are."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.data.dataset import Split
from cnnviz.evaluation.evaluation import gather_logits
from cnnviz.evaluation.samples import find_samples, write_samples
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import Head
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing


@pytest.fixture(scope="module")
def network() -> Network:
    """Say dog to what is bright."""
    layers = [keras.layers.Flatten(name="flat"), keras.layers.Dense(1, activation="sigmoid", name="answer")]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    model.set_weights([np.full((192, 1), 0.05, np.float32), np.array([-4.8], np.float32)])
    return Network(model, ("cat", "dog"), Preprocessing(8, 8))


@pytest.fixture(scope="module")
def split() -> Split:
    """Noise of twelve levels of brightness; every other label is not what the network says."""
    images = np.random.default_rng(1).integers(0, 60, (12, 8, 8, 3)) + 17 * np.arange(12)[:, None, None, None]
    return Split(images.astype(np.uint8), np.arange(12) % 2)


def test_samples_are_the_surest_right_and_wrong_answer_of_each_class(network: Network, split: Split) -> None:
    logits = gather_logits(network, split)
    assert (np.diff(logits[:, 0]) > 0).all()
    assert logits[2, 0] < 0 < logits[9, 0]
    expected = {"cat-called-cat": 0, "cat-called-dog": 10, "dog-called-dog": 11, "dog-called-cat": 1}
    assert find_samples(network.head, split.labels, logits) == expected


def test_samples_of_many_classes_are_the_surest_of_different_ones() -> None:
    names = tuple(f"kind {number}" for number in range(60))
    labels = np.arange(600) % 60
    logits = np.zeros((600, 60), np.float32)
    called = np.where(np.arange(600) % 4 == 0, (labels + 1) % 60, labels)  # those of every fourth class are wrong
    logits[np.arange(600), called] = np.random.default_rng(0).permutation(600) / 100
    samples = find_samples(Head(names, 60), labels, logits)
    right = [name for name in samples if len(set(name.split("-called-"))) == 1]
    assert (len(samples), len(right)) == (20, 10)
    confidence = logits.max(axis=1)
    for wrong in (False, True):
        of_kind = (called != labels) == wrong
        best = sorted((confidence[of_kind & (labels == label)].max(initial=0) for label in range(60)), reverse=True)
        chosen = [confidence[index] for index in samples.values() if of_kind[index]]
        assert sorted(chosen, reverse=True) == best[:10]


def test_answer_that_never_happened_has_no_sample(network: Network, split: Split) -> None:
    logits = gather_logits(network, split)
    right = (logits[:, 0] > 0).astype(np.int64)
    assert find_samples(network.head, right, logits) == {"cat-called-cat": 0, "dog-called-dog": 11}


def test_saved_samples_are_the_photographs_with_every_layer_s_picture_beside(
    network: Network, split: Split, tmp_path: Path
) -> None:
    logits = gather_logits(network, split)
    samples = find_samples(network.head, split.labels, logits)
    paths = write_samples(tmp_path / "samples", network, split, logits)
    assert {path.stem: path.suffix for path in paths} == dict.fromkeys(samples, ".png")
    for path in paths:
        assert np.array_equal(np.asarray(Image.open(path)), split.images[samples[path.stem]])
        assert Explorer(network)(path).label == path.stem.split("-called-")[1]
        beside = {found.name for found in path.with_suffix("").iterdir()}
        assert beside == {"01_flat.png", "02_answer.png", "seen.png", "result.json"}
    assert len([*(tmp_path / "samples").iterdir()]) == 2 * len(paths)
    assert write_samples(tmp_path / "samples", network, split, logits) == paths


def test_samples_are_saved_whatever_the_classes_are_called(network: Network, split: Split, tmp_path: Path) -> None:
    for number, names in enumerate((("T - shirt / top", "../../cat"), ("a/b", "a_b"), ("x" * 200, "x" * 199 + "y"))):
        renamed = replace(network, class_names=names)
        folder = tmp_path / str(number) / "samples"
        paths = write_samples(folder, renamed, split, gather_logits(renamed, split))
        assert len({*paths}) == 4
        assert {*folder.iterdir()} == {*paths, *(path.with_suffix("") for path in paths)}
        assert [*folder.parent.iterdir()] == [folder]
