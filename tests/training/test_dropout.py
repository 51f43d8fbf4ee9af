"""Random silencing of channels and units."""

import numpy as np
import pytest

from cnnviz.data.dataset import Split
from cnnviz.network.architecture import build_model
from cnnviz.training.batches import Batches
from cnnviz.training.dropout import DROPPED, Dropout, dropped_shapes, kept
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import Recipe
from runs import SIDE


def test_shares_are_dropped_and_the_rest_makes_up_for_them() -> None:
    drawn = Dropout(channels=0.2, units=0.5).draw(np.random.default_rng(0), 2000)
    for share, (name, shape) in zip((0.2, 0.5), DROPPED.items(), strict=True):
        factors = drawn[kept(name)]
        assert (factors.shape, factors.dtype) == ((2000, *shape), np.float32)
        assert set(np.unique(factors)) == {0, np.float32(1 / (1 - share))}
        assert (factors == 0).mean() == pytest.approx(share, abs=0.01)
        assert factors.mean() == pytest.approx(1, abs=0.02)


def test_nothing_is_dropped_by_default() -> None:
    assert all((factors == 1).all() for factors in Dropout().draw(np.random.default_rng(0), 3).values())
    assert Dropout().describe() == "none"


@pytest.mark.parametrize("width", [1, 0.3])
def test_layers_that_are_dropped_from_are_those_of_the_architecture(width: float) -> None:
    model, drawn = build_model(width=width), Dropout().draw(np.random.default_rng(0), 2, width)
    for name, shape in dropped_shapes(width).items():
        assert drawn[kept(name)].shape == (2, *shape)
        assert model.get_layer(name).output.shape[-1] == shape[-1]


def test_the_learner_multiplies_the_layers_outputs(small: None) -> None:
    recipe = Recipe.named("book", precision="float32", dropout=Dropout(channels=0.3, units=0.4), learning_rate=1e-12)
    random = np.random.default_rng(0)
    split = Split(random.integers(0, 256, (6, SIDE, SIDE, 3), np.uint8), np.arange(6) % 2)
    learner = Learner(recipe, 1, seed=0)
    inputs, _ = Batches(split, 6, recipe, 0, 0)[0]
    values = inputs["photos"] / np.float32(255)
    for layer in learner.network.layers:
        values = np.asarray(layer(values)) * inputs.get(kept(layer.name), 1)
    assert np.allclose(np.asarray(learner.model(inputs)), values, atol=1e-5)
    whole = np.asarray(learner.network(inputs["photos"] / np.float32(255)))
    assert not np.allclose(whole, values, atol=1e-5)
