"""Models from strangers: what is no plain Keras model is refused before anything of it is built or run."""

import copy
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from cnnviz.base.errors import FolderError
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.model_folder.safe_config import build_from_config, load_weights, require_plain
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from folders import tamper
from networks import build_branches

SOURCE = "config.json"
ENOUGH = 2**31
SECONDS = 5


def config_of(model: keras.Model) -> dict[str, Any]:
    """Give a model's config as its folder holds it."""
    return dict(json.loads(model.to_json()))


@pytest.fixture
def config(model: keras.Model) -> dict[str, Any]:
    """The architecture's config, to be changed."""
    return config_of(model)


def layer_of(config: dict[str, Any], name: str) -> dict[str, Any]:
    """Give one layer's part of a config."""
    return next(layer for layer in config["config"]["layers"] if layer["config"]["name"] == name)


# What is built


def test_model_is_the_one_that_keras_reads(model_folder: Path, network: Network) -> None:
    theirs = keras.saving.load_model(model_folder)
    batch = np.random.default_rng(0).random((2, 150, 150, 3), np.float32)
    np.testing.assert_allclose(network.model.predict(batch, verbose=0), theirs.predict(batch, verbose=0), atol=1e-6)
    assert not network.model.compiled


@pytest.mark.parametrize("application", ["MobileNetV2", "ResNet50V2", "EfficientNetB0", "DenseNet121", "Xception"])
def test_well_known_networks_are_plain(application: str) -> None:
    model = getattr(keras.applications, application)(weights=None)
    require_plain(config_of(model), SOURCE)


def test_functional_models_with_branches_and_operations_are_built_with_their_weights(tmp_path: Path) -> None:
    network = build_branches()
    path = write_folder(tmp_path / "model", network.model, network.class_names, network.preprocessing, {})
    batch = np.random.default_rng(0).random((1, 40, 56, 3), np.float32)
    np.testing.assert_array_equal(read_folder(path).logits(batch), network.logits(batch))
    picture = keras.Input((20, 20, 3))
    maps = keras.ops.relu(keras.layers.Conv2D(3, 3, padding="same", kernel_regularizer="l2")(picture) + 2.0 * picture)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
    path = write_folder(tmp_path / "operations", model, ("a", "b"), Preprocessing(20, 20), {})
    batch = batch[:, :20, :20]
    np.testing.assert_allclose(read_folder(path).logits(batch), model.predict(batch, verbose=0), atol=1e-6)


def test_settings_for_training_are_left_out(config: dict[str, Any]) -> None:
    assert config["compile_config"] == {} or "compile_config" not in config
    config["compile_config"] = {"optimizer": "adam", "loss": "binary_crossentropy"}
    assert not build_from_config(config, ENOUGH, SOURCE).compiled


# What is refused


def function_named(name: str) -> dict[str, Any]:
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def lambda_layer(config: dict[str, Any]) -> None:
    function = {"module": "builtins", "class_name": "function", "config": "x", "registered_name": "function"}
    layer_of(config, "flatten_1").update(class_name="Lambda", config={"name": "flatten_1", "function": function})


def marshalled_lambda(config: dict[str, Any]) -> None:
    code = {"class_name": "__lambda__", "config": {"value": "4wEAAAAAAAAAAAAAAAEAAAACAAAAQw=="}}
    layer_of(config, "flatten_1")["config"]["function"] = code


