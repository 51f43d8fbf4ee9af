"""One channel, one unit's view: the library's own numbers, by name."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.errors import LayerNotFoundError, OptionError
from cnnviz.explorer import Explorer
from cnnviz.palette import FIRST_LEVEL, LAST_LEVEL, SILENT
from cnnviz.result import Result
from networks import build_branches
from pictures import draw


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(320, 200))


def test_channel_has_the_layers_numbers(result: Result) -> None:
    layer = result["conv2d_3"]
    channel = result.channel("conv2d_3", 17)
    np.testing.assert_array_equal(channel.feature_map, layer.activation[..., 17])
    assert channel.statistics["max"] == layer.activation[..., 17].max()
    assert channel.statistics["zero_share"] == pytest.approx((layer.activation[..., 17] == 0).mean())
    assert channel.is_silent == (not layer.activation[..., 17].any())
    assert channel.strongest.activation == channel.statistics["max"]
    assert channel.strongest.channel == 17


def test_histogram_counts_every_activation(result: Result) -> None:
    channel = result.channel("conv2d_1", 3)
    counts, edges = channel.histogram(7)
    assert counts.sum() == 148 * 148
    assert (edges[0], edges[-1]) == (channel.statistics["min"], channel.statistics["max"])
    assert counts[-1] == (channel.feature_map >= edges[-2]).sum()


def test_picture_is_every_activation_as_a_square_of_whole_pixels(result: Result) -> None:
    channel = next(each for each in (result.channel("conv2d_4", i) for i in range(128)) if not each.is_silent)
    picture = np.asarray(channel.picture())
    factor = picture.shape[0] // 15
    assert picture.shape == (15 * factor, 15 * factor)
    assert (factor, picture.max()) == (592 // 15, LAST_LEVEL)
    small = picture[::factor, ::factor]
    np.testing.assert_array_equal(picture, small.repeat(factor, 0).repeat(factor, 1))
    shares = (small.astype(float) - FIRST_LEVEL) / (LAST_LEVEL - FIRST_LEVEL)
    np.testing.assert_allclose(
        shares * channel.statistics["max"], channel.feature_map, atol=channel.statistics["max"] / 400
    )
    assert np.asarray(channel.picture(scale="layer")).max() <= LAST_LEVEL
    with pytest.raises(OptionError, match="No colour map named"):
        channel.picture("magmaa")


def test_silent_channel_is_hatched() -> None:
    explorer = Explorer(build_branches())
    kernel, bias = explorer.network.model.get_layer("right").get_weights()
    explorer.network.model.get_layer("right").set_weights([kernel * 0, bias * 0])
    channel = explorer(draw(80, 60)).channel("right", 0)
    assert channel.is_silent
    assert (np.asarray(channel.picture()) == SILENT).any()


def test_units_of_a_dense_layer_are_channels_of_one_place(result: Result) -> None:
    channel = result.channel("dense_1", 511)
    assert channel.feature_map.shape == (1, 1)
    assert channel.feature_map[0, 0] == result["dense_1"].activation[511]


def test_receptive_field_is_the_layers_box(result: Result) -> None:
    assert result.receptive_field("conv2d_1", 2, 5) == (5, 2, 8, 5)
    assert result.receptive_field("conv2d_3", 0, 0) == result["conv2d_3"].receptive_field.box(0, 0)
    assert result.receptive_field("dense_1") == result["dense_1"].receptive_field.box(0, 0)


def test_what_is_not_there_is_one_sentence(result: Result) -> None:
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        result.channel("conv9", 0)
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has the channels 0 to 31\. Received: '32'"):
        result.channel("conv2d_1", 32)
    with pytest.raises(OptionError, match=r"has 148 rows and 148 columns of units\. Received: row=148, column=0\."):
        result.receptive_field("conv2d_1", 148, 0)
    with pytest.raises(OptionError, match="row='a'"):
        result.receptive_field("conv2d_1", "a", 0)  # type: ignore[arg-type]
