"""A Keras model's graph as a flat list of calls, one per layer; nested blocks are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cnnviz.base.errors import NetworkError

if TYPE_CHECKING:
    import keras

IDLE = frozenset({"AugMix", "CutMix", "MixUp", "RandAugment", "Solarization"})
"""Keras's augmentation layers, besides those that are called Random…: they change pictures in training only."""


@dataclass(frozen=True)
class Call:
    """One call of a layer in the graph.

    Args:
        name: The layer's name, after the names of the blocks around it.
        operation: The Keras layer or operation.
        args: Its positional arguments: symbolic tensors and plain values.
        kwargs: Its keyword arguments.
        output: The symbolic tensor that it returns.
        known: The values of symbolic tensors among its arguments that do not depend on the picture, by the tensor's id;
            shape (1, ...); or the call that computes one, if that has weights, which may still be trained.
    """

    name: str
    operation: Any
    args: Any
    kwargs: Any
    output: Any
    known: Mapping[int, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic tensors among its arguments that depend on the picture."""
        return [tensor for tensor in _tensors((self.args, self.kwargs)) if id(tensor) not in self.known]

    def compute(self, values: Mapping[int, Any]) -> Any:
        """Call the layer on values, as in inference.

        Args:
            values: The value of each symbolic tensor, by the tensor's id.

        Returns:
            The layer's output.
        """
        values = {**values, **self._repeated(values)} if self.known else values
        args, kwargs = _replaced((self.args, self.kwargs), values)
        if getattr(self.operation, "_call_has_training_arg", False):
            kwargs = {**kwargs, "training": False}
        return self.operation(*args, **kwargs)

    def _repeated(self, values: Mapping[int, Any]) -> dict[int, Any]:
        """Repeat the known values for each picture of the batch."""
        import keras

        batch_size = keras.ops.shape(values[id(self.inputs[0])])[0] if self.inputs else 1
        known = {tensor: each.compute({}) if isinstance(each, Call) else each for tensor, each in self.known.items()}
        return {tensor: keras.ops.repeat(value, batch_size, axis=0) for tensor, value in known.items()}

    def can_change(self) -> bool:
        """Tell whether what it computes of known values changes when the model is trained."""
        return bool(self.operation.variables) or any(isinstance(each, Call) for each in self.known.values())

    def without_activation(self) -> Call:
        """Return the same call of a layer that ends in no activation function.

        The other layer is of the same class and shares all weights and settings, so it computes just what this one
        does before its activation function, quantized or not. The model's own layer stays as it is.

        Returns:
            The call; its operation has the activation function "linear".
        """
        import keras

        linear = object.__new__(type(self.operation))
        vars(linear).update(vars(self.operation), activation=keras.activations.linear)
        return replace(self, operation=linear)


def require_graph(model: keras.Model) -> None:
    """Check that a model says which layers it calls.

    Args:
        model: A Keras model.

    Raises:
        NetworkError: If it is subclassed, or not built.
    """
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise NetworkError(
            f"Only built Sequential and functional Keras models are supported. Received: {type(model).__name__}."
        )


def flat_calls(model: keras.Model, inputs: Sequence[Any], answer: Any) -> list[Call]:
    """Call every layer that leads to an output once more on new inputs, open nested blocks, and record each call.

    A Sequential model that was read from a file has several inbound nodes per layer; the outputs of a model built on
    `layer.output` would then compute some layers many times. Only the nodes that lead to the output are followed here.

    Args:
        model: A model with a graph.
        inputs: New symbolic tensors in the place of `model.inputs`.
        answer: One of `model.outputs`.

    Returns:
        The calls, each after those that it depends on.

    Raises:
        NetworkError: If a layer cannot be shown.
    """
    calls: list[Call] = []
    (output,) = _replay(model, inputs, [answer], "", calls)
    return leading_to(output, calls)


def settle(calls: Sequence[Call], known: Mapping[int, Any]) -> list[Call]:
    """Compute what does not depend on the picture, so that only the picture is missing.

    Args:
        calls: The calls, each after those that it depends on.
        known: The values of inputs that are the same for each picture, by the symbolic tensors' ids; shape (1, ...).

    Returns:
        The calls that depend on the picture; values that they need besides are known to them.
    """
    values, left = dict(known), []
    for call in calls:
        settled = replace(call, known={id(each): values[id(each)] for each in call.inputs if id(each) in values})
        if settled.inputs:
            left.append(settled)
        else:
            value = settled.compute({})  # now in any case, as what cannot be computed is to be refused at once
            values[id(call.output)] = settled if settled.can_change() else value
    return left


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
    if getattr(operation, "mask_zero", False) or type(operation).__name__ == "Masking":
        raise NetworkError(f"Layers that read all rows can be shown. Received: '{name}' leaves some out, by a mask.")
    if operation.get_config().get("data_format") == "channels_first":
        raise NetworkError(f"Layers with the channels last can be shown. Received: '{name}' with channels_first.")


def _replay(
    model: keras.Model, inputs: Sequence[Any], outputs: Sequence[Any], prefix: str, calls: list[Call]
) -> list[Any]:
    """Call the layers that lead to a model's outputs on other inputs, and append each call to the list.

    Returns what the outputs are then.
    """
    import keras

    tensors = {id(old): new for old, new in zip(model.inputs, inputs, strict=True)}
    names = {call.name for call in calls}
    for node in nodes_of(model, outputs):
        args, kwargs = _replaced((node.arguments.args, node.arguments.kwargs), tensors)
        operation = node.operation
        name = prefix + operation.name
        if getattr(operation, "inputs", None) and isinstance(operation, keras.Model):
            output = _replay(operation, _tensors(args), operation.outputs, f"{name}/", calls)
        elif _is_idle(operation) and keras.backend.is_float_dtype(_tensors((args, kwargs))[0].dtype):
            output = _tensors((args, kwargs))[0]
        else:
            if _is_idle(operation):  # all that it does to whole numbers is to make fractions of them
                args, kwargs = (_tensors((args, kwargs))[0],), {}
                operation = keras.ops.cast(args[0], operation.compute_dtype)._keras_history.operation
            output = operation(*args, **kwargs)
            _require_shown(operation, name, output)
            repeats = sum(known == name or known.startswith(f"{name}#") for known in names)
            name = f"{name}#{repeats + 1}" if repeats else name  # a layer that is used twice has two activations
            names.add(name)
            calls.append(Call(name, operation, args, kwargs, output))
        tensors |= {id(o): n for o, n in zip(node.outputs, keras.tree.flatten(output), strict=True)}
    return [tensors[id(output)] for output in outputs]


def _is_idle(operation: Any) -> bool:
    """Tell whether a layer does nothing when the network answers, since it augments pictures in training."""
    kind = type(operation)
    return kind.__module__.startswith("keras.") and (kind.__name__.startswith("Random") or kind.__name__ in IDLE)


def _tensors(arguments: Any) -> list[Any]:
    """List the symbolic tensors among a call's arguments."""
    import keras

    return [value for value in keras.tree.flatten(arguments) if isinstance(value, keras.KerasTensor)]


def _replaced(arguments: Any, values: Mapping[int, Any]) -> Any:
    """Replace the graph's tensors in a call's arguments by values."""
    import keras

    return keras.tree.map_structure(lambda each: values.get(id(each), each), arguments)


def nodes_of(model: keras.Model, outputs: Sequence[Any] = ()) -> Iterator[Any]:
    """Walk through a model's graph.

    Args:
        model: A built Sequential or functional model.
        outputs: Some of the model's outputs; empty for all.

    Yields:
        Each of Keras's nodes between the model's inputs and these outputs once, after those that it depends on.
    """
    done = {id(tensor) for tensor in model.inputs}
    stack = list(reversed(outputs or model.outputs))
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
