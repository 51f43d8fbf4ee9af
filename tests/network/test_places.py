"""Places of tokens: which map they stand for, and when that is no longer known."""

from typing import Any

import keras

from cnnviz.network.network import Network
from fields import assert_exact, positive_network


def tokens(*ways: Any) -> Network:
    """Build a network whose last layer of tokens stands for 3 x 2 places."""
    picture = keras.Input((6, 4, 3))
    rows = keras.layers.Reshape((6, 5), name="tokens")(keras.layers.Conv2D(5, 2, strides=2)(picture))
    for way in ways:
        rows = way(rows)
    return positive_network(keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(rows))), 6, 4)


def test_tokens_see_what_the_places_saw_that_they_were() -> None:
    layers = keras.layers.LayerNormalization(), keras.layers.Dense(7), keras.layers.Reshape((3, 2, 7))
    network = tokens(*layers, keras.layers.Conv2D(2, 2))
    assert [layer.places for layer in network.layers[:6]] == [(3, 2)] * 5 + [(2, 1)]
    assert_exact(network)


def test_attention_sees_all_places_and_layers_of_rows_an_unknown_part() -> None:
    attention = keras.layers.MultiHeadAttention(2, 3, name="attention")
    network = tokens(lambda rows: keras.layers.Add(name="sum")([rows, attention(rows, rows)]))
    for name in ("attention", "sum"):
        layer = network.layer(name)
        assert (layer.places, layer.seen_text) == ((3, 2), "6×4")  # noqa: RUF001
        assert layer.receptive_field.box(2, 1) == (0, 0, 4, 6)
    network = tokens(keras.layers.Permute((2, 1)), keras.layers.Dense(6), keras.layers.Permute((2, 1), name="back"))
    assert [layer.places for layer in network.layers[1:5]] == [(3, 2), None, None, (3, 2)]
    assert network.layer("back").receptive_field.box(0, 0) == (0, 0, 4, 6)
    assert tokens(keras.layers.MaxPooling1D(2)).layers[2].places is None


def test_class_token_stands_aside() -> None:
    average = keras.layers.GlobalAveragePooling1D(keepdims=True)
    network = tokens(lambda rows: keras.layers.Concatenate(axis=1, name="all")([average(rows), rows]))
    layer = network.layer("all")
    assert (layer.shape, layer.places, layer.tokens.num_aside) == ((7, 5), (3, 2), 1)
    assert layer.receptive_field.box(1, 1) == (2, 2, 4, 4)
    assert layer.receptive_field.note == "weighed by the whole picture"
