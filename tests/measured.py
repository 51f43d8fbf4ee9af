"""What was measured of a model, as its card and the reports get it."""

from __future__ import annotations

from cnnviz.evaluation.metrics import wilson_interval

TEST = {
    "num_photos": 2000,
    "accuracy": 0.8765,
    "accuracy_interval_95": [0.8614, 0.8902],
    "loss": 0.2987,
    "roc_auc": 0.95123,
    "expected_calibration_error": 0.0149,
    "mirrored": {"accuracy": 0.882, "accuracy_interval_95": [0.867, 0.895]},
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
    "dead_channels": {"conv2d_1": [], "dense_1": [3, 7, 11]},
}
