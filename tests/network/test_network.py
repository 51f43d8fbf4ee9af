"""The one compiled pass against plain Keras, on our network and on others."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnviz.base.errors import LayerNotFoundError, NetworkError
from cnnviz.drawing.palette import quantize
from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import read_folder
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from pictures import draw

NUM_THREADS = 8
TOLERANCE = 1e-5
CLASS_NAMES = ("cat", "dog")
PREPROCESSING = Preprocessing(24, 20)


def kinds_in_graph(network: Network) -> Counter[str]:
    """Count the operations of the compiled pass, those of the functions it calls too."""
    graph = network._passes.whole.get_concrete_function().graph
    counts = Counter(operation.type for operation in graph.get_operations())
    for function in graph.as_graph_def().library.function:
        counts.update(node.op for node in function.node_def)
    return counts


def batch_of(num_pictures: int = 2) -> np.ndarray:
    return PREPROCESSING([draw(40, 30, seed) for seed in range(num_pictures)])


def branched_model() -> keras.Model:
    """Branches, a layer used twice, a nested Sequential and functional block, three channels and a softmax."""
    picture = keras.Input((24, 20, 3), name="picture")
    colors = keras.layers.Conv2D(3, 1, activation="tanh", name="colors")(picture)
    shared = keras.layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    left, right = shared(colors), shared(shared(picture))
    inside = keras.Input((24, 20, 3))
    twice = keras.layers.Add(name="sum")([inside, keras.layers.Conv2D(3, 3, padding="same", name="conv")(inside)])
    block = keras.Model(inside, keras.layers.ReLU(name="relu")(twice), name="block")
    stack = keras.Sequential(
        [
            keras.Input((24, 20, 6)),
            keras.layers.Conv2D(8, 3, strides=2, name="conv"),
            keras.layers.MaxPooling2D(name="pool"),
        ],
        name="stack",
    )
    merged = keras.layers.Concatenate(name="merged")([block(left), right])
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(stack(merged))
    return keras.Model(picture, keras.layers.Dense(3, activation="softmax", name="classes")(pooled))


@pytest.fixture(scope="module")
def branched() -> Network:
    keras.utils.set_random_seed(3)
    return Network(branched_model(), ("ant", "bee", "cow"), PREPROCESSING)


def small_model(*last: keras.layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Conv2D(4, 3, activation="relu", name="conv"), keras.layers.Flatten(name="flat")]
    return keras.Sequential([keras.Input((24, 20, 3)), *layers, *last])


def small_network(*last: keras.layers.Layer, class_names: tuple[str, ...] = CLASS_NAMES) -> Network:
    return Network(small_model(*last), class_names, PREPROCESSING)


# Our network


def test_one_pass_gives_what_keras_gives_layer_by_layer(network: Network, model: keras.Sequential) -> None:
    batch = network.preprocessing([draw(seed=1), draw(90, 300, seed=2)])
    activations, logits = network.activations(batch)
    values = batch
    for layer, activation in zip(model.layers, activations, strict=True):
        values = np.asarray(layer(values))
        assert activation.dtype == np.float32
        assert activation.shape == values.shape == (2, *network.layer(layer.name).shape)
        assert np.abs(activation - values).max() <= TOLERANCE
    assert np.abs(1 / (1 + np.exp(-logits)) - model(batch)).max() <= TOLERANCE


def test_logits_alone_are_those_of_the_whole_pass(network: Network) -> None:
    batch = network.preprocessing([draw(seed=4)])
    assert np.abs(network.logits(batch) - network.activations(batch)[1]).max() <= TOLERANCE


@pytest.mark.parametrize("origin", ["built", "from_config", "folder"])
def test_compiled_graph_holds_each_layer_once(origin: str, model_folder: Path) -> None:
    if origin == "folder":
        network = read_folder(model_folder)
    else:
        model = build_model()
        model = model if origin == "built" else keras.Sequential.from_config(model.get_config())
        network = Network(model, CLASS_NAMES, Preprocessing())
    kinds = kinds_in_graph(network)
    assert (kinds["Conv2D"], kinds["MaxPool"], kinds["MatMul"]) == (4, 4, 2)


def test_network_of_a_network_s_model_still_computes_each_layer_once(network: Network) -> None:
    again = Network(network.model, network.class_names, network.preprocessing)
    assert kinds_in_graph(again)["Conv2D"] == 4
    assert [layer.name for layer in again.layers] == [layer.name for layer in network.layers]


def test_other_pictures_and_batch_sizes_do_not_trace_again() -> None:
    network = small_network(keras.layers.Dense(1, activation="sigmoid"))
    for num_pictures in (1, 1, 3, 2, 5):
        network.activations(batch_of(num_pictures))
        network.logits(batch_of(num_pictures))
    assert network._passes.whole.experimental_get_tracing_count() == 1
    assert network._passes.answer.experimental_get_tracing_count() == 1


def test_pass_changes_neither_the_batch_nor_the_weights(network: Network) -> None:
    batch = network.preprocessing([draw()])
    before = batch.copy(), [weight.copy() for weight in network.model.get_weights()]
    network.activations(batch)
    assert np.array_equal(batch, before[0])
    assert all(np.array_equal(now, old) for now, old in zip(network.model.get_weights(), before[1], strict=True))


def test_same_picture_twice_gives_identical_bytes_of_their_own(network: Network) -> None:
    batch = network.preprocessing([draw()])
    first = [values.tobytes() for values in network.activations(batch)[0]]
    assert [values.tobytes() for values in network.activations(batch)[0]] == first


def test_activations_outlive_the_next_picture(network: Network) -> None:
    kept, _ = network.activations(network.preprocessing([draw(seed=1)]))
    copies = [values.copy() for values in kept]
    for seed in range(2, 6):
        network.activations(network.preprocessing([draw(seed=seed)]))
    assert all(np.array_equal(values, copy) for values, copy in zip(kept, copies, strict=True))


def test_eight_threads_at_once_get_what_one_alone_gets() -> None:
    network = small_network(keras.layers.Dense(1, activation="sigmoid"))
    batches = [PREPROCESSING([draw(40, 30, seed)]) for seed in range(NUM_THREADS)]
    with ThreadPoolExecutor(NUM_THREADS) as pool:  # the first calls, so that they trace at once too
        together = list(pool.map(network.activations, batches * 4))
    for batch, (activations, logits) in zip(batches * 4, together, strict=True):
        alone, logit = network.activations(batch)
        assert logits.tobytes() == logit.tobytes()
        assert all(a.tobytes() == b.tobytes() for a, b in zip(activations, alone, strict=True))
    assert network._passes.whole.experimental_get_tracing_count() == 1


def test_layers_say_what_feeds_them(network: Network) -> None:
    names = [layer.name for layer in network.layers]
    assert [layer.inputs for layer in network.layers] == [(), *((name,) for name in names[:-1])]
    assert [layer.activation_name for layer in network.layers] == [*(["relu", ""] * 4), "", "relu", "sigmoid"]
    assert all(layer.non_negative for layer in network.layers)


def test_unknown_layer_is_an_error_that_lists_the_names(network: Network) -> None:
    message = r"No layer named 'conv9'\. Layers: conv2d_1, .*, dense_2\. Received: layer_name='conv9'\."
    with pytest.raises(LayerNotFoundError, match=message):
        network.layer("conv9")


def test_part_of_a_layer_s_name_is_not_its_name(network: Network) -> None:
    with pytest.raises(LayerNotFoundError, match=r"No layer named 'conv2d'\."):
        network.layer("conv2d")


# Other networks


def test_blocks_are_opened_and_repeated_layers_numbered(branched: Network) -> None:
    names = [layer.name for layer in branched.layers]
    assert set(names) == {"colors", "shared", "shared#2", "shared#3", "merged", "pooled", "classes"} | {
        *("block/conv", "block/sum", "block/relu", "stack/conv", "stack/pool")
    }
    assert len(names) == 12
    place = {name: number for number, name in enumerate(names)}
    assert all(place[fed] < place[layer.name] for layer in branched.layers for fed in layer.inputs)
    assert set(branched.layer("merged").inputs) >= {"block/relu"}
    assert branched.layer("stack/conv").inputs == ("merged",)
    assert branched.layer("colors").shape == (24, 20, 3)


def test_branched_network_gives_what_its_model_gives(branched: Network) -> None:
    activations, logits = branched.activations(batch_of())
    found = dict(zip((layer.name for layer in branched.layers), activations, strict=True))
    model, block, stack = branched.model, branched.model.get_layer("block"), branched.model.get_layer("stack")
    shared = model.get_layer("shared")
    colors = model.get_layer("colors")(batch_of())
    expected = {"colors": colors, "block/relu": block(shared(colors)), "classes": model(batch_of())}
    expected["merged"] = np.concatenate([block(shared(colors)), shared(shared(batch_of()))], axis=-1)
    expected["stack/pool"] = stack(expected["merged"])
    for name, values in expected.items():
        assert np.abs(found[name] - np.asarray(values)).max() <= TOLERANCE, name
    assert np.abs(branched.head.class_probabilities(logits) - model(batch_of())).max() <= TOLERANCE


def test_branched_network_computes_each_layer_once(branched: Network) -> None:
    assert kinds_in_graph(branched)["Conv2D"] == 6  # colors, shared three times, one in each block


def test_only_layers_that_cannot_be_negative_are_called_so(branched: Network) -> None:
    signed = {layer.name for layer in branched.layers if not layer.non_negative}
    assert signed == {"colors", "block/conv", "block/sum", "stack/conv", "stack/pool", "pooled"}


def test_block_that_is_used_twice_has_two_sets_of_activations() -> None:
    block = keras.Sequential([keras.Input((24, 20, 3)), keras.layers.Conv2D(3, 1, name="conv")], name="block")
    picture = keras.Input((24, 20, 3))
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(block(block(picture)))
    network = Network(keras.Model(picture, keras.layers.Dense(1, name="last")(pooled)), CLASS_NAMES, PREPROCESSING)
    assert [layer.name for layer in network.layers] == ["block/conv", "block/conv#2", "pooled", "last"]
    activations, _ = network.activations(batch_of())
    assert np.abs(activations[1] - np.asarray(block(block(batch_of())))).max() <= TOLERANCE


def test_block_within_a_block_is_opened_with_both_names() -> None:
    inner = keras.Sequential([keras.Input((24, 20, 3)), keras.layers.Conv2D(2, 3, name="conv")], name="inner")
    outer = keras.Sequential([keras.Input((24, 20, 3)), inner, keras.layers.Flatten(name="flat")], name="outer")
    model = keras.Sequential([keras.Input((24, 20, 3)), outer, keras.layers.Dense(1, name="last")])
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    assert [layer.name for layer in network.layers] == ["outer/inner/conv", "outer/flat", "last"]
    assert np.abs(network.activations(batch_of())[1] - np.asarray(model(batch_of()))).max() <= TOLERANCE


def test_dropout_and_batch_normalization_are_in_inference_mode() -> None:
    model = small_model(
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.Dropout(0.5, name="dropout"),
        keras.layers.Dense(1, activation="sigmoid"),
    )
    model.compile("sgd", "binary_crossentropy")
    model.train_on_batch(batch_of(8), np.arange(8)[:, None] % 2)  # moves the averages
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    activations, _ = network.activations(batch_of())
    found = dict(zip((layer.name for layer in network.layers), activations, strict=True))
    assert np.array_equal(found["dropout"], found["norm"])
    assert np.abs(found["norm"] - model.get_layer("norm")(found["flat"], training=False)).max() <= TOLERANCE
    assert np.abs(activations[-1] - model(batch_of(), training=False)).max() <= TOLERANCE


HEADS: dict[str, tuple[list[keras.layers.Layer], int]] = {
    "sigmoid": ([keras.layers.Dense(1, activation="sigmoid")], 2),
    "sigmoid without bias": ([keras.layers.Dense(1, activation="sigmoid", use_bias=False)], 2),
    "logit": ([keras.layers.Dense(1)], 2),
    "softmax": ([keras.layers.Dense(3, activation="softmax")], 3),
    "logits": ([keras.layers.Dense(3)], 3),
    "activation layer": ([keras.layers.Dense(1), keras.layers.Activation("sigmoid")], 2),
    "softmax layer": ([keras.layers.Dense(3), keras.layers.Softmax()], 3),
    "softmax of two": ([keras.layers.Dense(2, activation="softmax")], 2),
    "sigmoids": ([keras.layers.Dense(3, activation="sigmoid")], 3),
    "two sigmoids": ([keras.layers.Dense(2, activation="sigmoid")], 2),
    "sigmoids in a layer of their own": ([keras.layers.Dense(3), keras.layers.Activation("sigmoid")], 3),
    "function that is a layer": ([keras.layers.Dense(3, activation=keras.layers.Activation("sigmoid"))], 3),
}


@pytest.mark.parametrize("head", HEADS)
def test_every_kind_of_last_layer_has_logits_and_its_own_activation(head: str) -> None:
    layers, num_classes = HEADS[head]
    copies = [type(layer).from_config(layer.get_config()) for layer in layers]
    network = small_network(*copies, class_names=tuple("abc"[:num_classes]))
    activations, logits = network.activations(batch_of())
    output = np.asarray(network.model(batch_of()))
    dense = next(layer for layer in network.model.layers if isinstance(layer, keras.layers.Dense))
    expected = activations[1] @ np.asarray(dense.kernel) + (np.asarray(dense.bias) if dense.use_bias else 0)
    assert np.abs(activations[-1] - output).max() <= TOLERANCE
    assert np.abs(logits - expected).max() <= TOLERANCE
    if not head.startswith("logit"):
        probabilities = network.head.class_probabilities(logits)
        assert np.abs(probabilities[:, -output.shape[-1] :] - output).max() <= TOLERANCE


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize(
    "layer", [keras.layers.RandomFlip(), keras.layers.RandomCrop(4, 4), keras.layers.RandAugment()]
)
def test_augmentation_does_nothing_to_an_answer(layer: keras.layers.Layer, dtype: str) -> None:
    """Keras itself crops in training only, whatever shape it states."""
    picture = keras.Input((24, 20, 3), dtype=dtype)
    maps = keras.layers.Conv2D(4, 3, name="conv")(layer(picture))
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(maps)))
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    assert [each.kind for each in network.layers][:-3] == ([] if dtype == "float32" else ["Cast"])
    batch = np.round(255 * batch_of())
    activations, logits = network.activations(batch)
    np.testing.assert_allclose(logits, model.predict(batch, verbose=0), rtol=TOLERANCE)
    assert activations[-3].shape == (2, 22, 18, 4)


def test_layers_that_change_nothing_are_layers_too() -> None:
    idle = [keras.layers.Identity(name="idle"), keras.layers.Dropout(0, name="none"), keras.layers.Activation("linear")]
    network = small_network(*idle, keras.layers.Dense(1))
    activations, _ = network.activations(batch_of())
    assert len(activations) == len(network.layers) == 6
    assert all(np.array_equal(values, activations[1]) for values in activations[2:5])


@pytest.mark.parametrize(("kind", "expected"), [("", "softmax"), ("multi_label", "multi_label")])
def test_of_logits_the_caller_says_what_they_are(kind: str, expected: str) -> None:
    model = small_network(keras.layers.Dense(3), class_names=("a", "b", "c")).model
    network = Network(model, ("a", "b", "c"), PREPROCESSING, kind=kind)
    assert (network.head.kind, network.shuffled.head.kind, network.ends_in_logits) == (expected, expected, True)
    logits = keras.ops.convert_to_numpy(model(batch_of()))
    function = keras.ops.sigmoid if expected == "multi_label" else keras.ops.softmax
    own = keras.ops.convert_to_numpy(function(logits))
    np.testing.assert_allclose(network.head.class_probabilities(network.logits(batch_of())), own, atol=TOLERANCE)


def test_kind_that_the_graph_contradicts_is_refused() -> None:
    model = small_network(keras.layers.Dense(3, "softmax", name="answer"), class_names=("a", "b", "c")).model
    with pytest.raises(NetworkError, match=r"'answer' ends in a softmax: its kind is 'softmax'\. .*='multi_label'"):
        Network(model, ("a", "b", "c"), PREPROCESSING, kind="multi_label")
    network = Network(model, ("a", "b", "c"), PREPROCESSING, kind="softmax")
    assert not network.ends_in_logits


# What is refused


class Subclassed(keras.Model):
    """A model whose graph nobody can read."""

    def __init__(self) -> None:
        """Hold one layer."""
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        """Compute something."""
        return self.dense(keras.ops.mean(inputs, axis=(1, 2)))


def test_subclassed_model_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"Only built Sequential and functional .* Received: Subclassed\."):
        Network(Subclassed(), CLASS_NAMES, PREPROCESSING)


def test_called_subclassed_model_is_refused() -> None:
    model = Subclassed()
    model(batch_of())
    with pytest.raises(NetworkError, match=r"Only built Sequential and functional .* Received: Subclassed\."):
        Network(model, CLASS_NAMES, PREPROCESSING)


def test_unbuilt_sequential_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"Only built Sequential"):
        Network(keras.Sequential([keras.layers.Dense(1)]), CLASS_NAMES, PREPROCESSING)


@pytest.mark.parametrize("class_names", [("cat",), ("cat", "dog", "bird"), ("cat", "cat")])
def test_class_names_that_do_not_fit_are_refused(class_names: tuple[str, ...]) -> None:
    with pytest.raises(NetworkError, match=r"needs 2 different class names\. Received: class_names="):
        small_network(keras.layers.Dense(1), class_names=class_names)


def test_preprocessing_of_another_size_than_the_model_takes_is_an_error(model: keras.Model) -> None:
    with pytest.raises(NetworkError, match=r"Expected: \(None, 224, 150, 3\)\. Received: .* \[\(None, 150, 150, 3\)"):
        Network(model, ("cat", "dog"), Preprocessing(224, 150))


def test_model_of_any_size_gets_the_size_of_its_preprocessing() -> None:
    layers = [keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
    network = Network(keras.Sequential([keras.Input((None, None, 3)), *layers]), CLASS_NAMES, PREPROCESSING)
    assert [layer.shape for layer in network.layers] == [(22, 18, 4), (4,), (1,)]
    assert network.layers[0].receptive_field.box(21, 17) == (17, 21, 20, 24)


ENDS: dict[str, list[Any]] = {
    "three tanh": [keras.layers.Dense(3, "tanh")],
    "tanh": [keras.layers.Dense(1, "tanh")],
    "a softmax over one": [keras.layers.Dense(1, "softmax")],
    "places": [keras.layers.Reshape((1584, 1)), keras.layers.Dense(1)],
    "a doubled softmax": [keras.layers.Dense(3, "softmax"), keras.layers.Rescaling(2.0)],
    "a turned softmax": [keras.layers.Dense(4, "softmax"), keras.layers.Reshape((2, 2))],
}


@pytest.mark.parametrize("end", ENDS)
def test_end_whose_outputs_would_be_misread_is_refused(end: str) -> None:
    class_names = ("a", "b", "c") if "three" in end or "ed softmax" in end else CLASS_NAMES
    with pytest.raises(NetworkError, match=r"must end in sigmoids, in a softmax, or in the logits of either\."):
        small_network(*ENDS[end], class_names=class_names)


@pytest.mark.parametrize("end", [keras.ops.sigmoid, keras.activations.sigmoid])
def test_operation_at_the_end_gives_the_models_own_probabilities(end: Any) -> None:
    picture = keras.Input((24, 20, 3))
    model = keras.Model(picture, end(keras.layers.Dense(1)(keras.layers.Flatten()(picture))))
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    probability = network.head.class_probabilities(network.logits(batch_of()))[0, 1]
    np.testing.assert_allclose(probability, keras.ops.convert_to_numpy(model(batch_of()))[0, 0], atol=1e-6)


@pytest.mark.parametrize("end", [keras.ops.sigmoid, keras.activations.sigmoid, keras.layers.Activation("sigmoid")])
def test_sigmoids_at_the_end_of_a_nested_block_are_one_for_each_class(end: Any) -> None:
    inner = keras.Input((24, 20, 3))
    block = keras.Model(inner, end(keras.layers.Dense(3)(keras.layers.Flatten()(inner))))
    model = keras.Sequential([keras.Input((24, 20, 3)), keras.layers.AveragePooling2D(1), block])
    network = Network(model, ("a", "b", "c"), PREPROCESSING)
    assert network.head.kind == "multi_label"
    own = keras.ops.convert_to_numpy(model(batch_of()))
    np.testing.assert_allclose(network.head.class_probabilities(network.logits(batch_of())), own, atol=TOLERANCE)


def test_output_that_nobody_uses_is_left_out() -> None:
    inner = keras.Input((24, 20, 3))
    flat = keras.layers.Flatten()(inner)
    outputs = [keras.layers.Dense(3, "softmax", name=name)(flat) for name in ("used", "unused")]
    picture = keras.Input((24, 20, 3))
    model = keras.Model(picture, keras.Model(inner, outputs, name="block")(picture)[0])
    network = Network(model, ("a", "b", "c"), PREPROCESSING)
    assert [layer.name for layer in network.layers][-1] == "block/used"
    assert "block/unused" not in [layer.name for layer in network.layers]
    probabilities = network.head.class_probabilities(network.logits(batch_of()))
    np.testing.assert_allclose(probabilities, keras.ops.convert_to_numpy(model(batch_of())), atol=1e-6)


def test_layer_of_several_outputs_is_refused_by_name() -> None:
    picture = keras.Input((24, 20, 3))
    halves = keras.ops.split(picture, 2, axis=1)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(halves[0])))
    with pytest.raises(NetworkError, match=r"Layers with one output can be shown\. Received: 'split"):
        Network(model, CLASS_NAMES, PREPROCESSING)


def test_channels_first_is_refused_by_name() -> None:
    averaged = keras.layers.GlobalAveragePooling2D(data_format="channels_first", name="averaged")
    model = keras.Sequential([keras.Input((24, 20, 3)), averaged, keras.layers.Dense(1)])
    with pytest.raises(NetworkError, match=r"channels last can be shown\. Received: 'averaged'"):
        Network(model, CLASS_NAMES, PREPROCESSING)


def test_arithmetic_with_numbers_can_make_activations_negative() -> None:
    picture = keras.Input((24, 20, 3))
    lowered = keras.layers.Conv2D(4, 3, activation="relu", name="found")(picture) + (-0.5)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D(name="mean")(lowered)))
    signs = {layer.name: layer.non_negative for layer in Network(model, CLASS_NAMES, PREPROCESSING).layers}
    assert signs["found"]
    assert not signs["mean"]


class Lowered(keras.layers.Layer):
    """A layer that does something after the activation function that it has."""

    def __init__(self, **options: Any) -> None:
        """Hold the function."""
        super().__init__(**options)
        self.activation = keras.activations.relu

    def call(self, values: Any) -> Any:
        """Give values around zero."""
        return self.activation(values) - 0.5

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Say that it changes no shape, as a wrapper asks."""
        return shape


