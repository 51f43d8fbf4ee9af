"""What a model does with the numbers of the picture before anything else: how it scales them itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.graph import nodes_of
from cnnviz.network.layer import is_keras_own
from cnnviz.network.ports import find_answer, find_picture

if TYPE_CHECKING:
    import keras

Values = NDArray[np.float64]

PASSED = ("Random", "Identity", "Dropout", "Resizing", "CenterCrop", "Cropping2D", "ZeroPadding2D", "GetItem", "Flip")
"""How the kinds of layers and operations begin that leave the scale of the numbers as it is."""

JOINING = ("Concatenate", "Stack", "Repeat", "Tile", "BroadcastTo")
"""The kinds of layers and operations that put the picture's channels together anew, and do not change the numbers."""


@dataclass(frozen=True)
class Beginning:
    """The scaling that a model begins with: the numbers x become factor * x + shift.

    Args:
        name: The layer or operation that scales first.
        factor: For all channels, or for each.
        shift: For all channels, or for each.
    """

    name: str
    factor: Values
    shift: Values


def find_beginning(model: keras.Model, given: Mapping[str, Any] = {}, output: str = "") -> Beginning | None:
    """Find out how a model scales its picture: by Rescaling, Normalization, BatchNormalization, or by operations.

    Layers for augmentation, resizing and padding before and between are passed; nested models are opened.

    Args:
        model: A built Sequential or functional model.
        given: The values of the inputs that take no picture, as for `Network`.
        output: The name of the output that is looked into, as for `Network`.

    Returns:
        All scaling steps up to the first layer of another kind, as one; None if there are none.
    """
    name, factor, shift = "", np.ones(1), np.zeros(1)
    steps, _ = _first_steps(model, find_picture(model, given), find_answer(model, output))
    for operation, arguments in steps:
        scale = _scaling_of(operation)
        if scale:
            found = scale(operation, arguments)
            if found is None:
                break
            factor, shift = factor * found[0], shift * found[0] + found[1]
            name = name or operation.name
        elif not _is_passed(operation):
            break
    return Beginning(name, factor, shift) if name else None


def find_unread(model: keras.Model, given: Mapping[str, Any] = {}, output: str = "") -> str:
    """Find what a model does with its picture, before the layers of Keras see it, that cannot be read.

    That is a Lambda layer, a layer of somebody's own, or an operation that does not just scale.

    Args:
        model: A built Sequential or functional model.
        given: The values of the inputs that take no picture, as for `Network`.
        output: The name of the output that is looked into, as for `Network`.

    Returns:
        The name of the first such layer or operation; "" if there is none.
    """
    unread: list[str] = []
    _follow(model, [find_picture(model, given)], find_answer(model, output), unread)
    return unread[0] if unread else ""


def _follow(model: keras.Model, pictures: list[Any], answer: Any, unread: list[str]) -> bool:
    """Follow the picture as long as it is one, on all ways, and list by name what changes it and cannot be read.

    Args:
        model: A model with a graph.
        pictures: Those of its inputs that take the picture.
        answer: One of its outputs.
        unread: The names, to which others are appended.

    Returns:
        Whether the answer is still the picture.
    """
    import keras

    reached = {id(each) for each in pictures}
    for node in nodes_of(model, [answer]):
        operation, are_pictures = node.operation, [id(each) in reached for each in node.input_tensors]
        if not any(are_pictures):
            continue
        if isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
            inner = [each for each, is_one in zip(operation.inputs, are_pictures, strict=False) if is_one]
            is_picture = _follow(operation, inner, operation.outputs[0], unread)
        else:
            is_picture = _is_read(node) or (all(are_pictures) and type(operation).__name__ in JOINING)
            if not is_picture and not _is_network(operation):
                unread.append(operation.name)
        if is_picture:
            reached.update(id(each) for each in node.outputs)
    return id(answer) in reached


def _is_read(node: Any) -> bool:
    """Tell whether it is known how a node of the graph scales the picture, if at all."""
    import keras

    scale = _scaling_of(node.operation)
    arguments = keras.tree.flatten((node.arguments.args, node.arguments.kwargs))
    return _is_passed(node.operation) if scale is None else scale(node.operation, arguments) is not None


def _is_network(operation: Any) -> bool:
    """Tell whether it is a layer of Keras that makes something else of the picture, such as a convolution."""
    import keras

    is_layer = isinstance(operation, keras.Layer) and type(operation).__module__.startswith("keras.")
    return is_layer and not isinstance(operation, keras.layers.Lambda)


