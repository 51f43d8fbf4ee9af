"""Which input takes the picture, what the others get, which output answers; and a sentence for what has none."""

from __future__ import annotations

import pickle
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.network.ports import find_answer, find_picture, output_names
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

layers = keras.layers
PREPROCESSING = Preprocessing(24, 20)
CLASS_NAMES = ("ant", "bee", "cow")
GIVEN: dict[str, Any] = {"age": [0.5, -2.0], "site": 2}


def with_metadata() -> keras.Model:
    """A network that takes a picture, two numbers and a whole number, by which it also scales its maps."""
    keras.utils.set_random_seed(5)
    picture, age = keras.Input((24, 20, 3), name="picture"), keras.Input((2,), name="age")
    site = keras.Input((), dtype="int32", name="site")
    maps = layers.Conv2D(4, 3, activation="relu", name="conv")(picture)
    scales = layers.Reshape((1, 1, 4), name="scales")(layers.Dense(4, activation="tanh", name="of_age")(age))
    scaled = layers.Multiply(name="scaled")([maps, scales])
    vector = layers.GlobalAveragePooling2D(name="averaged")(scaled)
    joined = layers.Concatenate(name="joined")([vector, layers.Embedding(3, 4, name="of_site")(site), age])
    return keras.Model([age, picture, site], layers.Dense(3, activation="softmax", name="answer")(joined))


def of_outputs(*ends: keras.layers.Layer, as_dict: bool = False) -> keras.Model:
    """A network of several outputs."""
    keras.utils.set_random_seed(6)
    picture = keras.Input((24, 20, 3))
    vector = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="conv")(picture))
    outputs = [end(vector) for end in ends]
    named = {f"{end.name}_key": output for end, output in zip(ends, outputs, strict=True)}
    return keras.Model(picture, named if as_dict else outputs)


@pytest.mark.parametrize("end", [layers.Identity(), layers.Reshape((3,)), layers.Activation("linear")])
def test_classifier_is_found_if_nothing_comes_after_it(end: keras.layers.Layer) -> None:
    picture = keras.Input((24, 20, 3))
    vector = layers.GlobalAveragePooling2D()(picture)
    box = layers.Dense(4, name="box")(vector)
    block = keras.Sequential([keras.Input((3,)), layers.Dense(3, activation="softmax")])
    model = keras.Model(picture, [box, end(block(vector))])
    assert find_answer(model) is model.outputs[1]


# Several inputs