class Concatenate(keras.layers.Layer):
    """A layer that is called as one of Keras's own, and does something else."""

    def call(self, values: Any) -> Any:
        """Give values below zero."""
        return -values


class OwnConvolution(keras.layers.Conv2D):
    """A layer that computes as Keras's own does."""


@pytest.mark.parametrize(
    "layer", [Lowered, Concatenate, lambda name: keras.layers.TimeDistributed(Lowered(), name=name)]
)
def test_layer_of_ones_own_may_be_negative_and_is_drawn_as_it_is(layer: Any) -> None:
    picture = keras.Input((24, 20, 3))
    found = OwnConvolution(4, 3, activation="relu", name="found")(picture)
    values = keras.layers.MaxPooling2D(name="pooled")(layer(name="own")(found))
    network = Network(
        keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(values))), CLASS_NAMES, PREPROCESSING
    )
    assert [(each.activation_name, each.non_negative) for each in network.layers[:3]] == [
        ("relu", True),
        ("", False),
        ("", False),
    ]
    own = Explorer(network)(draw(40, 30))["own"]
    expected = np.asarray(keras.Model(picture, network.model.get_layer("own").output)(PREPROCESSING([draw(40, 30)])))[0]
    assert expected.min() < 0
    levels = quantize(own.feature_maps, own.limits("layer"), signed=not own.layer.non_negative)
    np.testing.assert_allclose((levels - 128.0) / 126 * np.abs(expected).max(), expected.transpose(2, 0, 1), atol=0.01)


