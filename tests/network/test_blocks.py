"""Blocks and stages of networks as people build them, and of the embedded one."""

from collections.abc import Callable
from typing import Any

import keras
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches

L = keras.layers
SIDE = 16


def network_of(body: Callable[[Any], Any], head: bool = True) -> Network:
    """Build a network of two classes around the layers in question."""
    picture = keras.Input((SIDE, SIDE, 3))
    found = body(picture)
    found = L.GlobalAveragePooling2D(name="pooled")(found) if head else found
    answer = L.Dense(2, activation="softmax", name="answer")(found)
    return Network(keras.Model(picture, answer), ("no", "yes"), Preprocessing(SIDE, SIDE))


def blocks_of(network: Network) -> list[list[str]]:
    """Give the names of the layers of each block."""
    return [[layer.name for layer in block.layers] for block in network.blocks]


def stages_of(network: Network) -> list[list[str]]:
    """Give the names of the blocks of each stage."""
    return [[block.name for block in stage.blocks] for stage in network.stages]


def convolve(values: Any, name: str, kernel: int = 3, strides: int = 1, channels: int = 4) -> Any:
    """Convolve, normalize and activate."""
    values = L.Conv2D(channels, kernel, strides=strides, padding="same", name=name)(values)
    return L.ReLU(name=f"{name}_relu")(L.BatchNormalization(name=f"{name}_norm")(values))


def test_a_convolution_its_normalization_activation_padding_and_dropout_are_one_block() -> None:
    def body(picture: Any) -> Any:
        values = L.Dropout(0.5, name="drop")(convolve(L.ZeroPadding2D(name="pad")(picture), "first"))
        return L.MaxPooling2D(name="pooling")(convolve(values, "second"))

    network = network_of(body)
    assert blocks_of(network) == [
        ["pad", "first", "first_norm", "first_relu", "drop"],
        ["second", "second_norm", "second_relu"],
        ["pooling"],
        ["pooled"],
        ["answer"],
    ]
    assert [block.name for block in network.blocks] == ["first_relu", "second_relu", "pooling", "pooled", "answer"]
    assert stages_of(network) == [["first_relu", "second_relu", "pooling"], ["pooled"], ["answer"]]


def test_branches_that_meet_again_are_one_block_with_what_activates_their_sum() -> None:
    def body(picture: Any) -> Any:
        values = convolve(picture, "stem")
        for number, strides in enumerate((1, 2), start=1):
            short = L.Conv2D(4, 1, strides=strides, name=f"short{number}")(values)
            long = convolve(convolve(values, f"{number}a", strides=strides), f"{number}b")
            values = L.ReLU(name=f"out{number}")(L.Add(name=f"sum{number}")([short, long]))
        return L.Concatenate(name="joined")([values, convolve(values, "more")])

    network = network_of(body)
    assert [block.name for block in network.blocks] == ["stem_relu", "out1", "out2", "joined", "pooled", "answer"]
    assert [len(block.layers) for block in network.blocks] == [3, 9, 9, 4, 1, 1]
    assert stages_of(network) == [["stem_relu", "out1"], ["out2", "joined"], ["pooled"], ["answer"]]


def test_a_normalization_before_a_convolution_belongs_to_it() -> None:
    def body(picture: Any) -> Any:
        values = L.Conv2D(4, 3, padding="same", name="stem")(picture)
        for number in (1, 2):
            ready = L.ReLU(name=f"ready{number}")(L.BatchNormalization(name=f"norm{number}")(values))
            values = L.Add(name=f"sum{number}")([values, convolve(ready, f"conv{number}")])
        return L.ReLU(name="end")(L.BatchNormalization(name="end_norm")(values))

    network = network_of(body)
    assert [block.name for block in network.blocks] == ["stem", "sum1", "sum2", "end", "pooled", "answer"]
    assert blocks_of(network)[3] == ["end_norm", "end"]


def gate(values: Any, name: str) -> Any:
    """Weigh the channels, as squeeze and excite does."""
    weights = L.Dense(4, activation="sigmoid", name=f"{name}_weights")(L.GlobalAveragePooling2D()(values))
    return L.Multiply(name=name)([values, L.Reshape((1, 1, 4))(weights)])


def test_convolutions_of_single_places_and_gates_belong_to_a_depthwise_one_between() -> None:
    def depthwise(values: Any, name: str) -> Any:
        return L.ReLU(name=f"{name}_relu")(L.DepthwiseConv2D(3, padding="same", name=name)(values))

    def body(picture: Any) -> Any:
        values = convolve(picture, "stem")
        values = convolve(depthwise(values, "plain"), "plain_end", kernel=1)
        values = gate(depthwise(convolve(values, "wide", kernel=1), "gated"), "gate")
        return convolve(L.Conv2D(4, 1, name="narrow")(values), "last", kernel=1)

    names = [(block.layers[0].name, block.name) for block in network_of(body).blocks]
    assert names == [
        ("stem", "stem_relu"),
        ("plain", "plain_end_relu"),
        ("wide", "narrow"),
        ("last", "last_relu"),
        ("pooled", "pooled"),
        ("answer", "answer"),
    ]


def test_shortcuts_across_the_whole_network_divide_it_no_less() -> None:
    def body(picture: Any) -> Any:
        values = first = convolve(picture, "conv0")
        for number in range(1, 12):
            values = convolve(values, f"conv{number}")
        return L.Concatenate(name="joined")([first, values])

    blocks = network_of(body).blocks
    assert [block.name for block in blocks] == [*(f"conv{n}_relu" for n in range(12)), "joined", "pooled", "answer"]


def test_layers_that_only_prepare_are_shown_where_there_is_nothing_else() -> None:
    network = network_of(lambda picture: L.Flatten(name="flat")(L.Rescaling(1 / 255, name="scaled")(picture)), False)
    assert blocks_of(network) == [["scaled", "flat"], ["answer"]]
    assert stages_of(network) == [["flat"], ["answer"]]


def test_every_layer_of_any_network_is_in_one_block(explorer: Explorer) -> None:
    for network in (explorer.network, build_branches()):
        layers = [layer for block in network.blocks for layer in block.layers]
        assert layers == list(network.layers)
        assert [layer for stage in network.stages for layer in stage.layers] == layers


def test_the_embedded_network_has_a_stage_for_each_convolution_with_its_pooling(explorer: Explorer) -> None:
    assert stages_of(explorer.network) == [
        *([f"conv2d_{number}", f"max_pooling2d_{number}"] for number in range(1, 5)),
        ["flatten_1", "dense_1"],
        ["dense_2"],
    ]


@pytest.mark.parametrize("kind", [L.Dropout, L.ZeroPadding2D, L.SpatialDropout2D])
def test_no_block_is_shown_by_a_layer_that_only_passes_on(kind: type[Any]) -> None:
    def body(picture: Any) -> Any:
        return kind(name="passing", **({"rate": 0.5} if "Dropout" in kind.__name__ else {}))(convolve(picture, "conv"))

    assert "passing" not in [block.name for block in network_of(body).blocks]
