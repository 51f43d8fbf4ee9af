"""Values lie where their units see."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.receptive_field import Axis, ReceptiveField
from cnnviz.why.cells import nearest_unit, place
from cnnviz.why.trust import NUM_STEPS
from pictures import draw


@pytest.mark.parametrize("name", ["conv2d_1", "max_pooling2d_2", "conv2d_4"])
def test_each_value_lies_at_the_centre_of_what_its_unit_sees(name: str, explorer: Explorer) -> None:
    explanation = explorer(draw(320, 200)).explain("hires_cam", "dog", name)
    placed = place(explanation.values, explanation.seen)
    assert placed.shape == (150, 150)
    for row, column in np.ndindex(*explanation.values.shape):
        axis = explanation.seen.columns
        x = axis.start + column * axis.stride + axis.size / 2
        y = explanation.seen.rows.start + row * axis.stride + axis.size / 2
        assert placed[int(y), int(x)] == explanation.values[row, column]
    covered = np.flatnonzero(~np.isnan(placed[75]))
    first = axis.start + (axis.size - axis.stride) / 2
    assert (covered[0], covered[-1] + 1) == (np.ceil(first - 0.5), np.ceil(first + axis.num_units * axis.stride - 0.5))
    assert np.isnan(placed[0]).all() == (first > 0.5)


def test_pixels_beside_all_cells_belong_to_the_nearest() -> None:
    axis = Axis(size=4, stride=2, start=2, num_units=3, extent=12, seen=(2, 10))
    assert nearest_unit(axis).tolist() == [0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2]  # cells begin at pixel 3


@pytest.mark.parametrize(
    ("num_units", "expected"), [(1, [0] * 6), (2, [0, 0, 0, 1, 1, 1]), (4, [0, 0, 1, 2, 3, 3])], ids=str
)
def test_units_that_all_see_the_same_divide_it_evenly(num_units: int, expected: list[int]) -> None:
    axis = Axis(size=9, stride=0, start=-4, num_units=num_units, extent=6, seen=(1, 5))
    assert nearest_unit(axis).tolist() == expected
    column = Axis(size=1, stride=1, start=0, num_units=1, extent=1, seen=(0, 1))
    values = np.arange(num_units, dtype=np.float32)[:, None]
    assert place(values, ReceptiveField(axis, column))[1:5, 0].tolist() == expected[1:5]
    assert np.isnan(place(values, ReceptiveField(axis, column))[[0, 5]]).all()  # which no unit sees


def test_map_of_an_attention_lies_over_the_photo_in_its_order() -> None:
    keras.utils.set_random_seed(2)
    pixels = keras.Input((32, 32, 3))
    maps = keras.layers.Conv2D(4, 8, strides=8, activation="relu")(pixels)
    tokens = keras.layers.Reshape((16, 4))(maps)
    tokens = keras.layers.MultiHeadAttention(1, 4, name="attention")(tokens, tokens)
    again = keras.layers.Reshape((4, 4, 4), name="again")(tokens)
    end = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(again))
    result = cnnviz.load(keras.Model(pixels, end), classes=["cat", "dog"])(draw(32, 32, seed=5))
    explanation = result.explain("hires_cam", "dog", "again")
    assert (explanation.values.shape, explanation.cell, explanation.seen.is_shared) == ((4, 4), (8, 8), True)
    assert len(set(explanation.values.ravel())) == 16
    np.testing.assert_array_equal(
        place(explanation.values, explanation.seen), np.kron(explanation.values.astype(np.float64), np.ones((8, 8)))
    )
    assert "all saw the same" in explanation.scale and "all saw the same" in explanation._repr_html_()
    insertion = result.trust(explanation).insertion
    assert len(set(insertion.probabilities[1:-1])) > NUM_STEPS / 2  # each step uncovers another part
