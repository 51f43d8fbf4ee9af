"""The roles of layers."""

import keras
import pytest

from cnnviz.network.role import ACTIVATION_KINDS, ROLES, find_role


@pytest.mark.parametrize(
    ("kind", "num_inputs", "role"),
    [
        ("SeparableConv2D", 1, "convolution"),
        ("GlobalAveragePooling2D", 1, "pooling"),
        ("LayerNormalization", 1, "normalization"),
        ("PReLU", 1, "activation"),
        ("Add", 2, "sum"),
        ("Add", 1, "other"),
        ("Multiply", 2, "product"),
        ("Concatenate", 3, "join"),
        ("Dense", 1, "dense"),
        ("ZeroPadding2D", 1, "other"),
    ],
)
def test_each_sort_of_layers_has_a_role(kind: str, num_inputs: int, role: str) -> None:
    assert find_role(kind, num_inputs) == role
    assert role in ROLES


def test_every_activation_layer_of_keras_is_an_activation() -> None:
    from keras.src.layers import activations

    kinds = {
        name
        for name, kind in vars(activations).items()
        if isinstance(kind, type) and issubclass(kind, keras.layers.Layer)
    }
    assert len(kinds) >= 5
    assert kinds <= ACTIVATION_KINDS
