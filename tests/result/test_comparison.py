"""Two photos compared: numbers equal to plain loops, pictures equal to numbers, and any network."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnviz.base.errors import ImageError, LayerNotFoundError, NetworkError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.comparison import Comparison, telling_layer
from cnnviz.result.comparison_picture import LABEL_PIXELS, MARGIN, draw_triptych
from cnnviz.result.layer_result import LayerResult
from networks import LAYERS, build_branches, build_red_finder
from pictures import draw
from tiles import read_levels

WHITE = (247, 246, 246)
"""The middle of RdBu_r: no difference."""


@pytest.fixture(scope="module")
def comparison(explorer: Explorer) -> Comparison:
    return explorer.compare(draw(320, 200), draw(200, 300, seed=5))


@pytest.fixture(scope="module")
def same(explorer: Explorer) -> Comparison:
    return explorer.compare(draw(320, 200), draw(320, 200))


@pytest.fixture(scope="module")
def branches() -> Comparison:
    return Explorer(build_branches()).compare(draw(90, 70), draw(70, 90, seed=4))


def in_loops(first: LayerResult, second: LayerResult) -> list[float]:
    """Compute the scores one activation after the other."""
    means, sizes = [[], []], []
    for photo, layer in enumerate((first, second)):
        activation = layer.activation.astype(float).reshape(-1, len(layer.feature_maps))  # places, channels
        for channel in range(activation.shape[1]):
            total = size = 0.0
            for value in activation[:, channel]:
                total += value
                size += abs(value)
            means[photo].append(total / len(activation))
            sizes.append(size / len(activation))
    return [(other - one) / (max(sizes) or 1) for one, other in zip(*means, strict=True)]


@pytest.mark.parametrize("name", ["conv2d_3", "max_pooling2d_4", "flatten_1", "dense_1", "dense_2"])
def test_scores_are_what_loops_over_all_activations_give(name: str, comparison: Comparison) -> None:
    expected = in_loops(*comparison.layers(name))
    np.testing.assert_allclose(comparison.scores(name), expected, atol=1e-5)
    assert np.abs(expected).max() > 0.001
    assert np.abs(comparison.scores(name)).max() <= 1


def test_scores_of_any_network_are_what_loops_give(branches: Comparison) -> None:
    for layer in branches.first.layers:
        scores = branches.scores(layer.name)
        np.testing.assert_allclose(scores, in_loops(*branches.layers(layer.name)), atol=1e-5)
        assert np.abs(scores).max() <= 2
    assert (branches.scores("signed") < 0).any()
    assert (branches.scores("signed") > 0).any()


@pytest.mark.parametrize("name", LAYERS)
def test_ranking_holds_every_channel_once_the_most_telling_first(name: str, comparison: Comparison) -> None:
    ranking, scores = comparison.ranking(name), comparison.scores(name)
    assert sorted(ranking) == list(range(len(scores)))
    assert (np.diff(np.abs(scores)[ranking]) <= 0).all()


def test_channel_that_looks_for_red_tells_a_red_photo_from_a_blue_one_wherever_the_red_is() -> None:
    explorer = Explorer(build_red_finder())
    pixels = np.full((150, 150, 3), (40, 40, 90), np.uint8)
    red = pixels.copy()
    red[100:120, 20:40] = 250, 0, 0
    for one, other, sign in ((pixels, red, 1), (red, pixels, -1)):
        comparison = explorer.compare(one, other)
        assert comparison.ranking("conv2d_2")[0] == 11
        assert sign * comparison.scores("conv2d_2")[11] > 0.9
    moved = np.roll(red, (-60, 60), axis=(0, 1))
    apart = explorer.compare(red, moved)
    assert np.abs(apart.differences("conv2d_2")[11]).max() > 100  # other places
    assert abs(apart.scores("conv2d_2")[11]) < 1e-3  # the same amount


@pytest.mark.parametrize("name", ["conv2d_1", "max_pooling2d_3", "flatten_1", "dense_1"])
def test_differences_are_the_second_photo_s_activations_minus_the_first_s(name: str, comparison: Comparison) -> None:
    first, second = (layer.activation.astype(float) for layer in comparison.layers(name))
    channels, (height, width) = len(comparison.first[name].feature_maps), comparison.first[name].places
    differences = comparison.differences(name)
    assert differences.shape == (channels, height, width)
    expected = np.moveaxis((second - first).reshape(height, width, channels), -1, 0)
    np.testing.assert_array_equal(differences, expected)


@pytest.mark.parametrize("class_name", [None, "cat", "dog"])
def test_contributions_add_up_to_the_difference_of_the_logits(class_name: str | None, comparison: Comparison) -> None:
    found = comparison.contributions(class_name)
    assert found.class_name == (class_name or comparison.second.label)
    logit = float(comparison.second.logits[0] - comparison.first.logits[0])
    sign = 1 if found.class_name == "dog" else -1
    assert found.values.sum() + found.bias == pytest.approx(sign * logit, abs=1e-6)
    assert found.logit == pytest.approx(sign * logit, abs=1e-6)
    kernel = comparison.first.network.model.layers[-1].get_weights()[0][:, 0].astype(float)
    first, second = (layer.activation.astype(float) for layer in comparison.layers("dense_1"))
    expected = [sign * weight * (other - one) for weight, one, other in zip(kernel, first, second, strict=True)]
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


def test_contributions_to_a_class_of_a_softmax_add_up_too(branches: Comparison) -> None:
    for index, name in enumerate(("ant", "bee", "cow")):
        logit = float(branches.second.logits[index]) - float(branches.first.logits[index])
        assert branches.contributions(name).values.sum() == pytest.approx(logit, abs=1e-6)
    with pytest.raises(NetworkError, match="Received: class_name='dog'"):
        branches.contributions("dog")


# The same photo twice, silent channels, other networks


@pytest.mark.parametrize("name", LAYERS)
def test_same_photo_twice_differs_nowhere(name: str, same: Comparison) -> None:
    assert not same.differences(name).any()
    assert not same.scores(name).any()
    assert same.ranking(name) == list(range(len(same.first[name].feature_maps)))
    told = same.to_dict(name)
    assert told["num_different"] == 0
    assert {each["score"] for each in told["channels"]} == {0.0}
    width = same.picture(name, 1).width
    difference = np.asarray(same.picture(name, 1))[LABEL_PIXELS:, width - width // 3 + 2 :]
    if not same.first[name].statistics.silent[0]:
        assert {tuple(pixel) for pixel in difference.reshape(-1, 3)} == {WHITE}


def test_layer_that_is_silent_on_both_photos_has_no_nan() -> None:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    silent = layers.Conv2D(4, 3, activation="relu", kernel_initializer="zeros", name="silent")
    model = keras.Sequential([keras.Input((20, 20, 3)), silent, layers.Flatten(), layers.Dense(1)])
    explorer = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 20)))
    comparison = explorer.compare(draw(), draw(seed=1))
    assert comparison.scores("silent").tolist() == [0, 0, 0, 0]
    assert comparison.to_dict("silent")["num_different"] == 0
    gray = np.unique(np.asarray(comparison.picture("silent", 1))[LABEL_PIXELS:].reshape(-1, 3), axis=0).tolist()
    assert [96, 96, 96] in gray  # hatched


def test_huge_activations_overflow_nowhere() -> None:
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((20, 20, 3)), layers.Conv2D(2, 1, name="huge"), layers.Flatten(), layers.Dense(1)]
    )
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[..., 0], kernel[..., 1] = 1e38, -1e38
    model.get_layer("huge").set_weights([kernel, np.zeros(2, np.float32)])
    model.layers[-1].set_weights([np.full((800, 1), 1e-38, np.float32), np.zeros(1, np.float32)])
    explorer = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 20)))
    comparison = explorer.compare(np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8))
    np.testing.assert_allclose(comparison.scores("huge"), [1, -1], rtol=1e-6)
    assert np.isfinite(comparison.differences("huge")).all()
    json.dumps(comparison.to_dict("huge"), allow_nan=False)
    assert comparison.picture("huge").size


def test_results_of_two_networks_are_not_compared(explorer: Explorer) -> None:
    other = Explorer(build_branches())
    with pytest.raises(
        OptionError, match=r"^Only results of one network can be compared\. Received: .*two networks\.$"
    ):
        Comparison(explorer(draw()), other(draw()))


def test_unknown_layer_and_bad_photo_are_refused(comparison: Comparison, explorer: Explorer, tmp_path: Path) -> None:
    for ask in (comparison.scores, comparison.differences, comparison.ranking, comparison.picture, comparison.to_dict):
        with pytest.raises(LayerNotFoundError, match=r"^No layer named 'conv9'"):
            ask("conv9")
    with pytest.raises(ImageError, match="10 bytes of text"):
        explorer.compare(draw(), b"no picture")
    with pytest.raises(OptionError, match=r"^`number` is at least 1\. Received: number=0\.$"):
        comparison.picture("conv2d_4", 0)


def test_layer_that_is_compared_first_is_the_last_convolution(explorer: Explorer) -> None:
    assert telling_layer(explorer.network) == "conv2d_4"
    assert telling_layer(build_branches()) == "last"
    dense = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(name="flat"), keras.layers.Dense(1)])
    assert telling_layer(Network(dense, ("cat", "dog"), Preprocessing(8, 8))) == "flat"


# Pictures and plain values


@pytest.mark.parametrize("name", ["conv2d_1", "conv2d_4", "flatten_1"])
def test_pictures_give_the_activations_of_both_photos_and_their_difference_back(
    name: str, comparison: Comparison
) -> None:
    first, second = comparison.layers(name)
    channel = int((first.statistics.max > 0).argmax())
    assert second.statistics.max[channel] > 0
    limit = max(first.statistics.max[channel], second.statistics.max[channel])
    pixels = draw_triptych(first, second, channel, float(limit))
    height, width = first.places
    factor = 148 // max(height, width)
    assert pixels.shape == (height * factor, 3 * width * factor + 4, 3)
    parts = np.split(pixels, [width * factor, width * factor + 2, 2 * width * factor + 2, 2 * width * factor + 4], 1)
    one, other, apart = (part[factor // 2 :: factor, factor // 2 :: factor] for part in parts[::2])
    for shown, layer in ((one, first), (other, second)):
        values = read_levels(shown, "magma", signed=False) * limit
        np.testing.assert_allclose(values, layer.feature_maps[channel].reshape(height, width), atol=0.005 * limit)
    values = read_levels(apart, "RdBu_r", signed=True) * limit
    np.testing.assert_allclose(values, comparison.differences(name)[channel], atol=0.012 * limit)


def test_difference_of_a_layer_that_can_be_negative_is_not_cut_off(branches: Comparison) -> None:
    first, second = branches.layers("signed")
    limit = float(branches.limits("signed")[0])
    pixels = draw_triptych(first, second, 0, limit)
    width = (pixels.shape[1] - 4) // 3
    apart = read_levels(pixels[::2, -width::2], "RdBu_r", signed=True) * 2 * limit
    np.testing.assert_allclose(apart, branches.differences("signed")[0], atol=0.02 * limit)


def test_picture_holds_the_most_telling_channels_in_order(comparison: Comparison) -> None:
    layers, limits = comparison.layers("conv2d_4"), comparison.limits("conv2d_4")
    picture = np.asarray(comparison.picture("conv2d_4"))
    for place, channel in enumerate(comparison.ranking("conv2d_4")[:12]):
        expected = draw_triptych(*layers, channel, float(limits[channel]))
        top = place // 2 * (expected.shape[0] + LABEL_PIXELS + MARGIN) + LABEL_PIXELS
        left = place % 2 * (expected.shape[1] + MARGIN)
        found = picture[top : top + expected.shape[0], left : left + expected.shape[1]]
        np.testing.assert_array_equal(found, expected)
    assert comparison.picture("dense_2").height == 168  # a single unit: one triptych with its label


def test_every_layer_of_any_network_has_a_picture(branches: Comparison, comparison: Comparison) -> None:
    for each in (branches, comparison):
        for layer in each.first.layers:
            assert each.picture(layer.name, 3).mode == "RGB"


def test_plain_values_tell_both_answers_and_every_channel(comparison: Comparison) -> None:
    told = comparison.to_dict("dense_1")
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["first"] == {"label": comparison.first.label, "probabilities": comparison.first.probabilities}
    assert told["second"]["probabilities"] == comparison.second.probabilities
    assert [each["channel"] for each in told["channels"]] == comparison.ranking("dense_1")
    assert told["class_name"] == comparison.second.label
    contributions = comparison.contributions().values
    for each in told["channels"]:
        numbers = [layer.statistics for layer in comparison.layers("dense_1")]
        assert each["mean"] == pytest.approx([one.mean[each["channel"]] for one in numbers])
        assert each["max"] == pytest.approx([one.max[each["channel"]] for one in numbers])
        assert each["score"] == comparison.scores("dense_1")[each["channel"]]
        assert each["contribution"] == contributions[each["channel"]]
    told = comparison.to_dict("conv2d_4")
    assert told["class_name"] is None
    assert {each["contribution"] for each in told["channels"]} == {None}


def test_channels_of_a_flattened_layer_that_decides_add_what_their_places_add() -> None:
    keras.utils.set_random_seed(2)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(5, 3, activation="relu"), layers.Flatten(name="flat"), layers.Dense(1)]
    )
    comparison = Explorer(Network(model, ("cat", "dog"), Preprocessing(12, 12))).compare(draw(), draw(seed=3))
    told = comparison.to_dict("flat")
    assert len(told["channels"]) == 5
    total = sum(each["contribution"] for each in told["channels"])
    assert total == pytest.approx(comparison.contributions().logit, abs=1e-6)