def _first_steps(model: keras.Model, picture: Any, answer: Any) -> tuple[list[tuple[Any, list[Any]]], bool]:
    """List the operations, with their arguments in order, through which the picture goes as long as it is one array.

    The second value tells whether they lead to the model's end.
    """
    import keras

    steps: list[tuple[Any, list[Any]]] = []
    tensor, nodes = picture, list(nodes_of(model, [answer]))
    while tensor is not answer:
        using = _using(nodes, [tensor])
        if len(using) > 1 and all(type(node.operation).__name__ == "GetItem" for node in using):
            using = _using(nodes, [node.outputs[0] for node in using])  # the colours, put together in another order
            if len(using) == 1 and type(using[0].operation).__name__ == "Stack":
                tensor = using[0].outputs[0]
                continue
        if len(using) != 1 or len(using[0].outputs) != 1:
            return steps, False
        (node,) = using
        if isinstance(node.operation, keras.Model) and getattr(node.operation, "inputs", None):
            inner, is_end = _first_steps(node.operation, node.operation.inputs[0], node.operation.outputs[0])
            steps += inner
            if not is_end:
                return steps, False
        else:
            steps.append((node.operation, keras.tree.flatten((node.arguments.args, node.arguments.kwargs))))
        tensor = node.outputs[0]
    return steps, True


def _scaling_of(operation: Any) -> Callable[[Any, list[Any]], Step] | None:
    """Find out how to read what a layer or an operation of Keras scales; None for others, whatever they are called."""
    return SCALING.get(type(operation).__name__) if is_keras_own(operation) else None


def _is_passed(operation: Any) -> bool:
    """Tell whether a layer or an operation leaves the scale of the numbers as it is."""
    import keras

    kind = type(operation).__name__
    return kind.startswith(PASSED) or (kind == "Cast" and keras.backend.is_float_dtype(operation.dtype))


def _using(nodes: list[Any], tensors: list[Any]) -> list[Any]:
    """Find the nodes that take one of the tensors."""
    wanted = {id(tensor) for tensor in tensors}
    return [node for node in nodes if wanted & {id(each) for each in node.input_tensors}]


Step = tuple[Any, Any] | None
"""Factor and shift of one step; None if its constants are not known."""

LEFT, RIGHT = 0, 1
"""The places of the two arguments of an operation."""


def _constant(arguments: list[Any], side: int) -> Values | None:
    """Read the constant at one side of an operation between it and the picture."""
    import keras

    are_tensors = [isinstance(each, keras.KerasTensor) for each in arguments]
    if are_tensors != [place != side for place in (LEFT, RIGHT)]:
        return None
    try:
        value = np.asarray(keras.ops.convert_to_numpy(arguments[side]), np.float64)
    except (TypeError, ValueError):
        return None
    is_of_channels = value.size == (value.shape or (1,))[-1]  # and not of places, as a mean picture is
    return value.reshape(-1) if is_of_channels else None


def _by(
    right: Callable[[Values], tuple[Any, Any]], left: Callable[[Values], tuple[Any, Any]] | None = None
) -> Callable[[Any, list[Any]], Step]:
    """Read a step with one constant, to the right of the picture, or to the left if such a step scales."""

    def read(_: Any, arguments: list[Any]) -> Step:
        after, before = (_constant(arguments, side) for side in (RIGHT, LEFT))
        if after is not None:
            return right(after)
        return left(before) if left and before is not None else None

    return read


def _rescaling(layer: Any, _: list[Any]) -> Step:
    return np.asarray(layer.scale, np.float64).reshape(-1), np.asarray(layer.offset, np.float64).reshape(-1)


def _normalization(layer: Any, _: list[Any]) -> Step:
    import keras

    mean, variance = (
        np.asarray(keras.ops.convert_to_numpy(each), np.float64).reshape(-1) for each in (layer.mean, layer.variance)
    )
    deviation = np.maximum(np.sqrt(variance), keras.backend.epsilon())
    return (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)


def _batch_normalization(layer: Any, _: list[Any]) -> Step:
    import keras

    def values(variable: Any, otherwise: float) -> Values:
        return np.asarray(otherwise if variable is None else keras.ops.convert_to_numpy(variable), np.float64)

    factor = values(layer.gamma, 1) / np.sqrt(values(layer.moving_variance, 1) + layer.epsilon)
    return factor, values(layer.beta, 0) - values(layer.moving_mean, 0) * factor


def _multiplied(value: Values) -> tuple[Any, Any]:
    return value, 0


def _divided(value: Values) -> tuple[Any, Any]:
    return 1 / value, 0


def _added(value: Values) -> tuple[Any, Any]:
    return 1, value


SCALING: Mapping[str, Callable[[Any, list[Any]], Step]] = {
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "BatchNormalization": _batch_normalization,
    "Multiply": _by(_multiplied, _multiplied),
    "Divide": _by(_divided),
    "TrueDivide": _by(_divided),
    "Add": _by(_added, _added),
    "Subtract": _by(lambda value: (1, -value), lambda value: (-1, value)),
}
"""How each kind of layer or operation scales."""