def outside_module(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1").update(module="os", class_name="system", config={"command": "touch /tmp/owned"})


def inner_module(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1").update(module="keras.src.utils.file_utils", class_name="get_file")


def saved_model_layer(config: dict[str, Any]) -> None:
    settings = {"name": "flatten_1", "filepath": "/tmp/elsewhere", "call_endpoint": "serve"}
    layer_of(config, "flatten_1").update(class_name="TFSMLayer", config=settings)


def vocabulary_file(config: dict[str, Any]) -> None:
    layer_of(config, "flatten_1").update(
        class_name="StringLookup", config={"name": "flatten_1", "vocabulary": "/etc/passwd"}
    )


def custom_object(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["registered_name"] = "Custom>Conv2D"


def function_as_activation(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["activation"] = function_named("eval")


def class_of_no_module(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["module"] = ["keras.layers"]


def huge_picture(config: dict[str, Any]) -> None:
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**6, 10**6, 3]


def huge_number(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["filters"] = 10**40


def forget_shapes(config: dict[str, Any]) -> None:
    """Leave it to Keras to find the layers' shapes, which then fit the changed one."""
    for layer in config["config"]["layers"]:
        layer.pop("build_config", None)


def huge_layer(config: dict[str, Any]) -> None:
    forget_shapes(config)
    layer_of(config, "dense_1")["config"]["units"] = 2**31


def many_parameters(config: dict[str, Any]) -> None:
    forget_shapes(config)
    layer_of(config, "dense_1")["config"]["units"] = 2**24


def no_number(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["filters"] = float("nan")


def long_text(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["name"] = "x" * 10**6


def nested(config: dict[str, Any]) -> None:
    inner: Any = {}
    for _ in range(200):
        inner = {"config": inner}
    layer_of(config, "conv2d_1")["config"]["kernel_initializer"] = inner


def unknown_activation(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["activation"] = "no_such_activation"


def wrong_rank(config: dict[str, Any]) -> None:
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 150]


def other_model(config: dict[str, Any]) -> None:
    config["class_name"] = "Model2"


NAMES_SOMETHING_ELSE = r"it names something other than the layers of Keras that cnnviz supports"


def many_layers(config: dict[str, Any]) -> None:
    relu = {"module": "keras.layers", "class_name": "ReLU", "config": {"name": "relu"}, "registered_name": None}
    config["config"]["layers"][1:1] = [relu] * (111 - len(config["config"]["layers"]))


def layer_of_text(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["dtype"] = "string"


def policy_of_text(config: dict[str, Any]) -> None:
    layer_of(config, "conv2d_1")["config"]["dtype"]["config"]["name"] = "string"


def models_within_models(config: dict[str, Any]) -> None:
    """Nest functional models, each of which calls the one within twice: 4,096 calls of layers from few lines."""
    picture = keras.Input((8, 8, 3))
    model = keras.Model(picture, keras.layers.ReLU()(picture))
    for _ in range(3):
        again = keras.Input((8, 8, 3))
        model = keras.Model(again, model(model(again)))
    inner = config_of(model)
    for _ in range(9):
        twice = copy.deepcopy(inner)
        twice["inbound_nodes"] = [{}, {}]
        inner = {"module": "keras.models", "class_name": "Functional", "config": {"name": "m", "layers": [twice]}}
    config.clear()
    config.update(inner)


def models_rebuilt_within_models(config: dict[str, Any]) -> None:
    relu = {"module": "keras.layers", "class_name": "ReLU", "config": {"name": "relu"}, "registered_name": None}
    inner = {"module": "keras", "class_name": "Sequential", "config": {"name": "inner", "layers": [relu] * 20}}
    config["config"]["layers"][1:1] = [inner] * 80


HOSTILE = {
    lambda_layer: NAMES_SOMETHING_ELSE,
    marshalled_lambda: NAMES_SOMETHING_ELSE,
    outside_module: NAMES_SOMETHING_ELSE,
    inner_module: NAMES_SOMETHING_ELSE,
    saved_model_layer: NAMES_SOMETHING_ELSE,
    vocabulary_file: NAMES_SOMETHING_ELSE,
    custom_object: NAMES_SOMETHING_ELSE,
    function_as_activation: NAMES_SOMETHING_ELSE,
    class_of_no_module: NAMES_SOMETHING_ELSE,
    huge_picture: r"its picture may have up to 4096 pixels along a side",
    huge_number: r"a value that is no plain setting",
    no_number: r"a value that is no plain setting",
    long_text: r"a value that is no plain setting",
    huge_layer: r"parameters, more than the file with the weights can hold",
    many_parameters: r"parameters, more than the file with the weights can hold",
    many_layers: r"a Sequential model may have up to 100 layers\. Received: 111",
    models_within_models: r"a model may call its layers 2000 times\. Received: \d+ calls",
    models_rebuilt_within_models: r"a model may call its layers 2000 times\. Received: \d+ calls",
    layer_of_text: r"its layers compute with numbers, such as float32\. Received: string",
    policy_of_text: r"its layers compute with numbers, such as float32\. Received: string",
    nested: r"it is nested too deeply or too large",
    unknown_activation: r"cannot build what config\.json describes",
    wrong_rank: r"cannot build what config\.json describes",
    other_model: r"it describes no Sequential or functional model",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_config_is_refused_with_its_reason_in_bounded_time_and_memory(
    make: Any, config: dict[str, Any]
) -> None:
    make(config)
    before = copy.deepcopy(config)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(FolderError, match=HOSTILE[make]) as refused:
        build_from_config(config, 14 * 10**6, SOURCE)
    seconds = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < SECONDS
    assert peak < 100 * 2**20
    assert len(str(refused.value)) < 2000
    assert str(config) == str(before)


def test_weights_of_a_refused_model_take_no_memory_when_the_next_one_is_built(config: dict[str, Any]) -> None:
    hostile = copy.deepcopy(config)
    huge_layer(hostile)
    with pytest.raises(FolderError, match="more than the file with the weights can hold"):
        build_from_config(hostile, 14 * 10**6, SOURCE)
    with keras.StatelessScope():  # at its end Keras gives values to all weights that wait for them
        pass
    assert build_from_config(config, 14 * 10**6, SOURCE).built


def test_initializers_that_would_take_minutes_are_not_run(config: dict[str, Any]) -> None:
    initializer = {"module": "keras.initializers", "class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
    forget_shapes(config)
    layer_of(config, "dense_1")["config"].update(units=6272, kernel_initializer=initializer)
    start = time.process_time()
    model = build_from_config(config, ENOUGH, SOURCE)
    assert time.process_time() - start < SECONDS
    assert not any(np.asarray(weights).any() for weights in model.get_weights())


def test_config_that_nests_ten_thousand_deep_is_refused(model_folder: Path, tmp_path: Path) -> None:
    path = tamper(model_folder, tmp_path, {"config.json": '{"config":' * 10_000 + "1" + "}" * 10_000})
    with pytest.raises(FolderError, match=r"'.*config\.json' is damaged: it is not JSON"):
        read_folder(path)


@pytest.mark.parametrize("value", [None, 1, "keras", [], [{}], {}])
def test_config_that_is_no_model_is_refused(value: Any) -> None:
    with pytest.raises(FolderError, match="it describes no Sequential or functional model"):
        require_plain(value, SOURCE)


# Weights


def test_weights_of_another_model_are_refused(config: dict[str, Any], tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(FolderError, match=r"cannot load '.*other\.weights\.h5' into the model"):
        load_weights(build_from_config(config, ENOUGH, SOURCE), tmp_path / "other.weights.h5")


def test_weights_that_lie_in_another_file_are_refused(
    config: dict[str, Any], model_folder: Path, tmp_path: Path
) -> None:
    path, secret = tmp_path / "model.weights.h5", tmp_path / "secret.h5"
    path.write_bytes((model_folder / "model.weights.h5").read_bytes())
    with h5py.File(path, "r+") as file, h5py.File(secret, "w") as other:
        name = "layers/dense_1/vars/0" if "layers/dense_1/vars/0" in file else "layers/dense/vars/0"
        other["kernel"] = file[name][...]
        del file[name]
        file[name] = h5py.ExternalLink(str(secret), "kernel")
    with pytest.raises(FolderError, match=r"cannot load '.*model\.weights\.h5'"):
        load_weights(build_from_config(config, ENOUGH, SOURCE), path)
