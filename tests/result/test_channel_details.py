"""All that is known of one channel, in one piece of JSON."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

from cnnviz.base.errors import LayerNotFoundError, OptionError
from cnnviz.base.steps import finish
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.channel_details import describe_details
from cnnviz.result.channel_scores import channel_effects
from cnnviz.result.result import Result
from networks import build_branches
from pictures import draw

KEYS = {"layer", "channel", "shape", "statistics", "is_silent", "histogram", "strongest"}
KEYS |= {"contribution", "kernel", "unit", "arithmetic"}


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(320, 200))


@pytest.fixture(scope="module")
def branches() -> Explorer:
    return Explorer(build_branches())


def test_every_layer_has_all_keys_as_plain_json(explorer: Explorer, result: Result, branches: Explorer) -> None:
    for network, each in ((explorer.network, result), (branches.network, branches(draw(90, 70)))):
        for layer in each.layers:
            for unit in ((), (0, 0)):
                details = describe_details(network, each, layer.name, 0, *unit)
                assert json.loads(json.dumps(details, allow_nan=False)) == details
                assert set(details) == KEYS
                assert (details["layer"], details["channel"]) == (layer.name, 0)
                is_convolution = "Conv2D" in layer.kind
                assert (details["kernel"] is not None) == is_convolution
                assert (details["unit"] is not None) == bool(unit)
                assert (details["arithmetic"] is not None) == (is_convolution and bool(unit))


def test_flattened_channel_adds_what_all_its_places_add() -> None:
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten(name="flat"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((12, 10, 3)), *layers])
    network = Network(model, ("cat", "dog"), Preprocessing(12, 10))
    result = Explorer(network)(draw())
    added = [describe_details(network, result, "flat", channel)["contribution"] for channel in range(4)]
    np.testing.assert_allclose(added, result.contributions().values.reshape(-1, 4).sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(added, finish(channel_effects(network, result, "flat")), atol=1e-5)


def test_channel_of_a_convolution_has_its_numbers_and_its_kernel(explorer: Explorer, result: Result) -> None:
    details = describe_details(explorer.network, result, "conv2d_3", 17)
    maps = result["conv2d_3"].activation[..., 17]
    weights, biases = explorer.network.model.get_layer("conv2d_3").get_weights()
    assert details["shape"] == [34, 34]
    assert details["statistics"]["max"] == details["strongest"]["activation"] == maps.max()
    assert sum(details["histogram"]["counts"]) == 34 * 34
    assert (details["kernel"]["num_inputs"], details["kernel"]["bias"]) == (64, biases[17])
    norms = np.linalg.norm(weights[..., 17].reshape(9, 64), axis=0)
    assert [each["input"] for each in details["kernel"]["slices"]] == np.argsort(-norms)[:3].tolist()
    np.testing.assert_array_equal(
        [each["weights"] for each in details["kernel"]["slices"]],
        [weights[:, :, place, 17] for place in np.argsort(-norms)[:3]],
    )


def test_unit_that_is_asked_for_is_told_with_its_arithmetic(explorer: Explorer, result: Result) -> None:
    details = describe_details(explorer.network, result, "conv2d_3", 17, 5, 30)
    activation = result["conv2d_3"].activation[5, 30, 17]
    assert details["unit"] == {"row": 5, "column": 30, "activation": activation, "box": [120, 20, 138, 38]}
    arithmetic = details["arithmetic"]
    assert (arithmetic["row"], arithmetic["column"], arithmetic["activation"]) == (5, 30, activation)
    assert max(arithmetic["total"], 0) == pytest.approx(activation, abs=1e-5)


def test_unit_of_a_pooling_has_no_arithmetic(explorer: Explorer, result: Result) -> None:
    details = describe_details(explorer.network, result, "max_pooling2d_1", 3, 1, 2)
    assert details["unit"]["activation"] == result["conv2d_1"].activation[2:4, 4:6, 3].max()
    assert details["arithmetic"] is None
    flat = describe_details(explorer.network, result, "flatten_1", 9, 6, 2)
    assert flat["unit"]["activation"] == result["max_pooling2d_4"].activation[6, 2, 9]


def test_only_units_before_the_answer_have_a_contribution(
    explorer: Explorer, result: Result, branches: Explorer
) -> None:
    cases = ((explorer.network, result, "dense_1"), (branches.network, branches(draw(90, 70)), "averaged"))
    for network, each, feeding in cases:
        for layer in each.layers:
            details = describe_details(network, each, layer.name, 0)
            assert (details["contribution"] is not None) == (layer.name == feeding)


def test_contributions_and_bias_add_up_to_the_logit_of_the_answer(branches: Explorer) -> None:
    result = branches(draw(90, 70))
    details = [describe_details(branches.network, result, "averaged", channel) for channel in range(20)]
    bias = branches.network.model.get_layer("answer").get_weights()[1][result.logits.argmax()]
    assert sum(each["contribution"] for each in details) + bias == pytest.approx(result.logits.max(), abs=1e-6)


def test_what_is_not_there_is_one_sentence(explorer: Explorer, result: Result) -> None:
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
        describe_details(explorer.network, result, "conv9", 0)
    for layer, number in (("conv2d_4", 128), ("max_pooling2d_4", 128), ("dense_1", 512)):
        with pytest.raises(OptionError, match=rf"^Layer '{layer}' has the (channels|units) 0 to {number - 1}\."):
            describe_details(explorer.network, result, layer, number)


@pytest.mark.parametrize("layer", ["conv2d_4", "max_pooling2d_4", "dense_1"])
@pytest.mark.parametrize("unit", [(99, 0), (0, None), (None, 0), ("0", 0)])
def test_unit_that_is_not_there_is_one_sentence(
    layer: str, unit: tuple[int | None, int | None], explorer: Explorer, result: Result
) -> None:
    with pytest.raises(OptionError, match=rf"^Layer '{layer}' has \d+ rows and \d+ columns of units\. Received: row="):
        describe_details(explorer.network, result, layer, 0, *unit)