def test_fingerprint_tells_weights_apart() -> None:
    first, second = small_network(keras.layers.Dense(1)), small_network(keras.layers.Dense(1))
    assert first.fingerprint == first.fingerprint
    second.model.set_weights([weights + 1 for weights in first.model.get_weights()])
    assert first.fingerprint != second.fingerprint


def test_fingerprint_tells_class_names_and_preprocessing_apart(network: Network) -> None:
    renamed = Network(network.model, ("tomcat", "hound"), network.preprocessing)
    assert renamed.fingerprint != network.fingerprint
    assert Network(network.model, network.class_names, network.preprocessing).fingerprint == network.fingerprint


def test_activations_that_would_fill_the_memory_are_refused() -> None:
    layers = keras.layers
    model = keras.Sequential([keras.Input((40, 40, 3)), layers.UpSampling2D(500), layers.GlobalAveragePooling2D()])
    model.add(layers.Dense(1, "sigmoid"))
    with pytest.raises(NetworkError, match=r"has 1,200,\d{3},\d{3} activations for one photo: at most 268,435,456"):
        Network(model, ("cat", "dog"), Preprocessing(40, 40))


@pytest.mark.parametrize("name", ["<img src=x>", "my conv", "conv:0", "_conv", "conv#2"])
def test_name_that_tensorflow_does_not_compile_is_refused(name: str) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(name=name), keras.layers.Dense(1)])
    with pytest.raises(NetworkError, match=rf"Rename the layer, or set KERAS_BACKEND=jax\. Received: '{name}'\."):
        Network(model, ("cat", "dog"), Preprocessing(8, 8))


