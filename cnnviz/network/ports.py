"""Which of a model's inputs takes the picture, what the others get, and which of its outputs is the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.base.errors import NetworkError
from cnnviz.base.names import join_names
from cnnviz.network.ending import PROBABILITIES, is_idle, is_row
from cnnviz.network.layer import activation_name

if TYPE_CHECKING:
    import keras

NUM_PICTURE_AXES = 4
"""Number of axes of an input of pictures, (B, H, W, C)."""

NO_NUMBERS = "OSUMm"
"""Kinds of numpy's arrays that hold objects, texts or dates."""

CHANNELS = (1, 3)
"""Numbers of channels of a picture."""


def find_picture(model: keras.Model, given: Mapping[str, Any]) -> Any:
    """Find the input that takes the picture.

    Args:
        model: A model with a graph.
        given: The values of its other inputs, by name.

    Returns:
        One of the symbolic tensors `model.inputs`, of shape (B, H, W, 1 or 3); sides that may vary are None.

    Raises:
        NetworkError: If no input takes a picture, or more than one that is not given; or if there is no such input.
    """
    inputs = _input_names(model)
    _require_known("inputs", given, inputs)
    free = {name: tensor for name, tensor in inputs.items() if name not in given}
    pictures = {name: tensor for name, tensor in free.items() if _takes_picture(tensor)}
    if len(pictures) > 1:
        raise NetworkError(
            f"The model takes {len(pictures)} pictures, and a photo is one of them: give the others with `inputs`, one "
            f"array for each. Inputs: {_describe(pictures)}. Received: inputs for {_names(given) or 'none'}."
        )
    if not pictures:
        raise NetworkError(
            f"The model takes no picture.{_explain(free)} Expected: an input of one or three channels, which are the "
            "last axis, such as (None, height, width, 3). "
            f"Received: {', '.join(str(_shape(each)) for each in free.values())}."
        )
    ((own, picture),) = pictures.items()
    missing = {name: tensor for name, tensor in free.items() if name != own}
    if missing:
        raise NetworkError(
            f"Besides the picture '{own}', the model takes {_describe(missing)}. Give them with `inputs`, one array "
            f"for each, without the first axis, that of the batch. Received: inputs for {_names(given) or 'none'}."
        )
    return picture


def prepare_inputs(
    model: keras.Model, shape: tuple[int, int, int], given: Mapping[str, Any]
) -> tuple[Any, list[Any], dict[int, Any]]:
    """Prepare what each input of a model gets.

    Args:
        model: A model with a graph.
        shape: Height, width and channels of the picture.
        given: The values of the other inputs, by name: arrays without the batch axis.

    Returns:
        A new symbolic picture; new symbolic tensors in the place of `model.inputs`, the picture among them; and the
        values of the others, by their ids, shape (1, ...).

    Raises:
        NetworkError: As `find_picture`; or if a value or the picture is of another shape than the input takes.
    """
    import keras

    taken = find_picture(model, given)
    picture = keras.Input(shape, dtype=taken.dtype)
    if not _fits(_shape(taken), _shape(picture)):
        raise NetworkError(
            "The model's input is the preprocessed picture, whose last axis has 3 channels, or 1 with color_mode='L'. "
            f"Expected: {_shape(picture)}. Received: inputs of the shapes {list(map(_shape, model.inputs))}."
        )
    names = _input_names(model)
    values = {id(names[name]): _value(names[name], name, value) for name, value in given.items()}
    symbols = {key: keras.Input(value.shape[1:], dtype=value.dtype) for key, value in values.items()}
    inputs = [symbols.get(id(tensor), picture) for tensor in model.inputs]
    return picture, inputs, {id(symbols[key]): value for key, value in values.items()}


def find_answer(model: keras.Model, name: str = "") -> Any:
    """Find the output that is the answer.

    Args:
        model: A model with a graph.
        name: The name of the output: of its layer, or its key in a dict of outputs; "" for the first of shape
            (B, num_outputs) that ends in a softmax or in sigmoids; if there is none, the first of that shape.

    Returns:
        One of the symbolic tensors `model.outputs`.

    Raises:
        NetworkError: If there is no such output.
    """
    outputs = output_names(model)
    if name:
        _require_known("output", [name], outputs)
        return outputs[name]
    answers = [tensor for tensor in outputs.values() if _is_answer(tensor)] if len(outputs) > 1 else [*outputs.values()]
    if not answers:
        raise NetworkError(
            f"None of the model's outputs has the shape (None, number of classes). Received: {_describe(outputs)}."
        )
    return next((each for each in answers if _ends_in_probabilities(each)), answers[0])


def describe_choice(model: keras.Model, answer: Any) -> tuple[str, ...]:
    """Say which of several outputs was chosen.

    Args:
        model: A model with a graph.
        answer: What `find_answer` chose.

    Returns:
        A sentence; nothing if the model has only one output.
    """
    names = output_names(model)
    (chosen,) = (name for name, tensor in names.items() if tensor is answer)
    if len(names) == 1:
        return ()
    listed = join_names([f"'{name}'" for name in names])
    return (f"The model has the outputs {listed}. '{chosen}' is looked into: choose another with `output`.",)


def output_names(model: keras.Model) -> dict[str, Any]:
    """Name the outputs of a model.

    Args:
        model: A model with a graph.

    Returns:
        The symbolic tensors, each once, by their keys in a dict of outputs, or else the names of their layers.
    """
    names: dict[str, Any] = {}
    for key, tensor in _with_keys(getattr(model, "output", None), model.outputs):
        if not any(tensor is known for known in names.values()):
            _add(names, key or _last_layer(tensor)[1], tensor)
    return names


