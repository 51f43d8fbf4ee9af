"""What a pass takes: layers whose sizes multiply are refused before anything is computed."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.network import workload
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing

L = keras.layers
REACH = r"Layer 'hostile' slides a window of .* over 64 rows or columns: at most 64 times as many can be shown\."
BETWEEN = r"Layer 'hostile' holds [\d,]+ values while it computes: at most 134,217,728 can be shown\."
PRODUCTS = r"The model needs [\d,]+ products for one photo: at most 137,438,953,472 can be shown\."
HOSTILE: dict[str, tuple[Callable[[], keras.layers.Layer], str]] = {
    "dilation": (lambda: L.Conv2D(2, 3, dilation_rate=2**30, padding="same", name="hostile"), REACH),
    "dilation along one axis": (lambda: L.Conv2D(2, 3, dilation_rate=(1, 9000), padding="same", name="hostile"), REACH),
    "dilation of one pixel": (lambda: L.Conv2D(2, 1, dilation_rate=10_000, name="hostile"), REACH),
    "stride": (lambda: L.Conv2D(2, 3, strides=2**30, padding="same", name="hostile"), REACH),
    "pooling": (lambda: L.MaxPooling2D(2**30, strides=1, padding="same", name="hostile"), REACH),
    "pooling of many": (lambda: L.AveragePooling2D(2000, strides=1, padding="same", name="hostile"), PRODUCTS),
    "channels within": (lambda: L.SeparableConv2D(2, 1, depth_multiplier=20_000, name="hostile"), BETWEEN),
    "padding": (lambda: L.ZeroPadding2D(9000, name="hostile"), r"has 9\d\d,\d{3},\d{3} activations for one photo"),
    "transposed window": (lambda: L.Conv2DTranspose(64, 201, name="hostile"), BETWEEN),
    "transposed stride": (lambda: L.Conv2DTranspose(1, 1, strides=2**30, name="hostile"), REACH),
    "enlargement": (lambda: L.UpSampling2D(2**30, name="hostile"), r"activations for one photo: at most 268,435,456"),
}


def network_of(layer: keras.layers.Layer, side: int = 64) -> Network:
    """Put a layer into a network of so many pixels along a side."""
    model = keras.Sequential([keras.Input((side, side, 3)), layer, L.GlobalAveragePooling2D(), L.Dense(1, "sigmoid")])
    return Network(model, ("cat", "dog"), Preprocessing(side, side))


@pytest.mark.parametrize("name", HOSTILE)
def test_size_that_multiplies_is_refused(name: str) -> None:
    make, message = HOSTILE[name]
    with pytest.raises(NetworkError, match=message):
        network_of(make())


ATTENTIONS: dict[str, Callable[[Any], Any]] = {
    "heads": lambda rows: L.MultiHeadAttention(16, 1, name="hostile")(rows, rows),
    "groups of heads": lambda rows: L.GroupQueryAttention(1, 16, 1, name="hostile")(rows, rows),
    "additive": lambda rows: L.AdditiveAttention(name="hostile")([L.Dense(9)(rows)] * 2),
    "one head": lambda rows: L.Attention(name="hostile")([L.UpSampling1D(5)(rows)] * 2),
    "windows over rows": lambda rows: L.MaxPooling1D(2**30, strides=1, padding="same", name="hostile")(rows),
}


@pytest.mark.parametrize("name", ATTENTIONS)
def test_attention_over_too_many_places_is_refused(name: str) -> None:
    picture = keras.Input((64, 64, 3))
    rows = ATTENTIONS[name](L.Reshape((4096, 3))(picture))
    model = keras.Model(picture, L.Dense(1, "sigmoid")(L.GlobalAveragePooling1D()(rows)))
    with pytest.raises(NetworkError, match=r"Layer 'hostile' (holds|slides) "):
        Network(model, ("cat", "dog"), Preprocessing(64, 64))


COUNTED: dict[str, tuple[Callable[[Any], Any], int]] = {
    "sum over named axes": (lambda rows: L.EinsumDense("abc,cd->abd", output_shape=(4096, 5))(rows), 4096 * 3 * 5),
    "sum over other axes": (lambda rows: L.EinsumDense("...c,cd->...d", output_shape=(5,))(rows), 4096 * 3 * 5),
    "attention": (lambda rows: L.MultiHeadAttention(2, 4)(rows, rows), 4096 * 123 + 2 * 2 * 4096**2 * 4),
    "matrices": (lambda rows: keras.ops.matmul(rows, np.ones((3, 5), np.float32)), 4096 * 5 * 3),
    "windows over rows": (lambda rows: L.Conv1D(5, 3, padding="same")(rows), 4096 * (3 * 3 * 5 + 5)),
}


@pytest.mark.parametrize("name", COUNTED)
def test_products_are_counted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, number = COUNTED[name]
    picture = keras.Input((64, 64, 3))
    model = keras.Model(picture, L.GlobalAveragePooling1D()(make(L.Reshape((4096, 3))(picture))))
    monkeypatch.setattr(workload, "MAX_PRODUCTS", 0)
    with pytest.raises(NetworkError, match=rf"The model needs {number:,} products for one photo"):
        Network(model, ("a", "b", "c", "d", "e")[: model.output_shape[-1]], Preprocessing(64, 64))


JOINING: dict[str, Callable[[Any], Any]] = {
    "one after the other": lambda picture: L.Concatenate(axis=0, name="joined")([picture, picture]),
    "the first": lambda picture: picture[:1, :],
    "as places": lambda picture: keras.ops.reshape(picture, (-1, 32, 64, 3)),
    "the mean": lambda picture: keras.ops.mean(picture, axis=0, keepdims=True),
}


@pytest.mark.parametrize("way", JOINING)
def test_layer_that_joins_the_photos_of_a_batch_is_refused(way: str) -> None:
    picture = keras.Input((64, 64, 3))
    vector = L.GlobalAveragePooling2D()(JOINING[way](picture))
    with pytest.raises(
        NetworkError, match=r"joins the photos of a batch\. Received: the shape \(\d+, .* from 2 photos"
    ):
        Network(keras.Model(picture, L.Dense(1, "sigmoid")(vector)), ("cat", "dog"), Preprocessing(64, 64))


def test_layer_that_takes_only_so_many_photos_at_once_is_refused() -> None:
    picture = keras.Input((64, 64, 3))
    vector = L.GlobalAveragePooling2D()(picture + np.ones((7, 1, 1, 1), np.float32))
    with pytest.raises(NetworkError, match=r"^Layer 'add.*' cannot take 2 photos at once\. Received: ValueError"):
        Network(keras.Model(picture, L.Dense(1, "sigmoid")(vector)), ("cat", "dog"), Preprocessing(64, 64))


def test_kernel_whose_products_would_take_minutes_is_refused() -> None:
    with pytest.raises(NetworkError, match=PRODUCTS):
        network_of(L.Conv2D(8, 301, padding="same"), side=256)


def test_copy_that_a_dilated_layer_makes_of_its_input_is_counted() -> None:
    with pytest.raises(NetworkError, match=BETWEEN):
        network_of(L.Conv2D(2, 3, dilation_rate=4000, padding="same", name="hostile"), side=256)
    network_of(L.Conv2D(2, 3, dilation_rate=200, padding="same"), side=256)


class Empty(keras.layers.Layer):
    """A layer that leaves nothing of its input."""

    def call(self, values: Any) -> Any:
        """Cut all rows off."""
        return values[:, :0]


def test_layer_without_activations_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"Layer 'empty' has no activations\. Received: its shape is \(0, 64, 3\)"):
        network_of(Empty(name="empty"))


class Scalar(keras.layers.Layer):
    """A layer of one number without an axis."""

    def call(self, values: Any) -> Any:
        """Average everything."""
        return keras.ops.mean(values, axis=(1, 2, 3))


def test_layer_without_channels_is_refused() -> None:
    picture = keras.Input((64, 64, 3))
    number = L.Reshape((1,))(Scalar(name="scalar")(picture))
    with pytest.raises(NetworkError, match=r"Layer 'scalar' has no activations\. Received: its shape is \(\)"):
        Network(keras.Model(picture, L.Dense(1, "sigmoid")(number)), ("cat", "dog"), Preprocessing(64, 64))


def test_windows_of_networks_that_people_bring_are_not_refused() -> None:
    picture = keras.Input((64, 64, 3))
    maps = L.SeparableConv2D(32, 3, strides=2, padding="same")(L.Conv2D(16, 11, strides=4, padding="same")(picture))
    branches = [L.Conv2D(8, 3, dilation_rate=rate, padding="same")(maps) for rate in (6, 12, 18)]  # on 8 x 8 places
    vector = L.GlobalAveragePooling2D()(L.AveragePooling2D(8, padding="same")(L.Concatenate()(branches)))
    Network(keras.Model(picture, L.Dense(3, activation="softmax")(vector)), ("a", "b", "c"), Preprocessing(64, 64))
    model = keras.applications.MobileNetV2(weights=None, input_shape=(224, 224, 3), classes=2)
    Network(model, ("cat", "dog"), Preprocessing(224, 224))
