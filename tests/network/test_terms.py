"""Terms: what each value adds to a unit, compared with Keras's own layer, its own weights, and changed inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz.network.network import Network
from cnnviz.network.terms import CLOSED, FACTORS, FUNCTION, MEASURED, SUM, WINNER, Terms
from cnnviz.picture.preprocessing import Preprocessing

HEIGHT, WIDTH = 12, 11
Tensor = Any
NUM_UNITS = 6


def build(layer: Callable[[Tensor], Tensor]) -> Network:
    """A network in which a layer named "looked_at" reads a signed map of six channels; all weights are random."""
    keras.utils.set_random_seed(5)
    picture = keras.Input((HEIGHT, WIDTH, 3))
    before = layers.Conv2D(6, 3, padding="same", bias_initializer="normal", name="before")(picture)
    x = layer(before)
    x = x if len(x.shape) == 2 else layers.Flatten()(x)
    model = keras.Model(picture, layers.Dense(2, name="answer")(x))
    rng = np.random.default_rng(6)
    for variable in model.variables:
        shape = variable.shape
        is_variance = "variance" in variable.path or "gamma" in variable.path
        variable.assign(rng.uniform(0.5, 2, shape) if is_variance else 0.3 * rng.standard_normal(shape))
    return Network(model, ("cat", "dog"), Preprocessing(HEIGHT, WIDTH))


def look(network: Network, name: str, place: tuple[int, ...]) -> tuple[Terms, dict[str, np.ndarray]]:
    batch = np.random.default_rng(7).uniform(0, 1, (1, HEIGHT, WIDTH, 3)).astype(np.float32)
    activations, _ = network.activations(batch)
    by_name = {layer.name: values[0] for layer, values in zip(network.layers, activations, strict=True)}
    return network.terms(name, place, by_name, batch[0]), by_name


def some_places(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The corners, which see padding, and some others."""
    rng = np.random.default_rng(8)
    ends = [tuple(0 for _ in shape), tuple(side - 1 for side in shape)]
    return ends + [tuple(int(rng.integers(side)) for side in shape) for _ in range(NUM_UNITS - 2)]


def sum_of(terms: Terms) -> float:
    return terms.constant + sum(float(source.terms.sum()) for source in terms.sources)


def size_of(terms: Terms) -> float:
    return abs(terms.constant) + sum(float(np.abs(source.terms).sum()) for source in terms.sources)


