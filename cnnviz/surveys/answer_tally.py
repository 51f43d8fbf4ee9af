"""What a network answers to photographs, in numbers that parts can be added up from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.head import Head

NUM_KEPT = 24
"""How many photographs are kept of those that are answered worst, and of those that are answered the least surely."""

UNKNOWN = -1
"""Stands for the index of no class."""


class Answer(NamedTuple):
    """What the network answers to a photograph.

    Args:
        name: The photograph's name.
        class_index: Its class among those of the photographs; -1 if it has none.
        answer: The index of the most probable class among those of the network.
        probability: How probable it is.
        own_probability: How probable its own class is; NaN if the network does not know it.
    """

    name: str
    class_index: int
    answer: int
    probability: float
    own_probability: float


@dataclass
class AnswerTally:
    """Answers of a network with M classes to photographs of K classes.

    Args:
        confusion: How often photographs of each class were called what, shape (K, M).
        wrong: The probability of its own class, and the number, of the photographs that are answered worst, in order.
        unsure: The lead of the most probable class, and the number, of those answered the least surely, in order.
        answers: The answers to photographs that stand out, by their numbers.
    """

    confusion: NDArray[np.int64]
    wrong: list[tuple[float, int]] = field(default_factory=list)
    unsure: list[tuple[float, int]] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    def add(
        self,
        head: Head,
        logits: NDArray[np.float32],
        names: Iterable[str],
        classes: NDArray[np.intp],
        known: NDArray[np.intp],
        photos: NDArray[np.int64],
    ) -> None:
        """Add photographs.

        Args:
            head: The meaning of the logits.
            logits: Shape (B, num_outputs), float32.
            names: The photographs' names.
            classes: The index of each photograph's class, shape (B,).
            known: The index of the same class for the network, shape (B,); -1 where the network does not know it.
            photos: The photographs' numbers, shape (B,).
        """
        probabilities = head.class_probabilities(logits)
        called, each = probabilities.argmax(axis=1), np.arange(len(photos))
        own = np.where(known == UNKNOWN, np.nan, probabilities[each, known])
        if len(self.confusion):
            np.add.at(self.confusion, (classes, called), 1)
        first, second = np.partition(probabilities, -2, axis=1)[:, [-1, -2]].T
        numbers = photos.tolist()
        is_wrong = (known != UNKNOWN) & (called != known)
        self.wrong += zip(own[is_wrong].tolist(), photos[is_wrong].tolist(), strict=True)
        if not head.is_multi_label:
            self.unsure += zip((first - second).tolist(), numbers, strict=True)
        rows = zip(names, classes.tolist(), called.tolist(), first.tolist(), own.tolist(), strict=True)
        self.answers |= {number: Answer(*row) for number, row in zip(numbers, rows, strict=True)}
        self._keep()

    def merge(self, other: "AnswerTally") -> None:
        """Add the answers to other photographs.

        Args:
            other: Their answers.
        """
        self.confusion = self.confusion + other.confusion
        self.wrong += other.wrong
        self.unsure += other.unsure
        self.answers |= other.answers
        self._keep()

    def forget(self, standing_out: Iterable[int]) -> None:
        """Forget the answers to photographs that do not stand out.

        Args:
            standing_out: The numbers of photographs that stand out by something else than their answers.
        """
        kept = {*standing_out, *(number for _, number in (*self.wrong, *self.unsure))}
        self.answers = {number: answer for number, answer in sorted(self.answers.items()) if number in kept}

    def _keep(self) -> None:
        self.wrong, self.unsure = sorted(self.wrong)[:NUM_KEPT], sorted(self.unsure)[:NUM_KEPT]
