"""The arithmetic of a unit adds up to what the network computed, whatever the strides, the padding and the groups."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import keras
import numpy as np
import pytest

from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.arithmetic import Kernel, find_kernel, unit_arithmetic
from cnnviz.result.result import Result
from networks import build_branches
from pictures import draw

TOLERANCE = 2e-5
CONVOLUTIONS = {"conv2d_1": 3, "conv2d_2": 32, "conv2d_3": 64, "conv2d_4": 128}
"""And how many channels each is fed."""

WINDOWS = {
    "even": ((2, 1), (1, 1), (0, 1)),
    "far": ((3, 2), (1, 1), (0, 0)),
    "grouped": ((1, 1), (1, 1), (1, 1)),
    "doubled": ((2, 2), (1, 1), (1, 0)),
    "plain": ((1, 1), (1, 1), (0, 0)),
    "dilated": ((1, 1), (2, 3), (2, 1)),
    "wide": ((2, 2), (1, 1), (1, 1)),
    "chosen": ((1, 1), (1, 1), (0, 0)),
}
"""Strides, dilation, and rows and columns of zeros above and to the left, worked out by hand."""

FED_BY = {"even": "", "far": "", "grouped": "even", "doubled": "grouped", "plain": "far", "dilated": "grouped"}
FED_BY |= {"wide": "dilated", "chosen": "doubled"}


def build_odd() -> Network:
    """Build all that the eleven layers are not; the picture has 13 rows and 18 columns."""
    keras.utils.set_random_seed(9)
    layers, options = keras.layers, {"bias_initializer": "normal"}
    picture = keras.Input((13, 18, 3))
    even = layers.Conv2D(4, (2, 3), (2, 1), "same", activation="relu", use_bias=False, name="even")(picture)  # 7, 18
    far = layers.Conv2D(3, (3, 4), (3, 2), **options, name="far")(picture)  # 4, 8
    grouped = layers.Conv2D(6, 3, padding="same", groups=2, activation="relu", **options, name="grouped")(even)
    doubled = layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, **options, name="doubled")(grouped)  # 4, 9
    plain = layers.DepthwiseConv2D((2, 3), use_bias=False, activation="relu", name="plain")(far)  # 3, 6
    dilated = layers.Conv2D(5, (3, 2), 1, "same", dilation_rate=(2, 3), **options, name="dilated")(grouped)
    wide = layers.Conv2D(4, (4, 5), 2, "same", activation="tanh", **options, name="wide")(dilated)  # 4, 9
    chosen = layers.Conv2D(4, (1, 2), activation="softmax", **options, name="chosen")(doubled)
    vectors = [layers.GlobalAveragePooling2D()(maps) for maps in (plain, wide, chosen)]
    answer = layers.Dense(1, activation="sigmoid", name="answer")(layers.Concatenate(name="joined")(vectors))
    return Network(keras.Model(picture, answer), ("cat", "dog"), Preprocessing(13, 18))


@pytest.fixture(scope="module")
def odd() -> tuple[Network, Result]:
    network = build_odd()
    return network, Explorer(network)(draw(60, 50))


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(320, 200))


def some_units(shape: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Give units in the corners, at the edges and inside, of the first, the last and channels between."""
    height, width, channels = shape
    places = itertools.product((0, 1, height // 2, height - 1), (0, 1, width // 2, width - 1))
    for place, channel in itertools.product(set(places), {0, channels // 3, channels // 2, channels - 1}):
        yield *place, channel


def cut_out(fed: np.ndarray, name: str, size: tuple[int, ...], row: int, column: int) -> np.ndarray:
    """Read what a kernel is laid over pixel by pixel; beyond the border are zeros."""
    strides, dilation, before = WINDOWS.get(name, ((1, 1), (1, 1), (0, 0)))
    patch = np.zeros((*size, fed.shape[2]))
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = row * strides[0] - before[0] + i * dilation[0], column * strides[1] - before[1] + j * dilation[1]
            if 0 <= y < fed.shape[0] and 0 <= x < fed.shape[1]:
                patch[i, j] = fed[y, x]
    return patch


def fed_to(network: Network, result: Result, name: str) -> np.ndarray:
    return result[name].activation if name else network.preprocessing([result.photo])[0]


# The network's own number


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_unit_of_the_architecture_is_relu_of_patch_times_kernel_and_bias(
    name: str, explorer: Explorer, result: Result
) -> None:
    activation, network = result[name].activation, explorer.network
    weights, biases = network.model.get_layer(name).get_weights()
    names = ["", *(layer.name for layer in result.layers)]
    fed = fed_to(network, result, names[names.index(name) - 1])
    for row, column, channel in some_units(activation.shape):
        found = unit_arithmetic(network, result, name, channel, row, column)
        patch = fed[row : row + 3, column : column + 3]
        total = biases[channel] + sum(
            float(patch[place]) * float(weights[(*place, channel)]) for place in np.ndindex(patch.shape)
        )
        np.testing.assert_array_equal(found.patch, patch)
        np.testing.assert_array_equal(found.kernel.weights, weights[..., channel])
        assert found.total == pytest.approx(total, abs=TOLERANCE)
        assert found.activation == activation[row, column, channel] == pytest.approx(max(total, 0), abs=TOLERANCE)
        assert found.kernel.bias == biases[channel]
        assert found.kernel.from_picture == (name == "conv2d_1")
        assert found.kernel.inputs == tuple(range(CONVOLUTIONS[name]))
        assert found.by_input.sum() + found.kernel.bias == pytest.approx(found.total)


def totals_at(network: Network, result: Result, name: str, row: int, column: int) -> np.ndarray:
    """Give the totals of all channels of one place."""
    channels = range(result[name].shape[-1])
    return np.array([unit_arithmetic(network, result, name, channel, row, column).total for channel in channels])


ACTIVATIONS = {"even": "relu", "far": "", "grouped": "relu", "doubled": "", "plain": "relu", "dilated": ""}
ACTIVATIONS |= {"wide": "tanh", "chosen": "softmax"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_unit_of_any_convolution_is_what_the_network_computed(name: str, odd: tuple[Network, Result]) -> None:
    network, result = odd
    activation = result[name].activation
    for row, column in {unit[:2] for unit in some_units(activation.shape)}:
        totals = totals_at(network, result, name, row, column)
        expected = {
            "": totals,
            "relu": np.maximum(totals, 0),
            "tanh": np.tanh(totals),
            "softmax": np.exp(totals) / np.exp(totals).sum(),
        }[ACTIVATIONS[name]]
        np.testing.assert_allclose(activation[row, column], expected, atol=TOLERANCE)
    found = unit_arithmetic(network, result, name, 1, 0, 0)
    assert found.activation == activation[0, 0, 1]
    assert found.activation_name == ACTIVATIONS[name]
    assert (found.kernel.layer_name, found.kernel.channel, found.row, found.column) == (name, 1, 0, 0)


@pytest.mark.parametrize("name", WINDOWS)
def test_patch_is_what_the_kernel_is_laid_over_and_zeros_beyond_the_border(
    name: str, odd: tuple[Network, Result]
) -> None:
    network, result = odd
    fed = fed_to(network, result, FED_BY[name])
    over_border = 0
    for row, column, channel in some_units(result[name].shape):
        found = unit_arithmetic(network, result, name, channel, row, column)
        expected = cut_out(fed, name, found.kernel.weights.shape[:2], row, column)[:, :, list(found.kernel.inputs)]
        np.testing.assert_array_equal(found.patch, expected)
        assert found.patch.shape == found.kernel.weights.shape
        over_border += (expected == 0).all(axis=2).any()
    assert over_border or WINDOWS[name][2] == (0, 0)


@pytest.mark.parametrize("kind", [keras.layers.Conv2D, keras.layers.DepthwiseConv2D])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "strides", "dilation"), [((2, 4), 1, (3, 2)), ((5, 2), 3, 1), ((1, 6), 2, 1), ((4, 3), 1, (1, 2))]
)
def test_totals_are_those_of_keras_for_windows_of_every_kind(
    kind: type[keras.layers.Layer], padding: str, size: tuple[int, int], strides: int, dilation: int
) -> None:
    keras.utils.set_random_seed(2)
    channels = {"filters": 3} if kind is keras.layers.Conv2D else {"depth_multiplier": 1}
    options = {"padding": padding, "dilation_rate": dilation, "bias_initializer": "normal", "name": "conv"}
    layers = [kind(kernel_size=size, strides=strides, **channels, **options), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([keras.Input((12, 17, 3)), *layers, keras.layers.Dense(1)])
    network = Network(model, ("cat", "dog"), Preprocessing(12, 17))
    result = Explorer(network)(draw())
    for place in np.ndindex(result["conv"].shape[:2]):
        totals = totals_at(network, result, "conv", *place)
        np.testing.assert_allclose(totals, result["conv"].activation[place], atol=TOLERANCE)


def test_units_of_branches_and_nested_blocks_are_what_the_network_computed() -> None:
    network = build_branches()
    result = Explorer(network)(draw(90, 70))
    for name in ("signed", "left", "right", "block/depthwise", "last"):
        activation = result[name].activation
        for row, column, channel in some_units(activation.shape):
            found = unit_arithmetic(network, result, name, channel, row, column)
            expected = max(found.total, 0) if name in ("left", "right") else found.total
            assert activation[row, column, channel] == pytest.approx(expected, abs=TOLERANCE)


# Kernels


def test_kernel_of_a_group_looks_at_the_channels_of_its_group(odd: tuple[Network, Result]) -> None:
    network, _ = odd
    weights, biases = network.model.get_layer("grouped").get_weights()
    for channel in range(6):
        kernel = find_kernel(network, "grouped", channel)
        assert kernel is not None
        assert kernel.inputs == ((0, 1) if channel < 3 else (2, 3))
        assert kernel.bias == biases[channel]
        np.testing.assert_array_equal(kernel.weights, weights[..., channel])


def test_depthwise_kernel_looks_at_one_channel(odd: tuple[Network, Result]) -> None:
    network, _ = odd
    weights, biases = network.model.get_layer("doubled").get_weights()
    for channel in range(12):
        kernel = find_kernel(network, "doubled", channel)
        assert kernel is not None
        assert kernel.inputs == (channel // 2,)
        assert kernel.bias == biases[channel]
        np.testing.assert_array_equal(kernel.weights[:, :, 0], weights[:, :, channel // 2, channel % 2])


def test_layer_without_biases_adds_nothing(odd: tuple[Network, Result]) -> None:
    for name in ("even", "plain"):
        kernel = find_kernel(odd[0], name, 2)
        assert kernel is not None
        assert kernel.bias == 0


def test_only_kernels_of_the_first_convolutions_look_at_the_picture(odd: tuple[Network, Result]) -> None:
    kernels = [find_kernel(odd[0], name, 0) for name in WINDOWS]
    looking = [kernel.layer_name for kernel in kernels if kernel and kernel.from_picture]
    assert looking == ["even", "far"]


def slices_of(norms: list[float]) -> np.ndarray:
    """Make a kernel of 2x2 weights whose slices have these norms, from weights of both signs."""
    return np.array([[[0.6, -0.8], [0, 0]]], np.float32).reshape(2, 2, 1) * np.array(norms, np.float32)


def test_strongest_slices_are_those_of_the_largest_norm_and_equals_stay_in_order() -> None:
    kernel = Kernel("conv", 0, slices_of([1, 5, -7, 0, 5, 2]), (10, 11, 12, 13, 14, 15), 0.5, from_picture=False)
    assert kernel.strongest() == [2, 1, 4]
    assert kernel.strongest(1) == [2]
    assert kernel.strongest(99) == [2, 1, 4, 5, 0, 3]
    described = json.loads(json.dumps(kernel.to_dict()))
    assert [each["input"] for each in described["slices"]] == [12, 11, 14]
    np.testing.assert_allclose(described["slices"][0]["weights"], [[-4.2, 5.6], [0, 0]], rtol=1e-6)
    assert (described["num_inputs"], described["bias"], described["from_picture"]) == (6, 0.5, False)


def test_kernel_over_the_picture_tells_red_green_and_blue_in_this_order() -> None:
    described = Kernel("conv", 0, slices_of([1, 5, 3]), (0, 1, 2), 0.0, from_picture=True).to_dict()
    assert [each["input"] for each in described["slices"]] == [0, 1, 2]


# Plain values


@pytest.mark.parametrize(
    ("name", "num_told", "num_others"), [("conv2d_1", 3, 0), ("conv2d_2", 4, 28), ("conv2d_4", 4, 124)]
)
def test_plain_values_add_up(name: str, num_told: int, num_others: int, explorer: Explorer, result: Result) -> None:
    found = unit_arithmetic(explorer.network, result, name, 7, 4, 9)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (len(told["inputs"]), told["others"]["number"]) == (num_told, num_others)
    sums = [each["sum"] for each in told["inputs"]]
    assert sum(sums) + told["others"]["sum"] + told["bias"] == pytest.approx(told["total"])
    assert told["activation"] == pytest.approx(max(told["total"], 0), abs=TOLERANCE)
    for each in told["inputs"]:
        assert (np.array(each["patch"]) * each["weights"]).sum() == pytest.approx(each["sum"])
        np.testing.assert_array_equal(each["patch"], found.patch[:, :, each["input"]])
    channels = [each["input"] for each in told["inputs"]]
    assert channels == sorted(channels)
    assert sorted(np.abs(sums)) == sorted(np.abs(found.by_input))[-num_told:]
    assert (told["row"], told["column"], told["activation_name"]) == (4, 9, "relu")
    assert told["from_picture"] == (name == "conv2d_1")


def test_plain_values_name_the_channels_of_the_group(odd: tuple[Network, Result]) -> None:
    network, result = odd
    told = unit_arithmetic(network, result, "grouped", 5, 3, 3).to_dict()
    assert [each["input"] for each in told["inputs"]] == [2, 3]
    assert told["others"] == {"number": 0, "sum": 0}


# What is not there


@pytest.mark.parametrize("name", ["max_pooling2d_1", "flatten_1", "dense_1", "dense_2"])
def test_layer_that_is_no_convolution_has_no_kernel(name: str, explorer: Explorer, result: Result) -> None:
    assert find_kernel(explorer.network, name, 0) is None
    message = rf"^Layer '{name}' is a [A-Z]\w+: only units of a Conv2D or .* Received: layer_name='{name}'\.$"
    with pytest.raises(NetworkError, match=message):
        unit_arithmetic(explorer.network, result, name, 0, 0, 0)


def test_convolutions_of_another_kind_have_no_kernel() -> None:
    layers = keras.layers
    kinds = [layers.SeparableConv2D(2, 3, name="separable"), layers.Conv2DTranspose(2, 3, name="transposed")]
    model = keras.Sequential([keras.Input((9, 9, 3)), *kinds, layers.GlobalAveragePooling2D(), layers.Dense(1)])
    network = Network(model, ("cat", "dog"), Preprocessing(9, 9))
    assert find_kernel(network, "separable", 0) is None
    assert find_kernel(network, "transposed", 0) is None


@pytest.mark.parametrize("unit", [(148, 0), (0, 148), (-1, 0), (0, -1), (0.0, 1), (True, 1), (None, 1)])
def test_unit_that_is_not_there_is_one_sentence(unit: tuple[int, int], explorer: Explorer, result: Result) -> None:
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has 148 rows and 148 columns of units\. Received: row="):
        unit_arithmetic(explorer.network, result, "conv2d_1", 0, *unit)


@pytest.mark.parametrize("channel", [32, -1, True, 1.0])
def test_channel_that_is_not_there_is_one_sentence(channel: int, explorer: Explorer, result: Result) -> None:
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has the channels 0 to 31\. Received: "):
        find_kernel(explorer.network, "conv2d_1", channel)
    with pytest.raises(OptionError, match=r"^Layer 'conv2d_1' has the channels 0 to 31\. Received: "):
        unit_arithmetic(explorer.network, result, "conv2d_1", channel, 0, 0)


def test_layer_that_is_not_there_is_one_sentence(explorer: Explorer, result: Result) -> None:
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        find_kernel(explorer.network, "conv9", 0)
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        unit_arithmetic(explorer.network, result, "conv9", 0, 0, 0)
