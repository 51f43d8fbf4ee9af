"""Calibrate a network: divide its logits by one number, the temperature, which is folded into its last layer."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Split
from cnnviz.evaluation.evaluation import gather_logits, measure, require_single_label
from cnnviz.evaluation.metrics import Labels, class_scores, log_loss
from cnnviz.network.head import Head
from cnnviz.network.network import Network

if TYPE_CHECKING:
    import keras

TEMPERATURE = "temperature"
"""The key of a training record under which the temperature stands that is folded in."""

LARGEST_TEMPERATURE = 10.0
"""Upper limit of the temperature; its inverse is the lower one, as logits without errors would ask for zero."""

LIKELIHOOD_95 = 1.920729410347062
"""Half of the 95% point of the chi-squared distribution with one degree of freedom: a temperature is within the 95%
interval if the log loss summed over all photographs is at most this much above the smallest."""

FEW = 200
"""From fewer photographs than this, answers are never made sharper."""

NUM_HALVINGS = 60
"""How often the interval that holds the best temperature is halved: after that, floats cannot tell its ends apart."""


def calibrate(network: Network, validation: Split) -> Network:
    """Choose a temperature on the validation photographs, which pass once, and fold it into a copy of the network.

    It stays 1, and the network as it is, unless the photographs show that another one is better.

    The training record keeps the temperature, so that a network that is calibrated again, because a run was killed
    after its folder was written, ends up the same.

    Args:
        network: The network; it is not modified. Its manifest's "training" says how it was trained, and which
            temperature is folded in already, if any.
        validation: Photographs that it was not trained on.

    Returns:
        The copy, whose manifest's "training" has the temperature.

    Raises:
        NetworkError: If the network is multi-label, or its values leave the range of numbers.
    """
    require_single_label(network.head)
    training = network.manifest.get("training", {})
    folded = training.get(TEMPERATURE, 1.0)
    temperature = choose_temperature(gather_logits(network, validation) * folded, validation.labels)
    model = fold_temperature(network.model, temperature / folded)
    manifest = {**network.manifest, "training": {**training, TEMPERATURE: temperature}}
    return replace(network, model=model, folder=None, manifest=manifest, metrics={})


def compare_calibration(network: Network, logits: NDArray[np.floating], labels: Labels) -> dict[str, Any]:
    """Tell what calibration brought, from one pass of the photographs through the calibrated network.

    The logits that the network had before are those that it has now times the temperature, up to rounding.

    Args:
        network: What `calibrate` gave, or that network read back from its folder.
        logits: The calibrated network's, of photographs that nothing was chosen by, shape (N, num_outputs), finite.
        labels: Class indices, shape (N,).

    Returns:
        Plain JSON values: the temperature; and before and after, each with loss and expected_calibration_error.
    """
    temperature = network.manifest["training"][TEMPERATURE]
    before = _honesty(network.head, logits.astype(np.float64) * temperature, labels)
    return {TEMPERATURE: temperature, "before": before, "after": _honesty(network.head, logits, labels)}


def choose_temperature(logits: NDArray[np.floating], labels: Labels) -> float:
    """Choose the number that logits are divided by, which is 1 unless the photographs show that another is better.

    Args:
        logits: Shape (N, num_outputs), finite, of photographs that the network was not trained on.
        labels: Class indices, shape (N,).

    Returns:
        What `fit_temperature` finds if 1 is outside of its 95% interval; else 1. From fewer than 200 photographs, never
        below 1: what was right on all of a few photographs would be called certain. However many there are, never below
        1 if all answers are right, either: the loss then falls with T down to zero, so that no T is the best.

    Reference:
        Wilks, "The Large-Sample Distribution of the Likelihood Ratio for Testing Composite Hypotheses", 1938.
    """
    scores, temperature = class_scores(logits), fit_temperature(logits, labels)
    gain = len(labels) * (log_loss(scores, labels) - log_loss(scores / temperature, labels))
    if gain <= LIKELIHOOD_95 or (temperature < 1 and (len(labels) < FEW or _are_all_right(scores, labels))):
        return 1.0
    return temperature


def fit_temperature(logits: NDArray[np.floating], labels: Labels) -> float:
    """Find the number T for which logits / T have the smallest log loss.

    The loss is convex in 1/T, so that its slope rises through zero at the minimum; halving the interval around it
    finds it. T changes no answer, only how sure it is: above 1 the network was too sure, below 1 not sure enough.

    Args:
        logits: Shape (N, num_outputs), finite, of photographs that the network was not trained on.
        labels: Class indices, shape (N,).

    Returns:
        T, from 0.1 to 10.

    Reference:
        Guo et al., "On Calibration of Modern Neural Networks", 2017: temperature scaling.

    Example:
        >>> sure_and_right_in_3_of_4 = np.array([[5.0], [5.0], [5.0], [5.0]])
        >>> round(fit_temperature(sure_and_right_in_3_of_4, np.array([1, 1, 1, 0])), 2)  # 5 / log 3
        4.55
    """
    scores = class_scores(logits)
    truth = scores[np.arange(len(labels)), labels]
    low, high = -np.log(LARGEST_TEMPERATURE), np.log(LARGEST_TEMPERATURE)  # of 1/T
    for _ in range(NUM_HALVINGS):
        middle = (low + high) / 2
        scaled = scores * np.exp(middle)
        probabilities = np.exp(scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
        slope = ((probabilities * scores).sum(axis=1) - truth).mean()
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(np.exp(-high))


def fold_temperature(model: "keras.Model", temperature: float) -> "keras.Model":
    """Divide the logits of a model by a number without changing its architecture.

    Args:
        model: A model whose last Dense layer gives the logits; it is not modified.
        temperature: Above 0.

    Returns:
        An uncompiled copy, in which that layer's kernel and bias are divided by the temperature.
    """
    import keras

    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    last = next(layer for layer in reversed(copy.layers) if isinstance(layer, keras.layers.Dense))
    last.set_weights([weights / np.float32(temperature) for weights in last.get_weights()])
    return copy


def _are_all_right(scores: NDArray[np.floating], labels: Labels) -> bool:
    """Tell whether no class has a higher score than the true one, for any photograph."""
    return bool((scores.max(axis=1) <= scores[np.arange(len(labels)), labels]).all())


def _honesty(head: Head, logits: NDArray[np.floating], labels: Labels) -> dict[str, float]:
    """Measure what a temperature can change."""
    metrics = measure(head, logits, labels)
    return {name: metrics[name] for name in ("loss", "expected_calibration_error")}
