"""The last step: every unit's contribution, which together with the bias are the logit."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches
from pictures import draw


def test_contributions_and_bias_add_up_to_the_logit_of_either_class(explorer: Explorer) -> None:
    result = explorer(draw(320, 200))
    kernel, bias = explorer.network.model.layers[-1].get_weights()
    dog, cat = result.contributions("dog"), result.contributions("cat")
    np.testing.assert_allclose(dog.values, result["dense_1"].activation * kernel[:, 0], rtol=1e-6)
    assert dog.bias == pytest.approx(float(bias[0]))
    assert dog.layer_name == "dense_1"
    for contributions in (dog, cat):
        assert contributions.values.sum() + contributions.bias == pytest.approx(contributions.logit, abs=1e-5)
    assert dog.logit == -cat.logit == pytest.approx(float(result.logits[0]))
    np.testing.assert_array_equal(dog.values, -cat.values)
    assert result.contributions().class_name == result.label


def test_units_that_decide_come_first(explorer: Explorer) -> None:
    contributions = explorer(draw(320, 200)).contributions()
    first, second, third = contributions.strongest(3)
    magnitudes = np.abs(contributions.values)
    assert magnitudes[first] == magnitudes.max()
    assert magnitudes[first] >= magnitudes[second] >= magnitudes[third] > 0
    assert len(contributions.strongest(10_000)) == np.count_nonzero(contributions.values)


def test_softmax_has_contributions_for_each_class() -> None:
    result = Explorer(build_branches())(draw(80, 60))
    for index, name in enumerate(("ant", "bee", "cow")):
        contributions = result.contributions(name)
        assert contributions.layer_name == "averaged"
        assert contributions.values.sum() + contributions.bias == pytest.approx(float(result.logits[index]), abs=1e-5)


def small(*ending: keras.Layer) -> Explorer:
    layers = keras.layers
    model = keras.Sequential([keras.Input((24, 20, 3)), layers.Conv2D(4, 3), layers.Flatten(name="flat"), *ending])
    return Explorer(Network(model, ("cat", "dog"), Preprocessing(24, 20)))


def test_bias_of_one_sigmoid_speaks_against_the_class_of_which_it_is_not(small_explorer: Explorer) -> None:
    result = small_explorer(draw(60, 60))
    bias = float(small_explorer.network.model.layers[-1].get_weights()[1][0])
    assert abs(bias) > 1e-3
    for name, sign in (("cat", -1), ("dog", 1)):
        contributions = result.contributions(name)
        assert contributions.bias == pytest.approx(sign * bias)
        assert contributions.values.sum() + contributions.bias == pytest.approx(contributions.logit, abs=1e-5)


def test_activation_in_a_layer_of_its_own_and_a_dense_layer_without_bias_count_too() -> None:
    result = small(keras.layers.Dense(1, use_bias=False), keras.layers.Activation("sigmoid"))(draw(60, 60))
    contributions = result.contributions("dog")
    assert (contributions.layer_name, contributions.bias) == ("flat", 0)
    assert contributions.values.sum() == pytest.approx(float(result.logits[0]), abs=1e-5)


THROUGH_A_FUNCTION: dict[str, list[keras.Layer]] = {
    "its own": [keras.layers.Dense(2, activation="relu"), keras.layers.Softmax()],
    "its own, before sigmoids": [keras.layers.Dense(1, activation="tanh"), keras.layers.Activation("sigmoid")],
    "a layer": [keras.layers.Dense(2), keras.layers.Activation("relu"), keras.layers.Activation("softmax")],
}


@pytest.mark.parametrize("name", THROUGH_A_FUNCTION)
def test_logits_that_went_through_a_function_are_no_sum(name: str) -> None:
    explorer = small(*(type(layer).from_config(layer.get_config()) for layer in THROUGH_A_FUNCTION[name]))
    dense = next(layer for layer in explorer.network.model.layers if isinstance(layer, keras.layers.Dense))
    dense.bias.assign(dense.bias - 5)  # where each of the functions changes something
    result = explorer(draw(60, 60))
    sums = result["flat"].activation @ np.asarray(dense.kernel) + np.asarray(dense.bias)
    assert np.abs(sums - result.logits).max() > 1e-3
    assert explorer.network.decision is None
    with pytest.raises(NetworkError, match="goes through a function before the softmax or sigmoid"):
        result.contributions()


def test_last_step_that_is_no_dense_layer_and_unknown_classes_are_one_sentence(explorer: Explorer) -> None:
    layers = keras.layers
    model = keras.Sequential([keras.Input((24, 20, 3)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()])
    result = Explorer(Network(model, ("cat", "dog"), Preprocessing(24, 20)))(draw(60, 60))
    with pytest.raises(NetworkError, match="The last step of this network is no dense layer"):
        result.contributions()
    with pytest.raises(NetworkError, match=r"Classes: cat, dog\. Received: class_name='cow'"):
        explorer(draw()).contributions("cow")


def test_after_more_training_contributions_and_checks_are_those_of_the_new_weights() -> None:
    explorer = small(keras.layers.Dense(1, activation="sigmoid"))
    network, photo = explorer.network, draw(60, 60)
    before, untrained = network.fingerprint, network.shuffled
    assert explorer(photo).contributions("dog").values.any()
    assert network.shuffled is untrained
    model = network.model
    model.compile("sgd", "binary_crossentropy")
    model.fit(network.preprocessing([photo]), np.ones((1, 1)), verbose=0)
    result = explorer(photo)
    contributions = result.contributions("dog")
    assert contributions.values.sum() + contributions.bias == pytest.approx(float(result.logits[0]), abs=1e-5)
    assert network.fingerprint != before
    assert network.shuffled is not untrained
    shuffled, trained = (sorted(each.model.layers[-1].kernel.numpy().ravel()) for each in (network.shuffled, network))
    assert shuffled == trained
