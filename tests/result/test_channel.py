"""One channel, one unit's view: the library's own numbers, by name."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from cnnviz.base.errors import LayerNotFoundError, OptionError
from cnnviz.drawing.palette import FIRST_LEVEL, LAST_LEVEL, SILENT
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.channel import Channel
from cnnviz.result.result import Result
from fields import chain, measured_boxes, positive_network
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


def small_network() -> Network:
    """Every weight is above 0, so that each pixel that a unit sees changes it."""
    layers = [
        keras.layers.Conv2D(2, 3, strides=2, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(2, (2, 3), padding="same"),
    ]
    return positive_network(chain(14, 11, *layers), 14, 11)


def test_unit_has_its_activation_and_the_box_of_the_pixels_that_change_it() -> None:
    network = small_network()
    result = Explorer(network)(draw())
    for layer, boxes in zip(result.layers, measured_boxes(network), strict=True):
        height, width = layer.places
        for row, column in {(0, 0), (height // 2, width // 2), (height - 1, width - 1)}:
            unit = result.channel(layer.name, 0).unit(row, column)
            assert unit["box"] == list(boxes[row, column] or ())
            assert unit["activation"] == layer.activation.reshape(height, width, -1)[row, column, 0]
            assert (unit["row"], unit["column"]) == (row, column)
            assert set(unit) == {"row", "column", "activation", "box"}


def test_unit_of_a_flattened_layer_is_that_of_the_map_that_it_flattened(result: Result) -> None:
    flat, pooled = (result.channel(name, 40) for name in ("flatten_1", "max_pooling2d_4"))
    assert [flat.unit(*place) for place in np.ndindex(7, 7)] == [pooled.unit(*place) for place in np.ndindex(7, 7)]


def test_flattened_channel_is_the_map_that_was_flattened(result: Result) -> None:
    flat, pooled = (result.channel(name, 40) for name in ("flatten_1", "max_pooling2d_4"))
    np.testing.assert_array_equal(flat.feature_map, pooled.feature_map)
    assert flat.picture().tobytes() == pooled.picture().tobytes()
    assert flat.to_dict()["shape"] == list(flat.feature_map.shape) == [7, 7]


def test_histogram_of_equal_activations_is_a_single_bin_of_that_value(result: Result) -> None:
    value = float(result["dense_2"].feature_maps[0, 0, 0])
    counts, edges = result.channel("dense_2", 0).histogram()
    assert (counts.tolist(), edges.tolist()) == ([1], [value, value])
    silent = next(layer for layer in result.layers if layer.statistics.num_silent)
    channel = Channel(silent, int(np.flatnonzero(silent.statistics.silent)[0]))
    counts, edges = channel.histogram()
    assert (counts.tolist(), edges.tolist()) == ([channel.feature_map.size], [0, 0])


def test_what_is_flattened_twice_has_no_places_any_more() -> None:
    layers = [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Flatten(name="again")]
    model = keras.Sequential([keras.Input((12, 10, 3)), *layers, keras.layers.Dense(1)])
    result = Explorer(Network(model, ("cat", "dog"), Preprocessing(12, 10)))(draw())
    assert result["again"].places == (1, 1)
    with pytest.raises(OptionError, match=r"^Layer 'again' has 1 rows and 1 columns of units\."):
        result.channel("again", 5).unit(3, 3)


def test_unit_can_be_named_by_numpy_s_integers(result: Result) -> None:
    row, column = np.unravel_index(result["conv2d_3"].feature_maps[17].argmax(), (34, 34))
    channel = result.channel("conv2d_3", 17)
    assert channel.unit(row, column) == channel.to_dict()["strongest"]


@pytest.mark.parametrize("unit", [(True, 0), (1.0, 0), (0, -1), (-1, 0), (148, 0), (0, 148), ("1", 0), (None, 0)])
def test_unit_that_is_not_there_is_one_sentence(unit: tuple[int, int], result: Result) -> None:
    message = (
        rf"^Layer 'conv2d_1' has 148 rows and 148 columns of units\. Received: row={unit[0]!r}, column={unit[1]!r}\.$"
    )
    with pytest.raises(OptionError, match=message):
        result.channel("conv2d_1", 0).unit(*unit)


def test_anything_as_a_unit_is_a_short_sentence(result: Result) -> None:
    with pytest.raises(OptionError, match=r"^Layer 'dense_1' has 1 rows and 1 columns of units\.") as raised:
        result.channel("dense_1", 0).unit("a" * 10_000, 0)  # type: ignore[arg-type]
    assert len(str(raised.value)) < 250


def test_plain_values_tell_the_channel_s_numbers_and_its_strongest_unit(result: Result) -> None:
    other = Explorer(build_branches())(draw(90, 70))  # whose maps are not square
    for name, index in (("conv2d_3", 17), ("flatten_1", 5), ("dense_1", 9), ("signed", 2), ("last", 11)):
        each = other if name in ("signed", "last") else result
        layer, channel = each[name], each.channel(name, index)
        told = json.loads(json.dumps(channel.to_dict(), allow_nan=False))
        maps = layer.activation.reshape(*layer.places, -1)[:, :, index]
        row, column = np.unravel_index(maps.argmax(), maps.shape)
        assert (told["layer"], told["channel"], told["shape"]) == (name, index, list(maps.shape))
        assert told["is_silent"] == (not maps.any())
        assert (told["statistics"]["min"], told["statistics"]["max"]) == (maps.min(), maps.max())
        assert told["statistics"]["zero_share"] == pytest.approx((maps == 0).mean())
        assert sum(told["histogram"]["counts"]) == maps.size
        assert len(told["histogram"]["edges"]) == len(told["histogram"]["counts"]) + 1 == (21 if np.ptp(maps) else 2)
        assert (told["strongest"]["row"], told["strongest"]["column"]) == (row, column)
        assert told["strongest"]["activation"] == maps.max()
        assert told["strongest"]["box"] == list(each.receptive_field(name, int(row), int(column)))