def test_what_does_not_depend_on_the_picture_is_no_layer() -> None:
    network = Network(with_metadata(), CLASS_NAMES, PREPROCESSING, inputs=GIVEN)
    assert [layer.name for layer in network.layers] == ["conv", "scaled", "averaged", "joined", "answer"]
    assert network.layer("scaled").receptive_field.size == network.layer("conv").receptive_field.size == 3
    assert network.layer("conv").non_negative
    assert not network.layer("scaled").non_negative  # it may be scaled by a negative number


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("age", "text", "not all of it are numbers"),
        ("age", [None, 1], "not all of it are numbers"),
        ("age", [10**400, 1], "not all of it are numbers"),
        ("age", {"a": 1}, "not all of it are numbers"),
        ("age", [[1, 2], [3]], "inhomogeneous"),
        ("age", [1.0] * 10**5, "has the shape"),
        ("site", 1.5, "not all of it are whole numbers"),
        ("site", 10**12, "not all of it are whole numbers"),
        ("site", float("inf"), "not all of it are whole numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
def test_values_that_are_no_numbers_or_do_not_fit_are_a_sentence(name: str, value: Any, reason: str) -> None:
    with pytest.raises(NetworkError, match=f"^The input '{name}' .*{reason}"):
        Network(with_metadata(), CLASS_NAMES, PREPROCESSING, inputs=GIVEN | {name: value})


def test_maps_channels_and_effects_are_those_with_the_given_values() -> None:
    explorer = Explorer(Network(with_metadata(), CLASS_NAMES, PREPROCESSING, inputs=GIVEN))
    result = explorer(draw(40, 30))
    assert result.explain("hires_cam", layer_name="conv").values.shape == (22, 18)
    contributions = result.contributions()
    assert contributions.values.sum() + contributions.bias == pytest.approx(contributions.logit, abs=1e-5)
    without = explorer.ablate(draw(40, 30), {"conv": [1]})
    (index,) = (i for i, name in enumerate(CLASS_NAMES) if name == result.label)
    effect = explorer.effects(draw(40, 30), "conv")[1]
    assert effect == pytest.approx(result.logits[index] - without.logits[index], abs=1e-5)


def test_layers_that_given_values_pass_can_be_trained_on() -> None:
    model = with_metadata()
    network = Network(model, CLASS_NAMES, PREPROCESSING, inputs=GIVEN)
    batch = PREPROCESSING([draw(40, 30)])
    before = network.logits(batch)  # compiles
    for name in ("of_site", "of_age"):
        layer = model.get_layer(name)
        layer.set_weights([2 * weights + 1 for weights in layer.get_weights()])
        after = network.logits(batch)
        assert np.abs(after - before).max() > 1e-3
        fresh = Network(model, CLASS_NAMES, PREPROCESSING, inputs=GIVEN)
        np.testing.assert_allclose(after, fresh.logits(batch), atol=1e-6)
        before = after
    contributions = Explorer(network)(draw(40, 30)).contributions()
    assert contributions.values.sum() + contributions.bias == pytest.approx(contributions.logit, abs=1e-5)


def test_given_values_tell_networks_apart_and_are_pickled() -> None:
    model = with_metadata()
    first, second = (Network(model, CLASS_NAMES, PREPROCESSING, inputs={**GIVEN, "site": site}) for site in (1, 2))
    assert first.fingerprint != second.fingerprint
    copy = pickle.loads(pickle.dumps(second))
    batch = PREPROCESSING([draw(40, 30)])
    np.testing.assert_array_equal(copy.logits(batch), second.logits(batch))
    assert np.abs(first.logits(batch) - second.logits(batch)).max() > 1e-3
    assert second.shuffled.logits(batch).shape == (1, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {},
            r"Besides the picture 'picture', the model takes 'age' .* \(None, 2\), 'site' .* inputs for none",
        ),
        ({"age": [1, 2]}, r"the model takes 'site' of the shape \(None,\)\. Give .* Received: inputs for 'age'\."),
        (
            {**GIVEN, "ages": 3},
            r"no input named 'ages'\. It has 'age' .*'site' .* Received: inputs 'age', 'site', 'ages'\.",
        ),
        ({**GIVEN, "age": 3}, r"'age' has the shape \(2,\), without the batch axis\. Received: .* shape \(\)"),
        ({**GIVEN, "age": "old"}, r"'age' is an array of numbers\. Received: str"),
        ({**GIVEN, "picture": np.zeros((24, 20, 3))}, r"takes no picture"),
    ],
)
def test_values_that_are_missing_or_do_not_fit_are_one_sentence(given: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(with_metadata(), CLASS_NAMES, PREPROCESSING, inputs=given)


def test_of_two_pictures_one_is_given() -> None:
    pictures = [keras.Input((24, 20, 3), name=name) for name in ("left", "right")]
    difference = layers.GlobalAveragePooling2D()(layers.Subtract(name="difference")(pictures))
    model = keras.Model(pictures, layers.Dense(3, activation="softmax")(difference))
    with pytest.raises(NetworkError, match=r"takes 2 pictures, and a photo is one of them: .*'left' .*, 'right' of"):
        Network(model, CLASS_NAMES, PREPROCESSING)
    right, batch = np.full((24, 20, 3), 0.25, np.float32), PREPROCESSING([draw(40, 30)])
    network = Network(model, CLASS_NAMES, PREPROCESSING, inputs={"right": right})
    np.testing.assert_allclose(network.activations(batch)[0][0], batch - 0.25, atol=1e-6)
    assert find_picture(model, ["right"]) is model.inputs[0]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((7,), r"takes no picture\. Expected: an input of one or three channels, .* Received: \(None, 7\)\."),
        ((24, 20, 4), r"A photo has 3 channels, or 1 in grey, and not 4\."),
        ((3, 24, 20), r"Its channels are the first axis, and cnnviz needs them as the last\."),
        ((8, 24, 20, 3), r"takes no picture\. Expected"),
    ],
)
def test_input_that_takes_no_picture_is_one_sentence(shape: tuple[int, ...], message: str) -> None:
    model = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(NetworkError, match=message):
        Network(model, ("cat", "dog"), PREPROCESSING)


