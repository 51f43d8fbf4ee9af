"""A network that is pickled or copied: the same answers, and nothing opened before it is needed."""

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.archive import pack, unpack
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from networks import build_branches, build_tiny
from pictures import draw

ROOT = Path(__file__).parents[2]


class Doubled(keras.layers.Layer):
    """A layer of one's own, which Keras finds by where it is defined or not at all."""

    def call(self, values: object) -> object:
        """Double the values."""
        return values * 2


def with_layer(layer: keras.layers.Layer) -> Network:
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), layer, keras.layers.Flatten(), keras.layers.Dense(1)]
    return Network(keras.Sequential(layers), ("cat", "dog"), Preprocessing(8, 8))


@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy])
def test_network_again_has_the_same_layers_answers_gradients_and_fingerprint(again: object) -> None:
    network = build_branches()
    network.model.compile("adam", "binary_crossentropy")
    other = again(network)
    assert other.layers == network.layers
    assert other.model is not network.model
    assert other.fingerprint == network.fingerprint
    assert (other.class_names, other.preprocessing) == (network.class_names, network.preprocessing)
    batch = network.preprocessing([draw()])
    np.testing.assert_array_equal(other.logits(batch), network.logits(batch))
    one, two = (each.gradients(batch, network.class_names[1])[1] for each in (network, other))
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6)


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
def test_network_of_other_numbers_again_is_the_same(policy: str) -> None:
    keras.config.set_dtype_policy(policy)
    try:
        network = with_layer(keras.layers.ReLU())
    finally:
        keras.config.set_dtype_policy("float32")
    other = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(network))))
    assert other.fingerprint == network.fingerprint
    batch = network.preprocessing([draw()])
    np.testing.assert_array_equal(other.logits(batch), network.logits(batch))


def test_changing_a_copy_leaves_the_network_as_it_was() -> None:
    network = build_tiny()
    batch = network.preprocessing([draw()])
    before = network.logits(batch)
    other = copy.deepcopy(network)
    other.model.set_weights([0 * values for values in other.model.get_weights()])
    assert other.logits(batch) == 0
    np.testing.assert_array_equal(network.logits(batch), before)
    assert other.fingerprint != network.fingerprint


def test_pickled_network_is_opened_once_and_not_before_it_is_used() -> None:
    network = pickle.loads(pickle.dumps(build_tiny()))
    assert "model" not in vars(network)
    again = pickle.loads(pickle.dumps(network))  # without being opened
    assert "model" not in vars(network)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: network.model, range(8)))
        passes = list(pool.map(lambda _: again._passes, range(8)))
    assert len(set(map(id, models))) == len(set(map(id, passes))) == 1
    assert network.layers == again.layers
    assert not hasattr(network, "no_such_name")


def test_network_with_code_in_it_is_refused_when_it_is_pickled() -> None:
    network = with_layer(keras.layers.Lambda(lambda values: values * 2, name="doubled"))
    with pytest.raises(NetworkError, match=r"Lambda layer cannot be pickled: .* Received: the layer 'doubled'\.$"):
        pickle.dumps(network)


def test_layer_that_is_not_known_where_the_network_is_opened_is_a_sentence() -> None:
    content = pickle.dumps(with_layer(Doubled()))
    network = pickle.loads(content)
    for _ in range(2):  # and it stays one
        with pytest.raises(
            NetworkError, match=r"Keras cannot open in this process\. Import its own layers first\. Rec"
        ):
            network.model  # noqa: B018
    with keras.saving.custom_object_scope({"Doubled": Doubled}):
        assert type(network.model.layers[1]).__name__ == network.layers[1].kind == "Doubled"


def test_model_that_was_tampered_with_is_a_sentence() -> None:
    content = pack(build_tiny().model)
    for damaged in (b"", content[:1000], b"PK" + content[500:]):
        with pytest.raises(NetworkError, match=r"Keras cannot open in this process\."):
            unpack(damaged)


@pytest.mark.slow
def test_explorer_answers_in_a_process_that_was_spawned() -> None:
    explorer, pixels = Explorer(build_tiny()), np.asarray(draw())
    with get_context("spawn").Pool(1) as pool:
        result = pool.apply(explorer, (pixels,))
    expected = explorer(pixels)
    assert result.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
    assert result["conv2d_1"].grid().tobytes() == expected["conv2d_1"].grid().tobytes()
    np.testing.assert_allclose(result.explain("hires_cam").values, expected.explain("hires_cam").values, atol=1e-5)


DRAWING = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    result = pickle.load(file)
result.pictures(), result.labels, result["conv2d_2"].strongest(2), result.to_dict(), repr(result), result._repr_html_()
sys.exit("keras" in sys.modules)
"""


def test_pickled_result_is_drawn_without_keras(tmp_path: Path) -> None:
    (tmp_path / "result.pickle").write_bytes(pickle.dumps(Explorer(build_tiny())(draw())))
    done = subprocess.run([sys.executable, "-c", DRAWING, str(tmp_path / "result.pickle")], cwd=ROOT, check=False)
    assert done.returncode == 0
