"""Description of a layer: its name, kind and shape, the sign of its activations, and what its units see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import LayerNotFoundError
from cnnviz.base.figures import sides
from cnnviz.base.names import brief
from cnnviz.network.graph import Call
from cnnviz.network.places import SPATIAL, Places, find_places
from cnnviz.network.receptive_field import ReceptiveField, input_field, layer_field
from cnnviz.network.role import ACTIVATION, find_role
from cnnviz.network.wrapper import is_recurrent, unwrap
from cnnviz.picture.preprocessing import Preprocessing

NON_NEGATIVE_ACTIVATIONS = frozenset({"relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus", "exponential"})
SIGN_KEEPING_KINDS = frozenset(
    {
        "AdaptiveAveragePooling2D",
        "AdaptiveMaxPooling2D",
        "Add",
        "Average",
        "AveragePooling2D",
        "Concatenate",
        "Cropping2D",
        "Dropout",
        "Flatten",
        "GlobalAveragePooling2D",
    }
    | {"GlobalMaxPooling2D", "Identity", "MaxPooling2D", "Maximum", "Minimum", "Multiply", "Permute", "Reshape"}
    | {"SpatialDropout2D", "UpSampling2D", "ZeroPadding2D"}
)
"""Kinds of layers whose outputs are never negative if their inputs are never negative."""
ACTIVATION_TITLES = {"relu": "ReLU", "relu6": "ReLU6", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU"}
OVERSHOOTING_INTERPOLATIONS = ("bicubic", "lanczos3", "lanczos5")
"""Interpolations of an enlarging layer that can produce negative values beside an edge."""


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Args:
        name: Its name, after the names of the blocks around it: "block/conv".
        kind: Its Keras class name.
        shape: Shape of its activation for one picture, channels last: (h, w, C), (N, C) or (C,).
        num_parameters: How many weights it holds.
        inputs: Names of the layers that feed it; empty for the picture itself.
        activation_name: The activation function that it ends with ("relu", "sigmoid"), or "" if there is none, or if it
            is no layer of Keras's own, which may do anything after its activation function.
        non_negative: Whether it is known that its activations are never below zero.
        receptive_field: Which pixels of the network's picture its units see.
        tokens: The places that its tokens stand for, if its shape is (N, C) and they are known.

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
    tokens: Places | None = None

    @property
    def places(self) -> tuple[int, int] | None:
        """Rows and columns of its maps; None if its units have no places."""
        if len(self.shape) == SPATIAL:
            return self.shape[0], self.shape[1]
        return (self.tokens.height, self.tokens.width) if self.tokens else None

    def maps(self, activation: NDArray[Any]) -> NDArray[Any]:
        """Arrange numbers, one for each of its units, as maps. Tokens without a place are left out.

        Args:
            activation: Numbers of the layer's shape; the layer has places.

        Returns:
            Shape (h, w, C).
        """
        if self.tokens is None:
            return activation
        return activation[self.tokens.num_aside :].reshape(self.tokens.height, self.tokens.width, -1)

    def __repr__(self) -> str:
        """Describe the layer in one line."""
        return f"<Layer {brief(self.name)}: {self.kind_text}, {self.shape_text}>"

    @property
    def role(self) -> str:
        """What it does: one of `cnnviz.network.role.ROLES`, such as "convolution", "normalization" or "sum"."""
        return find_role(self.kind, len(self.inputs))

    @property
    def activation_title(self) -> str:
        """The activation function that it ends with, such as "ReLU"; "" if there is none."""
        return ACTIVATION_TITLES.get(self.activation_name, self.activation_name)

    @property
    def kind_text(self) -> str:
        """Its kind and the activation function that it ends with, such as "Conv2D, after ReLU"."""
        activation = self.activation_title
        if not activation or activation.lower() == self.kind.lower():
            return self.kind
        return f"{self.kind}: {activation}" if self.role == ACTIVATION else f"{self.kind}, after {activation}"

    @property
    def shape_text(self) -> str:
        """Its shape, such as "148×148×32"."""  # noqa: RUF002  # the sign of multiplication is meant
        return sides(*self.shape)

    @property
    def seen_text(self) -> str:
        """How much of the picture one of its units sees, such as "3×3"."""  # noqa: RUF002
        axes = self.receptive_field.rows, self.receptive_field.columns
        return sides(*(axis.num_pixels for axis in axes))

    @property
    def whole_seen_text(self) -> str:
        """How much of the picture one of its units sees, and what else plays a part: "3×3, weighed by …"."""  # noqa: RUF002
        return ", ".join(filter(None, (self.seen_text, self.receptive_field.note)))

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain JSON values.

        Returns:
            name; kind; role, one of `cnnviz.network.role.ROLES`; shape, without the batch axis; num_parameters; inputs,
            the names of the layers that feed it; receptive_field, the height and width in pixels of what one unit sees;
            and is_gated, whether units are also weighed by something measured over all places.
        """
        axes = self.receptive_field.rows, self.receptive_field.columns
        return {
            "name": self.name,
            "kind": self.kind,
            "role": self.role,
            "shape": list(self.shape),
            "num_parameters": self.num_parameters,
            "inputs": list(self.inputs),
            "receptive_field": [axis.num_pixels for axis in axes],
            "is_gated": self.receptive_field.is_gated,
        }


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def find_layer(layers: Iterable[Named], name: str) -> Named:
    """Find the layer, or the layer's result, that has a name.

    Args:
        layers: Layers, or results of layers.
        name: The whole name.

    Returns:
        The first one with that name.

    Raises:
        LayerNotFoundError: If none has that name.
    """
    names = []
    for layer in layers:
        if layer.name == name:
            return layer
        names.append(layer.name)
    raise LayerNotFoundError(f"No layer named '{name}'. Layers: {', '.join(names)}. Received: layer_name='{name}'.")


