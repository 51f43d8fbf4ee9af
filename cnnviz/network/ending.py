"""The end of a network: which kind of answer it is, and what comes after that and changes nothing."""

import math
from collections.abc import Collection, Sequence
from typing import Any

from cnnviz.base.errors import NetworkError
from cnnviz.network.graph import Call
from cnnviz.network.head import MULTI_LABEL, SIGMOID, SOFTMAX
from cnnviz.network.layer import activation_name
from cnnviz.network.wrapper import is_recurrent, unwrap

PROBABILITIES = ("sigmoid", "softmax")
"""Activation functions that a classifier ends in."""

IDLE_ENDS = frozenset(
    {"ActivityRegularization", "AlphaDropout", "Cast", "Dropout", "GaussianDropout", "GaussianNoise", "Identity"}
    | {"StopGradient"}
)
"""Layers and operations that change no number when the network answers."""

RESHAPING = frozenset({"ExpandDims", "Flatten", "Reshape", "Squeeze"})
"""Layers and operations that only arrange numbers otherwise."""

PRODUCTS = frozenset({"Dot", "Einsum", "Matmul", "Multiply"})
"""Layers and operations that multiply their inputs: a gate's sigmoids or softmax only weigh what they come to."""


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


def is_final_activation(operation: Any) -> bool:
    """Tell whether a last layer only turns logits into probabilities.

    Args:
        operation: A Keras layer or operation.

    Returns:
        True for Softmax, and for Activation and the function of a sigmoid or a softmax.
    """
    kind = type(operation).__name__
    return kind in ("Softmax", "Sigmoid", "Activation") and bool(activation_name(operation))


def find_kind(calls: Sequence[Call], told: str) -> str:
    """Find the kind of a network's outputs, which the end of the graph says; of logits, what the caller says of them.

    Args:
        calls: The calls that lead to the answer, in order.
        told: What the caller says: "sigmoid", "softmax" or "multi_label", see `Head`; "" for nothing.

    Returns:
        One of these three; "" for logits of which nothing was said.

    Raises:
        NetworkError: If the network does not end in probabilities or logits, or in others than the caller says.
    """
    if not calls:
        raise NetworkError("No layer leads from the picture to this output of the model: there is nothing to show.")
    last = calls[-1]
    shape, function = tuple(last.output.shape), activation_name(last.operation)
    kind = {"": told, "sigmoid": SIGMOID if shape[-1] == 1 else MULTI_LABEL, "softmax": SOFTMAX}.get(function)
    is_alone = shape[-1] == 1 and function == "softmax"  # of a single number it is always 1
    if not is_row(shape) or kind is None or is_alone or _follows_probabilities(calls):
        raise NetworkError(
            "The model must end in sigmoids, in a softmax, or in the logits of either. Received: the last layer "
            f"'{last.name}' of shape {shape} with the activation '{function or 'linear'}'."
        )
    if function and (is_recurrent(last.operation) or unwrap(last.operation) is not last.operation):
        raise NetworkError(
            f"The logits of '{last.name}' are within it: its {function} has to be a layer of its own, such as "
            f"Activation('{function}'), to be shown. Received: a {type(last.operation).__name__} at the end."
        )
    if told not in ("", kind):
        raise NetworkError(f"'{last.name}' ends in a {function}: its kind is {kind!r}. Received: kind={told!r}.")
    return kind


def _follows_probabilities(calls: Sequence[Call]) -> bool:
    """Tell whether what a last layer without weights gets is already a probability, or made of some.

    Where branches meet, one that gives probabilities is enough; of a product, such as a gate's, each factor has to.
    """
    made: set[int] = set()
    for call in calls[:-1]:
        if activation_name(call.operation) in PROBABILITIES or _makes_probabilities(call, made):
            made.add(id(call.output))
    return _makes_probabilities(calls[-1], made)


def _makes_probabilities(call: Call, made: Collection[int]) -> bool:
    """Tell whether a layer without weights arranges or merges outputs that are made of probabilities."""
    if getattr(call.operation, "weights", None) or not call.inputs:
        return False
    are_made = [id(tensor) in made for tensor in call.inputs]
    return all(are_made) if type(call.operation).__name__ in PRODUCTS else any(are_made)
