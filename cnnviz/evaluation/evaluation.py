"""Measure a network on photographs, through the same pass that answers for a photo on the page."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.data.dataset import Split
from cnnviz.evaluation.metrics import (
    Labels,
    accuracy_of,
    balanced_accuracy,
    calibration_error,
    class_scores,
    log_loss,
    majority_share,
    reliability,
    roc_auc,
    roc_curve,
)
from cnnviz.evaluation.views import SHOWN, VIEWS, View, as_they_are, mirror
from cnnviz.network.head import Head
from cnnviz.network.network import Network
from cnnviz.network.passes import Values

BATCH_SIZE = 100
"""Photographs per pass."""

MIRRORED = "mirrored"

NUM_RANKED_CLASSES = 2
"""The number of classes for which there is a ROC curve."""


def require_single_label(head: Head) -> None:
    """Refuse a network that cannot be measured on photographs of one class each.

    Args:
        head: What its outputs mean.

    Raises:
        NetworkError: If each class is a yes or no of its own.
    """
    if head.is_multi_label:
        raise NetworkError(
            "A multi-label network says yes or no to each class, and photographs that lie in one folder per class do "
            f"not tell which other classes they show: it cannot be measured on them. Received: kind={head.kind!r}."
        )


def evaluate(network: Network, split: Split) -> dict[str, Any]:
    """Measure a network on photographs, which pass through it once for each view: as they are, mirrored, and others.

    Args:
        network: A network, read back from its folder.
        split: N photographs that it was not trained on, at least one of each class.

    Returns:
        What `evaluate_logits` gives for them.

    Reference:
        Touvron et al., "Fixing the train-test resolution discrepancy", 2019: what a network loses when objects appear
        larger or smaller than in training.

    Raises:
        NetworkError: If the network is multi-label, or its values leave the range of numbers.
    """
    require_single_label(network.head)
    return evaluate_logits(network.head, split.labels, gather_logits(network, split), gather_views(network, split))


def gather_views(network: Network, split: Split) -> dict[str, Values]:
    """Show other views of all photographs to a network, as `gather_logits` does.

    Args:
        network: The network.
        split: N photographs.

    Returns:
        The logits by view: mirrored, and all of `VIEWS`.

    Raises:
        NetworkError: If the network's values leave the range of numbers.
    """
    return {name: gather_logits(network, split, view) for name, view in {MIRRORED: mirror, **VIEWS}.items()}


def evaluate_logits(head: Head, labels: Labels, logits: Values, views: Mapping[str, Values]) -> dict[str, Any]:
    """Measure answers whose logits are known.

    "mirrored" holds what answers would be worth that average the logits of a photograph and its mirror image: the
    evidence is averaged, not the probabilities, so that a sure answer is not watered down to one half by an unsure
    one, and a calibrated network stays about calibrated.

    Args:
        head: What the logits mean.
        labels: Class indices of N photographs, at least one of each class, shape (N,).
        logits: Those of the photographs, shape (N, num_outputs), finite.
        views: What `gather_views` gave, of the same shape.

    Returns:
        Plain JSON values: num_photos; majority_share, the share of the most frequent class; what `measure` gives;
        reliability, the bins of `metrics.reliability`; for two classes roc_curve, the corners as counts of photographs;
        by class name num_photos, accuracy with its interval and, of those, how many were called what, without the
        classes that none was called; mirrored, what `measure` gives for averaged logits; and
        views, what it gives for each other view alone, and shown, that view in words.
    """
    both = (logits.astype(np.float64) + views[MIRRORED]) / 2
    metrics = {
        "num_photos": len(labels),
        "majority_share": majority_share(labels),
        **measure(head, logits, labels),
        "reliability": reliability(*_answers(head, logits, labels)),
        "classes": _by_class(head.class_names, class_scores(logits).argmax(axis=1), labels),
        MIRRORED: measure(head, both, labels),
        "views": {name: {"shown": SHOWN[name], **measure(head, views[name], labels)} for name in VIEWS},
    }
    if len(head.class_names) == NUM_RANKED_CLASSES:
        false_alarms, hits = roc_curve(_margins(logits), labels)
        metrics["roc_curve"] = {"false_alarms": false_alarms.tolist(), "hits": hits.tolist()}
    return metrics


def gather_logits(network: Network, split: Split, view: View = as_they_are) -> Values:
    """Show all photographs to a network once, and keep the logits.

    Args:
        network: The network.
        split: N photographs.
        view: How they are shown.

    Returns:
        Shape (N, num_outputs), float32.

    Raises:
        NetworkError: If the network's values leave the range of numbers.
    """
    parts = []
    for start in range(0, len(split), BATCH_SIZE):
        images = view(split[start : start + BATCH_SIZE])
        parts.append(network.logits(network.preprocessing.scale(images)))
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
        accuracy and accuracy_interval_95 (Wilson), balanced_accuracy, loss (log loss in nats),
        expected_calibration_error and, for two classes, roc_auc of class 1.
    """
    confidence, right = _answers(head, logits, labels)
    metrics = {
        **accuracy_of(right),
        "balanced_accuracy": balanced_accuracy(right, labels),
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
    classes = {}
    for index, name in enumerate(names):
        answers = called[labels == index]
        counts = np.bincount(answers, minlength=len(names))
        classes[name] = {
            "num_photos": len(answers),
            **accuracy_of(answers == index),
            "called": {names[other]: int(counts[other]) for other in np.flatnonzero(counts)},
        }
    return classes
