"""What the channel explorer asks: answers equal to the library's, and a sentence or silence for anything made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.result.channel_details import describe_details
from cnnviz.result.result import Result
from cnnviz.ui.channels import questions
from cnnviz.ui.channels.questions import ChannelQuestions
from cnnviz.ui.served_model import ServedModel
from networks import build_branches, build_multi_label
from pictures import draw, encode
from served_models import ANYTHING, LAYER, serve_model

QUESTIONS = tuple(ChannelQuestions.ANSWERS)
FILE = encode(draw(320, 200), "PNG")


@pytest.fixture(scope="module")
def served(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model without page."""
    return serve_model(explorer, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    """What is looked into."""
    return explorer(FILE)


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    """The token of the photo."""
    return served.photos.look(FILE).token


def ask(served: ServedModel, name: str, **asked: Any) -> dict[str, Any]:
    """Ask as the browser does, and give the reply as it arrives there."""
    update = getattr(ChannelQuestions(lambda: served), name)(gr.EventData(None, asked))
    (prop,) = set(update) - {"__type__"}
    assert prop == ChannelQuestions.ANSWERS[name]
    reply: dict[str, Any] = json.loads(json.dumps(update[prop], allow_nan=False))
    assert reply["asked"] == json.loads(json.dumps(asked))
    return reply


def sheet_pixels(served: ServedModel, reply: dict[str, Any]) -> np.ndarray:
    """Read the picture that a reply names."""
    path = served.endpoints.folder / Path(reply["url"]).parent.name / "sheet.png"
    assert reply["url"].endswith(str(path))
    with Image.open(path) as picture:
        assert picture.mode == "L"
        return np.asarray(picture)


@pytest.mark.parametrize("name", ["conv2d_1", "max_pooling2d_4", "flatten_1", "dense_1", "dense_2"])
def test_look_gives_every_activation(name: str, served: ServedModel, token: str, result: Result) -> None:
    reply = ask(served, "look", token=token, layer=name)
    pixels, layer = sheet_pixels(served, reply).astype(float), result[name]
    rows, columns = reply["map"]["rows"], reply["map"]["columns"]
    maps = layer.feature_maps.reshape(-1, rows, columns)
    for channel, limit in enumerate(reply["limits"]):
        top, left = channel // reply["columns"] * rows, channel % reply["columns"] * columns
        values = (pixels[top : top + rows, left : left + columns] - 2) / 252 * limit
        assert np.abs(values - maps[channel]).max() <= 0.002 * limit
        assert reply["peaks"][channel] == maps[channel].argmax()
    assert reply["mean"] == pytest.approx(layer.statistics.mean.tolist())


def test_look_explains_the_last_step_of_the_layers_that_take_part_in_it(
    served: ServedModel, token: str, result: Result
) -> None:
    for name in ("dense_1", "dense_2"):
        told = ask(served, "look", token=token, layer=name)["sum"]
        assert sum(told["values"]) + told["bias"] == pytest.approx(told["logit"], abs=1e-5)
        assert told["class"] == result.label
        assert told["side"] == ["cat", "dog"].index(result.label)
    assert ask(served, "look", token=token, layer="conv2d_4")["sum"] is None


def test_rank_gives_the_library_s_effects_and_losses(
    served: ServedModel, token: str, result: Result, explorer: Explorer
) -> None:
    effects = ask(served, "rank", token=token, layer="conv2d_4", by="effects")["values"]
    np.testing.assert_allclose(effects, explorer.effects(result.seen, "conv2d_4"), atol=1e-6)
    reply = ask(served, "rank", token=token, layer="conv2d_1", by="gray")
    np.testing.assert_allclose(reply["values"], explorer.color_losses(result.seen, "conv2d_1"), atol=1e-6)
    gray = explorer.in_gray(result.seen)["conv2d_1"]
    assert reply["sheet"]["max"] == pytest.approx(gray.statistics.max.tolist())


def test_rank_stops_where_it_takes_too_long(served: ServedModel, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "SLOW_SECONDS", 0)
    told = ask(served, "rank", token=token, layer="conv2d_4", by="effects")
    assert told["error"].startswith("This takes more than 0 seconds")


def test_inspect_and_ablate_give_the_library_s_own(
    served: ServedModel, token: str, result: Result, explorer: Explorer
) -> None:
    reply = ask(served, "inspect", token=token, layer="conv2d_2", channel=5, row=3, column=7)
    expected = json.loads(json.dumps(describe_details(explorer.network, result, "conv2d_2", 5, 3, 7)))
    assert {key: reply[key] for key in expected} == expected
    reply = ask(served, "inspect", token=token, layer="conv2d_1", channel=5, gray=True)
    gray = explorer.in_gray(result.seen).channel("conv2d_1", 5)
    assert reply["statistics"] == pytest.approx(gray.statistics)
    assert reply["statistics"] != pytest.approx(result.channel("conv2d_1", 5).statistics)
    without = {"conv2d_1": [0, 1], "dense_1": [5]}
    reply = ask(served, "ablate", token=token, without=without)
    expected = json.loads(json.dumps(explorer.ablate(result.seen, without).to_dict()))
    assert {key: reply[key] for key in expected} == expected
    assert [each["name"] for each in reply["classes"]] == ["cat", "dog"]


def test_any_network_can_be_looked_into(tmp_path: Path) -> None:
    explorer = Explorer(build_branches())
    served = serve_model(explorer, tmp_path)
    photo = served.photos.look(encode(draw(90, 70), "PNG"))
    token, result = photo.token, photo.result
    for layer in result.layers:
        reply = ask(served, "look", token=token, layer=layer.name)
        assert len(reply["limits"]) == len(layer.feature_maps)
        assert reply["signed"] == (not layer.layer.non_negative)
        assert "values" in ask(served, "rank", token=token, layer=layer.name, by="gray")
        assert ask(served, "inspect", token=token, layer=layer.name, channel=0, row=0, column=0)["unit"]
    for layer in result.layers[:-1]:
        effects = ask(served, "rank", token=token, layer=layer.name, by="effects")["values"]
        assert len(effects) == len(layer.feature_maps)
        ablated = ask(served, "ablate", token=token, without={layer.name: [0]})
        assert {each["name"] for each in ablated["classes"]} == {"ant", "bee", "cow"}
    assert ask(served, "look", token=token, layer="answer")["sum"]["side"] is None


def test_result_that_nobody_keeps_is_computed_again(explorer: Explorer, tmp_path: Path) -> None:
    served = serve_model(explorer, tmp_path)
    served.photos.results.max_bytes = 0
    token = served.photos.look(encode(draw(200, 200, seed=3), "PNG")).token
    expected = explorer(draw(200, 200, seed=3))["conv2d_3"].statistics.max.tolist()
    assert ask(served, "look", token=token, layer="conv2d_3")["max"] == pytest.approx(expected)


@pytest.mark.parametrize("name", QUESTIONS)
def test_unknown_token_is_told_to_be_gone(name: str, served: ServedModel) -> None:
    assert ask(served, name, token="guessed", layer="conv2d_1")["gone"] is True


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        ("look", {}, "`layer` is a name. Received: layer=None."),
        ("look", {"layer": "conv9"}, "No layer named 'conv9'."),
        ("look", {"layer": ["conv2d_1"]}, "`layer` is a name. Received: layer=['conv2d_1']."),
        ("look", {"layer": "x" * 10**6}, "`layer` is a name."),
        ("rank", {"layer": "conv2d_1", "by": "size"}, "Channels are ranked by effects or by gray."),
        ("rank", {"layer": "conv2d_1"}, "`by` is a name. Received: by=None."),
        ("rank", {"layer": "dense_2", "by": "effects"}, "'dense_2' gives the answer"),
        ("inspect", {"layer": "conv2d_1", "channel": 32}, "Layer 'conv2d_1' has the channels 0 to 31."),
        ("inspect", {"layer": "conv2d_1"}, "Layer 'conv2d_1' has the channels 0 to 31."),
        ("inspect", {"layer": "conv2d_1", "channel": 0, "row": 148, "column": 0}, "Layer 'conv2d_1' has 148 rows"),
        ("ablate", {"without": {"conv2d_1": [32]}}, "Layer 'conv2d_1' has the channels 0 to 31."),
        ("ablate", {"without": 5}, "`without` gives for each layer the channels to switch off"),
    ],
)
def test_bad_question_is_answered_with_a_sentence(
    name: str, asked: dict[str, Any], sentence: str, served: ServedModel, token: str
) -> None:
    error = ask(served, name, token=token, **asked)["error"]
    assert error.startswith(sentence)
    assert len(error) < 500