def _input_names(model: keras.Model) -> dict[str, Any]:
    """Name the inputs of a model: by their keys in a dict of inputs, or by their own names."""
    names: dict[str, Any] = {}
    for key, tensor in _with_keys(getattr(model, "input", None), model.inputs):
        _add(names, key or tensor.name, tensor)
    return names


def _with_keys(structure: Any, tensors: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each tensor with its key in a dict, or "" if it is in none."""
    import keras

    keys = {id(tensor): path[-1] for path, tensor in keras.tree.flatten_with_path(structure) if path}
    for tensor in tensors:
        key = keys.get(id(tensor), "")
        yield (key if isinstance(key, str) else ""), tensor


def _add(names: dict[str, Any], name: str, tensor: Any) -> None:
    """Add a tensor under its name; if another has that name, under a numbered one."""
    repeats = sum(known == name or known.startswith(f"{name}#") for known in names)
    names[f"{name}#{repeats + 1}" if repeats else name] = tensor


def _last_layer(tensor: Any) -> tuple[Any, str]:
    """Find the layer that returns a tensor, within nested blocks, too; and its name after those of the blocks."""
    import keras

    operation, node_index, _ = tensor._keras_history
    if not (isinstance(operation, keras.Model) and getattr(operation, "outputs", None)):
        return operation, operation.name
    returned = operation._inbound_nodes[node_index].outputs
    place = next(index for index, each in enumerate(returned) if each is tensor)
    inner, name = _last_layer(operation.outputs[place])
    return inner, f"{operation.name}/{name}"


def _ends_in_probabilities(tensor: Any) -> bool:
    """Tell whether a tensor comes from a softmax or sigmoids, and nothing after them changes it."""
    operation, before = _last_step(tensor)
    while before is not None and is_idle(operation, before.shape, tensor.shape):
        tensor = before
        operation, before = _last_step(tensor)
    return activation_name(operation) in PROBABILITIES


def _last_step(tensor: Any) -> tuple[Any, Any]:
    """Find the layer that returns a tensor, within nested blocks, too; and what it gets, if it is a single tensor."""
    import keras

    operation, node_index, _ = tensor._keras_history
    node = operation._inbound_nodes[node_index]
    if isinstance(operation, keras.Model) and getattr(operation, "outputs", None):
        place = next(index for index, each in enumerate(node.outputs) if each is tensor)
        return _last_step(operation.outputs[place])
    return operation, node.input_tensors[0] if len(node.input_tensors) == 1 else None


def _value(tensor: Any, name: str, value: Any) -> Any:
    """Convert what is given for an input, with a batch axis of length 1."""
    import keras

    try:
        array = np.asarray(value)
        if array.dtype.kind in NO_NUMBERS:
            raise TypeError("not all of it are numbers")
        if "int" in tensor.dtype and not (array.astype(tensor.dtype) == array).all():
            raise ValueError(f"not all of it are whole numbers that fit into {tensor.dtype}")
        converted = keras.ops.convert_to_tensor(array[None], dtype=tensor.dtype)
    except (OverflowError, TypeError, ValueError) as error:
        raise NetworkError(
            f"The input '{name}' is an array of numbers. Received: {type(value).__name__}, {str(error)[:100]}."
        ) from error
    if not _fits(_shape(tensor)[1:], _shape(converted)[1:]):
        raise NetworkError(
            f"The input '{name}' has the shape {_shape(tensor)[1:]}, without the batch axis. "
            f"Received: an array of the shape {_shape(converted)[1:]}."
        )
    return converted


def _takes_picture(tensor: Any) -> bool:
    shape = _shape(tensor)
    return len(shape) == NUM_PICTURE_AXES and shape[-1] in CHANNELS


def _is_answer(tensor: Any) -> bool:
    shape = _shape(tensor)
    return is_row(shape) and "float" in tensor.dtype


def _explain(inputs: Mapping[str, Any]) -> str:
    """Say why an input that could be thought to take a picture takes none."""
    for shape in map(_shape, inputs.values()):
        if len(shape) == NUM_PICTURE_AXES and shape[1] in CHANNELS:
            return " Its channels are the first axis, and cnnviz needs them as the last."
        if len(shape) == NUM_PICTURE_AXES and shape[-1]:
            return f" A photo has 3 channels, or 1 in grey, and not {shape[-1]}."
    return ""


def _require_known(argument: str, names: Any, known: Mapping[str, Any]) -> None:
    wrong = [name for name in names if name not in known]
    if wrong:
        kind = argument.rstrip("s")
        raise NetworkError(
            f"The model has no {kind} named {wrong[0]!r}. It has {_describe(known)}. "
            f"Received: {argument} {_names(names)}."
        )


def _describe(tensors: Mapping[str, Any]) -> str:
    """Name tensors with their shapes."""
    return ", ".join(f"'{name}' of the shape {_shape(tensor)}" for name, tensor in tensors.items())


def _names(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _shape(tensor: Any) -> tuple[int | None, ...]:
    return tuple(tensor.shape)


def _fits(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    """Tell whether a shape, which may have unknown sides, fits the wanted one."""
    return len(shape) == len(wanted) and all(have in (None, want) for have, want in zip(shape, wanted, strict=True))
