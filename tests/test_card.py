"""The card says what was measured and how it was trained, and nothing that was not."""

import pytest

from cnnviz.card import write_card
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing

TEST = {
    "num_photos": 2000,
    "accuracy": 0.8765,
    "accuracy_interval_95": [0.8614, 0.8902],
    "loss": 0.2987,
    "classes": {
        "cat": {"num_photos": 1200, "accuracy": 0.9, "called": {"cat": 1080, "dog": 120}},
        "dog": {"num_photos": 800, "accuracy": 0.84125, "called": {"cat": 127, "dog": 673}},
    },
}
TRAINING = {
    "epochs": 8,
    "batch_size": 20,
    "learning_rate": 0.0005,
    "seed": 3,
    "command": "python train.py --data data --epochs 8",
    "data": "drawings of two kinds",
    "optimizer": "RMSprop, one epoch of linear warm-up",
    "loss": "binary cross-entropy",
    "augmentation": "half of the photographs mirrored",
    "split": "80% train, 10% validation, 10% test",
    "num_photos": {"train": 16000, "validation": 1998, "test": 2000},
    "num_skipped": 7,
}


@pytest.fixture(scope="module")
def card(network: Network) -> str:
    """The card of a network with these metrics."""
    manifest = {**network.manifest, "training": TRAINING}
    read = Network(network.model, network.class_names, Preprocessing(), network.folder, manifest)
    return write_card(read, {"test": TEST})


def test_card_names_the_data(card: str) -> None:
    assert "- data: drawings of two kinds\n" in card


def test_card_begins_with_the_hub_s_front_matter(card: str) -> None:
    _, front_matter, text = card.split("---\n", 2)
    assert "library_name: keras" in front_matter
    assert "pipeline_tag: image-classification" in front_matter
    assert text.lstrip().startswith("# Cat or dog\n")


@pytest.mark.parametrize(
    "fact",
    [
        "3,453,121 parameters",
        "150x150 pixels",
        "**87.6%** of 2,000 test photographs",
        "95% Wilson interval 86.1% to 89.0%; mean cross-entropy 0.299",
        "| cat | 1,200 | 90.0% | 1,080 | 120 |",
        "| dog | 800 | 84.1% | 127 | 673 |",
        "`python train.py --data data --epochs 8`",
        "learning rate at most 0.0005",
        "8 epoch(s) in batches of 20, seed 3",
        "16,000 / 1,998 / 2,000 photographs; 7 file(s) could not be read",
    ],
)
def test_card_states_what_was_measured_and_how_it_was_trained(card: str, fact: str) -> None:
    assert fact in card


def test_card_names_every_version_that_wrote_the_model(card: str, network: Network) -> None:
    versions = network.manifest["versions"]
    assert {"keras", "tensorflow", "numpy", "pillow"} <= versions.keys()
    assert all(f"{name} {version}" in card for name, version in versions.items())


def test_card_has_no_unfilled_place(card: str) -> None:
    assert not any(mark in card for mark in ("{", "}", "None", "nan"))
