"""The end of a network: what comes after its softmax or sigmoids, and changes nothing."""

import math
from collections.abc import Sequence
from typing import Any

from cnnviz.network.graph import Call
from cnnviz.network.layer import activation_name

PROBABILITIES = ("sigmoid", "softmax")
"""Activation functions that a classifier ends in."""

IDLE_ENDS = frozenset(
    {"ActivityRegularization", "AlphaDropout", "Cast", "Dropout", "GaussianDropout", "GaussianNoise", "Identity"}
    | {"StopGradient"}
)
"""Layers and operations that change no number when the network answers."""

RESHAPING = frozenset({"ExpandDims", "Flatten", "Reshape", "Squeeze"})
"""Layers and operations that only arrange numbers otherwise."""


def is_idle(operation: Any, before: Sequence[int | None], after: Sequence[int | None]) -> bool:
    """Tell whether an operation leaves one number for each class, and these numbers, as they are.

    Args:
        operation: A Keras layer or operation.
        before: The shape that it gets, with the batch axis.
        after: The shape that it returns.

    Returns:
        True for Identity, a linear Activation and the like; for Flatten and Reshape, if all axes but the last have a
        single place before and after.
    """
    kind = type(operation).__name__
    if kind in RESHAPING:
        return is_row(before) and is_row(after) and before[-1] == after[-1]
    return kind in IDLE_ENDS or (kind == "Activation" and not activation_name(operation))


def is_row(shape: Sequence[int | None]) -> bool:
    """Tell whether an output is one number for each class.

    Args:
        shape: Its shape with the batch axis.

    Returns:
        True for (B, K), and for (B, 1, 1, K).
    """
    known = [side for side in shape[1:] if side]
    return 0 < len(known) == len(shape) - 1 and math.prod(known) == known[-1]


def without_idle_end(calls: list[Call]) -> list[Call]:
    """Leave out what comes after probabilities and changes nothing, such as Identity or Flatten.

    Args:
        calls: The calls that lead to the answer, in order.

    Returns:
        The calls up to the softmax or the sigmoids; all of them if they end otherwise.
    """
    by_output = {id(call.output): index for index, call in enumerate(calls)}
    last = len(calls) - 1
    while last >= 0 and len(calls[last].inputs) == 1 and id(calls[last].inputs[0]) in by_output:
        fed = calls[last].inputs[0]
        if not is_idle(calls[last].operation, fed.shape, calls[last].output.shape):
            break
        last = by_output[id(fed)]
    ends_in_probabilities = last >= 0 and activation_name(calls[last].operation) in PROBABILITIES
    return calls[: last + 1] if ends_in_probabilities else calls
