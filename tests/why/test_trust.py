"""How far maps can be trusted: placed where their units see, compared by rank, and tried out on the network."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.base.steps import finish
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import input_field
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from cnnviz.why.explain import Explanation
from cnnviz.why.trust import NUM_RANDOM, QUICK, Trust, deletion, examine, insertion, rank_correlation
from networks import build_branches
from pictures import draw

SIDE = 20
CORNER = slice(4, 8)


def of_pixels(values: np.ndarray, class_name: str = "dog") -> Explanation:
    return Explanation(
        "saliency", class_name, None, values.astype(np.float32), input_field(*values.shape), ("cat", "dog")
    )


@pytest.fixture(scope="module")
def result(small_explorer: Explorer) -> Result:
    return small_explorer(draw(320, 200))


@pytest.fixture(scope="module")
def spotted() -> Network:
    """A network that says dog where one corner of the picture is bright, and looks at nothing else."""
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    kernel, bias = model.layers[-1].get_weights()
    weights = np.zeros((SIDE, SIDE, 3), np.float32)
    weights[CORNER, CORNER] = 1
    model.layers[-1].set_weights([weights.reshape(kernel.shape), bias - weights.sum() * 0.75])
    return Network(model, ("cat", "dog"), Preprocessing(SIDE, SIDE))


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


@pytest.mark.parametrize("method", ["hires_cam", "saliency", "occlusion"])
def test_a_map_is_compared_with_those_of_other_methods(method: str, result: Result) -> None:
    explanation = result.explain(method, "dog")
    trust = result.trust(explanation)
    expected = {
        other: rank_correlation(explanation, result.explain(other, "dog")) for other in QUICK if other != method
    }
    assert trust.agreement == pytest.approx(expected)
    assert trust.mean_agreement == pytest.approx(np.mean(list(expected.values())))
    assert abs(trust.chance) < 0.2
    assert trust.deletion.to_dict() == finish(deletion(result.network, result.pixels, explanation)).to_dict()
    assert trust.insertion.to_dict() == finish(insertion(result.network, result.pixels, explanation)).to_dict()


def test_a_map_of_a_layer_is_compared_in_that_layer(result: Result) -> None:
    one, other = (result.explain(method, "cat", "conv2d_2") for method in ("hires_cam", "grad_cam"))
    assert result.trust(one).agreement["grad_cam"] == pytest.approx(rank_correlation(one, other))


@pytest.mark.parametrize("method", ["hires_cam", "saliency"])
def test_shuffled_weights_change_a_map_that_shows_what_was_learned(method: str, result: Result) -> None:
    network = result.network
    twin = network.shuffled
    for mine, shuffled in zip(network.model.get_weights(), twin.model.get_weights(), strict=True):
        np.testing.assert_array_equal(np.sort(mine.ravel()), np.sort(shuffled.ravel()))
        assert np.ptp(mine) == 0 or (mine != shuffled).any()
    assert twin is network.shuffled
    explanation = result.explain(method, "dog")
    again = Explorer(twin)(result.seen).explain(method, "dog")
    assert result.trust(explanation).shuffled_weights == pytest.approx(rank_correlation(explanation, again))


def test_branches_and_a_network_without_places_can_be_examined() -> None:
    keras.utils.set_random_seed(3)
    flat = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    for network, method in (
        (build_branches(), "grad_cam"),
        (Network(flat, ("cat", "dog"), Preprocessing(SIDE, SIDE)), "saliency"),
    ):
        result = Explorer(network)(draw())
        trust = result.trust(result.explain(method, network.class_names[0]))
        assert json.loads(json.dumps(trust.to_dict(), allow_nan=False)) == trust.to_dict()
        assert bool(trust.agreement) == (method == "grad_cam")


def test_a_network_with_a_lambda_layer_can_be_examined() -> None:
    keras.utils.set_random_seed(3)
    steps = [keras.layers.Lambda(lambda values: values * 2), keras.layers.Conv2D(4, 3), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), *steps, keras.layers.Dense(1)])
    network = Network(model, ("cat", "dog"), Preprocessing(SIDE, SIDE))
    result = Explorer(network)(draw())
    explanation = result.explain("saliency", "dog")
    again = Explorer(network.shuffled)(result.seen).explain("saliency", "dog")
    assert result.trust(explanation).shuffled_weights == pytest.approx(rank_correlation(explanation, again))


def test_on_random_weights_maps_are_no_better_than_chance(small_explorer: Explorer) -> None:
    better = []
    for seed in range(2):
        result = small_explorer(draw(320, 200, seed=seed))
        assert abs(result.probabilities["dog"] - 0.5) < 0.1
        for method in ("hires_cam", "saliency"):
            trust = result.trust(result.explain(method))
            better.append(trust.deletion.random_area - trust.deletion.area)
            better.append(trust.insertion.area - trust.insertion.random_area)
    assert max(better) < 0.05


def test_examining_can_be_watched(result: Result) -> None:
    steps, shares = examine(result.network, result.pixels, result.explain("hires_cam")), []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as end:
            assert isinstance(end.value, Trust)
            break
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    assert len(shares) >= 2 * (1 + NUM_RANDOM)


def test_a_map_of_what_matters_beats_chance_and_its_opposite_does_not(spotted: Network) -> None:
    picture = np.full((SIDE, SIDE, 3), 0.9, np.float32)
    matters = np.zeros((SIDE, SIDE))
    matters[CORNER, CORNER] = 1
    good, bad = of_pixels(matters), of_pixels(-matters)
    for map_, sooner in ((good, True), (bad, False)):
        falls, rises = (finish(curve(spotted, picture, map_)) for curve in (deletion, insertion))
        assert (falls.area < falls.random_area - 0.1) == sooner
        assert (rises.area > rises.random_area + 0.1) == sooner
        assert falls.probabilities[0] == pytest.approx(rises.probabilities[-1], abs=1e-9)
        assert falls.probabilities[-1] == pytest.approx(rises.probabilities[0], abs=1e-9)
        assert falls.probabilities[0] > 0.99 > 0.01 > falls.probabilities[-1]
        assert falls.random[0] == pytest.approx(falls.probabilities[0], abs=1e-9)
        assert (falls.shares[0], falls.shares[-1], len(falls.shares)) == (0, 1, len(falls.random))
    # the corner is a twenty-fifth of the picture: after one step of a twentieth nothing of it is left
    probabilities = finish(deletion(spotted, picture, good)).probabilities
    assert probabilities[1] == pytest.approx(probabilities[-1], abs=1e-9)


def test_coarse_maps_change_whole_cells_and_every_pixel_in_the_end(result: Result) -> None:
    network, picture = result.network, result.pixels
    explanation = result.explain("hires_cam", "dog", "conv2d_4")
    curve = finish(deletion(network, picture, explanation))
    gray = network.logits(np.full((1, *picture.shape), 0.5, np.float32))[0]
    assert curve.probabilities[0] == pytest.approx(result.probabilities["dog"], abs=1e-6)
    assert curve.probabilities[-1] == pytest.approx(network.head.probabilities(gray)["dog"], abs=1e-6)
    again = finish(deletion(network, picture, explanation))
    np.testing.assert_array_equal(curve.random, again.random)  # the random orders are the same each time


def test_equal_values_change_in_random_order_not_row_by_row(spotted: Network) -> None:
    picture = np.full((SIDE, SIDE, 3), 0.9, np.float32)
    curve = finish(deletion(spotted, picture, of_pixels(np.zeros((SIDE, SIDE)))))
    assert curve.probabilities[8] > 0.01  # row by row, all of the corner would be covered by two fifths of the steps
