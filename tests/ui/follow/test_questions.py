"""What the way back asks: steps equal to the library's, and a sentence for anything made up."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings

from cnnviz.base.figures import short, signed
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui.follow import words as follow_words
from cnnviz.ui.follow.questions import FollowQuestions
from cnnviz.ui.served_model import ServedModel
from networks import build_residual
from pictures import draw, encode
from served_models import ANYTHING, serve_model

FILE = encode(draw(320, 200, seed=1), "PNG")


@pytest.fixture(scope="module")
def served(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return serve_model(explorer, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(FILE)


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    return served.photos.look(FILE).token


def ask(served: ServedModel, name: str, asked: Any) -> dict[str, Any]:
    """Ask as the browser does."""
    update = getattr(FollowQuestions(lambda: served), name)(gr.EventData(None, asked))
    reply: dict[str, Any] = json.loads(json.dumps(update[FollowQuestions.ANSWERS[name]], allow_nan=False))
    return reply


def test_answer_is_taken_apart_as_the_library_does(served: ServedModel, result: Result, token: str) -> None:
    trace = result.trace(depth=0)
    step = ask(served, "follow", {"token": token, "way": ["answer"]})
    assert (step["unit"], step["title"]) == ("answer", f"{result.label}: {signed(trace.unit.value)}")
    assert [term["unit"] for term in step["terms"]] == [f"dense_1*{term.unit.channel}" for term in trace.terms]
    assert [term["adds"] for term in step["terms"]] == [signed(term.adds) for term in trace.terms]
    assert [term["weight"] for term in step["terms"]] == [short(term.weight) for term in trace.terms]
    assert step["others"] == ["507", signed(trace.others)]
    assert (step["bias"], step["total"], step["function"]) == ("", signed(trace.total or 0), "")  # its bias is zero
    assert (step["can_switch"], step["has_kernel"], step["looks_for"]) == (False, False, None)


def test_what_only_passes_on_is_gone_through_and_named(served: ServedModel, result: Result, token: str) -> None:
    path = result.trace().path
    unit = path[1].terms[0].unit
    way = ["answer", f"dense_1*{path[1].unit.channel}", f"flatten_1*{unit.place[0]}"]
    step = ask(served, "follow", {"token": token, "way": way})
    row, column = path[4].unit.position or (0, 0)
    assert step["layer"] == "conv2d_4"
    assert step["unit"] == f"conv2d_4*{row}.{column}.{path[4].unit.channel}"
    assert "flatten_1, max_pooling2d_4" in step["through"]
    assert [tile["title"] for tile in step["tiles"]][1:] == [
        f"unit {path[1].unit.channel} of dense_1",
        f"channel {path[4].unit.channel} of conv2d_4, row {row}, column {column}",
    ]
    assert step["box"] == list(path[4].unit.box)
    assert (step["has_kernel"], step["can_switch"]) == (True, True)


def test_unit_is_named_by_its_place_or_by_its_channel(served: ServedModel, result: Result, token: str) -> None:
    by_place = ask(served, "follow", {"token": token, "way": ["conv2d_3*4.5.17"]})
    by_channel = ask(served, "follow", {"token": token, "way": ["conv2d_3*17@4.5"]})
    assert by_place["unit"] == by_channel["unit"] == "conv2d_3*4.5.17"
    assert by_place["terms"] == by_channel["terms"]
    dense = ask(served, "follow", {"token": token, "way": ["dense_1*17@0.0"]})
    assert (dense["unit"], dense["value"]) == ("dense_1*17", signed(float(result["dense_1"].activation[17])))


def test_pixel_ends_the_way(served: ServedModel, result: Result, token: str) -> None:
    step = ask(served, "follow", {"token": token, "way": ["*4.7.2"]})
    assert (step["kind"], step["terms"], step["layer"]) == ("pixel", [], None)
    assert step["title"] == "blue of the pixel at row 4, column 7"
    assert step["value"] == signed(float(result.numbers[4, 7, 2]))
    assert step["box"] == [7, 4, 8, 5]


def test_answer_without_a_unit_is_that_of_the_network_with_a_zero_there(
    served: ServedModel, result: Result, explorer: Explorer, token: str
) -> None:
    place = tuple(int(each) for each in np.unravel_index(int(result["conv2d_4"].activation.argmax()), (15, 15, 128)))
    loss = ask(served, "lose", {"token": token, "unit": f"conv2d_4*{'.'.join(map(str, place))}"})
    values = result["conv2d_4"].activation[None].copy()
    values[(0, *place)] = 0
    for layer in explorer.network.model.layers[7:-1]:
        values = np.asarray(layer(values))
    kernel, bias = explorer.network.model.layers[-1].get_weights()
    sign, _ = result.network.head.output_of(result.label)
    assert loss["after"] == signed(sign * float((values @ kernel + bias)[0, 0]))
    assert loss["before"] == signed(result.network.head.class_logit(result.logits, result.label))
    assert loss["label"] == result.label


def test_computing_shows_the_input_channel_that_adds_most(served: ServedModel, explorer: Explorer, token: str) -> None:
    arithmetic = explorer.arithmetic(FILE, "conv2d_3", 17, 4, 5)
    told = ask(served, "compute", {"token": token, "unit": "conv2d_3*4.5.17"})
    chosen = int(np.abs(arithmetic.by_input).argmax())
    (shown,) = told["inputs"]
    assert shown["input"] == arithmetic.kernel.inputs[chosen]
    assert np.allclose(shown["patch"], arithmetic.patch[:, :, chosen])
    assert (told["rows"], told["columns"]) == ([4, 5, 6], [5, 6, 7])
    assert shown["sum"] + told["others"]["sum"] + told["bias"] == pytest.approx(told["total"], rel=1e-6)
    assert told["others"]["number"] == 63
    assert told["name"] == f"channel {shown['input']} of max_pooling2d_2"
    assert told["map_size"] == [36, 36]
    first = ask(served, "compute", {"token": token, "unit": "conv2d_1*0.0.3"})
    assert (first["map_size"], first["name"] in ("red", "green", "blue")) == ([150, 150], True)


def test_gate_can_be_followed_beside_what_it_weighs(tmp_path_factory: pytest.TempPathFactory) -> None:
    network = build_residual()
    gated = serve_model(Explorer(network), tmp_path_factory.mktemp("gated"))
    name = next(layer.name for layer in network.layers if layer.role == "product")
    token = gated.photos.look(FILE).token
    step = ask(gated, "follow", {"token": token, "way": [f"{name}*3.4.1"]})
    assert (step["kind"], len(step["terms"]), len(step["gates"])) == ("product", 1, 1)
    behind = ask(gated, "follow", {"token": token, "way": [step["gates"][0]["unit"]]})
    assert behind["value"] == step["gates"][0]["adds"]


def test_sums_are_told_of_by_how_many_terms_they_have(tmp_path_factory: pytest.TempPathFactory) -> None:
    network = build_residual()
    residual = serve_model(Explorer(network), tmp_path_factory.mktemp("residual"))
    token = residual.photos.look(FILE).token

    def text_of(layer: str) -> str:
        asked = {"token": token, "way": [f"{layer}*1@2.3"]}
        return str(ask(residual, "follow", asked)["text"])

    layers = {layer.role: layer.name for layer in network.layers}
    assert text_of(layers["sum"]) == follow_words.SUM_WHOLE.format(number=2)
    assert text_of(layers["convolution"]).startswith("It is a sum of ")
    assert text_of(layers["normalization"]) == follow_words.SUM_SINGLE


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("follow", {"way": []}, "A way has 1 to 400 steps."),
        ("follow", {"way": ["answer"] * 401}, "A way has 1 to 400 steps."),
        ("follow", {"way": "answer"}, "A way has 1 to 400 steps."),
        ("follow", {"way": ["conv2d_3"]}, "A unit is named by its layer and its place."),
        ("follow", {"way": ["conv2d_3*4.5"]}, "'conv2d_3' has the shape (34, 34, 128)."),
        ("follow", {"way": ["conv2d_3*34.0.0"]}, "'conv2d_3' has the shape (34, 34, 128)."),
        ("follow", {"way": ["conv2d_3*200@0.0"]}, "Layer 'conv2d_3' has the channels 0 to 127."),
        ("follow", {"way": ["conv9*1.1.1"]}, "No layer named 'conv9'."),
        ("follow", {"way": ["*150.0.0"]}, "'the picture' has the shape (150, 150, 3)."),
        ("lose", {"unit": "*0.0.0"}, "A pixel cannot be switched off"),
        ("lose", {"unit": "dense_2*0"}, "'dense_2' gives the answer itself"),
        ("lose", {}, "A unit is named by its layer and its place."),
        ("compute", {"unit": "*0.0.0"}, "A pixel is not computed"),
        ("compute", {"unit": "dense_1*0"}, "Layer 'dense_1' is a Dense"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    name: str, asked: dict[str, Any], message: str, served: ServedModel, token: str
) -> None:
    assert ask(served, name, {"token": token, **asked})["error"].startswith(message)


def test_photo_that_is_not_kept_is_told_to_be_gone(served: ServedModel) -> None:
    for name in FollowQuestions.ANSWERS:
        assert ask(served, name, {"token": "guessed"})["gone"] is True


@pytest.mark.parametrize("name", FollowQuestions.ANSWERS)
@settings(max_examples=20)
@given(asked=ANYTHING)
def test_anything_made_up_is_answered(name: str, asked: Any, served: ServedModel) -> None:
    assert {"error", "gone"} & set(
        getattr(FollowQuestions(lambda: served), name)(gr.EventData(None, asked))[FollowQuestions.ANSWERS[name]]
    )
