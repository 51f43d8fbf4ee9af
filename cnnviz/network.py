"""A loaded model: its layers, and the one compiled pass that gives every activation and the logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerNotFoundError, NetworkError
from cnnviz.head import Head
from cnnviz.preprocessing import Preprocessing
from cnnviz.receptive_field import ReceptiveField, input_field, layer_field

if TYPE_CHECKING:
    import keras

Activation = NDArray[np.float32]

NON_NEGATIVE_ACTIVATIONS = frozenset({"relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus", "exponential"})
SIGN_KEEPING_KINDS = frozenset(
    {"Add", "Average", "AveragePooling2D", "Concatenate", "Cropping2D", "Dropout", "Flatten", "GlobalAveragePooling2D"}
    | {"GlobalMaxPooling2D", "Identity", "MaxPooling2D", "Maximum", "Minimum", "Multiply", "Permute", "Reshape"}
    | {"SpatialDropout2D", "UpSampling2D", "ZeroPadding2D"}
)
"""Layers that give nothing negative if they are fed nothing negative."""
OVERSHOOTING_INTERPOLATIONS = ("bicubic", "lanczos3", "lanczos5")
"""Ways of enlarging that go below zero beside an edge."""


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Args:
        name: Its name, with the names of the blocks around it: "block/conv".
        kind: Its Keras class name.
        shape: Shape of its activation for one picture, channels last: (h, w, C) or (C,).
        num_parameters: How many weights it holds.
        inputs: Names of the layers that feed it; empty for the picture itself.
        activation_name: The activation function it ends with ("relu", "sigmoid"), or "" if none.
        non_negative: Whether its activations cannot be below zero.
        receptive_field: Which pixels of the network's picture its units see.

    Example:
        >>> layer = cnnviz.load().network.layer("conv2d_2")
        >>> layer.kind, layer.shape, layer.receptive_field.size
        ('Conv2D', (72, 72, 64), 8)
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    num_parameters: int
    inputs: tuple[str, ...]
    activation_name: str
    non_negative: bool
    receptive_field: ReceptiveField


@dataclass(frozen=True)
class _Call:
    """One layer's place in the graph: what it is called with and the tensor it gives."""

    name: str
    operation: Any
    args: Any
    kwargs: Any
    output: Any

    @property
    def inputs(self) -> list[Any]:
        """The tensors among its arguments."""
        import keras

        flat = keras.tree.flatten((self.args, self.kwargs))
        return [value for value in flat if isinstance(value, keras.KerasTensor)]

    def compute(self, values: Mapping[int, Any]) -> Any:
        """Call the layer, as in inference, on the values that its inputs have."""
        args, kwargs = _replaced((self.args, self.kwargs), values)
        if getattr(self.operation, "_call_has_training_arg", False):
            kwargs = {**kwargs, "training": False}
        return self.operation(*args, **kwargs)


@dataclass
class Network:
    """A Keras image classifier, ready to be looked into.

    Args:
        model: A Sequential or functional Keras model, of shape (B, H, W, 3) -> (B, 1) ending in a sigmoid or
            (B, K) ending in a softmax; or ending in the logits of either. Blocks nested in it are opened.
        class_names: The classes in index order.
        preprocessing: How a picture becomes its input.
        folder: Where it was read from, if from a folder.
        manifest: What its folder says of it.
        metrics: How well it did on the photographs it was tested on.

    Raises:
        NetworkError: If the model is of another kind, or the class names do not fit its outputs.

    Example:
        >>> network = Network(cnnviz.build_model(), ("cat", "dog"), Preprocessing())
        >>> activations, logits = network.activations(np.zeros((1, 150, 150, 3), np.float32))
        >>> activations[0].shape, logits.shape
        ((1, 148, 148, 32), (1, 1))
    """

    model: keras.Model
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    folder: Path | None = None
    manifest: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the model's graph and prepare the compiled passes, which are traced at their first use."""
        calls, picture = _flat_calls(self.model)
        self._calls = calls
        self._picture = picture
        self.layers = _describe(calls, self.preprocessing)
        self.head = Head(tuple(self.class_names), int(calls[-1].output.shape[-1]))
        self._activations = self._compile(with_activations=True)
        self._logits = self._compile(with_activations=False)

    def layer(self, name: str) -> Layer:
        """Give one layer.

        Args:
            name: The layer's whole name.

        Returns:
            The layer.

        Raises:
            LayerNotFoundError: If no layer has that name.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers)
        raise LayerNotFoundError(f"No layer named '{name}'. Layers: {names}. Received: layer_name='{name}'.")

    def activations(self, batch: Activation) -> tuple[list[Activation], Activation]:
        """Give every layer's activation, and the logits, in one pass.

        Args:
            batch: Shape (B, height, width, 3), float32 in [0, 1]; it is not modified.

        Returns:
            One array of shape (B, *layer.shape), float32, per layer in the order of `layers`; and the logits,
            shape (B, num_outputs), float32.
        """
        *activations, logits = (np.asarray(values) for values in self._activations(batch))
        return activations, logits

    def logits(self, batch: Activation) -> Activation:
        """Give only the logits.

        Args:
            batch: Shape (B, height, width, 3), float32 in [0, 1]; it is not modified.

        Returns:
            Shape (B, num_outputs), float32.
        """
        return np.asarray(self._logits(batch)[-1])

    def _compile(self, with_activations: bool) -> Callable[[Activation], Sequence[Any]]:
        """Build the pass that computes each layer once, and compile it."""
        import keras

        last = self._calls[-1]
        operation = last.operation
        fused = isinstance(operation, keras.layers.Dense)
        before = last.inputs[0] if fused or _is_final_activation(operation) else last.output

        def forward(batch: Any) -> list[Any]:
            values = {id(self._picture): batch}  # no keras.Model: its layers' names must differ, blocks' need not
            for call in self._calls[:-1] if fused else self._calls:
                values[id(call.output)] = call.compute(values)
            outputs, logits = list(values.values())[1:], values[id(before)]
            if fused:  # the activation function comes after the logits, which the layer itself does not show
                logits = keras.ops.matmul(logits, operation.kernel)
                if operation.use_bias:
                    logits = keras.ops.add(logits, operation.bias)
                outputs.append(operation.activation(logits))
            return [*outputs, logits] if with_activations else [logits]

        return _compile(forward, self.model.variables, (None, *self._picture.shape[1:]))


def _compile(
    forward: Callable[[Any], list[Any]], variables: list[Any], shape: tuple[int | None, ...]
) -> Callable[[Activation], Sequence[Any]]:
    """Compile a pass with the backend's own compiler; the one place that knows the backends."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        def stateless(values: list[Any], batch: Any) -> list[Any]:
            with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
                return forward(batch)

        compiled = jax.jit(stateless)
        return lambda batch: compiled([variable.value for variable in variables], batch)

    import tensorflow as tf

    signature = [tf.TensorSpec(shape, tf.float32)]
    return tf.function(forward, input_signature=signature)  # type: ignore[no-any-return]


