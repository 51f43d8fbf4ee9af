"""What one unit is made of: terms that add up to its value, taken from the layer itself, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.backend import compile_pass, gradient
from cnnviz.network.graph import Call
from cnnviz.network.layer import activation_name, is_keras_own, read_weights
from cnnviz.network.passes import computing
from cnnviz.network.role import ACTIVATION, NORMALIZATION, POOLING, PRODUCT, find_role

Values = NDArray[np.float32]
Place = tuple[int, ...]

SUM, WINNER, FACTORS, FUNCTION, MEASURED, CLOSED = "sum", "winner", "product", "function", "normalization", "closed"
"""How a unit comes by its value: as a sum of weighted values; as the largest of several; as a product; as a function of
one value; as one value scaled by what was measured in many; or in a way that cannot be taken apart."""

TOLERANCE = 1e-5
TOLERANCES = {"float16": 2e-3, "bfloat16": 2e-2}
"""What the terms may differ from the network's own number, as a share of the sum of their sizes: as it rounds."""

PICKING = ("Maximum", "Minimum")
SHARES = ("Softmax", "LogSoftmax", "softmax", "log_softmax")


@dataclass(frozen=True, eq=False)
class Source:
    """What a unit reads of one input of its layer.

    Args:
        layer_name: The layer that feeds it; None for the picture.
        values: Its activation, float32, in Keras's own shape.
        weights: What the unit's value changes by when each of them changes by 1: of the same shape, float32; zero where
            the unit reads nothing.
    """

    layer_name: str | None
    values: Values = field(repr=False)
    weights: Values = field(repr=False)

    @property
    def terms(self) -> NDArray[np.float64]:
        """What each value adds: its weight times itself, in the same shape."""
        products: NDArray[np.float64] = self.values.astype(np.float64) * self.weights
        return products


@dataclass(frozen=True, eq=False)
class Terms:
    """How one unit came by its value.

    For all kinds but "closed", the terms of all sources and the constant add up to `total`. Of a product, the source
    is the factor that has the most places, and its weight is the product of the others, which are `gates`.

    Args:
        kind: "sum", "winner", "product", "function", "normalization" or "closed".
        total: The network's own number, before the activation function that the layer ends with.
        constant: What does not depend on the sources: the bias, for example.
        sources: What it reads; none if it cannot be taken apart.
        gates: Of a product, the other factors: each with the place that is read.
        activation_name: The activation function that makes the unit's value of the total, or "".
    """

    kind: str
    total: float
    constant: float = 0.0
    sources: tuple[Source, ...] = ()
    gates: tuple[tuple[Source, Place], ...] = ()
    activation_name: str = ""


@dataclass(frozen=True, eq=False)
class Fed:
    """An input of a call: the layer that gives it, None for the picture, and its values, without the batch axis."""

    layer_name: str | None
    tensor: Any
    values: Values


class TermFinder:
    """Takes the values of units apart; of each layer it compiles one pass, at its first use.

    Args:
        variables: The Keras variables that the layers read.
    """

    def __init__(self, variables: list[Any]) -> None:
        """Start without any pass."""
        self._variables = variables
        self._passes: dict[str, Callable[..., Sequence[Any]]] = {}

    def find(self, call: Call, inputs: list[Fed], place: Place) -> Terms:
        """Take the value of one unit apart.

        The weights are the slopes of the unit's value, and the constant is its value where all inputs are zero. That
        they add up is what tells a sum from anything else: it is checked against the value that the layer computes.

        Args:
            call: The call of the unit's layer.
            inputs: What feeds it, each tensor once.
            place: The unit's place in the activation, without the batch axis.

        Returns:
            The terms.

        Raises:
            NetworkError: If Keras or its backend cannot compute the layer.
        """
        kind = type(call.operation).__name__
        role = find_role(kind, len(call.inputs))
        if role == ACTIVATION:
            return _through_function(call, inputs, place)
        total, constant, slopes = self._measure(call, inputs, place)
        sources = tuple(Source(fed.layer_name, fed.values, slope) for fed, slope in zip(inputs, slopes, strict=True))
        if _add_up(total, constant, sources, call.output.dtype):
            picks = (role == POOLING and "Max" in kind) or kind in PICKING
            return Terms(WINNER if picks else SUM, total, constant, sources, activation_name=_last_function(call))
        if role == PRODUCT:
            return _product(call, inputs, place, total)
        if role == NORMALIZATION and len(inputs) == 1:
            return _normalized(call.operation, inputs[0], place, total, call.output.dtype)
        return Terms(CLOSED, total)

    def _measure(self, call: Call, inputs: list[Fed], place: Place) -> tuple[float, float, list[Values]]:
        """Compute a unit's value, its value if all inputs are zero, and its slopes."""
        direction = np.zeros(call.output.shape[1:], np.float32)
        direction[place] = 1
        with computing():
            if call.name not in self._passes:
                self._passes[call.name] = self._build(call, [fed.tensor for fed in inputs])
            found = self._passes[call.name](direction, *(fed.values for fed in inputs))
            total, constant, *slopes = (np.asarray(each) for each in found)
        return float(total), float(constant), slopes

    def _build(self, call: Call, tensors: list[Any]) -> Callable[..., Sequence[Any]]:
        """Compile the pass of one layer, without the activation function at its end."""
        import keras

        bare = call.without_activation() if _last_function(call) else call

        def forward(direction: Any, *values: Any) -> list[Any]:
            def number(given: Mapping[int, Any]) -> Any:
                return keras.ops.sum(keras.ops.cast(bare.compute(given)[0], "float32") * direction)

            given = {id(tensor): _batch(tensor, each) for tensor, each in zip(tensors, values, strict=True)}
            zeros = {tensor: keras.ops.zeros_like(each) for tensor, each in given.items()}
            slopes = [_slopes(number, given, tensor) for tensor in given]
            return [number(given), number(zeros), *slopes]

        shapes = [tuple(call.output.shape[1:]), *(tuple(tensor.shape[1:]) for tensor in tensors)]
        return compile_pass(forward, self._variables, shapes, is_one_of_many=True)


