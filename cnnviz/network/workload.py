"""What a network's pass takes for one photo: values in memory, and products. Models that take too much are refused."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as
from cnnviz.base.figures import count
from cnnviz.network.graph import Call
from cnnviz.network.receptive_field import WINDOWS
from cnnviz.network.wrapper import is_recurrent, unwrap

WINDOWS_OF_ROWS = {
    **dict.fromkeys(("Conv1D", "DepthwiseConv1D", "SeparableConv1D"), "kernel_size"),
    **dict.fromkeys(("AveragePooling1D", "MaxPooling1D"), "pool_size"),
}
ENLARGING = {"Conv1DTranspose": "kernel_size", "Conv2DTranspose": "kernel_size"}
"""Other layers that slide a window: over rows, or over places of their output."""

ATTENTIONS = frozenset({"AdditiveAttention", "Attention", "GroupedQueryAttention", "MultiHeadAttention"})
TWO_PHOTOS = 2

MAX_ACTIVATIONS = 2**28
"""Largest number of activations of all layers together for one photo: one gigabyte."""

MAX_BETWEEN = 2**27
"""Largest number of values that a layer holds besides its input and output, while it computes: half a gigabyte."""

MAX_PRODUCTS = 2**37
"""Largest number of products of all layers together for one photo. Two cores take about half a minute for them."""

PRODUCTS_PER_POOLED = 16
"""Number of products that take as long as one step of a pooling: its steps are not vectorized."""

PRODUCTS_PER_STEP, PRODUCTS_PER_UNROLLED_STEP = 2**19, 2**26
"""Number of products that take as long as a step of a recurrent layer; and as one that the backend compiles apart."""

MAX_REACH = 64
"""Largest side of a window, and largest stride, in sides of the layer's input."""


def require_moderate(calls: Sequence[Call]) -> None:
    """Check, before anything is computed, that a pass fits into the memory and ends in a bounded time.

    Args:
        calls: The graph, from `cnnviz.network.graph.flat_calls`.

    Raises:
        NetworkError: If a layer has no activations, or an unknown number of them; if it joins the photos of a batch;
            if a window is far larger than its input; or if the pass would take too much memory or time.
    """
    num_values = num_products = 0
    for call in calls:
        shape = _shape(call.output)
        _require_apart(call)
        if not shape or not all(shape):
            raise NetworkError(f"Layer '{call.name}' has no activations. Received: its shape is {shape}.")
        _require_window(call)
        num_values += math.prod(shape)
        num_products += _products(call)
        _require(_values_between(call), MAX_BETWEEN, f"Layer '{call.name}' holds {{}} values while it computes")
    _require(num_values, MAX_ACTIVATIONS, "The model has {} activations for one photo")
    _require(num_products, MAX_PRODUCTS, "The model needs {} products for one photo")


def _require(number: int, largest: int, text: str) -> None:
    if number > largest:
        raise NetworkError(f"{text.format(count(number))}: at most {count(largest)} can be shown.")


def _shape(tensor: Any) -> tuple[int, ...]:
    """Return a symbolic tensor's shape without the batch axis; a side that is not known is None."""
    return tuple(tensor.shape[1:])


def _require_apart(call: Call) -> None:
    """Refuse an operation that makes more or fewer photos of a batch's: their number multiplies all that follows."""
    import keras

    if isinstance(call.operation, keras.layers.Layer) and type(call.operation).__name__ not in ("Concatenate", "Dot"):
        return

    def two_photos(value: Any) -> Any:
        is_given = isinstance(value, keras.KerasTensor)
        return keras.KerasTensor((TWO_PHOTOS, *value.shape[1:]), value.dtype) if is_given else value

    with failing_as(NetworkError, f"Layer '{call.name}' cannot take {TWO_PHOTOS} photos at once."):
        args, kwargs = keras.tree.map_structure(two_photos, (call.args, call.kwargs))
        shape = tuple(call.operation.compute_output_spec(*args, **kwargs).shape)
    if shape[:1] != (TWO_PHOTOS,):
        raise NetworkError(
            f"Layer '{call.name}' joins the photos of a batch. Received: the shape {shape} from {TWO_PHOTOS} photos."
        )


def _settings(call: Call) -> Mapping[str, Any]:
    """Return the settings of a layer that slides a window; none for any other."""
    operation = unwrap(call.operation)
    name = {**WINDOWS, **WINDOWS_OF_ROWS, **ENLARGING}.get(type(operation).__name__)
    if name is None:
        return {}
    settings = operation.get_config()
    return {"dilation_rate": (1,) * len(settings[name]), **settings, "window": settings[name]}


def _require_window(call: Call) -> None:
    """Refuse a window, or a stride, that is far larger than the layer's input."""
    settings = _settings(call)
    if not settings:
        return
    side = max(call.inputs[0].shape[1:-1])
    reaches = [(size - 1) * rate + 1 for size, rate in zip(settings["window"], settings["dilation_rate"], strict=True)]
    sizes = [*reaches, *settings["strides"], *settings["dilation_rate"]]
    if max(sizes) > MAX_REACH * side:
        raise NetworkError(
            f"Layer '{call.name}' slides a window of {' by '.join(map(str, reaches))} with strides "
            f"{settings['strides']} over {side} rows or columns: at most {MAX_REACH} times as many can be shown."
        )