# Several outputs


def test_of_several_outputs_the_first_classifier_is_chosen_and_named() -> None:
    model = of_outputs(
        layers.Dense(4, name="box"),
        layers.Dense(2, "relu", name="size"),
        layers.Dense(3, activation="softmax", name="kind"),
        layers.Dense(5, activation="sigmoid", name="tags"),
    )
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    assert network.layers[-1].name == "kind"
    assert "box" not in [layer.name for layer in network.layers]
    (note,) = network.notes
    outputs = "'box', 'size', 'kind' and 'tags'"
    assert note == f"The model has the outputs {outputs}. 'kind' is looked into: choose another with `output`."
    told = Network(model, tuple("abcde"), PREPROCESSING, output="tags")
    assert (told.head.kind, told.notes, told.settings) == ("multi_label", (), {"output": "tags"})
    assert Network(model, tuple("abcd"), PREPROCESSING, output="box").ends_in_logits


def test_outputs_in_a_dict_have_its_keys_as_names() -> None:
    model = of_outputs(layers.Dense(2, name="box"), layers.Dense(3, "softmax", name="kind"), as_dict=True)
    assert list(output_names(model)) == ["box_key", "kind_key"]
    assert find_answer(model, "kind_key") is find_answer(model) is output_names(model)["kind_key"]
    with pytest.raises(NetworkError, match=r"no output named 'kind'\. It has 'box_key' of the shape .*'kind_key'"):
        Network(model, CLASS_NAMES, PREPROCESSING, output="kind")


def test_outputs_of_one_nested_block_are_named_after_its_layers() -> None:
    inner = of_outputs(layers.Dense(2, name="box"), layers.Dense(3, "softmax", name="kind"))
    picture = keras.Input((24, 20, 3))
    inner.name = "block"
    model = keras.Model(picture, inner(picture))
    assert list(output_names(model)) == ["block/box", "block/kind"]
    assert Network(model, CLASS_NAMES, PREPROCESSING).layers[-1].name == "block/kind"


def test_outputs_of_which_none_gives_classes_are_one_sentence() -> None:
    picture = keras.Input((24, 20, 3))
    maps = layers.Conv2D(2, 3, name="maps")(picture)
    with pytest.raises(NetworkError, match=r"None of the model's outputs .* 'maps' of the shape .*, 're_lu\w*' of"):
        Network(keras.Model(picture, [maps, layers.ReLU()(maps)]), CLASS_NAMES, PREPROCESSING)


def test_output_that_does_not_depend_on_the_picture_is_one_sentence() -> None:
    picture, age = keras.Input((24, 20, 3)), keras.Input((2,), name="age")
    outputs = [layers.Dense(3, "softmax", name="of_age")(age), layers.Dense(3)(layers.Flatten()(picture))]
    with pytest.raises(NetworkError, match=r"No layer leads from the picture to this output"):
        Network(keras.Model([picture, age], outputs), CLASS_NAMES, PREPROCESSING, inputs={"age": [1, 2]})
