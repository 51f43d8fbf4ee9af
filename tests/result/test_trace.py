"""The way back: each step adds up to the network's own number, and leads to the units that it names."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import LayerNotFoundError, NetworkError, OptionError
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from cnnviz.result.trace import Trace
from networks import build_branches, build_long, build_multi_label, build_red_finder, build_residual, build_small
from pictures import draw

NETWORKS = [build_small, build_branches, build_residual, build_long, build_multi_label]


def every_step(step: Trace) -> Iterator[Trace]:
    yield step
    for branch in step.branches:
        yield from every_step(branch)


def assert_adds_up(step: Trace, result: Result) -> None:
    """What is told of adds up to the total, and the total makes the network's own activation."""
    if step.total is None:
        assert step.kind in ("pixel", "closed")
        return
    sizes = abs(step.bias) + abs(step.others) + sum(abs(term.adds) for term in step.terms)
    made = step.bias + step.others + sum(term.adds for term in step.terms)
    assert made == pytest.approx(step.total, abs=1e-5 * max(sizes, 1))
    for term in step.terms:
        assert term.adds == pytest.approx(term.weight * term.unit.value, rel=1e-6)
    if not step.class_name:
        function = keras.activations.get(step.activation_name or "linear")
        through = float(function(keras.ops.convert_to_tensor([[step.total]]))[0, 0])
        assert step.unit.value == pytest.approx(through, rel=1e-4, abs=1e-5)


def value_of(step: Trace, result: Result) -> float:
    """The value of a step's unit, as the result has it."""
    unit = step.unit
    if unit.layer_name is None:
        return float(result.numbers[unit.place])
    layer = result[unit.layer_name]
    row, column = unit.position or (0, 0)
    assert layer.activation[unit.place] == layer.feature_maps[unit.channel].reshape(layer.places)[row, column]
    return float(layer.activation[unit.place])


@pytest.mark.parametrize("build", NETWORKS)
def test_every_step_from_each_class_to_the_pixels_adds_up(build: Callable[[], Network]) -> None:
    network = build()
    result = Explorer(network)(draw(90, 70, seed=3))
    for class_name in network.class_names[:3]:
        trace = result.trace(class_name=class_name)
        assert trace.total == pytest.approx(network.head.class_logit(result.logits, class_name), rel=1e-4, abs=1e-5)
        assert trace.unit.value == network.head.class_logit(result.logits, class_name)
        for number, step in enumerate(trace.path):
            assert_adds_up(step, result)
            assert number == 0 or step.unit.value == value_of(step, result)
        assert trace.path[-1].kind == "pixel"
        assert [step.unit.layer_name for step in trace.path].count(None) == 1


@pytest.mark.parametrize("is_apart", [False, True])
def test_function_before_the_final_one_is_told_of(is_apart: bool) -> None:
    keras.utils.set_random_seed(3)
    layers = keras.layers
    last = [layers.Dense(3), layers.ReLU()] if is_apart else [layers.Dense(3, activation="relu")]
    steps = [layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(name="averaged"), *last]
    model = keras.Sequential([keras.Input((24, 20, 3)), *steps, layers.Softmax()])
    result = Explorer(Network(model, ("a", "b", "c"), Preprocessing(24, 20)))(draw(60, 60))
    sums = result["averaged"].activation @ np.asarray(last[0].kernel) + np.asarray(last[0].bias)
    assert sums.min() < 0 < sums.max()
    for name, total in zip(("a", "b", "c"), sums, strict=True):
        trace = result.trace(class_name=name, depth=0)
        assert (trace.total, trace.activation_name) == (pytest.approx(total, abs=1e-6), "relu")
        assert trace.unit.value == pytest.approx(max(total, 0), abs=1e-6)


def test_answer_is_the_sum_that_contributions_tell_of(explorer: Explorer) -> None:
    result = explorer(draw(seed=4))
    for class_name in ("cat", "dog"):
        contributions, trace = result.contributions(class_name), result.trace(class_name=class_name, depth=0)
        direction = 1 if contributions.logit >= 0 else -1
        strongest = np.argsort(-direction * contributions.values, kind="stable")[:5]
        assert [term.unit.channel for term in trace.terms] == strongest.tolist()
        assert [term.adds for term in trace.terms] == pytest.approx(contributions.values[strongest], rel=1e-5)
        assert trace.bias == pytest.approx(contributions.bias, abs=1e-6)
        spoken = direction * contributions.values
        assert trace.covered == pytest.approx(spoken[strongest].sum() / spoken[spoken > 0].sum(), rel=1e-5)


