"""Measure a network on photographs, through the same pass that answers for a photo on the page."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.data.dataset import Split
from cnnviz.evaluation.metrics import (
    Labels,
    accuracy_of,
    calibration_error,
    class_scores,
    log_loss,
    reliability,
    roc_auc,
    roc_curve,
)
from cnnviz.network.head import Head
from cnnviz.network.network import Network, Values

BATCH_SIZE = 100
"""Photographs per pass."""

NUM_RANKED_CLASSES = 2
"""The number of classes for which there is a ROC curve."""


def evaluate(network: Network, split: Split) -> dict[str, Any]:
    """Measure a network on photographs, which pass through it twice: as they are, and mirrored.

    Args:
        network: A network, read back from its folder.
        split: N photographs that it was not trained on, at least one of each class.

    Returns:
        What `evaluate_logits` gives for them.

    Raises:
        NetworkError: If the network's values leave the range of numbers.
    """
    return evaluate_logits(network.head, split.labels, *(gather_logits(network, split, each) for each in (False, True)))


def evaluate_logits(head: Head, labels: Labels, logits: Values, mirrored: Values) -> dict[str, Any]:
    """Measure answers whose logits are known.

    "mirrored" holds what answers would be worth that average the logits of a photograph and its mirror image: the
    evidence is averaged, not the probabilities, so that a sure answer is not watered down to one half by an unsure
    one, and a calibrated network stays about calibrated.

    Args:
        head: What the logits mean.
        labels: Class indices of N photographs, at least one of each class, shape (N,).
        logits: Those of the photographs, shape (N, num_outputs), finite.
        mirrored: Those of their mirror images, of the same shape.

    Returns:
        Plain JSON values: num_photos; what `measure` gives; reliability, the bins of `metrics.reliability`;
        for two classes roc_curve, the corners as counts of photographs; by class name num_photos, accuracy with its
        interval and, of those, how many were called what; and mirrored, what `measure` gives for averaged logits.
    """
    both = (logits.astype(np.float64) + mirrored) / 2
    metrics = {
        "num_photos": len(labels),
        **measure(head, logits, labels),
        "reliability": reliability(*_answers(head, logits, labels)),
        "classes": _by_class(head.class_names, class_scores(logits).argmax(axis=1), labels),
        "mirrored": measure(head, both, labels),
    }
    if len(head.class_names) == NUM_RANKED_CLASSES:
        false_alarms, hits = roc_curve(_margins(logits), labels)
        metrics["roc_curve"] = {"false_alarms": false_alarms.tolist(), "hits": hits.tolist()}
    return metrics


def gather_logits(network: Network, split: Split, mirrored: bool = False) -> Values:
    """Show all photographs to a network once, and keep the logits.

    Args:
        network: The network.
        split: N photographs.
        mirrored: Whether to show it their mirror images.

    Returns:
        Shape (N, num_outputs), float32.

    Raises:
        NetworkError: If the network's values leave the range of numbers.
    """
    parts = []
    for start in range(0, len(split), BATCH_SIZE):
        images = split[start : start + BATCH_SIZE]
        parts.append(network.logits(network.preprocessing.scale(images[:, :, ::-1] if mirrored else images)))
    logits = np.concatenate(parts)
    if not np.isfinite(logits).all():
        raise NetworkError("The network gave logits that are no numbers: the model's weights are damaged or too large.")
    return logits


def measure(head: Head, logits: NDArray[np.floating], labels: Labels) -> dict[str, Any]:
    """Compute the headline figures.

    Args:
        head: What the logits mean.
        logits: Shape (N, num_outputs), finite.
        labels: Class indices, shape (N,).

    Returns:
        accuracy and accuracy_interval_95 (Wilson), loss (log loss in nats), expected_calibration_error and, for two
        classes, roc_auc of class 1.
    """
    confidence, right = _answers(head, logits, labels)
    metrics = {
        **accuracy_of(right),
        "loss": log_loss(class_scores(logits), labels),
        "expected_calibration_error": calibration_error(reliability(confidence, right)),
    }
    if len(head.class_names) == NUM_RANKED_CLASSES:
        metrics["roc_auc"] = roc_auc(*roc_curve(_margins(logits), labels))
    return metrics


def _answers(head: Head, logits: NDArray[np.floating], labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each answer's confidence, the probability of the called class, and whether it was right."""
    confidence = head.class_probabilities(logits).max(axis=1)
    return confidence, class_scores(logits).argmax(axis=1) == labels


def _margins(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far class 1 leads class 0. Unlike probabilities, which become exactly 1, it never ties by rounding."""
    scores = class_scores(logits)
    return np.asarray(scores[:, 1] - scores[:, 0])


def _by_class(names: tuple[str, ...], called: NDArray[np.intp], labels: Labels) -> dict[str, Any]:
    """Count, for each class, how many photographs were called right, and what all of them were called."""
    return {
        name: {
            "num_photos": int((labels == index).sum()),
            **accuracy_of(called[labels == index] == index),
            "called": {other: int((called[labels == index] == k).sum()) for k, other in enumerate(names)},
        }
        for index, name in enumerate(names)
    }
