"""Networks of the same architecture."""

import keras
import pytest

from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.timelines.likeness import architecture_digest
from networks import build_branches, build_residual, build_tiny


def built(strides: int = 1, channels: int = 4, kind: type[keras.layers.Layer] = keras.layers.MaxPooling2D) -> Network:
    """Build a network whose layers Keras names, each time otherwise."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(channels, 3, strides=strides, activation="relu"),
            kind(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    return Network(model, ("a", "b"), Preprocessing(24, 24))


@pytest.mark.parametrize("build", [build_tiny, build_branches, build_residual])
def test_other_weights_and_names_are_the_same_architecture(build: type) -> None:
    network = build()
    assert architecture_digest(network) == architecture_digest(network.shuffled)


def test_names_that_keras_gives_do_not_count_and_everything_that_computes_does() -> None:
    digest = architecture_digest(built())
    assert architecture_digest(built()) == digest
    others = [built(strides=2), built(channels=5), built(kind=keras.layers.AveragePooling2D)]
    assert digest not in {architecture_digest(other) for other in others}
