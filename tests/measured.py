"""What was measured of a model, as its card and the reports get it."""

from __future__ import annotations

from typing import Any

from cnnviz.evaluation.metrics import wilson_interval

TEST = {
    "num_photos": 2000,
    "accuracy": 0.8765,
    "accuracy_interval_95": [0.8614, 0.8902],
    "majority_share": 0.6,
    "balanced_accuracy": 0.870625,
    "loss": 0.2987,
    "roc_auc": 0.95123,
    "expected_calibration_error": 0.0149,
    "mirrored": {"accuracy": 0.882, "accuracy_interval_95": [0.867, 0.895]},
    "views": {
        "cut": {"shown": "cut to the middle 85%", "accuracy": 0.87, "accuracy_interval_95": [0.8546, 0.884]},
        "zoomed_out": {"shown": "shown 1.2 times smaller", "accuracy": 0.8605, "accuracy_interval_95": [0.8446, 0.875]},
    },
    "reliability": [
        {"confidence_low": low, "accuracy": accuracy, "num_photos": 200}
        for low, accuracy in [(0.5, 0.5), (0.55, 0.6), (0.6, 0.7), (0.9, 0.9), (0.95, 0.96), (0.97, 0.98)]
    ],
    "classes": {
        "cat": {"num_photos": 1200, "accuracy": 0.9, "called": {"cat": 1080, "dog": 120}},
        "dog": {"num_photos": 800, "accuracy": 0.84125, "called": {"cat": 127, "dog": 673}},
    },
}

for _each in TEST["classes"].values():
    _each["accuracy_interval_95"] = wilson_interval(round(_each["accuracy"] * _each["num_photos"]), _each["num_photos"])

METRICS = {
    "test": TEST,
    "calibration": {
        "temperature": 1.53149,
        "before": {"loss": 0.31, "expected_calibration_error": 0.0303},
        "after": {"loss": 0.2987, "expected_calibration_error": 0.0149},
    },
    "probes": {
        "conv2d_1": {"accuracy": 0.611, "accuracy_interval_95": [0.577, 0.644]},
        "dense_1": {"accuracy": 0.881, "accuracy_interval_95": [0.857, 0.902]},
    },
    "probe_majority_share": 0.55,
    "dead_channels": {"conv2d_1": [], "dense_1": [3, 7, 11]},
}


def of_classes(called: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Build the figures of a test in which the photographs of each class were called so."""
    classes: dict[str, Any] = {}
    for name, answers in called.items():
        number, right = sum(answers.values()), answers.get(name, 0)
        accuracy = {"accuracy": right / number, "accuracy_interval_95": wilson_interval(right, number)}
        classes[name] = {"num_photos": number, **accuracy, "called": answers}
    counts = [each["num_photos"] for each in classes.values()]
    right = sum(each["called"].get(name, 0) for name, each in classes.items())
    shares = {
        "num_photos": sum(counts),
        "accuracy": right / sum(counts),
        "accuracy_interval_95": wilson_interval(right, sum(counts)),
        "majority_share": max(counts) / sum(counts),
        "balanced_accuracy": sum(each["accuracy"] for each in classes.values()) / len(classes),
    }
    test = {name: value for name, value in TEST.items() if name not in ("roc_auc", "roc_curve")}
    return {**test, **shares, "classes": classes}
