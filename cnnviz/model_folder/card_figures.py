"""The part of a model card with the figures: how well the model does, in text, tables and pictures."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from cnnviz.base.figures import count, decimals, share
from cnnviz.model_folder.findings import describe_majority, list_confusions, list_hardest
from cnnviz.network.network import Network

CHARTS = {
    "curves": "Loss and accuracy after each epoch, on training and validation photographs",
    "confusion": "Confusion matrix: the answers for the photographs of each class",
    "reliability": "Reliability: how often answers are right, compared with how sure they are",
    "roc": "ROC curve: true positives against false positives, for every threshold",
}

BINARY, MAX_ROWS = 2, 40
"""The number of classes whose answers have a column each, and the largest number that have a row each."""

NUM_WORST = 15
"""How many classes and confusions stand for all where there are more."""

NUM_CALLED = 3
"""How many wrong answers are named for a class."""


def write_quality(network: Network, metrics: Mapping[str, Any]) -> str:
    """Say how well a model does.

    Args:
        network: The network, read back from its folder.
        metrics: As for `cnnviz.model_folder.card.write_card`.

    Returns:
        Markdown.
    """
    test = metrics["test"]
    (right, interval), (mirrored, mirrored_interval) = map(write_accuracy, (test, test["mirrored"]))
    chance = 1 / len(network.class_names)
    guess = {0.5: "50%"}.get(chance, "the same probability for every class")
    parts = (
        f"""## How well it does

It is right on **{right}** of {count(test["num_photos"])} test photographs. They were not used for training, nor to
choose any setting. (95% Wilson interval {interval}: differences this small may be chance.) This was measured with the
model as it was read back from this folder.""",
        _classes(test),
        "\n".join(
            (
                f"- Balanced accuracy, the mean over the classes: {share(test['balanced_accuracy'], 1)}. "
                f"For comparison:\n  {describe_majority(test)}",
                f"- If its answers for each photograph and for the mirror image are averaged, it is right on {mirrored}"
                f"\n  ({mirrored_interval}).",
                *(_view(each) for each in test["views"].values()),
                *_area(network, test),
                f"- Log loss: {decimals(test['loss'])}. It punishes answers that are sure but wrong. Always answering\n"
                f"  {guess} has a log loss of {decimals(-math.log(chance))}; a perfect model has 0.",
                f"- Expected calibration error: {_error(test)}. On average, stated probabilities are off by this much.",
            )
        ),
        _calibration(metrics["calibration"]),
        write_picture("confusion"),
        write_picture("reliability"),
        *([write_picture("roc")] if "roc_auc" in test else []),
    )
    return "\n\n".join(parts)


def _classes(test: Mapping[str, Any]) -> str:
    """Write a row for each class; of many, for those that are right least often, and the most frequent confusions."""
    names, classes = [*test["classes"]], test["classes"]
    if len(names) == BINARY:
        header = ["class", "photographs", "right", "95% interval", *(f"called {name}" for name in names)]
        return write_table(header, ([*_row(classes, name), *_called(classes, name, names)] for name in names))
    header = ["class", "photographs", "right", "95% interval", "wrong answers, the most frequent first"]
    shown = names if len(names) <= MAX_ROWS else list_hardest(test)[:NUM_WORST]
    table = write_table(header, ([*_row(classes, name), _wrong(classes, name)] for name in shown))
    if len(names) <= MAX_ROWS:
        return table
    rows = (
        [name, called, f"{count(number)} of {count(classes[name]['num_photos'])}"]
        for name, called, number in list_confusions(test)[:NUM_WORST]
    )
    confused = write_table(["class", "called", "photographs"], rows)
    return (
        f"Of its {count(len(names))} classes, these are right least often; metrics.json has all:\n\n{table}\n\n"
        f"The most frequent confusions:\n\n{confused}"
    )


def _row(classes: Mapping[str, Any], name: str) -> list[str]:
    return [name, count(classes[name]["num_photos"]), *write_accuracy(classes[name])]


def _called(classes: Mapping[str, Any], name: str, names: Iterable[str]) -> list[str]:
    return [count(classes[name]["called"].get(other, 0)) for other in names]


def _wrong(classes: Mapping[str, Any], name: str) -> str:
    """List what the photographs of a class were called instead."""
    confused = list_confusions({"classes": {name: classes[name]}})
    return ", ".join(f"{called} {count(number)}" for _, called, number in confused[:NUM_CALLED]) or "none"


def _area(network: Network, test: Mapping[str, Any]) -> Iterable[str]:
    """Say what the area under the ROC curve means, for two classes."""
    if "roc_auc" in test:
        second, likelier = network.class_names[1], share(test["roc_auc"], 1)
        yield (
            f"- Area under the ROC curve: {decimals(test['roc_auc'], 4)}. Take a random photograph of each class: in\n"
            f"  {likelier} of all cases, the {second} gets the higher probability of {second}."
        )


def _view(view: Mapping[str, Any]) -> str:
    right, interval = write_accuracy(view)
    return f"- Of the same photographs, {view['shown']}, it is right on {right} ({interval})."


def _calibration(calibration: Mapping[str, Any]) -> str:
    before, after = calibration["before"], calibration["after"]
    if calibration["temperature"] == 1:
        return """Its probabilities are as it was trained: the validation photographs do not show that other ones would
be more honest."""
    temperature, losses = decimals(calibration["temperature"]), [decimals(each["loss"]) for each in (before, after)]
    return f"""Its last layer, weights and bias, was divided by one number, the temperature {temperature}, which was
chosen on the validation photographs. This changes no answer, only how sure the model is. On the test photographs the
calibration error went from {_error(before)} to {_error(after)} and the log loss from
{losses[0]} to {losses[1]}."""


def _error(figures: Mapping[str, Any]) -> str:
    return share(figures["expected_calibration_error"], 1)


def write_picture(name: str) -> str:
    """Return the HTML of a chart; readers with a dark page see its dark version."""
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.png">'
        f'<img src="{name}.png" width="700" alt="{CHARTS[name]}"></picture>'
    )


def write_accuracy(figures: Mapping[str, Any]) -> tuple[str, str]:
    """Write a share of right answers, and its interval."""
    low, high = figures["accuracy_interval_95"]
    return share(figures["accuracy"], 1), f"{share(low, 1)} to {share(high, 1)}"


def write_table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Write a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)
