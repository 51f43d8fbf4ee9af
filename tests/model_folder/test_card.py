"""The card says what was measured and how it was trained, and nothing that was not."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.card import CHARTS, write_card
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from measured import METRICS, TEST
from pictures import draw

TRAINING = {
    "recipe": "default",
    "epochs": 8,
    "best_epoch": 7,
    "batch_size": 20,
    "learning_rate": 0.0005,
    "seed": 3,
    "precision": "float32",
    "device": "CPU, 2 cores",
    "command": "python train.py --data data --epochs 8",
    "data": "drawings: of 'two' kinds",
    "optimizer": "RMSprop, one epoch of linear warm-up",
    "loss": "binary cross-entropy",
    "augmentation": "half of the photographs mirrored",
    "averaging": "of the weights, over about 1,000 steps",
    "dropout": "half of the units of dense_1",
    "normalization": "the channels of each convolution",
    "split": "80% train, 10% validation, 10% test",
    "num_photos": {"train": 16000, "validation": 1998, "test": 2000},
    "num_skipped": 7,
}


def card_of(network: Network, test: dict[str, Any] = TEST, **training: Any) -> str:
    manifest = {**network.manifest, "training": {**TRAINING, **training}}
    read = Network(network.model, network.class_names, Preprocessing(), network.folder, manifest)
    return write_card(read, {**METRICS, "test": test})


@pytest.fixture(scope="module")
def card(network: Network) -> str:
    """The card of a network with these metrics."""
    return card_of(network)


def text_of(card: str) -> str:
    """The card with any white space as one space."""
    return " ".join(card.split())


def front_matter(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n", 2)[1])


def test_front_matter_is_what_the_hub_reads(card: str) -> None:
    data = front_matter(card)
    assert data["library_name"] == "keras"
    assert data["pipeline_tag"] == "image-classification"
    assert "cnnviz" in data["tags"]
    (index,) = data["model-index"]
    (result,) = index["results"]
    assert (index["name"], result["task"]) == ("cat-or-dog", {"type": "image-classification"})
    assert result["dataset"] == {"name": "drawings: of 'two' kinds", "type": "imagefolder", "split": "test"}
    assert {each["type"]: each["value"] for each in result["metrics"]} == {
        "accuracy": 0.8765,
        "roc_auc": 0.95123,
        "log_loss": 0.2987,
        "expected_calibration_error": 0.0149,
    }
    assert "license" not in data
    assert "datasets" not in data


def test_hub_s_own_library_reads_the_card(card: str) -> None:
    data = ModelCard(card).data
    assert (data.model_name, len(data.eval_results)) == ("cat-or-dog", 4)


def test_licence_and_hub_data_sets_are_named_where_known(network: Network) -> None:
    card = card_of(network, license="mit", hub_datasets=["microsoft/cats_vs_dogs"], data_license="of their authors")
    data = front_matter(card)
    assert (data["license"], data["datasets"]) == ("mit", ["microsoft/cats_vs_dogs"])
    assert data["model-index"][0]["results"][0]["dataset"]["type"] == "microsoft/cats_vs_dogs"
    assert "licence: of their authors" in card


@pytest.mark.parametrize(
    "fact",
    [
        "# Cat or dog",
        "3,453,121 parameters",
        "150x150 pixels",
        "**87.6%** of 2,000 test photographs",
        "95% Wilson interval 86.1% to 89.0%",
        "| cat | 1,200 | 90.0% | 88.2% to 91.6% | 1,080 | 120 |",
        "| dog | 800 | 84.1% | 81.4% to 86.5% | 127 | 673 |",
        "the mirror image are averaged, it is right on 88.2% (86.7% to 89.5%)",
        "Area under the ROC curve: 0.9512.",
        "in 95.1% of all cases, the dog gets the higher probability of dog",
        "Log loss: 0.299",
        "Expected calibration error: 1.5%",
        "the temperature 1.531",
        "from 3.0% to 1.5% and the log loss from 0.310 to 0.299",
        "| conv2d_1 | 61.1% | 57.7% to 64.4% | 0 |",
        "| dense_1 | 88.1% | 85.7% to 90.2% | 3 |",
        "of the 400 test answers with the highest probabilities (at least 95.0%), 12 were wrong",
        "It is wrong more often on photographs of class dog: dog 84.1% right, cat 90.0% right.",
        "calls every picture one of them, even a tower",
        "`python train.py --data data --epochs 8`",
        "recipe: default; RMSprop, one epoch of linear warm-up; learning rate at most 0.0005; binary cross-entropy",
        "8 epoch(s) in batches of 20, seed 3; the best was epoch 7",
        "augmentation: half of the photographs mirrored",
        "averaging: of the weights",
        "data: drawings: of 'two' kinds; licence: not stated",
        "16,000 / 1,998 / 2,000 photographs for training / validation / test; 7 file(s) were left out",
        "started from: random weights",
        "precision: float32; device: CPU, 2 cores",
        "git commit: not recorded",
    ],
)
def test_card_states_what_was_measured_and_how_it_was_trained(card: str, fact: str) -> None:
    assert fact in text_of(card)


def test_optional_facts_are_stated_where_known(network: Network) -> None:
    card = card_of(network, git_commit="abc123", started_from="runs/first/model")
    assert "git commit: abc123" in card
    assert "started from: runs/first/model" in card


def test_classes_with_overlapping_intervals_are_called_about_equal(network: Network) -> None:
    dog = {**TEST["classes"]["dog"], "accuracy": 0.88, "accuracy_interval_95": [0.85, 0.9]}
    card = card_of(network, {**TEST, "classes": {**TEST["classes"], "dog": dog}})
    assert "It is wrong about equally often on both classes: dog 88.0% right, cat 90.0% right." in card


def test_card_names_every_version_that_wrote_the_model(card: str, network: Network) -> None:
    versions = network.manifest["versions"]
    assert {"keras", "tensorflow", "numpy", "pillow"} <= versions.keys()
    assert all(f"{name} {version}" in card for name, version in versions.items())


def test_card_has_no_unfilled_place(card: str) -> None:
    assert not re.search(r"[{}]|\bNone\b|\bnan\b", card)


def test_card_shows_every_chart_in_light_and_dark(card: str) -> None:
    shown = re.findall(r'(?:srcset|src)="([^"]+)"', card)
    assert sorted(shown) == sorted(f"{name}{suffix}.png" for name in CHARTS for suffix in ("", "-dark"))


def test_plain_keras_example_gives_the_answer_of_the_library(
    card: str, network: Network, explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = draw(300, 200)
    picture.save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    _, example = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example.replace("path/to/this/folder", str(network.folder)), names)
    assert names["probability"] == pytest.approx(explorer.predict("photo.jpg")["dog"], abs=1e-6)
    assert np.isfinite(names["probability"])
