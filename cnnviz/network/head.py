"""The meaning of a network's outputs: logits, probabilities and the logit of one class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError


@dataclass(frozen=True)
class Head:
    """The meaning of a classifier's outputs.

    A single output belongs to a sigmoid: it is the logit of class 1 of two. Several outputs belong to a softmax: one
    logit per class.

    Args:
        class_names: The classes in the order of their indices.
        num_outputs: Number of the model's outputs.

    Raises:
        NetworkError: If the number of classes does not fit the number of outputs.

    Example:
        >>> Head(("cat", "dog"), 1).probabilities(np.array([0.0], np.float32))
        {'cat': 0.5, 'dog': 0.5}
    """

    class_names: tuple[str, ...]
    num_outputs: int

    def __post_init__(self) -> None:
        """Check that the number of classes fits the number of outputs."""
        expected = 2 if self.num_outputs == 1 else self.num_outputs
        if len(self.class_names) != expected or len(set(self.class_names)) != expected:
            raise NetworkError(
                f"A model with {self.num_outputs} output(s) needs {expected} different class names. "
                f"Received: class_names={list(self.class_names)}."
            )

    def class_probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Compute the probability of every class.

        Args:
            logits: Shape (..., num_outputs), float32.

        Returns:
            Shape (..., num_classes), float64 in [0, 1]; the last axis sums to 1.
        """
        values = logits.astype(np.float64)
        if self.num_outputs == 1:  # a sigmoid is the softmax over (0, logit)
            values = np.concatenate([np.zeros_like(values), values], axis=-1)
        exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
        probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
        return probabilities

    def probabilities(self, logits: NDArray[np.float32]) -> dict[str, float]:
        """Compute one picture's probability of each class, by name.

        Args:
            logits: Shape (num_outputs,), float32.

        Returns:
            The class names in index order, with values in [0, 1] that sum to 1.
        """
        return dict(zip(self.class_names, self.class_probabilities(logits).tolist(), strict=True))

    def class_logit(self, logits: NDArray[np.float32], class_name: str) -> float:
        """Return the logit of a class. With a single sigmoid, class 0 has the negative logit.

        Args:
            logits: Shape (num_outputs,), float32.
            class_name: One of the class names.

        Returns:
            The logit, unbounded; larger means more evidence for the class.

        Raises:
            NetworkError: If there is no such class.
        """
        sign, output = self.output_of(class_name)
        return sign * float(logits[output])

    def output_of(self, class_name: str) -> tuple[int, int]:
        """Tell which output belongs to a class, and its sign.

        Args:
            class_name: One of the class names.

        Returns:
            1 if the output speaks for the class, -1 if it speaks against it; and the output's index.

        Raises:
            NetworkError: If there is no such class.
        """
        if class_name not in self.class_names:
            raise NetworkError(f"Classes: {', '.join(self.class_names)}. Received: class_name={class_name!r}.")
        index = self.class_names.index(class_name)
        return (1 if index else -1, 0) if self.num_outputs == 1 else (1, index)
