"""The architecture, pinned: other work stands on these names, shapes and counts."""

import keras
import numpy as np
import pytest

from cnnviz.base.errors import OptionError
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network

TABLE = [
    ("conv2d_1", "Conv2D", (148, 148, 32), 896),
    ("max_pooling2d_1", "MaxPooling2D", (74, 74, 32), 0),
    ("conv2d_2", "Conv2D", (72, 72, 64), 18_496),
    ("max_pooling2d_2", "MaxPooling2D", (36, 36, 64), 0),
    ("conv2d_3", "Conv2D", (34, 34, 128), 73_856),
    ("max_pooling2d_3", "MaxPooling2D", (17, 17, 128), 0),
    ("conv2d_4", "Conv2D", (15, 15, 128), 147_584),
    ("max_pooling2d_4", "MaxPooling2D", (7, 7, 128), 0),
    ("flatten_1", "Flatten", (6272,), 0),
    ("dense_1", "Dense", (512,), 3_211_776),
    ("dense_2", "Dense", (1,), 513),
]


def test_eleven_layers_are_as_promised(model: keras.Sequential) -> None:
    rows = [(each.name, type(each).__name__, each.output.shape[1:], each.count_params()) for each in model.layers]
    assert rows == TABLE


def test_network_describes_the_same_eleven_layers(network: Network) -> None:
    assert [(each.name, each.kind, each.shape, each.num_parameters) for each in network.layers] == TABLE


def test_all_3453121_parameters_are_trainable(model: keras.Sequential) -> None:
    assert model.count_params() == 3_453_121
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 3_453_121


def test_more_than_two_classes_end_in_a_softmax_over_all_of_them(model: keras.Sequential) -> None:
    five = build_model(5)
    assert [layer.name for layer in five.layers] == [layer.name for layer in model.layers]
    assert (five.output_shape, five.layers[-1].get_config()["activation"]) == ((None, 5), "softmax")
    assert five.count_params() == model.count_params() - 513 + 5 * 513


@pytest.mark.parametrize("number", [1, 1001])
def test_numbers_of_classes_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(OptionError, match=rf"for 2 to 1,000 classes\. Received: {number:,}\.$"):
        build_model(number)


def test_size_and_width_change_shapes_and_nothing_else(model: keras.Sequential) -> None:
    small = build_model(size=46, width=0.25)
    assert [layer.name for layer in small.layers] == [layer.name for layer in model.layers]
    assert small.input_shape == (None, 46, 46, 3)
    channels = [layer.output.shape[-1] for layer in small.layers if layer.weights]
    assert channels == [8, 16, 32, 32, 128, 1]
    assert small.get_layer("max_pooling2d_4").output.shape == (None, 1, 1, 32)


@pytest.mark.parametrize(
    ("size", "width", "message"),
    [
        (45, 1, r"46 to 512 pixels a side: .* has 150\. Received: size=45\."),
        (513, 1, r"46 to 512 pixels a side: .* Received: size=513\."),
        (150, 0.05, r"by 0\.1 to 4; .* Received: width=0\.05\."),
        (150, float("nan"), r"by 0\.1 to 4; .* Received: width=nan\."),
        (
            512,
            4,
            r"512x512 pixels with a width of 4 makes a dense layer of 943,720,448 parameters; at most 100,000,000",
        ),
    ],
)
def test_sizes_and_widths_that_cannot_be_are_refused(size: int, width: float, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        build_model(size=size, width=width)


def test_windows_and_activation_functions_are_as_promised(model: keras.Sequential) -> None:
    for layer in model.layers:
        settings = layer.get_config()
        if isinstance(layer, keras.layers.Conv2D):
            window = [settings[name] for name in ("kernel_size", "strides", "padding", "activation")]
            assert window == [(3, 3), (1, 1), "valid", "relu"]
        if isinstance(layer, keras.layers.MaxPooling2D):
            assert [settings[name] for name in ("pool_size", "strides", "padding")] == [(2, 2), (2, 2), "valid"]
    assert [layer.get_config()["activation"] for layer in model.layers[-2:]] == ["relu", "sigmoid"]


def test_model_takes_a_float_picture_and_is_not_compiled(model: keras.Sequential) -> None:
    assert model.input_shape == (None, 150, 150, 3)
    assert model.inputs[0].dtype == "float32"
    assert not model.compiled
