"""What a channel adds to the decision: the same as asking the network once with it and once without it."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError, StoppedError
from cnnviz.base.steps import finish
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result import channel_scores
from cnnviz.result.channel_scores import channel_effects
from cnnviz.result.result import Result
from networks import build_branches
from pictures import draw

TOLERANCE = 2e-6


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(320, 200))


@pytest.fixture(scope="module")
def branches() -> Explorer:
    return Explorer(build_branches())


def one_by_one(explorer: Explorer, result: Result, layer: str, channels: range, class_name: str) -> list[float]:
    """Switch the channels off, one after the other, and give what the logit of the class loses."""
    names = explorer.network.class_names
    output, sign = (0, 1 if class_name == names[1] else -1) if len(names) == 2 else (names.index(class_name), 1)
    found = [explorer.ablate(result.photo, {layer: [channel]}) for channel in channels]
    return [sign * float(each.original_logits[output] - each.logits[output]) for each in found]


@pytest.mark.parametrize(
    ("layer", "step"),
    [("conv2d_1", 5), ("max_pooling2d_2", 9), ("conv2d_3", 17), ("conv2d_4", 13), ("flatten_1", 13), ("dense_1", 40)],
)
def test_effects_are_those_of_switching_one_channel_off_after_the_other(
    layer: str, step: int, explorer: Explorer, result: Result
) -> None:
    effects = finish(channel_effects(explorer.network, result, layer))
    assert effects.shape == (len(result[layer].feature_maps),)
    expected = one_by_one(explorer, result, layer, range(0, len(effects), step), result.label)
    np.testing.assert_allclose(effects[::step], expected, atol=TOLERANCE)
    assert np.abs(effects).max() > 100 * TOLERANCE


@pytest.mark.parametrize("class_name", ["ant", "bee", "cow"])
@pytest.mark.parametrize("layer", ["signed", "left", "pooled", "block/depthwise", "joined", "last", "averaged"])
def test_effects_on_each_class_of_a_softmax_are_those_of_switching_channels_off(
    layer: str, class_name: str, branches: Explorer
) -> None:
    result = branches(draw(90, 70))
    effects = finish(channel_effects(branches.network, result, layer, class_name))
    expected = one_by_one(branches, result, layer, range(len(effects)), class_name)
    np.testing.assert_allclose(effects, expected, atol=TOLERANCE)
    assert np.abs(effects).max() > 100 * TOLERANCE


def test_effects_on_the_two_classes_of_a_sigmoid_are_opposite(explorer: Explorer, result: Result) -> None:
    layer, network = "conv2d_4", explorer.network
    cat, dog = (finish(channel_effects(network, result, layer, name)) for name in ("cat", "dog"))
    np.testing.assert_allclose(cat, -dog, atol=TOLERANCE)
    assert finish(channel_effects(network, result, layer)).tolist() == {"cat": cat, "dog": dog}[result.label].tolist()
    expected = one_by_one(explorer, result, layer, range(0, 128, 31), "cat")
    np.testing.assert_allclose(cat[::31], expected, atol=TOLERANCE)


def test_effects_of_the_units_before_the_answer_are_their_contributions(
    explorer: Explorer, result: Result, branches: Explorer
) -> None:
    other = branches(draw(90, 70))
    for network, each, layer in ((explorer.network, result, "dense_1"), (branches.network, other, "averaged")):
        for class_name in network.class_names:
            effects = finish(channel_effects(network, each, layer, class_name))
            np.testing.assert_allclose(effects, each.contributions(class_name).values, atol=TOLERANCE)


def test_silent_channels_have_exactly_no_effect(explorer: Explorer, result: Result) -> None:
    for layer in ("conv2d_4", "dense_1"):
        silent = ~result[layer].feature_maps.any(axis=(1, 2))
        effects = finish(channel_effects(explorer.network, result, layer))
        assert 0 < silent.sum() < len(silent)
        assert (effects[silent] == 0).all()
        assert (effects[~silent] != 0).mean() > 0.9


def test_layer_whose_channels_are_all_silent_has_no_effect() -> None:
    network = build_branches()
    layer = network.model.get_layer("right")
    layer.set_weights([values * 0 for values in layer.get_weights()])
    assert finish(channel_effects(network, Explorer(network)(draw(90, 70)), "right")).tolist() == [0.0] * 8


@pytest.mark.parametrize(("name", "limit"), [("MAX_BATCH", 3), ("MAX_VALUES", 1)])
def test_number_of_channels_at_once_does_not_matter(
    name: str, limit: int, branches: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = branches(draw(90, 70))
    expected = {layer: finish(channel_effects(branches.network, result, layer)) for layer in ("left", "last")}
    monkeypatch.setattr(f"cnnviz.result.channel_scores.{name}", limit)
    for layer, effects in expected.items():
        np.testing.assert_allclose(finish(channel_effects(branches.network, result, layer)), effects, atol=TOLERANCE)


def test_logit_before_a_softmax_loses_itself_and_the_others_nothing() -> None:
    keras.utils.set_random_seed(4)
    layers = [keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, name="logits")]
    model = keras.Sequential([keras.Input((20, 20, 3)), *layers, keras.layers.Softmax(name="answer")])
    network = Network(model, ("ant", "bee", "cow"), Preprocessing(20, 20))
    result = Explorer(network)(draw())
    effects = finish(channel_effects(network, result, "logits", "bee"))
    np.testing.assert_allclose(effects, [0, result.logits[1], 0], atol=TOLERANCE)
    assert abs(result.logits[1]) > 100 * TOLERANCE


def test_picture_and_earlier_layers_that_a_later_layer_is_fed_stay_as_they_are() -> None:
    keras.utils.set_random_seed(4)
    layers = keras.layers
    picture = keras.Input((20, 20, 3))
    first = layers.Conv2D(4, 3, padding="same", name="first")(picture)
    second = layers.Conv2D(5, 3, padding="same", activation="relu", name="second")(first)
    joined = layers.Concatenate(name="joined")([second, picture, first])
    maps = layers.Conv2D(6, 3, activation="relu", name="third")(joined)
    model = keras.Model(picture, layers.Dense(1, "sigmoid")(layers.GlobalMaxPooling2D()(maps)))
    explorer = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 20)))
    result = explorer(draw())
    for layer in ("first", "second", "joined"):
        effects = finish(channel_effects(explorer.network, result, layer, "dog"))
        np.testing.assert_allclose(
            effects, one_by_one(explorer, result, layer, range(len(effects)), "dog"), atol=TOLERANCE
        )


def test_it_can_be_left_off_after_each_batch(branches: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_scores, "MAX_BATCH", 2)
    result = branches(draw(90, 70))
    shares = list(channel_effects(branches.network, result, "left"))
    assert shares == sorted(shares)
    assert len(shares) == math.ceil((~result["left"].statistics.silent).sum() / 2) > 1
    with pytest.raises(StoppedError):
        finish(channel_effects(branches.network, result, "left"), iter([True, False]).__next__)


def test_neither_the_result_nor_the_network_is_changed(branches: Explorer) -> None:
    result = branches(draw(90, 70))
    weights = [each.copy() for each in branches.network.model.get_weights()]
    activations = [layer.activation.copy() for layer in result.layers]
    finish(channel_effects(branches.network, result, "left"))
    for layer, before in zip(result.layers, activations, strict=True):
        np.testing.assert_array_equal(layer.activation, before)
    for now, before in zip(branches.network.model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


def test_what_is_not_there_is_one_sentence(explorer: Explorer, result: Result) -> None:
    with pytest.raises(OptionError, match=r"^'dense_2' gives the answer: its channels cannot be switched off"):
        finish(channel_effects(explorer.network, result, "dense_2"))
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        finish(channel_effects(explorer.network, result, "conv9"))
    with pytest.raises(NetworkError, match=r"^Classes: cat, dog\. Received: class_name='bird'\.$"):
        finish(channel_effects(explorer.network, result, "conv2d_4", "bird"))


def test_values_beyond_all_numbers_are_an_error() -> None:
    layers = [keras.layers.Conv2D(1, 3, name="conv"), keras.layers.GlobalAveragePooling2D(name="mean")]
    layers += [keras.layers.Dense(1, "relu", name="hidden"), keras.layers.Dense(1, name="answer")]
    model = keras.Sequential([keras.Input((20, 20, 3)), *layers])
    model.get_layer("conv").set_weights([np.zeros((3, 3, 3, 1)), np.ones(1)])
    model.get_layer("hidden").set_weights([-np.ones((1, 1)), np.ones(1)])  # 0, and 1 without the channel
    model.get_layer("answer").set_weights([np.full((1, 1), 3e38), np.full(1, 3e38)])
    network = Network(model, ("cat", "dog"), Preprocessing(20, 20))
    result = Explorer(network)(draw())
    with pytest.raises(NetworkError, match=r"^Layer 'answer' produced infinite values or NaN"):
        finish(channel_effects(network, result, "mean"))