@pytest.mark.parametrize("name", ["x" * 201, "conv\n2026-01-01 forged"])
def test_name_that_cannot_be_shown_is_refused(name: str) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(name=name), keras.layers.Dense(1)])
    with pytest.raises(NetworkError, match=r"A layer's name is printable text of at most 200 characters\.") as refused:
        Network(model, ("cat", "dog"), Preprocessing(8, 8))
    assert str(refused.value).isprintable()


class Failing(keras.layers.Layer):
    """A layer that can be described, and not be computed."""

    def call(self, values: Any) -> Any:
        """Fail."""
        return values / self.missing

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Describe it, so that Keras does not call it for that."""
        return shape


def test_whatever_keras_raises_while_it_computes_is_a_sentence() -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), Failing(), keras.layers.Flatten(), keras.layers.Dense(1)])
    network = Network(model, ("cat", "dog"), Preprocessing(8, 8))
    batch = np.zeros((1, 8, 8, 3), np.float32)
    for ask in (network.logits, network.activations, lambda values: network.gradients(values, "cat")):
        with pytest.raises(NetworkError, match=r"^The model's layers cannot be computed\. Received: AttributeError, "):
            ask(batch)


class Misstating(keras.layers.Layer):
    """A layer whose activation has another shape than it says."""

    def call(self, values: Any) -> Any:
        """Give all rows."""
        return values

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Say that it gives half of them."""
        return (shape[0], shape[1] // 2, *shape[2:])


def test_layer_of_another_shape_than_it_says_is_a_sentence() -> None:
    layers = [Misstating(name="halved"), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)]
    network = Network(keras.Sequential([keras.Input((8, 8, 3)), *layers]), ("cat", "dog"), Preprocessing(8, 8))
    with pytest.raises(
        NetworkError, match=r"Layer 'halved' says .* shape \(4, 8, 3\)\. Received: \(1, 8, 8, 3\) for 1 pic"
    ):
        network.activations(np.zeros((1, 8, 8, 3), np.float32))


