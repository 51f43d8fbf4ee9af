"""What a pass takes: layers whose sizes multiply are refused before anything is computed."""

from collections.abc import Callable
from typing import Any

import keras
import pytest

from cnnviz.base.errors import NetworkError
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


def test_windows_of_networks_that_people_bring_are_not_refused() -> None:
    picture = keras.Input((64, 64, 3))
    maps = L.SeparableConv2D(32, 3, strides=2, padding="same")(L.Conv2D(16, 11, strides=4, padding="same")(picture))
    branches = [L.Conv2D(8, 3, dilation_rate=rate, padding="same")(maps) for rate in (6, 12, 18)]  # on 8 x 8 places
    vector = L.GlobalAveragePooling2D()(L.AveragePooling2D(8, padding="same")(L.Concatenate()(branches)))
    Network(keras.Model(picture, L.Dense(3, activation="softmax")(vector)), ("a", "b", "c"), Preprocessing(64, 64))
    model = keras.applications.MobileNetV2(weights=None, input_shape=(224, 224, 3), classes=2)
    Network(model, ("cat", "dog"), Preprocessing(224, 224))
