"""Make a network's probabilities honest with one number, the temperature, folded into its last layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Split
from cnnviz.evaluation.evaluation import gather_logits, measure
from cnnviz.evaluation.metrics import Labels, class_scores
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.network.network import Network

if TYPE_CHECKING:
    import keras

TEMPERATURE = "temperature"
LARGEST_TEMPERATURE = 10.0
"""The smallest is its inverse. Photographs that are all told apart would ask for a temperature of zero."""

NUM_HALVINGS = 60


def calibrate_folder(path: Path, splits: Mapping[str, Split]) -> tuple[Network, dict[str, Any]]:
    """Fit a temperature on the validation photographs and write the model folder anew with it folded in.

    The folder's training record keeps the temperature, so that a folder that is calibrated again, because a run was
    killed in between, ends up the same and is compared with the model as it was trained.

    Args:
        path: A model folder. Its metrics, card and pictures are those of the old model, and go.
        splits: "validation", and "test" to see what it brought.

    Returns:
        The network, read back from the folder; and as plain JSON values the temperature, and loss and
        expected_calibration_error on the test photographs before and after.

    Raises:
        FolderError: If there is no intact model folder, or it cannot be written.
    """
    network = read_folder(path)
    validation, test = splits["validation"], splits["test"]
    training = network.manifest["training"]
    folded = training.get(TEMPERATURE, 1.0)
    temperature = fit_temperature(gather_logits(network, validation) * folded, validation.labels)
    before = _honesty(network, test, folded)
    model = fold_temperature(network.model, temperature / folded)
    record = {**training, TEMPERATURE: temperature}
    write_folder(path, model, network.class_names, network.preprocessing, record)
    network = read_folder(path)
    return network, {TEMPERATURE: temperature, "before": before, "after": _honesty(network, test)}


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


def _honesty(network: Network, split: Split, folded: float = 1.0) -> dict[str, float]:
    """Measure what a temperature can change, as it would be without the one that is folded in."""
    metrics = measure(network.head, gather_logits(network, split) * folded, split.labels)
    return {name: metrics[name] for name in ("loss", "expected_calibration_error")}