def _slopes(number: Callable[[Mapping[int, Any]], Any], given: Mapping[int, Any], tensor: int) -> Any:
    import keras

    slopes = gradient(lambda changed: number({**given, tensor: changed}), given[tensor])
    return keras.ops.cast(slopes[0], "float32")


def _batch(tensor: Any, values: Any) -> Any:
    """Make a batch of one, of the type that the layer computes in; whole numbers have no slope: they become float32."""
    import keras

    dtype = tensor.dtype if keras.backend.is_float_dtype(tensor.dtype) else "float32"
    return keras.ops.cast(keras.ops.expand_dims(values, 0), dtype)


def _last_function(call: Call) -> str:
    """Name the activation function that a layer of Keras's own ends with; "" if there is none, or nobody can tell."""
    can_tell = hasattr(call.operation, "activation") and is_keras_own(call.operation)
    return activation_name(call.operation) if can_tell else ""


def _add_up(total: float, constant: float, sources: tuple[Source, ...], dtype: str) -> bool:
    """Tell whether the terms and the constant make the value, but for rounding."""
    sizes = abs(constant) + sum(float(np.abs(source.terms).sum()) for source in sources)
    made = constant + sum(float(source.terms.sum()) for source in sources)
    return bool(np.isfinite(made)) and abs(total - made) <= TOLERANCES.get(dtype, TOLERANCE) * max(sizes, abs(total))


def _through_function(call: Call, inputs: list[Fed], place: Place) -> Terms:
    """Follow an activation function: it reads the one value at its unit's own place."""
    (fed,) = inputs[:1]
    name = activation_name(call.operation) or type(call.operation).__name__
    if len(inputs) > 1 or fed.values.shape != tuple(call.output.shape[1:]) or name in SHARES:
        return Terms(CLOSED, float("nan"))
    return Terms(FUNCTION, float(fed.values[place]), 0.0, (_at(fed, place, 1.0),), activation_name=name)


def _product(call: Call, inputs: list[Fed], place: Place, total: float) -> Terms:
    """Take a product apart: the factor with the most places is what is weighed, the others weigh it."""
    by_tensor = {id(fed.tensor): fed for fed in inputs}
    factors = [by_tensor[id(tensor)] for tensor in call.inputs]
    places = [_read_place(fed.values.shape, place) for fed in factors]
    main = max(range(len(factors)), key=lambda number: (factors[number].values.size, -number))
    others = [number for number in range(len(factors)) if number != main]
    weight = float(np.prod([float(factors[number].values[places[number]]) for number in others]))
    source = _at(factors[main], places[main], weight)
    gates = tuple((_at(factors[number], places[number], 1.0), places[number]) for number in others)
    if not _add_up(total, 0.0, (source,), call.output.dtype):
        return Terms(CLOSED, total)
    return Terms(FACTORS, total, 0.0, (source,), gates)


def _read_place(shape: tuple[int, ...], place: Place) -> Place:
    """Return the place of an input that is read for a place of the output, as arrays are broadcast."""
    return tuple(min(each, size - 1) for each, size in zip(place[len(place) - len(shape) :], shape, strict=True))


def _normalized(operation: Any, fed: Fed, place: Place, total: float, dtype: str) -> Terms:
    """Take a normalization apart that measures the photo: the value is scaled, and a measured mean is taken away.

    Reference: Ba, Kiros and Hinton, "Layer Normalization", 2016; Wu and He, "Group Normalization", 2018.
    """
    measured = _measured(operation, fed.values.astype(np.float64), place)
    if measured is None:
        return Terms(CLOSED, total)
    mean, deviation = measured
    gain, shift = _weight(operation.gamma, place, 1.0) / deviation, _weight(operation.beta, place, 0.0)
    source, constant = _at(fed, place, gain), shift - gain * mean
    if not _add_up(total, constant, (source,), dtype):
        return Terms(CLOSED, total)
    return Terms(MEASURED, total, constant, (source,))


def _measured(operation: Any, values: NDArray[np.float64], place: Place) -> tuple[float, float] | None:
    """Measure the mean and the deviation that a normalization works with; None if it is not known how."""
    kind = type(operation).__name__
    if kind == "LayerNormalization":
        axes = operation.axis if isinstance(operation.axis, list | tuple) else (operation.axis,)
        over = tuple(axis - 1 if axis > 0 else axis for axis in axes)
    elif kind == "GroupNormalization":
        size = max(values.shape[-1] // operation.groups, 1)
        values, over = values[..., place[-1] // size * size :][..., :size], tuple(range(values.ndim))
    else:
        return None
    mean, variance = values.mean(axis=over, keepdims=True), values.var(axis=over, keepdims=True)
    at = _read_place(mean.shape, place)
    return float(mean[at]), float(np.sqrt(variance[at] + operation.epsilon))


def _weight(weights: Any, place: Place, otherwise: float) -> float:
    """Read the weight of a normalization for a place; a layer may have none."""
    if weights is None:
        return otherwise
    values = read_weights(weights)
    return float(values[_read_place(values.shape, place)])


def _at(fed: Fed, place: Place, weight: float) -> Source:
    """Read a single value of an input."""
    weights = np.zeros_like(fed.values)
    weights[place] = weight
    return Source(fed.layer_name, fed.values, weights)