def _flat_calls(model: keras.Model) -> tuple[list[_Call], Any]:
    """Call every layer once more on a fresh input, blocks opened, and note each call.

    A Sequential that was read from a file has several inbound nodes per layer; the outputs of a model built on
    `layer.output` would then compute some layers many times. Only the nodes that lead to the model's own outputs
    are followed here.
    """
    import keras

    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise NetworkError(
            f"Only built Sequential and functional Keras models can be looked into. Received: {type(model).__name__}."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(model.inputs[0].shape) != 4:
        raise NetworkError(
            "The model needs one input of shape (B, height, width, 3) and one output. Received: inputs "
            f"{[tuple(i.shape) for i in model.inputs]}, outputs {[tuple(o.shape) for o in model.outputs]}."
        )
    picture = keras.Input(model.inputs[0].shape[1:])
    calls: list[_Call] = []
    _replay(model, [picture], "", calls)
    return calls, picture


def _replay(model: keras.Model, inputs: list[Any], prefix: str, calls: list[_Call]) -> Any:
    """Call a model's layers on other inputs, and append each call."""
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
            repeats = sum(known == name or known.startswith(f"{name}#") for known in names)
            name = f"{name}#{repeats + 1}" if repeats else name  # a layer that is used twice has two activations
            names.add(name)
            calls.append(_Call(name, operation, args, kwargs, output))
        tensors |= {id(o): n for o, n in zip(node.outputs, keras.tree.flatten(output), strict=True)}
    outputs = [tensors[id(output)] for output in model.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def _replaced(arguments: Any, values: Mapping[int, Any]) -> Any:
    """Put values in the place of the graph's tensors among a call's arguments."""
    import keras

    return keras.tree.map_structure(lambda each: values.get(id(each), each), arguments)


def _nodes(model: keras.Model) -> Iterator[Any]:
    """Give the graph's nodes between the model's inputs and outputs, each once, inputs before users."""
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


def _is_final_activation(operation: Any) -> bool:
    """Tell whether a last layer only turns logits into probabilities."""
    return type(operation).__name__ in ("Softmax", "Activation") and _activation_name(operation) != "linear"


def _activation_name(operation: Any) -> str:
    """Give the name of the activation function that a layer ends with, or "" if it has none."""
    kind = type(operation).__name__
    if kind in ("ReLU", "Softmax"):
        return kind.lower()
    return getattr(getattr(operation, "activation", None), "__name__", "")


def _describe(calls: list[_Call], preprocessing: Preprocessing) -> tuple[Layer, ...]:
    """Describe every call: its shape, sign and receptive field follow from those of its inputs."""
    layers: list[Layer] = []
    by_output: dict[int, Layer] = {}
    pixels = input_field(preprocessing.height, preprocessing.width)
    for call in calls:
        kind, activation = type(call.operation).__name__, _activation_name(call.operation)
        fed = [by_output[id(tensor)] for tensor in call.inputs if id(tensor) in by_output]
        shape = tuple(call.output.shape[1:])
        settings = call.operation.get_config() if hasattr(call.operation, "get_config") else {}
        keeps_sign = kind in SIGN_KEEPING_KINDS or (kind == "Activation" and activation == "linear")
        keeps_sign &= settings.get("interpolation") not in OVERSHOOTING_INTERPOLATIONS
        fields = [layer.receptive_field for layer in fed] or [pixels]
        layer = Layer(
            name=call.name,
            kind=kind,
            shape=shape,
            num_parameters=sum(int(np.prod(w.shape)) for w in getattr(call.operation, "weights", [])),
            inputs=tuple(layer.name for layer in fed),
            activation_name="" if activation == "linear" else activation,
            non_negative=(activation in NON_NEGATIVE_ACTIVATIONS and not settings.get("negative_slope"))
            or (keeps_sign and all(layer.non_negative for layer in fed)),
            receptive_field=layer_field(kind, settings, fields, shape),
        )
        layers.append(layer)
        by_output[id(call.output)] = layer
    return tuple(layers)