def two_ways(merge: Callable[[list[Tensor]], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: merge([x, layers.Conv2D(6, 1, name="other")(x)])


def gated(x: Tensor) -> Tensor:
    gate = layers.Dense(6, "sigmoid", name="gate")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return layers.Multiply(name="looked_at")([x, gate])


N = {"name": "looked_at", "bias_initializer": "normal"}
SUMS = {
    "convolution": layers.Conv2D(5, (3, 2), **N),
    "convolution with strides and padding": layers.Conv2D(5, 3, strides=(2, 3), padding="same", **N),
    "dilated convolution": layers.Conv2D(5, 3, dilation_rate=2, padding="same", **N),
    "convolution in groups": layers.Conv2D(9, 3, groups=3, padding="same", activation="relu", **N),
    "convolution without bias": layers.Conv2D(4, 2, use_bias=False, name="looked_at"),
    "depthwise convolution": layers.DepthwiseConv2D(3, 2, padding="same", depth_multiplier=2, **N),
    "separable convolution": layers.SeparableConv2D(7, 3, padding="same", depth_multiplier=2, activation="silu", **N),
    "transposed convolution": layers.Conv2DTranspose(4, 3, strides=2, padding="same", **N),
    "dense layer at each place": layers.Dense(8, activation="gelu", **N),
    "batch normalization": layers.BatchNormalization(name="looked_at"),
    "average pooling over the edge": layers.AveragePooling2D(3, 2, padding="same", name="looked_at"),
    "global average pooling": layers.GlobalAveragePooling2D(name="looked_at"),
    "flatten": layers.Flatten(name="looked_at"),
    "padding": layers.ZeroPadding2D(((1, 0), (2, 1)), name="looked_at"),
    "enlarging": layers.UpSampling2D(2, interpolation="bilinear", name="looked_at"),
    "rescaling": layers.Rescaling(2.0, -1.0, name="looked_at"),
    "sum": two_ways(layers.Add(name="looked_at")),
    "difference": two_ways(layers.Subtract(name="looked_at")),
    "mean": two_ways(layers.Average(name="looked_at")),
    "joined channels": two_ways(layers.Concatenate(name="looked_at")),
    "a map added to itself": lambda x: layers.Add(name="looked_at")([x, x]),
    "spectral normalization": layers.SpectralNormalization(layers.Conv2D(5, 3), name="looked_at"),
}


@pytest.mark.parametrize("layer", SUMS.values(), ids=SUMS)
def test_terms_and_bias_add_up_to_keras_own_number_before_the_activation(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    shape, operation = network.layer("looked_at").shape, network.operation("looked_at")
    for place in some_places(shape):
        terms, by_name = look(network, "looked_at", place)
        assert terms.kind == SUM
        assert sum_of(terms) == pytest.approx(terms.total, abs=1e-5 * size_of(terms) + 1e-7)
        value = float(by_name["looked_at"][place])
        function = getattr(operation, "activation", keras.activations.linear)
        through = function(keras.ops.convert_to_tensor([[terms.total]]))
        assert value == pytest.approx(float(through[0, 0]), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("layer", SUMS.values(), ids=SUMS)
def test_weight_says_what_a_changed_input_changes(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    place = some_places(network.layer("looked_at").shape)[3]
    terms, by_name = look(network, "looked_at", place)
    rng = np.random.default_rng(9)
    changes = {source.layer_name: rng.standard_normal(source.values.shape) for source in terms.sources}
    changed = {
        name: values + changes.get(name, 0).astype(np.float32) for name, values in by_name.items() if name in changes
    }
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    after = network.terms("looked_at", place, {**by_name, **changed}, picture).total
    expected = sum(float((source.weights * changes[source.layer_name]).sum()) for source in terms.sources)
    assert after - terms.total == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_weights_of_a_convolution_are_its_kernel_where_it_lies() -> None:
    network = build(SUMS["convolution with strides and padding"])
    kernel, bias = network.model.get_layer("looked_at").get_weights()
    terms, _ = look(network, "looked_at", (1, 1, 2))
    (source,) = terms.sources
    rows, columns = slice(2, 5), slice(3, 6)  # in steps of 2 and 3; what padding there is lies below and to the right
    assert source.layer_name == "before"
    np.testing.assert_allclose(source.weights[rows, columns], kernel[..., 2], rtol=1e-6)
    assert np.count_nonzero(source.weights) == kernel[..., 2].size
    assert terms.constant == pytest.approx(float(bias[2]))


def test_first_layer_reads_the_picture() -> None:
    network = build(layers.Flatten(name="looked_at"))
    terms, _ = look(network, "before", (4, 5, 1))
    assert [source.layer_name for source in terms.sources] == [None]
    assert np.count_nonzero(terms.sources[0].weights) == 3 * 3 * 3


@pytest.mark.parametrize(
    "layer",
    [
        layers.MaxPooling2D(2, name="looked_at"),
        layers.MaxPooling2D(3, 2, padding="same", name="looked_at"),
        layers.GlobalMaxPooling2D(name="looked_at"),
        two_ways(layers.Maximum(name="looked_at")),
    ],
    ids=["pooling", "over the edge", "global", "maximum"],
)
def test_maximum_passes_its_winner_on(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    for place in some_places(network.layer("looked_at").shape):
        terms, by_name = look(network, "looked_at", place)
        assert terms.kind == WINNER
        read = np.concatenate([source.weights.ravel() for source in terms.sources])
        values = np.concatenate([source.values.ravel() for source in terms.sources])
        assert values[read != 0].tolist() == [by_name["looked_at"][place]]
        assert read[read != 0].tolist() == [1]


def test_product_is_its_map_weighed_by_its_gate() -> None:
    network = build(gated)
    terms, by_name = look(network, "looked_at", (3, 4, 5))
    assert terms.kind == FACTORS
    (source,), ((gate, place),) = terms.sources, terms.gates
    assert (source.layer_name, gate.layer_name, place) == ("before", "gate", (0, 0, 5))
    assert source.weights[3, 4, 5] == by_name["gate"][0, 0, 5]
    assert np.count_nonzero(source.weights) == 1
    assert sum_of(terms) == pytest.approx(float(by_name["looked_at"][3, 4, 5]), rel=1e-5)


@pytest.mark.parametrize(
    "layer",
    [layers.ReLU(name="looked_at"), layers.Activation("silu", name="looked_at"), layers.PReLU(name="looked_at")],
    ids=["relu", "silu", "prelu"],
)
def test_activation_alone_reads_the_value_at_its_own_place(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    for place in some_places((HEIGHT, WIDTH, 6)):
        terms, by_name = look(network, "looked_at", place)
        assert terms.kind == FUNCTION
        assert terms.total == sum_of(terms) == by_name["before"][place]


@pytest.mark.parametrize(
    "layer",
    [
        layers.LayerNormalization(name="looked_at"),
        layers.LayerNormalization(axis=(1, 2, 3), center=False, name="looked_at"),
        layers.GroupNormalization(3, name="looked_at"),
        layers.GroupNormalization(groups=-1, scale=False, name="looked_at"),
    ],
    ids=["layer", "whole layer", "group", "instance"],
)
def test_normalization_that_measures_the_photo_scales_its_value(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    for place in some_places((HEIGHT, WIDTH, 6)):
        terms, by_name = look(network, "looked_at", place)
        assert terms.kind == MEASURED
        assert np.count_nonzero(terms.sources[0].weights) == 1
        assert sum_of(terms) == pytest.approx(float(by_name["looked_at"][place]), abs=1e-5 * size_of(terms))


def attention(x: Tensor) -> Tensor:
    tokens = layers.Reshape((HEIGHT * WIDTH, 6))(x)
    return layers.MultiHeadAttention(2, 3, name="looked_at")(tokens, tokens)


@pytest.mark.parametrize(
    "layer",
    [
        attention,
        layers.Softmax(name="looked_at"),
        lambda x: layers.GRU(4, name="looked_at")(layers.Reshape((132, 6))(x)),
    ],
    ids=["attention", "softmax", "recurrent"],
)
def test_what_is_no_sum_is_said_to_be_none(layer: Callable[[Tensor], Tensor]) -> None:
    network = build(layer)
    place = some_places(network.layer("looked_at").shape)[2]
    terms, _ = look(network, "looked_at", place)
    assert (terms.kind, terms.sources) == (CLOSED, ())


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_taken_apart_as_far_as_it_computes(policy: str) -> None:
    network = build(layers.Conv2D(5, 3, dtype=policy, **N))
    terms, by_name = look(network, "looked_at", (2, 2, 1))
    assert terms.kind == SUM
    assert sum_of(terms) == pytest.approx(float(by_name["looked_at"][2, 2, 1]), abs=0.01 * size_of(terms))
