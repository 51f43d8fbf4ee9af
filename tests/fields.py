"""Receptive fields as they are found by changing single pixels."""

from __future__ import annotations

import keras
import numpy as np

from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing

LARGE = 64.0
ROUNDING = 1e-5
"""As a share of a layer's largest activation: kernels may round each picture of a batch in another way, by about 1e-7;
what a pixel really changes is 0.7% of it or more."""

Box = tuple[int, int, int, int]


def positive_network(model: keras.Model, height: int, width: int, seed: int = 0) -> Network:
    """Give every weight a value above 0, so that no change of a pixel cancels or is cut off."""
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.5, 1, weight.shape) / 4 for weight in model.get_weights()])
    return Network(model, ("a", "b"), Preprocessing(height, width))


def measured_boxes(network: Network) -> list[dict[tuple[int, int], Box | None]]:
    """Change one pixel after the other; return the smallest box of those that change each unit, layer by layer."""
    height, width = network.preprocessing.height, network.preprocessing.width
    picture = np.random.default_rng(1).uniform(0.1, 1, (height, width, 3)).astype(np.float32)
    batch = np.repeat(picture[None], 1 + height * width, axis=0)
    for pixel in range(height * width):
        batch[1 + pixel, pixel // width, pixel % width] += LARGE
    found = []
    for layer, activation in zip(network.layers, network.activations(batch)[0], strict=True):
        places = layer.receptive_field.rows.num_units, layer.receptive_field.columns.num_units
        assert activation.ndim != 4 or activation.shape[1:3] == places
        change = np.abs(activation[1:] - activation[:1]) / np.abs(activation).max()
        changed = (change > ROUNDING).reshape(height, width, *places, -1).any(axis=-1)
        found.append({unit: enclosing(changed[:, :, *unit]) for unit in np.ndindex(*places)})
    return found


def enclosing(changed: np.ndarray) -> Box | None:
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else None


def chain(height: int, width: int, *layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((height, width, 3)), *layers, keras.layers.Flatten(), keras.layers.Dense(1)])


def assert_exact(network: Network) -> None:
    """Compare what each unit is said to see with what changes it."""
    for layer, boxes in zip(network.layers, measured_boxes(network), strict=True):
        for unit, measured in boxes.items():
            box = layer.receptive_field.box(*unit)
            if measured is None:  # it sees nothing but padding
                assert box[0] >= box[2] or box[1] >= box[3], (layer.name, unit)
            else:
                assert box == measured, (layer.name, unit)
