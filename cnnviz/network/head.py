"""The meaning of a network's outputs: logits, probabilities and the logit of one class."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.base.figures import percent
from cnnviz.base.names import brief, join_names, list_briefly

SIGMOID, SOFTMAX, MULTI_LABEL = "sigmoid", "softmax", "multi_label"
"""What a network's outputs are; see `Head`."""

NUM_OPPOSITES = 2
"""The number of classes of which one is the opposite of the other."""

YES = 0.5
"""A class that is answered on its own is a yes above this probability."""

NO_CLASS = "none of its classes"
EACH_ALONE = "Each class is answered on its own: they need not add up to 100%."
"""Said of an answer with yes or no for each class."""


@dataclass(frozen=True)
class Head:
    """The meaning of a classifier's outputs.

    - "sigmoid": a single output, which is the logit of class 1 of two.
    - "softmax": one logit per class; exactly one class is right, so that the probabilities sum to 1.
    - "multi_label": one logit per class, each with a sigmoid of its own. Each class is a yes or no of its own: none,
      one or several may be right, and the probabilities need not sum to 1.

    Args:
        class_names: The classes in the order of their indices.
        num_outputs: Number of the model's outputs.
        kind: "sigmoid", "softmax" or "multi_label"; "" for a sigmoid if there is one output, else for a softmax.

    Raises:
        NetworkError: If the number of classes, or the kind, does not fit the number of outputs.

    Example:
        >>> Head(("cat", "dog"), 1).probabilities(np.array([0.0], np.float32))
        {'cat': 0.5, 'dog': 0.5}
        >>> Head(("cat", "indoors"), 2, "multi_label").probabilities(np.array([0.0, 0.0], np.float32))
        {'cat': 0.5, 'indoors': 0.5}
    """

    class_names: tuple[str, ...]
    num_outputs: int
    kind: str = ""

    def __repr__(self) -> str:
        """Describe the head in one line."""
        return f"<Head of {self.kind}: {list_briefly(self.class_names)}>"

    def __post_init__(self) -> None:
        """Find the kind, and check that everything fits the number of outputs."""
        kinds = (SIGMOID,) if self.num_outputs == 1 else (SOFTMAX, MULTI_LABEL)
        object.__setattr__(self, "kind", self.kind or kinds[0])
        if self.kind not in kinds:
            raise NetworkError(
                f"A model with {self.num_outputs} output(s) can be of the kind {' or '.join(map(repr, kinds))}. "
                f"Received: kind={self.kind!r}."
            )
        expected = 2 if self.num_outputs == 1 else self.num_outputs
        if len(self.class_names) != expected or len(set(self.class_names)) != expected:
            raise NetworkError(
                f"A model with {self.num_outputs} output(s) needs {expected} different class names. "
                f"Received: class_names={list(self.class_names)}."
            )

    @property
    def is_multi_label(self) -> bool:
        """Whether each class is a yes or no of its own."""
        return self.kind == MULTI_LABEL

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes, and what speaks for one speaks against the other."""
        return len(self.class_names) == NUM_OPPOSITES and not self.is_multi_label

    def class_probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Compute the probability of every class.

        Args:
            logits: Shape (..., num_outputs), float32.

        Returns:
            Shape (..., num_classes), float64 in [0, 1]; the last axis sums to 1, unless the kind is "multi_label".
        """
        values = logits.astype(np.float64)
        if self.is_multi_label:
            return np.exp(-np.logaddexp(0, -values))  # 1 / (1 + exp(-logit)), without overflow
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
            The class names in index order, with values in [0, 1] that sum to 1, unless the kind is "multi_label".
        """
        return dict(zip(self.class_names, self.class_probabilities(logits).tolist(), strict=True))

    def labels(self, probabilities: Mapping[str, float]) -> tuple[str, ...]:
        """Name the classes that the network answers.

        Args:
            probabilities: Each class's probability, from `probabilities`.

        Returns:
            If the kind is "multi_label", all classes with a probability above 0.5, the most probable first; there may
            be none. Else only the most probable class.
        """
        ranked = sorted(probabilities, key=lambda name: -probabilities[name])
        return tuple(name for name in ranked if probabilities[name] > YES) if self.is_multi_label else (ranked[0],)

    def answer(self, probabilities: Mapping[str, float]) -> str:
        """Write what the network answers.

        Args:
            probabilities: Each class's probability, from `probabilities`.

        Returns:
            The classes of `labels` with their probabilities, as text.

        Example:
            >>> Head(("cat", "dog"), 2).answer({"cat": 0.25, "dog": 0.75})
            'dog 75.0%'
        """
        named = [f"{brief(name)} {percent(probabilities[name])}" for name in self.labels(probabilities)]
        return join_names(named) if named else NO_CLASS

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
        return (1 if index else -1, 0) if self.kind == SIGMOID else (1, index)
