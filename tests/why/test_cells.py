"""Values lie where their units see."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.receptive_field import Axis
from cnnviz.why.cells import nearest_unit, place
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


def test_units_that_all_see_the_same_lie_over_it() -> None:
    axis = Axis(size=4, stride=0, start=1, num_units=7, extent=6, seen=(1, 5))
    assert nearest_unit(axis).tolist() == [0] * 6
