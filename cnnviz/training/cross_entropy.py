"""The loss that is minimized, and the accuracy that is shown beside it, for two classes and for more."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]


class CrossEntropy(keras.losses.Loss):  # type: ignore[misc]  # keras ships no types
    """Cross-entropy of the photographs' classes.

    Args:
        label_smoothing: Labels are moved from 0 and 1 towards 1 / number of classes by this share, in [0, 1).
        class_weights: Factor of the loss of each class's photographs, shape (K,); None for 1.

    Reference:
        Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016: smoothed labels.
    """

    def __init__(self, label_smoothing: float = 0.0, class_weights: Weights | None = None) -> None:
        """Keep the settings."""
        super().__init__(name="cross_entropy")
        self.label_smoothing, self.class_weights = label_smoothing, class_weights

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each photograph.

        Args:
            y_true: Class indices, tensor (B, 1), float32.
            y_pred: Probabilities, tensor (B, 1) of class 1, or (B, K) of all classes.

        Returns:
            Tensor (B,), in nats.
        """
        labels = keras.ops.cast(y_true[:, 0], "int32")
        if y_pred.shape[-1] == 1:
            losses = keras.losses.binary_crossentropy(y_true, y_pred, label_smoothing=self.label_smoothing)
        else:
            expected = keras.ops.one_hot(labels, y_pred.shape[-1])
            losses = keras.losses.categorical_crossentropy(expected, y_pred, label_smoothing=self.label_smoothing)
        return losses if self.class_weights is None else losses * keras.ops.take(self.class_weights, labels)


def balance(labels: NDArray[np.int64], num_classes: int) -> Weights:
    """Compute the weights with which each class counts the same in a loss.

    Args:
        labels: Class indices of n photographs, shape (n,).
        num_classes: K.

    Returns:
        n / (K * n_c) for each class, shape (K,), float32. Over the photographs, their mean is 1.

    Example:
        >>> balance(np.array([0, 0, 0, 1]), 2).tolist()
        [0.6666666865348816, 2.0]
    """
    return (len(labels) / (num_classes * np.bincount(labels, minlength=num_classes))).astype(np.float32)


def choose_accuracy(num_outputs: int) -> keras.metrics.Metric:
    """Choose the measure of how often the most probable class is right.

    Args:
        num_outputs: Of the network: 1 for a sigmoid, one per class for a softmax.

    Returns:
        A fresh metric for the labels and outputs that `CrossEntropy` takes.
    """
    kind = keras.metrics.BinaryAccuracy if num_outputs == 1 else keras.metrics.SparseCategoricalAccuracy
    return kind(name="accuracy")
