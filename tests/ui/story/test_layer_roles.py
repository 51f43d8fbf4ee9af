"""What is said of normalizations, activations, and of what joins branches."""

import keras
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.story.layer_roles import tell_roles
from networks import build_branches, build_residual
from pictures import draw


def tell(network: Network) -> list[str]:
    result = Explorer(network)(draw())
    return tell_roles(result, result.layers, [])


def test_block_says_what_each_of_its_layers_does_once() -> None:
    assert tell(build_residual()) == [
        "norm_1, a normalization, scales and shifts each channel, the same at every place.",
        "relu_1, an activation alone, turns everything below zero into zero.",
        "gated is a gate: the whole picture decides how much of each channel goes on.",
        "added adds what a block made to what went past it, number by number: gated and relu_1.",
    ]


def test_what_an_earlier_stage_has_told_is_not_told_again() -> None:
    result = Explorer(build_residual())(draw())
    layers = result.layers
    names = [layer.name for layer in layers]
    middle = names.index("conv_2")
    assert [each.split()[0] for each in tell_roles(result, layers[middle:], [layers[:middle]])] == ["gated", "added"]


def test_branches_of_which_none_passes_the_other_are_told_as_such() -> None:
    told = tell(build_branches())
    assert "added adds up what came along several ways, number by number: left and right." in told
    assert "joined puts the channels of its branches side by side." in told


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (keras.layers.LayerNormalization(name="x"), "x, a normalization, scales the numbers by what it measures"),
        (keras.layers.Activation("gelu", name="x"), "x, an activation alone, puts every number through GELU."),
        (keras.layers.ReLU(negative_slope=0.1, name="x"), "x, an activation alone, puts every number through ReLU."),
        (keras.layers.Softmax(name="x"), "x, an activation alone, turns numbers into shares that add up to 1."),
    ],
)
def test_other_kinds_are_told_by_what_they_do(layer: keras.layers.Layer, sentence: str) -> None:
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), layer, keras.layers.Flatten(), keras.layers.Dense(1)]
    assert tell(Network(keras.Sequential(layers), ("a", "b"), Preprocessing(8, 8)))[0].startswith(sentence)
