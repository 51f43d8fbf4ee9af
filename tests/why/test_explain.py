"""Evidence maps against their papers' formulas, computed on the plain Keras model with the backend's own tape."""

from __future__ import annotations

import tracemalloc

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError
from cnnviz.base.steps import finish
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from cnnviz.why import attribution
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.explain import METHODS, default_layer, explain, explain_each
from networks import build_branches
from pictures import draw

CONVOLUTIONS = ("conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4")


@pytest.fixture(scope="module")
def result(small_explorer: Explorer) -> Result:
    return small_explorer(draw(320, 200, seed=4))


@pytest.fixture(scope="module")
def branches() -> Explorer:
    return Explorer(build_branches())


def linear(model: keras.Model) -> keras.Model:
    """Copy a Sequential model, and leave its last activation function out: it gives the logit."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.layers[-1].activation = keras.activations.linear
    return copy


def by_tape(model: keras.Model, batch: np.ndarray, name: str | None, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """Give a layer's activation and the gradient of the logit, layer by layer with TensorFlow's tape."""
    with tf.GradientTape() as tape:
        values = watched = tf.constant(batch)
        tape.watch(watched)
        for layer in model.layers:
            values = layer(values, training=False)
            if layer.name == name:
                watched = values
                tape.watch(watched)
        logit = sign * tf.reduce_sum(values)
    return watched.numpy().astype(np.float64), tape.gradient(logit, watched).numpy().astype(np.float64)


def close(values: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.abs(values - expected).max() <= 1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("class_name", ["cat", "dog"])
@pytest.mark.parametrize("name", [*CONVOLUTIONS, "max_pooling2d_4"])
def test_maps_of_a_layer_are_those_of_the_papers(name: str, class_name: str, result: Result) -> None:
    batch = np.asarray(result.seen, np.float32)[None] / 255
    activation, gradient = by_tape(linear(result.network.model), batch, name, 1 if class_name == "dog" else -1)
    weights = gradient.mean(axis=(1, 2))
    expected = {
        "grad_cam": np.maximum(np.einsum("bijc,bc->ij", activation, weights), 0),
        "hires_cam": np.einsum("bijc,bijc->ij", activation, gradient),
        "layer_cam": np.einsum("bijc,bijc->ij", activation, np.maximum(gradient, 0)),
    }
    for method, values in expected.items():
        explanation = result.explain(method, class_name, name)
        assert close(explanation.values, values), method
        assert (explanation.class_name, explanation.layer_name) == (class_name, name)
        assert explanation.seen == result[name].receptive_field


@pytest.mark.parametrize("class_name", ["cat", "dog"])
def test_saliency_and_its_smooth_kin_are_those_of_the_papers(class_name: str, result: Result) -> None:
    model, sign = linear(result.network.model), 1 if class_name == "dog" else -1
    picture = np.asarray(result.seen, np.float32) / 255
    _, gradient = by_tape(model, picture[None], None, sign)
    assert close(result.explain("saliency", class_name).values, np.abs(gradient[0]).max(axis=-1))
    noise = np.random.default_rng(0).normal(0, 0.2 * float(np.ptp(picture)), (32, *picture.shape))
    _, gradient = by_tape(model, (picture + noise).astype(np.float32), None, sign)
    smooth = result.explain("smooth_grad", class_name).values
    assert close(smooth, np.abs(gradient.mean(axis=0)).max(axis=-1))


@pytest.mark.parametrize("class_name", ["cat", "dog"])
@pytest.mark.parametrize(("seed", "has_more_steps"), [(2, False), (1, True)])
def test_integrated_gradients_add_up_to_the_difference_from_black(
    seed: int, has_more_steps: bool, class_name: str, small_explorer: Explorer
) -> None:
    network, result = small_explorer.network, small_explorer(draw(320, 200, seed=seed))
    num_batches = len(list(explain(network, result.pixels, "integrated_gradients", class_name)))
    assert (num_batches > attribution.NUM_STEPS / attribution.BATCH) == has_more_steps
    picture = network.preprocessing.scale(np.asarray(result.seen)[None])
    logits = network.logits(np.concatenate([picture, np.zeros_like(picture)]))
    whole, black = (network.head.class_logit(each, class_name) for each in logits)
    total = result.explain("integrated_gradients", class_name).values.sum(dtype=np.float64)
    assert total == pytest.approx(whole - black, abs=0.01 * abs(whole - black))


@pytest.mark.parametrize(("side", "num_squares", "stride", "size"), [(64, 15, 4, 6), (150, 16, 9, 15)])
def test_occlusion_is_what_the_logit_loses_when_a_square_is_covered(
    side: int, num_squares: int, stride: int, size: int
) -> None:
    keras.utils.set_random_seed(1)
    layers = [keras.layers.MaxPooling2D(5), keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((side, side, 3)), *layers])
    network = Network(model, ("cat", "dog"), Preprocessing(side, side))
    result = Explorer(network)(draw(320, 200, seed=4))
    explanation = result.explain("occlusion", "cat")
    assert explanation.values.shape == (num_squares, num_squares)
    assert explanation.cell == (stride, stride)
    for row, column in ((0, 0), (7, 11), (num_squares - 1, num_squares - 1)):
        top, left = stride * row, stride * column
        covered = result.pixels.copy()
        covered[top : top + size, left : left + size] = 0.5
        loss = network.logits(covered[None])[0, 0] - result.logits[0]  # cat: minus the logit
        assert explanation.values[row, column] == pytest.approx(loss, abs=1e-4)
        assert explanation.seen.box(row, column) == (left, top, left + size, top + size)
    assert np.ptp(explanation.values) > 0.01


def test_both_classes_of_a_sigmoid_have_opposite_evidence(result: Result) -> None:
    for method in ("hires_cam", "integrated_gradients", "occlusion"):
        cat, dog = (result.explain(method, name).values for name in ("cat", "dog"))
        np.testing.assert_allclose(cat, -dog, atol=1e-5)
    cat, dog = (result.explain("saliency", name).values for name in ("cat", "dog"))
    np.testing.assert_allclose(cat, dog, atol=1e-7)


def test_where_only_linear_layers_follow_hires_cam_adds_up_to_the_logit() -> None:
    result = shallow()(draw())
    total = result.explain("hires_cam", "dog", "seen").values.sum(dtype=np.float64)
    assert total == pytest.approx(float(result.logits[0]), abs=1e-5)


def test_saturated_answer_is_explained_all_the_same(small_explorer: Explorer) -> None:
    model = keras.models.clone_model(small_explorer.network.model)
    weights = small_explorer.network.model.get_weights()
    model.set_weights([*weights[:-1], weights[-1] + 200])  # the probability is 1 to the last bit
    network = Network(model, ("cat", "dog"), small_explorer.network.preprocessing)
    result = Explorer(network)(draw())
    assert result.probabilities["dog"] == 1
    for method in METHODS:
        expected = small_explorer(draw()).explain(method, "dog").values
        np.testing.assert_allclose(result.explain(method, "dog").values, expected, atol=1e-4)


def test_only_a_few_copies_of_the_picture_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(1, 5, strides=5), keras.layers.Flatten(), keras.layers.Dense(1)]
    network = Network(keras.Sequential([keras.Input((100, 100, 3)), *layers]), ("cat", "dog"), Preprocessing(100, 100))
    result = Explorer(network)(draw())
    result.explain("integrated_gradients")  # traced, compiled and imported
    monkeypatch.setattr(attribution, "MAX_MISS", -1)  # as many steps as there ever are
    tracemalloc.start()
    result.explain("integrated_gradients")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * attribution.BATCH * result.pixels.nbytes  # one more than are used: a busy backend frees late


@pytest.mark.parametrize("method", OF_LAYERS)
def test_nothing_that_speaks_for_a_class_is_an_empty_map(method: str) -> None:
    layers = [keras.layers.Conv2D(2, 3, activation="relu", name="seen"), keras.layers.GlobalAveragePooling2D()]
    model = keras.Sequential([keras.Input((12, 12, 3)), *layers, keras.layers.Dense(1)])
    for layer, sign in ((model.layers[0], 1), (model.layers[-1], -1)):  # active everywhere, and all of it against
        kernel, bias = layer.get_weights()
        layer.set_weights([sign * np.abs(kernel), bias])
    network = Network(model, ("cat", "dog"), Preprocessing(12, 12))
    explanation = Explorer(network)(draw()).explain(method, "dog", "seen")
    assert np.isfinite(explanation.values).all()
    assert explanation.is_empty == (method != "hires_cam")
    assert explanation.values.max() <= 0


def test_branches_and_a_softmax_are_explained(branches: Explorer) -> None:
    result = branches(draw(90, 70))
    network = branches.network
    for class_name in network.class_names:
        for method in METHODS:
            explanation = result.explain(method, class_name)
            assert np.isfinite(explanation.values).all()
            rows, columns = explanation.seen.rows.num_units, explanation.seen.columns.num_units
            assert explanation.values.shape == (rows, columns)
    step = 1e-2
    activation, gradient = network.gradients(network.preprocessing([result.photo]), "bee")
    moved = np.float32(activation + step * gradient / np.linalg.norm(gradient))
    change = network.logits(moved)[0, 1] - network.logits(activation)[0, 1]
    assert change == pytest.approx(step * np.linalg.norm(gradient), rel=0.05)


def test_layer_is_the_default_layer_unless_it_is_named(result: Result) -> None:
    assert default_layer(result.network).name == "conv2d_4"
    explanation = result.explain("grad_cam")
    assert (explanation.class_name, explanation.layer_name) == (result.label, "conv2d_4")


def test_default_layer_is_no_branch_where_the_branches_end_in_one_place() -> None:
    layers = keras.layers
    picture = keras.Input((16, 16, 3))
    trunk = layers.Conv2D(4, 3, name="trunk")(picture)
    added = layers.Add(name="added")([trunk, layers.Conv2D(4, 1, name="residual")(trunk)])
    branches = [
        layers.Conv2D(4, 14, name="whole")(added),
        layers.MaxPooling2D(14, name="strongest")(layers.Conv2D(4, 1, name="inner")(added)),
    ]
    vector = layers.Flatten()(layers.Concatenate()(branches))
    model = keras.Model(picture, layers.Dense(3, "softmax")(vector))
    assert default_layer(Network(model, ("ant", "bee", "cow"), Preprocessing(16, 16))).name == "added"


def test_default_layer_is_the_last_map_where_every_map_has_a_way_around_it() -> None:
    layers = keras.layers
    picture = keras.Input((16, 16, 3))
    pooled = [layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3, name=name)(picture)) for name in ("left", "right")]
    model = keras.Model(picture, layers.Dense(3, "softmax")(layers.Concatenate()(pooled)))
    network = Network(model, ("ant", "bee", "cow"), Preprocessing(16, 16))
    assert default_layer(network).name == [layer.name for layer in network.layers if layer.places][-1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("cam",), OptionError, r"^No method named 'cam'\. Methods: grad_cam, .*Received: method='cam'\.$"),
        (("grad_cam", "bird"), NetworkError, r"^Classes: cat, dog\. Received: class_name='bird'\.$"),
        (("grad_cam", "dog", "conv9"), LayerNotFoundError, r"^No layer named 'conv9'\."),
        (("grad_cam", "dog", "dense_1"), OptionError, r"^Evidence maps need a layer with places\. .*'dense_1'\.$"),
        (("saliency", "dog", "conv2d_1"), OptionError, r"^'saliency' reads the picture, no layer\. .*'conv2d_1'\.$"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(
    arguments: tuple[str, ...], error: type[Exception], message: str, result: Result
) -> None:
    with pytest.raises(error, match=message):
        result.explain(*arguments)


def test_gradient_at_the_answer_itself_is_refused(result: Result) -> None:
    with pytest.raises(OptionError, match=r"^'dense_2' gives the answer itself: choose a layer before it\.$"):
        result.network.gradients(result.pixels[None], "dog", "dense_2")


def shallow() -> Explorer:
    """A network of one convolution and one sigmoid."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Conv2D(6, 3, activation="relu", name="seen"), keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((20, 16, 3)), *layers])
    return Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 16)))


