"""A Keras model's graph as a flat list of calls, one per layer; nested blocks are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import NetworkError

if TYPE_CHECKING:
    import keras

NUM_COLORS = 3


@dataclass(frozen=True)
class Call:
    """One call of a layer in the graph.

    Args:
        name: The layer's name, after the names of the blocks around it.
        operation: The Keras layer or operation.
        args: Its positional arguments: symbolic tensors and plain values.
        kwargs: Its keyword arguments.
        output: The symbolic tensor that it returns.
    """

    name: str
    operation: Any
    args: Any
    kwargs: Any
    output: Any

    @property
    def inputs(self) -> list[Any]:
        """The symbolic tensors among its arguments."""
        import keras

        flat = keras.tree.flatten((self.args, self.kwargs))
        return [value for value in flat if isinstance(value, keras.KerasTensor)]

    def compute(self, values: Mapping[int, Any]) -> Any:
        """Call the layer on values, as in inference.

        Args:
            values: The value of each symbolic tensor, by the tensor's id.

        Returns:
            The layer's output.
        """
        args, kwargs = _replaced((self.args, self.kwargs), values)
        if getattr(self.operation, "_call_has_training_arg", False):
            kwargs = {**kwargs, "training": False}
        return self.operation(*args, **kwargs)


def flat_calls(model: keras.Model, size: tuple[int, int]) -> tuple[list[Call], Any]:
    """Call every layer once more on a new input, open nested blocks, and record each call.

    A Sequential model that was read from a file has several inbound nodes per layer; the outputs of a model built on
    `layer.output` would then compute some layers many times. Only the nodes that lead to the model's own outputs
    are followed here.

    Args:
        model: A built Sequential or functional model.
        size: Height and width of the network's picture.

    Returns:
        The calls, each after those that it depends on; and the symbolic picture that they start from.

    Raises:
        NetworkError: If the model has no graph, not one RGB picture of that size as input, or not one output.
    """
    import keras

    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise NetworkError(
            f"Only built Sequential and functional Keras models are supported. Received: {type(model).__name__}."
        )
    picture = keras.Input((*size, NUM_COLORS))
    shapes = [tuple(tensor.shape) for tensor in (*model.inputs, *model.outputs)]
    if len(shapes) != 2 or not _fits(shapes[0], picture.shape):
        raise NetworkError(
            f"The model needs one input and one output; the input is the preprocessed picture. Expected: "
            f"{tuple(picture.shape)}. Received: inputs and outputs of the shapes {shapes}."
        )
    calls: list[Call] = []
    output = _replay(model, [picture], "", calls)
    return leading_to(output, calls), picture


def leading_to(output: Any, calls: Sequence[Call]) -> list[Call]:
    """Keep the calls that an output depends on. A block may have other outputs that nobody uses.

    Args:
        output: The symbolic tensor that one of the calls returns.
        calls: The calls, each after those that it depends on.

    Returns:
        The calls that lead to the output, in order; the last one returns it.
    """
    needed, kept = {id(output)}, []
    for call in reversed(calls):
        if id(call.output) in needed:
            kept.append(call)
            needed.update(id(tensor) for tensor in call.inputs)
    return kept[::-1]


def _require_shown(operation: Any, name: str, output: Any) -> None:
    """Refuse layers whose output is not one array with the channels last."""
    import keras

    if not isinstance(output, keras.KerasTensor):
        raise NetworkError(f"Layers with one output can be shown. Received: '{name}' with several.")
    if operation.get_config().get("data_format") == "channels_first":
        raise NetworkError(f"Layers with the channels last can be shown. Received: '{name}' with channels_first.")


def _fits(shape: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    """Tell whether a shape, which may have unknown sides, fits the wanted one."""
    return len(shape) == len(wanted) and all(have in (None, want) for have, want in zip(shape, wanted, strict=True))


def _replay(model: keras.Model, inputs: list[Any], prefix: str, calls: list[Call]) -> Any:
    """Call a model's layers on other inputs, and append each call to the list."""
    import keras

    tensors = {id(old): new for old, new in zip(model.inputs, inputs, strict=True)}
    names = {call.name for call in calls}
    for node in _nodes(model):
        args, kwargs = _replaced((node.arguments.args, node.arguments.kwargs), tensors)
        operation = node.operation
        name = prefix + operation.name
        if getattr(operation, "inputs", None) and isinstance(operation, keras.Model):
            output = _replay(operation, keras.tree.flatten(args), f"{name}/", calls)
        else:
            output = operation(*args, **kwargs)
            _require_shown(operation, name, output)
            repeats = sum(known == name or known.startswith(f"{name}#") for known in names)
            name = f"{name}#{repeats + 1}" if repeats else name  # a layer that is used twice has two activations
            names.add(name)
            calls.append(Call(name, operation, args, kwargs, output))
        tensors |= {id(o): n for o, n in zip(node.outputs, keras.tree.flatten(output), strict=True)}
    outputs = [tensors[id(output)] for output in model.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def _replaced(arguments: Any, values: Mapping[int, Any]) -> Any:
    """Replace the graph's tensors in a call's arguments by values."""
    import keras

    return keras.tree.map_structure(lambda each: values.get(id(each), each), arguments)


def _nodes(model: keras.Model) -> Iterator[Any]:
    """Yield each node between the model's inputs and outputs once, after those that it depends on."""
    done = {id(tensor) for tensor in model.inputs}
    stack = list(reversed(model.outputs))
    while stack:
        tensor = stack[-1]
        if id(tensor) in done:
            stack.pop()
            continue
        operation, node_index, _ = tensor._keras_history
        node = operation._inbound_nodes[node_index]
        waiting = [fed for fed in node.input_tensors if id(fed) not in done]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        stack.pop()
        done.update(id(output) for output in node.outputs)
        yield node
