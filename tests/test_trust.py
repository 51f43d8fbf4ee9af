"""How far maps can be trusted: placed where their units see, compared by rank, and tried out on the network."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.explain import Explanation
from cnnviz.explorer import Explorer
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing
from cnnviz.receptive_field import input_field
from cnnviz.result import Result
from cnnviz.trust import agreement, deletion, insertion, place, rank_correlation
from pictures import draw

SIDE = 20
CORNER = slice(4, 8)


def of_pixels(values: np.ndarray, class_name: str = "dog") -> Explanation:
    return Explanation("saliency", class_name, None, values.astype(np.float32), input_field(*values.shape))


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(320, 200))


@pytest.fixture(scope="module")
def spotted() -> Network:
    """A network that says dog where one corner of the picture is bright, and looks at nothing else."""
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    kernel, bias = model.layers[-1].get_weights()
    weights = np.zeros((SIDE, SIDE, 3), np.float32)
    weights[CORNER, CORNER] = 1
    model.layers[-1].set_weights([weights.reshape(kernel.shape), bias - weights.sum() * 0.75])
    return Network(model, ("cat", "dog"), Preprocessing(SIDE, SIDE))


@pytest.mark.parametrize("name", ["conv2d_1", "max_pooling2d_2", "conv2d_4"])
def test_each_value_lies_at_the_centre_of_what_its_unit_sees(name: str, result: Result) -> None:
    explanation = result.explain("hires_cam", "dog", name)
    placed = place(explanation)
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


def test_rank_correlation_is_that_of_the_textbook() -> None:
    one = np.array([[106.0, 100, 86, 101, 99], [103, 97, 113, 112, 110]])
    other = np.array([[7.0, 27, 2, 50, 28], [29, 20, 12, 6, 17]])
    assert rank_correlation(of_pixels(one), of_pixels(other)) == pytest.approx(-29 / 165)


@given(st.lists(st.integers(-3, 3), min_size=16, max_size=16), st.integers(0, 2**32 - 1))
def test_rank_correlation_knows_no_scale_and_is_symmetric(values: list[int], seed: int) -> None:
    one = np.reshape(values, (4, 4)).astype(float)
    other = np.random.default_rng(seed).normal(size=(4, 4))
    found = rank_correlation(of_pixels(one), of_pixels(other))
    assert -1 <= found <= 1
    assert rank_correlation(of_pixels(np.exp(one)), of_pixels(10 * other - 3)) == pytest.approx(found)
    assert rank_correlation(of_pixels(other), of_pixels(one)) == pytest.approx(found)
    assert rank_correlation(of_pixels(-one), of_pixels(other)) == pytest.approx(-found)


def test_a_flat_map_agrees_with_nothing() -> None:
    flat, other = of_pixels(np.zeros((5, 5))), of_pixels(np.arange(25.0).reshape(5, 5))
    assert rank_correlation(flat, other) == rank_correlation(flat, flat) == 0


def test_agreement_is_the_mean_of_all_pairs(result: Result) -> None:
    maps = [result.explain(method, "dog") for method in ("grad_cam", "hires_cam", "integrated_gradients")]
    pairs = [rank_correlation(maps[one], maps[other]) for one, other in ((0, 1), (0, 2), (1, 2))]
    assert agreement(maps) == pytest.approx(np.mean(pairs))
    assert agreement([maps[0], maps[0]]) == pytest.approx(1)
    with pytest.raises(ValueError, match=r"^Agreement needs two maps or more\. Received: 1\.$"):
        agreement(maps[:1])


def test_a_map_of_what_matters_beats_chance_and_its_opposite_does_not(spotted: Network) -> None:
    picture = np.full((SIDE, SIDE, 3), 0.9, np.float32)
    matters = np.zeros((SIDE, SIDE))
    matters[CORNER, CORNER] = 1
    good, bad = of_pixels(matters), of_pixels(-matters)
    for map_, sooner in ((good, True), (bad, False)):
        falls, rises = deletion(spotted, picture, map_), insertion(spotted, picture, map_)
        assert (falls.area < falls.random_area - 0.1) == sooner
        assert (rises.area > rises.random_area + 0.1) == sooner
        assert falls.probabilities[0] == pytest.approx(rises.probabilities[-1], abs=1e-9)
        assert falls.probabilities[-1] == pytest.approx(rises.probabilities[0], abs=1e-9)
        assert falls.probabilities[0] > 0.99 > 0.01 > falls.probabilities[-1]
        assert falls.random[0] == pytest.approx(falls.probabilities[0], abs=1e-9)
        assert (falls.shares[0], falls.shares[-1], len(falls.shares)) == (0, 1, len(falls.random))
    # the corner is a twenty-fifth of the picture: after one step of a twentieth nothing of it is left
    probabilities = deletion(spotted, picture, good).probabilities
    assert probabilities[1] == pytest.approx(probabilities[-1], abs=1e-9)


def test_coarse_maps_change_whole_cells_and_every_pixel_in_the_end(result: Result, explorer: Explorer) -> None:
    picture = explorer.network.preprocessing.scale(np.asarray(result.seen))
    explanation = result.explain("hires_cam", "dog", "conv2d_4")
    curve = deletion(explorer.network, picture, explanation)
    gray = explorer.network.logits(np.full((1, 150, 150, 3), 0.5, np.float32))[0]
    assert curve.probabilities[0] == pytest.approx(result.probabilities["dog"], abs=1e-6)
    assert curve.probabilities[-1] == pytest.approx(explorer.network.head.probabilities(gray)["dog"], abs=1e-6)
    again = deletion(explorer.network, picture, explanation)
    np.testing.assert_array_equal(curve.random, again.random)  # the random orders are the same each time
