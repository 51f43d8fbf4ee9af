"""How good answers are, from scores and labels alone: shares with intervals, log loss, ROC, calibration."""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]

Z_95 = 1.959963984540054
"""The 97.5% point of the normal distribution: 95% lies between its negative and itself."""

NUM_BINS = 15


def class_scores(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Convert logits to scores whose softmax is the classes' probabilities.

    Args:
        logits: Shape (N, 1), a sigmoid's, or (N, K), a softmax's.

    Returns:
        Shape (N, K), float64. A sigmoid is the softmax over (0, logit).

    Example:
        >>> class_scores(np.array([[-3.0]])).tolist()
        [[0.0, -3.0]]
    """
    scores = logits.astype(np.float64)
    return np.concatenate([np.zeros_like(scores), scores], axis=1) if scores.shape[1] == 1 else scores


def log_loss(scores: NDArray[np.float64], labels: Labels) -> float:
    """Compute the mean of -log(probability of the true class), in nats; finite for any finite scores.

    Args:
        scores: Shape (N, K), from `class_scores`.
        labels: Shape (N,).

    Returns:
        At least 0; log K for one who knows nothing.
    """
    return float(_losses(scores, labels).mean())


def balanced_log_loss(scores: NDArray[np.float64], labels: Labels) -> float:
    """Compute the mean over the classes of their photographs' log loss, so that a rare class counts as a common one.

    Args:
        scores: Shape (N, K), from `class_scores`.
        labels: Shape (N,).

    Returns:
        At least 0. Classes without photographs are left out.

    Example:
        >>> scores = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1]]))
        >>> labels = np.array([0, 0, 0, 1])
        >>> round(log_loss(scores, labels), 3), round(balanced_log_loss(scores, labels), 3)
        (0.655, 1.204)
    """
    counts = np.bincount(labels)
    sums = np.bincount(labels, _losses(scores, labels))
    return float((sums[counts > 0] / counts[counts > 0]).mean())


def _losses(scores: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    return np.asarray(np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(labels)), labels])


def wilson_interval(num_right: int, num_photos: int) -> list[float]:
    """Compute the 95% interval of a share.

    Args:
        num_right: How many of them were right.
        num_photos: How many there were, at least 1.

    Returns:
        Lower and upper bound, in [0, 1].

    Reference:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927: with share p of n and
        z = 1.96, (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Example:
        >>> [round(bound, 3) for bound in wilson_interval(90, 100)]
        [0.826, 0.945]
    """
    share, z = num_right / num_photos, Z_95
    middle = share + z**2 / (2 * num_photos)
    reach = z * sqrt(share * (1 - share) / num_photos + z**2 / (4 * num_photos**2))
    scale = 1 + z**2 / num_photos
    low, high = (middle - reach) / scale, (middle + reach) / scale
    return [low if num_right else 0.0, high if num_right < num_photos else 1.0]


def accuracy_of(right: NDArray[np.bool_]) -> dict[str, Any]:
    """Compute the share of right answers with its interval.

    Args:
        right: Which answers were right, shape (N,), N at least 1.

    Returns:
        accuracy and accuracy_interval_95, in [0, 1].
    """
    return {"accuracy": float(right.mean()), "accuracy_interval_95": wilson_interval(int(right.sum()), len(right))}


def balanced_accuracy(right: NDArray[np.bool_], labels: Labels) -> float:
    """Compute the mean of the classes' accuracies, so that a rare class counts as much as a common one.

    Args:
        right: Which answers were right, shape (N,), N at least 1.
        labels: Class indices, shape (N,).

    Returns:
        In [0, 1]; 1 / number of classes for one who always answers the same. Classes without photographs are left out.

    Example:
        >>> balanced_accuracy(np.array([True, True, True, False]), np.array([0, 0, 0, 1]))
        0.5
    """
    counts = np.bincount(labels)
    shares = np.bincount(labels, right)[counts > 0] / counts[counts > 0]
    return float(shares.mean())


def majority_share(labels: Labels) -> float:
    """Compute how often it would be right to always answer the most frequent class.

    Args:
        labels: Class indices, shape (N,), N at least 1.

    Returns:
        In [0, 1].
    """
    return float(np.bincount(labels).max() / len(labels))


def roc_curve(scores: NDArray[np.float64], labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count, for every threshold on the score, the photographs that would be called class 1.

    Args:
        scores: The score for class 1, shape (N,); larger speaks for it.
        labels: 0 or 1, shape (N,).

    Returns:
        How many of class 0, and how many of class 1, score at least the threshold, as it falls: both from 0 to all.
        Photographs with equal scores come in one step; steps in a straight line are one step.
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # of the photographs with equal scores
    hits = np.append(0, np.cumsum(labels[order] == 1)[last])
    false_alarms = np.append(0, np.cumsum(labels[order] == 0)[last])
    step, rise = np.diff(false_alarms), np.diff(hits)
    corner = np.concatenate([[True], step[1:] * rise[:-1] != step[:-1] * rise[1:], [True]])
    return false_alarms[corner], hits[corner]


def roc_auc(false_alarms: NDArray[np.int64], hits: NDArray[np.int64]) -> float:
    """Compute the area under a ROC curve.

    It is the probability that a photograph of class 1 has a higher score than one of class 0, a tie counting half.

    Args:
        false_alarms: From `roc_curve`; the last is above 0.
        hits: From `roc_curve`; the last is above 0.

    Returns:
        In [0, 1]; 1/2 for guessing.

    Reference:
        Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve", 1982.
    """
    return float(np.trapezoid(hits, false_alarms) / (hits[-1] * false_alarms[-1]))


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Sort answers by how sure they were, and tell how often answers this sure were right.

    Answers that were equally sure share their rightness evenly, so that their order does not matter.

    Args:
        confidence: The probability of the called class, shape (N,).
        right: Which answers were right, shape (N,).

    Returns:
        At most 15 bins, from the least sure: confidence_low, confidence_high, mean_confidence, accuracy and
        num_photos, which differs by at most 1.
    """
    _, group = np.unique(confidence, return_inverse=True)
    shared = (np.bincount(group, right) / np.bincount(group))[group]
    order = np.argsort(confidence, kind="stable")
    return [
        {
            "confidence_low": float(confidence[chosen[0]]),
            "confidence_high": float(confidence[chosen[-1]]),
            "mean_confidence": float(confidence[chosen].mean()),
            "accuracy": float(shared[chosen].mean()),
            "num_photos": len(chosen),
        }
        for chosen in np.array_split(order, min(NUM_BINS, len(order)))
    ]


def calibration_error(bins: list[dict[str, Any]]) -> float:
    """Compute the expected calibration error: how far confidence and accuracy are apart, on average over the answers.

    Args:
        bins: From `reliability`.

    Returns:
        In [0, 1]; 0 if answers are right as often as they claim.

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", 2017: Σ n_b/N |accuracy_b - confidence_b|. There the
        bins are equally wide; here they hold equally many photographs, so that none is empty.
    """
    gaps = [each["num_photos"] * abs(each["accuracy"] - each["mean_confidence"]) for each in bins]
    return float(sum(gaps) / sum(each["num_photos"] for each in bins))


def similar_answers(bins: list[dict[str, Any]], confidence: float) -> dict[str, Any]:
    """Find how often answers about this sure were right.

    Args:
        bins: From `reliability`, at least one.
        confidence: The probability of the called class, in [0, 1].

    Returns:
        The bin: the last that begins at or below the confidence, or the first.
    """
    return [bins[0], *(each for each in bins if each["confidence_low"] <= confidence)][-1]
