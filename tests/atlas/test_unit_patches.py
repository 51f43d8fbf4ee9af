"""Units that look at patches side by side, against the network that is shown one patch at a time."""

import keras
import numpy as np
import pytest

from cnnviz.atlas.atlas import convolutions
from cnnviz.atlas.unit_patches import MAX_LAYER_BYTES, Excitation
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches

STEP = 1e-2


@pytest.fixture(scope="module")
def branches() -> Network:
    return build_branches()


def value_before_activation(network: Network, layer_name: str, channel: int, batch: np.ndarray) -> np.ndarray:
    """Convolve what the layer is fed with numpy: the sum before the activation, for the unit in the middle."""
    layer = network.layer(layer_name)
    fed = network.activations(batch)[0][network.layers.index(network.layer(layer.inputs[0]))]
    kernel, bias = network.operation(layer_name).get_weights()
    row, column = (places // 2 for places in layer.shape[:2])
    window = fed[:, row : row + kernel.shape[0], column : column + kernel.shape[1]].astype(np.float64)
    return (window * kernel[..., channel]).sum(axis=(1, 2, 3)) + bias[channel]


def test_slopes_are_those_of_the_sum_before_the_activation(network: Network) -> None:
    random = np.random.default_rng(3)
    excitation = Excitation(network, "conv2d_2")
    patches = random.random((3, *excitation.patch_size, 3))
    slopes = excitation.slopes(patches, [7, 50, 7])
    row, column = excitation.layer.shape[0] // 2, excitation.layer.shape[1] // 2
    left, top, right, bottom = excitation.layer.receptive_field.box(row, column)
    for patch, slope, channel in zip(patches, slopes, [7, 50, 7], strict=True):
        direction = slope / np.linalg.norm(slope) * STEP
        batch = np.full((2, 150, 150, 3), 128 / 255, np.float32)
        batch[:, top:bottom, left:right] = patch + direction, patch - direction
        more, less = value_before_activation(network, "conv2d_2", channel, batch)
        assert (more - less) / (2 * STEP) == pytest.approx(np.linalg.norm(slope), rel=2e-2)


@pytest.mark.parametrize("name", ["signed", "left", "right", "block/depthwise", "last"])
def test_patches_side_by_side_do_not_disturb_each_other(branches: Network, name: str) -> None:
    excitation = Excitation(branches, name)
    channels = [index % excitation.layer.shape[-1] for index in range(2 * len(excitation.units) + 1)]
    patches, others = np.random.default_rng(4).random((2, len(channels), *excitation.patch_size, 3))
    slopes = excitation.slopes(patches, channels)
    assert np.abs(slopes).max() > 0
    for index in (0, len(channels) // 3, len(channels) - 1):
        among_others = others.copy()
        among_others[index] = patches[index]
        np.testing.assert_allclose(excitation.slopes(among_others, channels)[index], slopes[index], atol=1e-6)


def test_fields_lie_in_the_picture_where_they_can(network: Network) -> None:
    for layer in convolutions(network):
        excitation = Excitation(network, layer.name)
        size = layer.receptive_field.size
        assert excitation.patch_size == (size, size)
        boxes = [layer.receptive_field.box(*unit) for unit in excitation.units]
        seen = np.zeros((150, 150), int)
        for left, top, right, bottom in boxes:
            assert (right - left, bottom - top) == (size, size)
            seen[top:bottom, left:right] += 1
        assert seen.max() == 1
        left, top, right, bottom = excitation.box
        assert abs(left + right - 150) <= 20
        assert abs(top + bottom - 150) <= 20


def test_a_layer_of_many_channels_that_see_everything_has_small_patches() -> None:
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            keras.layers.Conv2D(600, 64, padding="same", activation="relu", name="wide"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    excitation = Excitation(Network(model, ("cat", "dog"), Preprocessing(64, 64)), "wide")
    height, width = excitation.patch_size
    left, top, right, bottom = excitation.box
    assert (right - left, bottom - top) == (width, height)
    assert MAX_LAYER_BYTES * 0.9 < 600 * height * width * 3 <= MAX_LAYER_BYTES
    assert 0 <= left < right <= 64
