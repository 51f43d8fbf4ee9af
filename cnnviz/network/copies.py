"""A copy of a model, which gets weights of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import NetworkError
from cnnviz.base.failures import failing_as

if TYPE_CHECKING:
    import keras


def copy_model(model: "keras.Model", weights: Sequence[NDArray[np.generic]]) -> "keras.Model":
    """Copy a model, and give the copy other weights.

    Args:
        model: A built Sequential or functional model; it keeps its own weights.
        weights: Arrays of the shapes of `model.get_weights()`.

    Returns:
        The copy. Layers without weights that Keras cannot make anew, such as Lambda, are the model's own.

    Raises:
        NetworkError: If Keras cannot copy a layer that has weights.
    """
    import keras

    with failing_as(NetworkError, "Keras cannot copy the model, so it cannot be looked at with other weights."):
        copy = keras.models.clone_model(model, clone_function=_copy_layer)
        copy.set_weights(list(weights))
    return copy


def _copy_layer(layer: Any) -> Any:
    """Make a layer anew; one that cannot be made anew is opened if it is a model, and kept if it has no weights."""
    import keras

    try:
        return type(layer).from_config(layer.get_config())
    except Exception:  # a stranger's layer may raise anything
        if not layer.weights:
            return layer
        if isinstance(layer, keras.Model) and getattr(layer, "inputs", None):
            return keras.models.clone_model(layer, clone_function=_copy_layer)
        raise