def test_layer_that_is_used_again_and_again_has_an_activation_for_each_use() -> None:
    keras.utils.set_random_seed(1)
    picture = keras.Input((24, 20, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same", activation="relu", name="shared")
    block = keras.Sequential(
        [keras.Input((24, 20, 3)), keras.layers.Conv2D(3, 3, padding="same", name="conv")], name="block"
    )
    values = picture
    for _ in range(3):
        values = shared(values)
    values = block(block(values))
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D(name="mean")(values)))
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    names = ["shared", "shared#2", "shared#3", "block/conv", "block/conv#2"]
    assert [layer.name for layer in network.layers][:5] == names
    assert [layer.receptive_field.size for layer in network.layers][:5] == [3, 5, 7, 9, 11]
    batch = batch_of()
    activations, logits = network.activations(batch)
    values = batch
    for activation in activations[:3]:
        values = np.asarray(shared(values))
        np.testing.assert_allclose(activation, values, atol=TOLERANCE)
    np.testing.assert_allclose(logits, model.predict(batch, verbose=0), atol=TOLERANCE)
    without = [network.logits_without(batch, {name: np.array([0, 1, 1], np.float32)}) for name in names]
    assert len({each.tobytes() for each in without}) == len(names)
    slopes = [network.gradients(batch, "dog", name)[1] for name in names]
    assert len({each.tobytes() for each in slopes}) == len(names)