@settings(max_examples=60)
@given(name=st.sampled_from(QUESTIONS), layer=LAYER, channel=ANYTHING, row=ANYTHING, column=ANYTHING, without=ANYTHING)
def test_whatever_a_program_makes_up_gets_an_answer_or_a_sentence(
    name: str, served: ServedModel, token: str, **asked: Any
) -> None:
    reply = ask(served, name, token=token, **asked)
    assert len(reply) > 1
    assert "error" not in reply or reply["error"]


@pytest.mark.parametrize("data", [None, 5, "look", [], {"token": None}, {"token": 5}])
def test_event_without_a_question_is_answered_too(data: Any, served: ServedModel) -> None:
    for name in QUESTIONS:
        update = getattr(ChannelQuestions(lambda: served), name)(gr.EventData(None, data))
        assert {"error", "gone"} & set(update[ChannelQuestions.ANSWERS[name]])


def test_without_channels_each_class_that_is_a_yes_or_no_is_answered_on_its_own(tmp_path: Path) -> None:
    served = serve_model(Explorer(build_multi_label(2)), tmp_path)
    token = served.photos.look(FILE).token
    reply = ask(served, "ablate", token=token, without={"averaged": list(range(8))})
    assert (reply["original_label"], reply["label"]) == ("indoors and person", "indoors and person")
    assert [(each["name"], each["alone"]) for each in reply["classes"]] == [("indoors", True), ("person", True)]
    assert [each["probability"] for each in reply["classes"]] == pytest.approx([0.8808, 0.7311], abs=1e-4)
    last = ask(served, "look", token=token, layer="averaged")["sum"]
    assert (last["class"], last["side"], last["is_sigmoid"]) == ("indoors", None, True)
