"""The card says what was measured and how it was trained, and nothing that was not."""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.card import write_card
from cnnviz.model_folder.card_figures import CHARTS
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from measured import METRICS, TEST, of_classes
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
        "Of the same photographs, shown 1.2 times smaller, it is right on 86.1% (84.5% to 87.5%)",
        "Area under the ROC curve: 0.9512.",
        "in 95.1% of all cases, the dog gets the higher probability of dog",
        "Log loss: 0.299",
        "Expected calibration error: 1.5%",
        "the temperature 1.531",
        "from 3.0% to 1.5% and the log loss from 0.310 to 0.299",
        "| conv2d_1 | 61.1% | 57.7% to 64.4% | 0 |",
        "| dense_1 | 88.1% | 85.7% to 90.2% | 3 |",
        "of the 400 test answers with the highest probabilities (at least 95.0%), 12 were wrong",
        "It is wrong more often on photographs of class dog: dog 84.1% of 800 right, cat 90.0% of 1,200 right.",
        "It knows only cat and dog, and calls every picture one of them, whatever it shows.",
        "Balanced accuracy, the mean over the classes: 87.1%. For comparison: always answering cat would be right on "
        "60.0%.",
        "Always answering 50% has a log loss of 0.693;",
        "Always answering the most frequent class is right on 55.0%.",
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
    assert "about equally often on both classes: dog 88.0% of 800 right, cat 90.0% of 1,200 right." in card


def test_a_model_without_a_temperature_is_not_called_calibrated(network: Network) -> None:
    manifest = {**network.manifest, "training": TRAINING}
    read = Network(network.model, network.class_names, Preprocessing(), network.folder, manifest)
    calibration = {**METRICS["calibration"], "temperature": 1.0}
    text = text_of(write_card(read, {**METRICS, "calibration": calibration}))
    assert "Its probabilities are as it was trained: the validation photographs do not show that other ones " in text
    assert "temperature" not in text
    assert "calibrated" not in text


def test_nothing_is_said_of_very_sure_answers_that_the_figures_do_not_show(network: Network) -> None:
    right = [{"confidence_low": 0.9, "accuracy": 1.0, "num_photos": 2}]
    text = text_of(card_of(network, {**TEST, "reliability": right}))
    assert (
        "Of the 2 test answers with the highest probabilities (at least 90.0%), none was wrong; this does not" in text
    )
    assert "can be wrong" not in text


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


def card_of_many(num_classes: int, end: str = "softmax") -> str:
    """The card of a network of many classes, the first of which is often taken for the second."""
    names = tuple(f"kind {number}" for number in range(num_classes))
    layers = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(num_classes, activation=end)]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    called = {name: {name: 40} for name in names} | {names[0]: {names[0]: 10, names[1]: 28, names[2]: 2}}
    manifest = {"training": TRAINING, "versions": {}}
    return write_card(
        Network(model, names, Preprocessing(8, 8), None, manifest), {**METRICS, "test": of_classes(called)}
    )


def test_the_card_of_a_multi_label_model_says_that_each_class_is_a_yes_or_no() -> None:
    text = text_of(card_of_many(3, "sigmoid"))
    assert "It says yes or no to each of kind 0, kind 1 and kind 2. With cnnviz" in text
    assert "3 numbers in [0, 1], the probabilities of the classes in this order; each is a yes or no" in text
    assert "It knows only kind 0, kind 1 and kind 2." in text
    assert "sum to 1" not in text


def test_the_card_of_five_classes_names_them_all_and_what_they_are_taken_for() -> None:
    card = card_of_many(5)
    text = text_of(card)
    for fact in (
        "# Kind 0, kind 1, kind 2, kind 3 or kind 4",
        "- **Classes**: kind 0, kind 1, kind 2, kind 3, kind 4",
        "5 numbers in [0, 1] that sum to 1, the probabilities of the classes in this order",
        "| kind 0 | 40 | 25.0% | 14.2% to 40.2% | kind 1 28, kind 2 2 |",
        "| kind 1 | 40 | 100.0% | 91.2% to 100.0% | none |",
        "always answering kind 0 would be right on 20.0%.",
        "Always answering the same probability for every class has a log loss of 1.609;",
        "It is wrong most often on photographs of class kind 0: ",
        "It knows only kind 0, kind 1, kind 2, kind 3 and kind 4, and calls every picture one of them",
        "probabilities = np.asarray(model(pixels[np.newaxis] / 255))[0]  # of the classes, in the order above",
    ):
        assert " ".join(fact.split()) in text
    data = front_matter(card)
    assert data["model-index"][0]["name"] == "kind 0-or-kind 1-or-kind 2-or-kind 3-or-kind 4"
    assert {each["type"] for each in data["model-index"][0]["results"][0]["metrics"]} == {
        *("accuracy", "log_loss", "expected_calibration_error"),
    }
    assert "ROC" not in card
    assert "roc.png" not in card
    assert not re.search(r"[{}]|\bNone\b|\bnan\b", card)


def test_the_card_of_a_hundred_classes_stays_readable() -> None:
    card = card_of_many(102)
    text = text_of(card)
    for fact in (
        "# 102 classes of photographs",
        "kind 98, kind 99, kind 100, kind 101",
        "It knows only kind 0, kind 1, kind 2, kind 3, kind 4, kind 5, kind 6, kind 7, kind 8 and 93 others,",
        "Of its 102 classes, these are right least often; metrics.json has all:",
        "| kind 0 | kind 1 | 28 of 40 |",
    ):
        assert fact in text
    assert front_matter(card)["model-index"][0]["name"] == "102-classes"
    assert len(card.splitlines()) < 200


def test_a_class_name_does_not_break_a_table(network: Network) -> None:
    classes = {f"a|b {name}": each for name, each in TEST["classes"].items()}
    named = {**TEST, "classes": {name: {**each, "called": {}} for name, each in classes.items()}}
    assert "| a&#124;b cat | 1,200 |" in card_of(network, named)