def test_wrapper_in_a_model_from_memory_is_shown_and_layers_of_several_outputs_are_not() -> None:
    picture = keras.Input((24, 20, 3))
    rows = keras.layers.Reshape((480, 3))(picture)
    wrapped = keras.layers.TimeDistributed(keras.layers.Dense(2, name="inner"), name="wrapped")(rows)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(wrapped)))
    network = Network(model, CLASS_NAMES, PREPROCESSING)
    np.testing.assert_allclose(network.logits(batch_of()), model.predict(batch_of(), verbose=0), atol=TOLERANCE)
    _, scores = keras.layers.MultiHeadAttention(1, 2, name="scores")(rows, rows, return_attention_scores=True)
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(scores)))
    with pytest.raises(NetworkError, match=r"Layers with one output can be shown\. Received: 'scores' with several"):
        Network(model, CLASS_NAMES, PREPROCESSING)


# From a layer on


def test_logits_after_a_masked_layer_are_those_of_the_whole_masked_network(branched: Network) -> None:
    batch = batch_of(1)
    activations = [values[0] for values in branched.activations(batch)[0]]
    random = np.random.default_rng(0)
    for index, layer in enumerate(branched.layers[:-1]):
        masks = random.random((4, layer.shape[-1]), np.float32)
        found = branched.logits_after(index, activations, masks, batch[0])
        expected = [branched.logits_without(batch, {layer.name: mask})[0] for mask in masks]
        np.testing.assert_allclose(found, expected, atol=TOLERANCE, err_msg=layer.name)
        assert np.ptp(found, axis=0).max() > 10 * TOLERANCE, layer.name


