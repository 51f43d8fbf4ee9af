"""Wrappers: layers of Keras that compute by means of another layer."""

from typing import Any

RECURRENT = frozenset({"GRU", "LSTM", "SimpleRNN"})
"""Layers that go through rows one after the other."""

WRAPPERS = frozenset({"Bidirectional", "SpectralNormalization", "TimeDistributed"})

INNER: dict[str, frozenset[str]] = {
    "Bidirectional": RECURRENT,
    "SpectralNormalization": frozenset({"Conv1D", "Conv2D", "Conv2DTranspose", "Dense", "DepthwiseConv2D"}),
    "TimeDistributed": frozenset(
        {"Activation", "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Conv1D", "Conv2D", "Dense"}
        | {"DepthwiseConv2D", "Dropout", "Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D"}
        | {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "LayerNormalization", "MaxPooling1D", "MaxPooling2D", "ReLU"}
    ),
}
"""For each wrapper, the layers that it may hold in a stranger's model: those of which it is known what they take."""


def unwrap(operation: Any) -> Any:
    """Return the layer that a wrapper computes by.

    Args:
        operation: A Keras layer or operation.

    Returns:
        The layer inside, of two the one that goes forward; the operation itself if it is no wrapper.
    """
    if type(operation).__name__ not in WRAPPERS:
        return operation
    return getattr(operation, "layer", None) or getattr(operation, "forward_layer", operation)


def is_recurrent(operation: Any) -> bool:
    """Tell whether a layer goes through rows one after the other, wrapped or not.

    Args:
        operation: A Keras layer or operation.

    Returns:
        True for LSTM, GRU and SimpleRNN, alone or in both directions.
    """
    return type(unwrap(operation)).__name__ in RECURRENT