def _values_between(call: Call) -> int:
    """Count the values that a layer holds besides its input and its output while it computes."""
    if type(call.operation).__name__ in ATTENTIONS:
        return _pairs(call)
    settings, kind = _settings(call), type(unwrap(call.operation)).__name__
    if kind.startswith("Adaptive"):
        return _adaptive(call)[0]
    if not settings:
        return 0
    *sides, channels = _shape(call.inputs[0])
    sides = sides[-len(settings["window"]) :]  # without the rows that a TimeDistributed takes one after the other
    if kind in ENLARGING:  # each of its inputs becomes a window of outputs, before these are added up
        return int(math.prod(sides) * math.prod(settings["window"]) * _shape(call.output)[-1])
    padded: int = 0
    if max(settings["dilation_rate"]) > 1:  # TensorFlow copies the input: padded, and in whole steps of the dilation
        steps = zip(sides, settings["window"], settings["dilation_rate"], strict=True)
        padded = channels * math.prod(-(-(side + (size - 1) * rate) // rate) * rate for side, size, rate in steps)
    *places, _ = _shape(call.output)
    is_separable = kind.startswith("Separable")  # its first half is in no layer's output
    deep: int = channels * settings["depth_multiplier"] * math.prod(places) if is_separable else 0
    return padded + deep


def _products(call: Call) -> int:
    """Count the products that a layer computes."""
    import keras

    *places, channels = _shape(call.output)
    settings, kind = _settings(call), type(unwrap(call.operation)).__name__
    steps = _products_of_steps(call)
    if steps is not None:
        return steps
    if kind.startswith("Adaptive"):
        return _adaptive(call)[1]
    num_weights = sum(math.prod(weights.shape) for weights in getattr(call.operation, "weights", ()))
    if "pool_size" in settings:
        return int(math.prod(places) * channels * math.prod(settings["window"]) * PRODUCTS_PER_POOLED)
    if kind in ENLARGING:
        return int(math.prod(_shape(call.inputs[0])[:-1]) * num_weights)
    if settings or kind == "Dense":
        return int(math.prod(places) * num_weights)
    if kind in ATTENTIONS:
        width = max(_shape(tensor)[-1] for tensor in call.inputs)
        sizes = [getattr(call.operation, name, width) for name in ("_key_dim", "_value_dim", "head_dim")]
        return int(math.prod(_places(call.inputs[0])) * num_weights + 2 * _pairs(call) * max(sizes))
    if kind == "EinsumDense":
        return _products_of_sum(call)
    if kind == "Matmul":
        return math.prod(places) * channels * int(keras.tree.flatten((call.args, call.kwargs))[0].shape[-1])
    if kind == "Dot":  # each of its numbers is a sum over some axis of its first input
        return math.prod(places) * channels * max(_shape(call.inputs[0]))
    return 0


def _products_of_steps(call: Call) -> int | None:
    """Count the products of a layer that goes through rows one after the other; None of any other."""
    operation = call.operation
    is_apart = type(operation).__name__ == "TimeDistributed"  # each of its rows has a layer of its own in the graph
    if not is_apart and not is_recurrent(operation):
        return None
    *places, _ = _shape(call.output)
    num_weights = sum(math.prod(weights.shape) for weights in operation.weights)
    is_unrolled = is_apart or bool(getattr(unwrap(operation), "unroll", False))
    per_step = PRODUCTS_PER_UNROLLED_STEP if is_unrolled else PRODUCTS_PER_STEP
    num_steps = _shape(call.inputs[0])[0]
    pooled = math.prod(_settings(call).get("pool_size", ())) * PRODUCTS_PER_POOLED * math.prod(_shape(call.output))
    return int(num_steps * per_step + max(math.prod(places), num_steps) * num_weights + (pooled if is_apart else 0))


def _adaptive(call: Call) -> tuple[int, int]:
    """Count the values between, and the products, of a pooling to a given size: it slides windows of two sizes."""
    *sides, channels = _shape(call.inputs[0])
    *places, _ = _shape(call.output)
    windows = [-(-side // units) + 1 for side, units in zip(sides, places, strict=True)]
    slid = math.prod(max(side - size, 0) + 2 for side, size in zip(sides, windows, strict=True))
    return 4 * slid * channels, 4 * slid * channels * math.prod(windows) * PRODUCTS_PER_POOLED


def _places(tensor: Any) -> tuple[int, ...]:
    return _shape(tensor)[:-1]


def _pairs(call: Call) -> int:
    """Count the pairs of places that an attention weighs; additive attention holds all channels of each pair."""
    kind = type(call.operation).__name__
    heads = next((n for name in ("_num_heads", "num_query_heads") if (n := getattr(call.operation, name, 0))), 1)
    between = _shape(call.inputs[0])[-1] if kind == "AdditiveAttention" else heads
    first, *others = (math.prod(_places(tensor)) for tensor in call.inputs)
    return int(between * first * max(others, default=first))


def _products_of_sum(call: Call) -> int:
    """Count the products of a layer that is written as a sum over named axes, such as "abc,cd->abd"."""
    kernel = call.operation.kernel.shape
    read, weighed = call.operation.equation.split("->")[0].split(",")
    if not (read + weighed).isalpha():  # "...": of some axes only the number is known
        return int(math.prod(_places(call.inputs[0])) * math.prod(kernel))
    sizes = dict(zip(read[1:], _shape(call.inputs[0]), strict=True)) | dict(zip(weighed, kernel, strict=True))
    return math.prod(sizes.values())
