"""The closed form against perturbing single pixels of real networks."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import input_field
from cnnviz.picture.preprocessing import Preprocessing
from fields import assert_exact, chain, measured_boxes, positive_network
from pictures import draw

ROUNDING = 1e-6
"""Kernels may compute places together, so that what cancels out leaves its rounding behind."""

SIZES = [3, 4, 8, 10, 18, 22, 38, 46, 46, 142, 142]


def test_sizes_of_the_architecture_are_as_promised(network: Network) -> None:
    assert [layer.receptive_field.size for layer in network.layers] == SIZES


def test_strides_and_starts_of_the_architecture(network: Network) -> None:
    rows = [layer.receptive_field.rows for layer in network.layers[:8]]
    assert [axis.stride for axis in rows] == [1, 2, 2, 4, 4, 8, 8, 16]
    assert {axis.start for axis in rows} == {0}
    assert all(layer.receptive_field.rows == layer.receptive_field.columns for layer in network.layers)


def test_dense_layers_see_all_but_the_last_eight_rows_and_columns(network: Network) -> None:
    for name in ("dense_1", "dense_2"):
        assert network.layer(name).receptive_field.box(0, 0) == (0, 0, 142, 142)


def test_last_eight_rows_and_columns_cannot_change_the_logit_and_the_ninth_can(network: Network) -> None:
    batch = network.preprocessing([draw(150, 150)])
    edge, ninth_row, ninth_column = batch.copy(), batch.copy(), batch.copy()
    edge[:, 142:], edge[:, :, 142:] = 1 - edge[:, 142:], 1 - edge[:, :, 142:]
    ninth_row[:, 141] = 1 - ninth_row[:, 141]
    ninth_column[:, :, 141] = 1 - ninth_column[:, :, 141]
    logit = network.logits(batch)
    assert abs(network.logits(edge) - logit) < ROUNDING
    assert abs(network.logits(ninth_row) - logit) > 10 * ROUNDING
    assert abs(network.logits(ninth_column) - logit) > 10 * ROUNDING


@pytest.mark.parametrize("unit", [(0, 0), (0, 14), (14, 0), (14, 14), (7, 3)])
def test_units_of_the_architecture_see_exactly_their_box(network: Network, unit: tuple[int, int]) -> None:
    left, top, right, bottom = network.layer("conv2d_4").receptive_field.box(*unit)
    assert (right - left, bottom - top) == (38, 38)
    batch = network.preprocessing([draw(150, 150)])
    outside = np.random.default_rng(0).random(batch.shape, np.float32)
    outside[:, top:bottom, left:right] = batch[:, top:bottom, left:right]
    before, after = (network.activations(each)[0][6][0, *unit] for each in (batch, outside))
    np.testing.assert_allclose(after, before, rtol=0, atol=ROUNDING)
    assert np.ptp(before) > 10 * ROUNDING


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_every_unit_of_a_chain_sees_exactly_its_box(padding: str, strides: int, kernel: int) -> None:
    model = chain(
        17,
        14,
        keras.layers.Conv2D(2, (3, kernel), strides=strides, padding=padding, activation="relu"),
        keras.layers.MaxPooling2D(2, padding=padding),
        keras.layers.Conv2D(2, (kernel, 2), padding="same"),
    )
    assert_exact(positive_network(model, 17, 14))


def test_pixels_that_a_pooling_dropped_are_in_no_later_box() -> None:
    model = chain(7, 7, keras.layers.MaxPooling2D(2), keras.layers.Conv2D(2, 3, padding="same"))
    network = positive_network(model, 7, 7)
    assert_exact(network)
    assert network.layers[1].receptive_field.box(2, 2) == (2, 2, 6, 6)


def test_padding_cropping_and_other_layers_in_a_chain_are_exact() -> None:
    model = chain(
        10,
        12,
        keras.layers.ZeroPadding2D(((3, 1), (0, 2))),
        keras.layers.DepthwiseConv2D(3),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.Cropping2D(((1, 2), (2, 0))),
        keras.layers.AveragePooling2D(2, strides=1, padding="same"),
        keras.layers.Dropout(0.5),
        keras.layers.SeparableConv2D(2, 2, strides=2),
    )
    assert_exact(positive_network(model, 10, 12))


def test_dilated_windows_see_exactly_their_box_where_they_do_not_hang_over_the_border() -> None:
    model = chain(15, 13, keras.layers.Conv2D(2, 3, dilation_rate=2), keras.layers.Conv2D(2, 2, dilation_rate=3))
    assert_exact(positive_network(model, 15, 13))


def test_dilated_windows_over_the_border_see_nothing_outside_their_box() -> None:
    network = positive_network(chain(9, 9, keras.layers.Conv2D(1, 4, dilation_rate=2, padding="same")), 9, 9)
    for unit, (left, top, right, bottom) in measured_boxes(network)[0].items():
        box = network.layers[0].receptive_field.box(*unit)
        assert box[0] <= left
        assert box[1] <= top
        assert box[2] >= right
        assert box[3] >= bottom


def test_branches_of_equal_stride_are_united_unit_by_unit() -> None:
    picture = keras.Input((12, 11, 3))
    narrow = keras.layers.Conv2D(2, 1, strides=2, padding="same")(picture)
    wide = keras.layers.Conv2D(2, 5, strides=2, padding="same")(picture)
    merged = keras.layers.Concatenate()([keras.layers.Add()([narrow, wide]), narrow])
    outputs = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(merged))
    assert_exact(positive_network(keras.Model(picture, outputs), 12, 11))


def gated(join: str, keepdims: bool) -> Network:
    """Build a network in which a branch of a single place joins a map of 8 x 6 places, as in squeeze and excite."""
    picture = keras.Input((8, 6, 3))
    maps = keras.layers.Conv2D(2, 3, padding="same", name="map")(picture)
    gate = keras.layers.GlobalAveragePooling2D(keepdims=keepdims)(maps)
    scaled = getattr(keras.layers, join)(name="joined")([gate, maps])
    maps = keras.layers.Conv2D(2, 3, name="after")(scaled)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
    return Network(model, ("a", "b"), Preprocessing(8, 6))


@pytest.mark.parametrize("join", ["Multiply", "Add", "Maximum"])
@pytest.mark.parametrize("keepdims", [True, False])
def test_map_that_a_branch_of_one_place_weighs_keeps_its_own_field_and_says_so(join: str, keepdims: bool) -> None:
    network = gated(join, keepdims)
    before, joined, after = (network.layer(name).receptive_field for name in ("map", "joined", "after"))
    assert (joined.rows, joined.columns) == (before.rows, before.columns)
    assert after.box(2, 1) == (0, 1, 5, 6)
    assert (before.note, after.note) == ("", "weighed by the whole picture")
    assert network.layers[-1].receptive_field.note == ""  # it sees the whole picture anyway


def test_branch_of_one_place_is_in_the_caption() -> None:
    captions = [layer.caption() for layer in Explorer(gated("Multiply", True))(draw(40, 30)).layers]
    assert "each unit sees 3×3 pixels · " in captions[0]  # noqa: RUF001
    assert "each unit sees 5×5 pixels, weighed by the whole picture · " in captions[3]  # noqa: RUF001


def test_layers_that_measure_the_whole_picture_keep_their_places() -> None:
    layers = keras.layers.AutoContrast(), keras.layers.Conv2D(4, 3), keras.layers.GroupNormalization(2)
    network = Network(chain(8, 6, *layers), ("a", "b"), Preprocessing(8, 6))
    assert [layer.receptive_field.size for layer in network.layers[:3]] == [1, 3, 3]
    assert all(layer.receptive_field.note for layer in network.layers[:3])


ENLARGING: list[keras.layers.Layer] = [
    keras.layers.UpSampling2D((2, 3)),
    keras.layers.Conv2DTranspose(2, (3, 2), strides=2, padding="same"),
    keras.layers.Conv2DTranspose(2, (3, 5), strides=(3, 2)),
    keras.layers.Conv2DTranspose(2, 4, strides=(1, 2), padding="same"),
    keras.layers.AdaptiveAveragePooling2D((4, 3)),
    keras.layers.AdaptiveMaxPooling2D((3, 5)),
]


@pytest.mark.parametrize("layer", ENLARGING, ids=lambda layer: layer.name)
def test_enlarged_and_divided_pictures_are_seen_exactly(layer: keras.layers.Layer) -> None:
    model = chain(7, 6, keras.layers.deserialize(keras.layers.serialize(layer)), keras.layers.Conv2D(2, 2))
    for number, boxes in enumerate(measured_boxes(network := positive_network(model, 7, 6))[:2]):
        for unit, measured in boxes.items():
            box = network.layers[number].receptive_field.box(*unit)
            assert measured in (box, None), (number, unit)


WITH_GAPS = keras.layers.Conv2DTranspose(2, (1, 2), strides=(2, 3))
BETWEEN = keras.layers.UpSampling2D(2, interpolation="bilinear")


@pytest.mark.parametrize("layer", [*ENLARGING, WITH_GAPS, BETWEEN])
def test_enlarged_and_divided_maps_are_seen_up_to_one_step(layer: keras.layers.Layer) -> None:
    first, copy = keras.layers.Conv2D(2, 3, strides=2), keras.layers.deserialize(keras.layers.serialize(layer))
    network = positive_network(chain(15, 13, first, copy, keras.layers.Conv2D(2, 2)), 15, 13)
    for number, boxes in enumerate(measured_boxes(network)[:3]):
        for unit, measured in boxes.items():
            left, top, right, bottom = network.layers[number].receptive_field.box(*unit)
            if measured is None:
                continue
            spare = measured[0] - left, measured[1] - top, right - measured[2], bottom - measured[3]
            assert min(spare) >= 0
            assert max(spare) <= (0 if number == 0 else 4), (number, unit, spare)


@pytest.mark.parametrize("size", [(7, 12), (14, 9), (10, 12), (5, 6)])
@pytest.mark.parametrize("options", [{}, {"antialias": True}, {"interpolation": "bicubic"}], ids=str)
def test_fields_lead_back_through_a_layer_that_resizes(size: tuple[int, int], options: dict[str, Any]) -> None:
    model = chain(10, 12, keras.layers.Resizing(*size, **options), keras.layers.Conv2D(2, 3, strides=2))
    network = positive_network(model, 10, 12)
    for layer, boxes in zip(network.layers, measured_boxes(network), strict=True):
        for unit, measured in boxes.items():
            box = layer.receptive_field.box(*unit)
            assert measured is not None
            spare = [abs(edge - other) for edge, other in zip(box, measured, strict=True)]
            assert (box[0] <= measured[0]) & (box[1] <= measured[1]) & (box[2] >= measured[2]) & (box[3] >= measured[3])
            assert max(spare) <= (0 if layer is network.layers[0] and not options else 2), (layer.name, unit)
    assert network.layers[1].receptive_field.places == network.layers[1].places


def test_layers_that_crop_or_resize_otherwise_see_at_least_what_they_see() -> None:
    assert_exact(positive_network(chain(9, 8, keras.layers.CenterCrop(6, 5), keras.layers.Conv2D(1, 2)), 9, 8))
    network = Network(
        chain(9, 8, keras.layers.Resizing(6, 6, crop_to_aspect_ratio=True)), ("a", "b"), Preprocessing(9, 8)
    )
    assert network.layers[0].receptive_field.box(5, 5) == (0, 0, 8, 9)


def test_operations_on_pictures_and_channels_leave_every_unit_its_place() -> None:
    picture = keras.Input((6, 5, 3))
    values = keras.applications.vgg16.preprocess_input(picture[..., ::-1])  # takes channels apart, and stacks them
    values = keras.ops.log1p(keras.ops.square(keras.applications.densenet.preprocess_input(values)))
    maps = keras.layers.Conv2D(1, 2)(values)
    network = positive_network(keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(maps))), 6, 5)
    assert [layer.receptive_field.size for layer in network.layers[:-3]] == [1] * (len(network.layers) - 3)
    assert network.layers[-3].receptive_field.box(2, 1) == (1, 2, 3, 4)


def test_rows_that_are_turned_do_not_keep_their_places() -> None:
    picture = keras.Input((6, 5, 3))
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(picture[:, ::-1])))
    network = Network(model, ("a", "b"), Preprocessing(6, 5))
    assert network.layers[0].receptive_field.box(0, 0) == (0, 0, 5, 6)


def test_layers_of_unknown_kind_get_an_upper_bound_for_each_of_their_units() -> None:
    model = chain(6, 6, keras.layers.Conv2D(2, 3), keras.layers.Permute((2, 1, 3)), keras.layers.Conv2D(2, 3))
    network = positive_network(model, 6, 6)
    assert network.layers[1].receptive_field.box(3, 3) == (0, 0, 6, 6)
    assert network.layers[2].receptive_field.box(1, 1) == (0, 0, 6, 6)


def test_flatten_keeps_the_places(network: Network) -> None:
    assert network.layer("flatten_1").receptive_field == network.layer("max_pooling2d_4").receptive_field


@pytest.mark.parametrize("unit", [(7, 0), (0, 7), (-1, 0)])
def test_unit_that_does_not_exist_is_an_error(network: Network, unit: tuple[int, int]) -> None:
    with pytest.raises(IndexError, match=r"There are 7 units along this axis\. Received: unit="):
        network.layer("max_pooling2d_4").receptive_field.box(*unit)


def test_pixels_see_themselves() -> None:
    assert input_field(4, 6).box(2, 5) == (5, 2, 6, 3)


WINDOW = st.tuples(
    st.sampled_from(["Conv2D", "MaxPooling2D", "AveragePooling2D"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["valid", "same"]),
)


@given(height=st.integers(9, 13), width=st.integers(9, 13), windows=st.lists(WINDOW, min_size=1, max_size=3))
@settings(max_examples=25)
def test_random_chains_see_exactly_their_boxes(
    height: int, width: int, windows: list[tuple[str, int, int, str]]
) -> None:
    layers, (rows, columns) = [], (height, width)
    for kind, size, strides, padding in windows:
        if padding == "valid" and size > min(rows, columns):
            continue
        options = {"filters": 1, "kernel_size": size} if kind == "Conv2D" else {"pool_size": size}
        layers.append(getattr(keras.layers, kind)(strides=strides, padding=padding, **options))
        rows, columns = layers[-1].compute_output_shape((1, rows, columns, 3))[1:3]
    assert_exact(positive_network(chain(height, width, *layers), height, width))


def test_layers_that_leave_every_unit_its_place_leave_its_field() -> None:
    layers = keras.layers
    picture = keras.Input((12, 10, 3))
    values = layers.Conv2D(4, 3, activation="relu", name="conv")(layers.RandomFlip()(picture))
    values = layers.Dense(5, name="dense_on_places")(layers.LayerNormalization()(values))
    values = layers.Conv2D(2, 3, name="last")(keras.ops.relu(values))
    model = keras.Model(picture, layers.Dense(1)(layers.Flatten()(values)))
    network = Network(model, ("a", "b"), Preprocessing(12, 10))
    fields = {layer.name: layer.receptive_field for layer in network.layers}
    assert fields["dense_on_places"] == fields["conv"]
    assert (fields["conv"].size, fields["last"].size) == (3, 5)
    assert fields["last"].box(1, 2) == (2, 1, 7, 6)


def test_normalization_across_places_sees_everything() -> None:
    picture = keras.Input((12, 10, 3))
    values = keras.layers.LayerNormalization(axis=[1, 2], name="normalized")(picture)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(values)))
    layer = Network(model, ("a", "b"), Preprocessing(12, 10)).layer("normalized")
    assert layer.receptive_field.box(5, 5) == (0, 0, 10, 12)
