"""What a network's pass takes for one photo: values in memory, and products. Models that take too much are refused."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnviz.base.errors import NetworkError
from cnnviz.base.figures import count
from cnnviz.network.graph import Call
from cnnviz.network.receptive_field import SPATIAL, WINDOWS

MAX_ACTIVATIONS = 2**28
"""Largest number of activations of all layers together for one photo: one gigabyte."""

MAX_BETWEEN = 2**27
"""Largest number of values that a layer holds besides its input and output, while it computes: half a gigabyte."""

MAX_PRODUCTS = 2**37
"""Largest number of products of all layers together for one photo. Two cores take about half a minute for them."""

PRODUCTS_PER_POOLED = 16
"""Number of products that take as long as one step of a pooling: its steps are not vectorized."""

MAX_REACH = 64
"""Largest side of a window, and largest stride, in sides of the layer's input."""


def require_moderate(calls: Sequence[Call]) -> None:
    """Check, before anything is computed, that a pass fits into the memory and ends in a bounded time.

    Args:
        calls: The graph, from `cnnviz.network.graph.flat_calls`.

    Raises:
        NetworkError: If a layer has no activations, or an unknown number of them; if a window is far larger than its
            input; or if the pass would take too much memory or time.
    """
    num_values = num_products = 0
    for call in calls:
        shape = _shape(call.output)
        if not all(shape):
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


def _settings(call: Call) -> Mapping[str, Any]:
    """Return the settings of a layer that slides a window; none for any other."""
    kind = type(call.operation).__name__
    if kind not in WINDOWS or len(call.output.shape) != SPATIAL + 1:
        return {}
    settings = call.operation.get_config()
    return {"window": settings[WINDOWS[kind]], "dilation_rate": (1, 1), **settings}


def _require_window(call: Call) -> None:
    """Refuse a window, or a stride, that is far larger than the layer's input."""
    settings = _settings(call)
    if not settings:
        return
    side = max(call.inputs[0].shape[1:3])
    reaches = [(size - 1) * rate + 1 for size, rate in zip(settings["window"], settings["dilation_rate"], strict=True)]
    sizes = [*reaches, *settings["strides"], *settings["dilation_rate"]]
    if max(sizes) > MAX_REACH * side:
        raise NetworkError(
            f"Layer '{call.name}' slides a window of {reaches[0]} by {reaches[1]} with strides {settings['strides']} "
            f"over {side} rows or columns: at most {MAX_REACH} times as many can be shown."
        )


def _values_between(call: Call) -> int:
    """Count the values that a layer holds besides its input and its output while it computes."""
    settings = _settings(call)
    if not settings:
        return 0
    *sides, channels = _shape(call.inputs[0])
    padded: int = 0
    if max(settings["dilation_rate"]) > 1:  # TensorFlow copies the input: padded, and in whole steps of the dilation
        steps = zip(sides, settings["window"], settings["dilation_rate"], strict=True)
        padded = channels * math.prod(-(-(side + (size - 1) * rate) // rate) * rate for side, size, rate in steps)
    *places, _ = _shape(call.output)
    is_separable = type(call.operation).__name__ == "SeparableConv2D"  # its first half is in no layer's output
    deep: int = channels * settings["depth_multiplier"] * math.prod(places) if is_separable else 0
    return padded + deep


def _products(call: Call) -> int:
    """Count the products that a layer computes."""
    *places, channels = _shape(call.output)
    settings = _settings(call)
    if "pool_size" in settings:
        height, width = settings["window"]
        return math.prod(places) * channels * int(height) * int(width) * PRODUCTS_PER_POOLED
    if settings or type(call.operation).__name__ == "Dense":
        return math.prod(places) * int(sum(math.prod(weights.shape) for weights in call.operation.weights))
    return 0
