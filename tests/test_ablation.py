"""Switching channels off: the answer is that of a network whose kernels and biases for them are zero."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.errors import LayerNotFoundError, OptionError
from cnnviz.explorer import Explorer
from cnnviz.network import Network
from networks import build_branches
from pictures import draw


def zeroed(explorer: Explorer, layer_name: str, channels: list[int]) -> Explorer:
    """Copy a network, and set the kernels and biases of some channels to zero."""
    network = explorer.network
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    kernel, bias = model.get_layer(layer_name).get_weights()
    kernel[..., channels] = 0
    bias[channels] = 0
    model.get_layer(layer_name).set_weights([kernel, bias])
    return Explorer(Network(model, network.class_names, network.preprocessing))


@pytest.mark.parametrize(
    ("layer", "channels"), [("conv2d_1", [0]), ("conv2d_3", [17, 40]), ("conv2d_4", list(range(64))), ("dense_1", [5])]
)
def test_answer_is_that_of_a_network_whose_kernels_are_zero(
    layer: str, channels: list[int], explorer: Explorer
) -> None:
    photo = draw(320, 200)
    ablation = explorer.ablate(photo, {layer: channels})
    assert ablation.probabilities == pytest.approx(zeroed(explorer, layer, channels).predict(photo), abs=1e-6)
    assert ablation.original == explorer.predict(photo)
    assert ablation.without == {layer: channels}
    assert ablation.logits.shape == ablation.original_logits.shape == (1,)


def test_pooled_and_flattened_channels_are_those_of_the_convolution(explorer: Explorer) -> None:
    photo, channels = draw(320, 200), [3, 90]
    expected = explorer.ablate(photo, {"conv2d_4": channels}).logits
    for layer in ("max_pooling2d_4", "flatten_1"):
        np.testing.assert_allclose(explorer.ablate(photo, {layer: channels}).logits, expected, atol=1e-6)


def test_channels_of_several_layers_are_off_at_once(explorer: Explorer) -> None:
    photo = draw(320, 200)
    both = explorer.ablate(photo, {"conv2d_1": [1, 2], "conv2d_4": [7]})
    first = zeroed(explorer, "conv2d_1", [1, 2])
    assert both.probabilities == pytest.approx(zeroed(first, "conv2d_4", [7]).predict(photo), abs=1e-6)


def test_nothing_off_changes_nothing_and_everything_off_leaves_the_biases(explorer: Explorer) -> None:
    photo = draw(320, 200)
    assert explorer.ablate(photo, {}).probabilities == pytest.approx(explorer.predict(photo), abs=1e-7)
    _, bias = explorer.network.model.layers[-1].get_weights()
    np.testing.assert_allclose(explorer.ablate(photo, {"dense_1": range(512)}).logits, bias, atol=1e-7)


def test_blocks_branches_and_several_classes_work_too() -> None:
    explorer = Explorer(build_branches())
    ablation = explorer.ablate(draw(80, 60), {"block/depthwise": [0], "joined": [15]})
    assert sum(ablation.probabilities.values()) == pytest.approx(1)
    assert (ablation.logits != ablation.original_logits).any()


@pytest.mark.parametrize("channel", [32, -1, 0.5, "3", True, None])
def test_channel_that_is_not_there_is_one_sentence(channel: object, explorer: Explorer) -> None:
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has the channels 0 to 31\. Received: "):
        explorer.ablate(draw(), {"conv2d_1": [channel]})  # type: ignore[list-item]


def test_layer_that_is_not_there_or_answers_is_one_sentence(explorer: Explorer) -> None:
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        explorer.ablate(draw(), {"conv9": [0]})
    with pytest.raises(OptionError, match="'dense_2' gives the answer"):
        explorer.ablate(draw(), {"dense_2": [0]})


def test_neither_the_photo_nor_the_network_is_changed(explorer: Explorer) -> None:
    photo = draw(320, 200)
    pixels, weights = photo.tobytes(), [each.copy() for each in explorer.network.model.get_weights()]
    explorer.ablate(photo, {"conv2d_1": [0]})
    assert photo.tobytes() == pixels
    for before, after in zip(weights, explorer.network.model.get_weights(), strict=True):
        assert (before == after).all()
    assert cnnviz.Ablation is type(explorer.ablate(photo, {}))