def activation_name(operation: Any) -> str:
    """Return the name of the activation function that a layer ends with.

    Args:
        operation: A Keras layer or operation.

    Returns:
        Keras's name for the function, or "" if there is none or it changes nothing ("linear").
    """
    operation = unwrap(operation)
    kind = type(operation).__name__.lower()
    if kind in ("relu", "sigmoid", "softmax"):  # layers, and operations such as keras.ops.sigmoid
        return kind
    function = getattr(operation, "activation", None)
    if function is None:
        return ""
    name: str = getattr(function, "__name__", "")
    if not name:  # a layer takes the place of the function
        return activation_name(function) or type(function).__name__.lower()
    return "" if name == "linear" else name


def is_keras_own(operation: Any) -> bool:
    """Tell whether a layer computes what Keras's own of this kind does: its activation function comes last.

    Args:
        operation: A Keras layer or operation.

    Returns:
        False if it is another's, which may call its activation function anywhere.
    """
    return str(type(operation).call.__module__).startswith("keras.")


def read_weights(weights: Any) -> NDArray[np.float32]:
    """Read a layer's weights, whatever numbers it keeps them in.

    Args:
        weights: A Keras variable or tensor.

    Returns:
        The weights, float32.
    """
    import keras

    return np.asarray(keras.ops.convert_to_numpy(weights), np.float32)


def describe_layers(calls: Sequence[Call], preprocessing: Preprocessing) -> tuple[Layer, ...]:
    """Describe the layers of a graph. Sign and receptive field are derived from those of the layers before.

    Args:
        calls: The graph, from `cnnviz.network.graph.flat_calls`.
        preprocessing: The model's preprocessing; it tells the size of the network's picture, and whether its numbers
            can be negative.

    Returns:
        One description per call, in order.
    """
    import keras

    layers: list[Layer] = []
    by_output: dict[int, Layer] = {}
    places: dict[int, Places | None] = {}
    size = preprocessing.height, preprocessing.width
    for call in calls:
        is_known = is_keras_own(call.operation) and is_keras_own(unwrap(call.operation))
        kind, activation = type(call.operation).__name__, activation_name(call.operation) if is_known else ""
        seen_as = type(_looking(call.operation)).__name__
        fed = [by_output[id(tensor)] for tensor in call.inputs if id(tensor) in by_output]
        reads_picture = len(fed) < len(call.inputs)
        shape = tuple(call.output.shape[1:])
        settings, recurs = _settings(call), is_recurrent(call.operation)
        is_layer = isinstance(call.operation, keras.layers.Layer)  # an operation may add or multiply by a number
        keeps_sign = (is_layer and kind in SIGN_KEEPING_KINDS) or (kind == "Activation" and not activation)
        keeps_sign &= is_known and settings.get("interpolation") not in OVERSHOOTING_INTERPOLATIONS
        keeps_sign &= preprocessing.value_range[0] >= 0 or not reads_picture
        keeps_sign &= not call.known  # values that were given, or computed from them
        before = [by_output.get(id(tensor)) for tensor in call.inputs]
        fields = [each.receptive_field if each else input_field(*size) for each in before] or [input_field(*size)]
        found = find_places(call, [places.get(id(tensor), Places(*size)) for tensor in call.inputs])
        rows_and_columns = (found.height, found.width) if found and found.are_shown else None
        layer = Layer(
            name=call.name,
            kind=kind,
            shape=shape,
            num_parameters=sum(int(np.prod(w.shape)) for w in getattr(call.operation, "weights", [])),
            inputs=tuple(layer.name for layer in fed),
            activation_name=activation,
            non_negative=(activation in NON_NEGATIVE_ACTIVATIONS and not settings.get("negative_slope") and not recurs)
            or (keeps_sign and all(layer.non_negative for layer in fed)),
            receptive_field=layer_field(seen_as, settings, fields, shape, rows_and_columns),
            tokens=found if found and found.axis == 0 else None,
        )
        layers.append(layer)
        by_output[id(call.output)], places[id(call.output)] = layer, found
    return tuple(layers)


def _looking(operation: Any) -> Any:
    """Return the layer that decides what a layer's units see: of one whose weights are scaled, that layer itself."""
    return unwrap(operation) if type(operation).__name__ == "SpectralNormalization" else operation


def _settings(call: Call) -> dict[str, Any]:
    """Return a layer's settings; of an operation that takes a part of something, what it takes, too."""
    settings: dict[str, Any] = _looking(call.operation).get_config()
    if type(call.operation).__name__ == "GetItem":
        settings["key"] = call.kwargs.get("key", call.args[-1])
    return settings