def test_step_of_a_convolution_tells_of_its_arithmetic(explorer: Explorer) -> None:
    result = explorer(draw(seed=5))
    trace = result.trace("conv2d_3", 17, 4, 5, depth=0)
    arithmetic = explorer.arithmetic(draw(seed=5), "conv2d_3", 17, 4, 5)
    assert (trace.num_terms, trace.kind, trace.activation_name) == (arithmetic.patch.size, "sum", "relu")
    assert trace.total == pytest.approx(arithmetic.total, rel=1e-4, abs=1e-5)
    products = arithmetic.patch.astype(np.float64) * arithmetic.kernel.weights
    direction = -1 if arithmetic.total < 0 else 1
    assert [term.adds for term in trace.terms] == pytest.approx(
        direction * np.sort(direction * products.ravel())[::-1][:5], rel=1e-4, abs=1e-6
    )
    first = trace.terms[0].unit
    row, column, slice_ = np.unravel_index((direction * products).argmax(), products.shape)
    assert first.channel == arithmetic.kernel.inputs[slice_]
    assert first.position == (4 + row, 5 + column)


def test_boxes_shrink_on_the_way_to_a_pixel(explorer: Explorer) -> None:
    boxes = [step.unit.box for step in explorer(draw(seed=6)).trace().path]
    for outer, inner in itertools.pairwise(boxes):
        assert outer[0] <= inner[0] <= inner[2] <= outer[2]
        assert outer[1] <= inner[1] <= inner[3] <= outer[3]
    left, top, right, bottom = boxes[-1]
    assert (right - left, bottom - top) == (1, 1)


def test_way_of_a_channel_that_finds_red_ends_at_a_red_pixel() -> None:
    picture = Image.new("RGB", (150, 150), (20, 90, 200))
    picture.paste((230, 10, 10), (96, 40, 108, 52))
    result = Explorer(build_red_finder())(picture)
    channel = int(result["conv2d_2"].extremes[1].argmax())
    trace = result.trace("conv2d_2", channel)
    *_, last = trace.path
    row, column = last.unit.position or (0, 0)
    assert (40 <= row < 52) and (96 <= column < 108)
    assert last.unit.color == "red"
    assert last.unit.patch.getpixel((0, 0)) == (230, 10, 10)


def test_pooling_and_flatten_pass_on_what_they_read(explorer: Explorer) -> None:
    path = explorer(draw(seed=7)).trace().path
    passed = {step.unit.layer_name for step in path if step.passes_on}
    assert passed == {"flatten_1", *(f"max_pooling2d_{number}" for number in range(1, 5))}
    for step, behind in itertools.pairwise(path):
        if step.passes_on:
            assert (step.unit.value, step.unit.channel) == (behind.unit.value, behind.unit.channel)


def test_tree_has_the_depth_and_the_branches_that_are_asked_for(explorer: Explorer) -> None:
    result = explorer(draw(seed=8))
    trace = result.trace("conv2d_4", branches=2, depth=3)
    steps = list(every_step(trace))
    assert len(steps) == 1 + 2 + 2 + 4  # a pooling in between has a single term
    assert all(step.unit == term.unit for step, term in zip(trace.branches, trace.terms, strict=False))
    for step in steps:
        assert_adds_up(step, result)


def test_unit_that_is_not_named_is_the_strongest(explorer: Explorer) -> None:
    result = explorer(draw(seed=9))
    strongest = result["conv2d_2"].strongest(1)[0]
    unit = result.trace("conv2d_2", depth=0).unit
    assert (unit.channel, unit.position, unit.value) == (strongest.channel, strongest.position, strongest.activation)
    assert unit.patch.tobytes() == strongest.patch.tobytes()
    of_channel = result.trace("conv2d_2", 7, depth=0).unit
    assert of_channel.value == result["conv2d_2"].feature_maps[7].max()


