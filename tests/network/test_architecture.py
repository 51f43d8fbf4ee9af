"""The architecture, pinned: other work stands on these names, shapes and counts."""

import keras
import numpy as np

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
