"""What channels look for: against what is known to excite them most, and against other pictures."""

from typing import Any

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.atlas.atlas import LayerAtlas, build_atlas, build_layer_atlas, convolutions
from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from networks import RED_PLACE, SMALL_SIDE, build_red_finder, shrink_architecture
from pictures import draw

NUM_DRAWN = 12


@pytest.fixture(scope="module")
def trained() -> Explorer:
    """The embedded model, whose atlas was computed from its weights."""
    return cnnviz.load()


@pytest.fixture(scope="module")
def drawn(trained: Explorer) -> list[Result]:
    """What it makes of pictures that were not made for it."""
    return [trained(draw(200, 150, seed=seed)) for seed in range(NUM_DRAWN)]


def show_each(explorer: Explorer, atlas: LayerAtlas) -> np.ndarray:
    """The highest activation of each channel for the picture of each: shape (pictures, channels)."""
    results = (explorer(atlas.on_gray(channel)) for channel in range(len(atlas.pictures)))
    return np.stack([result[atlas.layer_name].feature_maps.max(axis=(1, 2)) for result in results])


def test_pictures_of_the_first_convolution_come_near_the_best_that_there_is(trained: Explorer) -> None:
    atlas = trained.atlas("conv2d_1")
    kernel, bias = trained.network.operation("conv2d_1").get_weights()
    for channel, activation in enumerate(atlas.activations):
        best = bias[channel] + sum(weight for weight in kernel[..., channel].ravel() if weight > 0)
        assert 0.7 * best < activation <= best * 1.0001
    best = np.maximum(kernel, 0).sum(axis=(0, 1, 2)) + bias
    assert np.mean(atlas.activations > 0.8 * best) > 0.9


@pytest.mark.parametrize("name", ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4"])
def test_pictures_excite_their_channel_more_than_others_do(trained: Explorer, drawn: list[Result], name: str) -> None:
    atlas = trained.atlas(name)
    reached = show_each(trained, atlas)
    np.testing.assert_allclose(np.diag(reached), atlas.activations, rtol=1e-4)  # what anybody gets who tries it
    assert not atlas.silent.any()
    others = reached[~np.eye(len(reached), dtype=bool)].reshape(len(reached), -1)
    assert atlas.activations.mean() > 1.5 * others.mean()
    by_drawn = [result[name].feature_maps.max(axis=(1, 2)) for result in drawn]
    assert np.mean(atlas.activations > np.max(by_drawn, axis=0)) > 0.95


@pytest.mark.parametrize("name", ["signed", "left", "right", "block/depthwise", "last"])
def test_any_convolution_of_any_network_has_an_atlas(built: Any, name: str) -> None:
    branches, atlas = built.network, built.of(name)
    layer = branches.layer(name)
    left, top, right, bottom = atlas.box
    assert atlas.pictures.shape == (layer.shape[-1], bottom - top, right - left, 3)
    reached = show_each(Explorer(branches), atlas)
    np.testing.assert_array_equal(np.diag(reached), atlas.activations)
    random = np.random.default_rng(6).integers(0, 256, (20, 40, 56, 3), np.uint8)
    others = branches.activations(branches.preprocessing.scale(random))[0][branches.layers.index(layer)]
    assert (atlas.activations > others.max(axis=(0, 1, 2))).mean() >= 0.7


def test_equal_seeds_give_equal_bytes_and_others_do_not(built: Any) -> None:
    first = built.of("left")
    again, other = (build_layer_atlas(built.network, "left", seed) for seed in (0, 1))
    assert first.pictures.tobytes() == again.pictures.tobytes()
    assert first.activations.tobytes() == again.activations.tobytes()
    assert first.pictures.tobytes() != other.pictures.tobytes()


def test_a_channel_that_grey_leaves_without_a_gradient_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it looks at is red less green and blue, which is below zero on grey: ReLU gives zero and no direction."""
    shrink_architecture(monkeypatch, SMALL_SIDE)
    network = build_red_finder()
    atlas = build_layer_atlas(network, "conv2d_2")
    red, green, blue = atlas.pictures[RED_PLACE].astype(int).transpose(2, 0, 1)
    assert not atlas.silent[RED_PLACE]
    assert (red - green - blue).max() > 200
    assert atlas.activations[RED_PLACE] > 800


def test_a_channel_that_nothing_excites_is_silent() -> None:
    keras.utils.set_random_seed(9)
    layers = keras.layers
    convolution = layers.Conv2D(2, 3, activation="relu", name="only")
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), convolution, layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    kernel, bias = convolution.get_weights()
    convolution.set_weights([kernel, bias - [100, 0]])
    atlas = build_layer_atlas(Network(model, ("cat", "dog"), Preprocessing(8, 8)), "only")
    assert atlas.silent.tolist() == [True, False]
    assert atlas.activations[0] == 0


def test_all_convolutions_are_built_and_reported(built: Any) -> None:
    names = [layer.name for layer in convolutions(built.network)]
    assert [atlas.layer_name for atlas in built.atlases] == names
    assert [line.split()[1].strip(",") for line in built.lines] == names
    assert set(names) == {"signed", "left", "right", "block/depthwise", "last"}


def test_what_is_no_convolution_has_no_atlas(built: Any) -> None:
    branches = built.network
    with pytest.raises(OptionError, match=r"shows convolutions. Received: the Dense layer_name='answer'"):
        build_layer_atlas(branches, "answer")
    with pytest.raises(LayerNotFoundError, match="conv9"):
        build_layer_atlas(branches, "conv9")
    with pytest.raises(OptionError, match=r"channels 0 to 2. Received: '3'"):
        built.of("signed").on_gray(3)
    flat = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    with pytest.raises(NetworkError, match="has none"):
        build_atlas(Network(flat, ("cat", "dog"), Preprocessing(4, 4)), 0, print)