def test_silent_unit_is_taken_apart_too(explorer: Explorer) -> None:
    result = explorer(draw(seed=10))
    maps = result["conv2d_4"].feature_maps
    channel, row, column = (int(each) for each in np.argwhere(maps == 0)[0])
    trace = result.trace("conv2d_4", channel, row, column, depth=0)
    assert trace.unit.value == 0
    assert trace.total is not None
    assert trace.total <= 0
    assert all(term.adds < 0 for term in trace.terms)  # what keeps it silent
    assert_adds_up(trace, result)


def test_layer_that_cannot_be_taken_apart_ends_the_way() -> None:
    layers = keras.layers
    keras.utils.set_random_seed(2)
    picture = keras.Input((16, 16, 3))
    tokens = layers.Reshape((64, 8))(layers.Conv2D(8, 2, 2)(picture))
    mixed = layers.MultiHeadAttention(2, 4, name="attention")(tokens, tokens)
    model = keras.Model(picture, layers.Dense(3)(layers.GlobalAveragePooling1D()(mixed)))
    result = Explorer(Network(model, ("ant", "bee", "cow"), Preprocessing(16, 16)))(draw(seed=11))
    *_, last = result.trace().path
    assert (last.unit.layer_name, last.kind, last.total, last.terms) == ("attention", "closed", None, ())
    assert "cannot be taken apart" in last.text
    assert_adds_up(last, result)


def test_gate_is_told_of_beside_what_it_weighs() -> None:
    result = Explorer(build_residual())(draw(seed=12))
    name = next(layer.name for layer in result.network.layers if layer.role == "product")
    step = result.trace(name, depth=0)
    assert (step.kind, len(step.terms), len(step.gates)) == ("product", 1, 1)
    assert step.terms[0].weight == pytest.approx(step.gates[0].value)


def test_numbers_are_plain_json(explorer: Explorer) -> None:
    trace = explorer(draw(seed=13)).trace(depth=2, branches=2)
    told = json.loads(json.dumps(trace.to_dict()))
    assert (told["layer"], told["class_name"], told["kind"]) == ("dense_2", trace.class_name, "sum")
    assert told["terms"][0] == {
        **trace.terms[0].unit.to_dict(),
        "weight": trace.terms[0].weight,
        "adds": trace.terms[0].adds,
    }
    assert [branch["channel"] for branch in told["branches"]] == [term["channel"] for term in told["terms"][:2]]


def test_picture_has_a_row_for_each_step_that_does_more_than_pass_on(explorer: Explorer) -> None:
    trace = explorer(draw(seed=14)).trace()
    picture = trace.picture()
    assert (picture.mode, picture.width) == ("RGB", 1000)
    rows = 1 + sum(not step.passes_on for step in trace.path[1:])
    assert picture.height == 84 + 124 * rows + 16
    assert np.asarray(picture)[:, :30].min() == 255
    assert "<img" in trace._repr_html_()
    assert repr(trace).startswith(f"<Trace of {trace.class_name}: ")


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"layer_name": "conv9"}, LayerNotFoundError, "No layer named 'conv9'"),
        ({"layer_name": "conv2d_1", "channel": 32}, OptionError, "channels 0 to 31"),
        ({"layer_name": "conv2d_1", "channel": 1, "row": 148, "column": 0}, OptionError, "148 rows"),
        ({"layer_name": "conv2d_1", "channel": 1, "row": 3}, OptionError, "column=None"),
        ({"class_name": "bird"}, NetworkError, "bird"),
        ({"depth": -1}, OptionError, "Received: depth=-1, branches=1"),
        ({"branches": 0}, OptionError, "Received: depth=None, branches=0"),
        ({"branches": 1.5}, OptionError, "branches=1.5"),
        ({"branches": 5}, OptionError, "at most 500 steps"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    asked: dict[str, object], error: type[Exception], message: str, small_explorer: Explorer, explorer: Explorer
) -> None:
    result = (small_explorer if "branches" in asked else explorer)(draw(seed=15))
    with pytest.raises(error, match=message):
        result.trace(**asked)  # type: ignore[arg-type]


def test_where_few_terms_meet_all_are_told_of() -> None:
    result = Explorer(build_residual())(draw(seed=16))
    name = next(layer.name for layer in result.network.layers if layer.role == "sum")
    for channel in range(3):
        step = result.trace(name, channel, 2, 3, depth=0)
        assert (len(step.terms), step.num_terms, step.others) == (2, 2, 0)
        assert step.covered == pytest.approx(1)
        assert_adds_up(step, result)