@pytest.mark.parametrize("method", METHODS)
def test_maps_of_several_classes_are_those_of_each(method: str, branches: Explorer) -> None:
    for explorer in (shallow(), branches):
        result, names = explorer(draw(90, 70)), explorer.network.class_names
        explanations = finish(explain_each(explorer.network, result.pixels, method, names))
        for class_name, explanation in zip(names, explanations, strict=True):
            expected = result.explain(method, class_name)
            np.testing.assert_allclose(explanation.values, expected.values, atol=1e-4)
            assert (explanation.class_name, explanation.seen) == (class_name, expected.seen)
        with pytest.raises(NetworkError, match=r"^Classes: .*\. Received: class_name='bird'\.$"):
            finish(explain_each(explorer.network, result.pixels, method, [names[0], "bird"]))


def test_an_explanation_tells_its_numbers(result: Result) -> None:
    explanation = result.explain("hires_cam", "cat", "conv2d_3")
    told = explanation.to_dict()
    assert np.array_equal(np.array(told.pop("values"), np.float32), explanation.values)
    assert told.pop("sum") == pytest.approx(explanation.values.sum(dtype=np.float64))
    assert told == {
        "method": "hires_cam",
        "class_name": "cat",
        "layer_name": "conv2d_3",
        "shape": list(explanation.values.shape),
        "cell": [4, 4],
        "is_empty": False,
        "is_signed": True,
    }
    assert not result.explain("saliency").is_signed


def test_slow_method_is_done_in_steps_and_can_be_left_off(result: Result) -> None:
    steps = explain(result.network, result.pixels, "occlusion", "dog")
    shares = [next(steps) for _ in range(3)]
    assert 0 <= shares[0] < shares[1] < shares[2] < 1
    steps.close()
    assert not np.array_equal(result.explain("occlusion", "dog").values, 0)
