"""What was measured of a network, to print and to keep as files."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cnnviz.base.errors import FolderError
from cnnviz.base.figures import count, decimals, share
from cnnviz.base.storage import write_atomically
from cnnviz.data.addresses import without_keys
from cnnviz.data.dataset import ALL, PROBED, Data, look_at, read_photos
from cnnviz.data.sources import as_list
from cnnviz.data.splits import split_seed_of
from cnnviz.evaluation.evaluation import evaluate, require_single_label
from cnnviz.evaluation.probe import examine_layers
from cnnviz.model_folder.findings import describe_majority, list_confusions, list_hardest
from cnnviz.model_folder.folder import read_folder
from cnnviz.model_folder.manifest import METRICS

MAX_LINES = 20
"""Largest number of classes that have a line each in the summary."""

NUM_WORST, NUM_CALLED = 10, 4
"""How many classes and confusions stand for all where there are more, and how many answers are named for a class."""


def evaluate_folder(
    folder: Path,
    data: Data,
    split: str = "test",
    *,
    seed: int = 0,
    allow_corrupt: bool = False,
    output: Path | None = None,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Measure a saved model on photographs; and its layers, where there are photographs to fit and to score probes.

    Args:
        folder: A model folder.
        data: One source of photographs or several, as for `read_dataset`.
        split: "train", "validation" or "test", as the model's photographs were dealt; or "all".
        seed: Deals the splits where the model's folder names no seed.
        allow_corrupt: Go on if more than 1% of the files cannot be read.
        output: An empty folder for figures and pictures; None writes none.
        report: Shows a line to the user.

    Returns:
        Plain JSON values: measured, which says what was measured on what; test from `evaluate`; and, where
        training and validation photographs are known, what `examine_layers` gives.

    Raises:
        FolderError: If there is no intact model folder, or the output is not empty or cannot be written.
        DatasetError: If the photographs cannot be used.
        NetworkError: If the network is multi-label, or its values leave the range of numbers.
    """
    if output:
        require_empty(output)
    sources = as_list(data)
    notes = look_at(sources)
    network = read_folder(folder)
    require_single_label(network.head)
    names, known = network.class_names, split_seed_of(network.manifest)
    seed = seed if known is None else known
    splits = read_photos(sources, network.preprocessing, names, split, seed, allow_corrupt, notes.append)
    measured = {
        "model": network.fingerprint,
        "data": [without_keys(str(source)) for source in sources],
        "split": split,
        "seed": seed,
    }
    metrics = {"measured": measured, "test": evaluate(network, splits[split])}
    report("\n".join([*notes, summarize(metrics)]))
    if splits.keys() >= PROBED:
        metrics |= examine_layers(network, splits)
        report(summarize_layers(metrics))
    if output:
        from cnnviz.evaluation.charts import draw_charts

        write_report(output, metrics, draw_charts(metrics, names))
    return metrics


def summarize(metrics: Mapping[str, Any]) -> str:
    """Put the figures into a few lines to print.

    Args:
        metrics: test, what `evaluate` gave; and where there are, calibration, and the split that
            was measured.

    Returns:
        Lines of text, without a last line break.
    """
    test, split = metrics["test"], metrics.get("measured", {}).get("split", "test")
    title = "Accuracy" if split == ALL else f"{split.capitalize()} accuracy"
    mirrored = test["mirrored"]
    lines = [
        f"{title} {_accuracy(test)} on {count(test['num_photos'])} photographs; loss {decimals(test['loss'], 4)}",
        f"  Balanced accuracy {share(test['balanced_accuracy'], 2)}; {describe_majority(test, 2)}",
        *_describe_classes(test),
        f"  Averaged with the mirror image: {_accuracy(mirrored)}; loss {decimals(mirrored['loss'], 4)}",
        *(f"  Photographs {each['shown']}: {_accuracy(each)}" for each in test["views"].values()),
        f"  Expected calibration error {share(test['expected_calibration_error'], 2)}",
    ]
    if "roc_auc" in test:
        lines[-1] += f"; area under the ROC curve {decimals(test['roc_auc'], 4)}"
    if "calibration" in metrics:
        lines.append(_describe_calibration(metrics["calibration"]))
    return "\n".join(lines)


def summarize_layers(metrics: Mapping[str, Any]) -> str:
    """Tell of each layer how well it tells the classes apart, and how many of its channels are dead.

    Args:
        metrics: probes and dead_channels, what `cnnviz.evaluation.probe.examine_layers` gave.

    Returns:
        Lines of text, without a last line break.
    """
    dead = metrics["dead_channels"]
    return "\n".join(
        f"  {name}: a linear probe is right on {_accuracy(probe)}; {len(dead[name])} dead channel(s)"
        for name, probe in metrics["probes"].items()
    )


def require_empty(folder: Path) -> None:
    """Refuse a folder that holds something, before anything is measured.

    Args:
        folder: Where the report will be.

    Raises:
        FolderError: If it is a file, or not empty.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FolderError(f"'{folder}' exists and is not an empty folder. Name another folder.")


def write_report(folder: Path, metrics: Mapping[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Write figures and pictures.

    Args:
        folder: Where to; it is made if it is not there.
        metrics: Plain JSON values, for metrics.json.
        pictures: File names and contents.

    Raises:
        FolderError: If they cannot be written.
    """
    text = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {METRICS: text.encode(), **pictures}.items():
            write_atomically(folder / name, content)
    except OSError as error:
        raise FolderError(f"Cannot write in '{folder}'. Received: {error}.") from error


def _accuracy(figures: Mapping[str, Any]) -> str:
    low, high = figures["accuracy_interval_95"]
    return f"{share(figures['accuracy'], 2)} (95% interval {share(low, 2)} to {share(high, 2)})"


def _describe_classes(test: Mapping[str, Any]) -> list[str]:
    """Put each class into a line; of many classes, those that are right least often, and what is confused most."""
    classes = test["classes"]
    lines = {name: f"  {name}: {_accuracy(each)} of {_called(each['called'])}" for name, each in classes.items()}
    if len(classes) <= MAX_LINES:
        return [*lines.values()]
    confused = [
        f"    {name} called {called}: {count(number)} of {count(classes[name]['num_photos'])}"
        for name, called, number in list_confusions(test)[:NUM_WORST]
    ]
    return [
        f"  Of {count(len(classes))} classes, these are right least often:",
        *(f"  {lines[name]}" for name in list_hardest(test)[:NUM_WORST]),
        *(["  The most frequent confusions:", *confused] if confused else []),
    ]


def _called(called: Mapping[str, int]) -> str:
    """Say what the photographs of a class were called, the most frequent answers."""
    frequent = sorted(called, key=lambda name: -called[name])[:NUM_CALLED]
    answers = ", ".join(f"{count(called[name])} called {name}" for name in called if name in frequent)
    return f"{count(sum(called.values()))}; {answers}"


def _describe_calibration(calibration: Mapping[str, Any]) -> str:
    before, after = calibration["before"], calibration["after"]
    if calibration["temperature"] == 1:
        return "  Not calibrated: the validation photographs do not show that another temperature than 1 is better"
    return (
        f"  Calibrated with the temperature {decimals(calibration['temperature'])}: expected calibration error "
        f"{share(before['expected_calibration_error'], 2)} before, "
        f"{share(after['expected_calibration_error'], 2)} after; "
        f"loss {decimals(before['loss'], 4)} before, {decimals(after['loss'], 4)} after"
    )