def test_logits_after_a_layer_that_is_not_masked_are_the_network_s(network: Network) -> None:
    batch = network.preprocessing([draw(seed=2)])
    activations, logits = network.activations(batch)
    for index, layer in enumerate(network.layers[:-1]):
        masks = np.ones((2, layer.shape[-1]), np.float32)
        found = network.logits_after(index, [values[0] for values in activations], masks, batch[0])
        np.testing.assert_allclose(found, np.repeat(logits, 2, axis=0), atol=TOLERANCE)


def test_operation_is_the_keras_layer_of_the_model(network: Network, branched: Network) -> None:
    for layer in network.layers:
        assert network.operation(layer.name) is network.model.get_layer(layer.name)
    shared = branched.model.get_layer("shared")
    assert [branched.operation(name) for name in ("shared", "shared#2", "shared#3")] == [shared] * 3
    for block in ("block", "stack"):
        assert branched.operation(f"{block}/conv") is branched.model.get_layer(block).get_layer("conv")
    with pytest.raises(LayerNotFoundError, match="No layer named 'conv'"):
        branched.operation("conv")


@pytest.mark.parametrize(("scaling", "non_negative"), [("0-1", True), ("0-255", True), ("tf", False), ("caffe", False)])
def test_layers_that_keep_the_sign_of_the_picture_are_signed_if_its_numbers_are(
    scaling: str, non_negative: bool
) -> None:
    picture = keras.Input((24, 20, 3))
    pooled = keras.layers.MaxPooling2D(name="pooled")(picture)
    relu = keras.layers.Conv2D(3, 1, activation="relu", name="relu")(pooled)
    both = keras.layers.Concatenate(name="both")([relu, keras.layers.MaxPooling2D(name="again")(picture)])
    answer = keras.layers.Dense(1)(keras.layers.Flatten()(both))
    network = Network(keras.Model(picture, answer), CLASS_NAMES, Preprocessing(24, 20, scaling))
    signs = {layer.name: layer.non_negative for layer in network.layers}
    assert [signs[name] for name in ("pooled", "relu", "again", "both")] == [
        non_negative,
        True,
        non_negative,
        non_negative,
    ]


def test_channels_are_those_of_the_preprocessing() -> None:
    model = keras.Sequential([keras.Input((24, 20, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    message = r"3 channels, or 1 with color_mode='L'\. Expected: .*, 20, 3\)\. Received: .*\(None, 24, 20, 1\)"
    with pytest.raises(NetworkError, match=message):
        Network(model, CLASS_NAMES, PREPROCESSING)
    network = Network(model, CLASS_NAMES, Preprocessing(24, 20, color_mode="L"))
    assert network.logits(network.preprocessing([draw(40, 30)])).shape == (1, 1)
