"""What the tab on the why asks: answers equal to the library's, in steps; a sentence for anything made up."""

from __future__ import annotations

import base64
import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui import answers
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.why.questions import WhyQuestions
from cnnviz.why.explain import METHODS
from networks import build_branches, build_tiny
from pictures import draw, encode
from served_models import ANYTHING, serve_model

FILE = encode(draw(320, 200), "PNG")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A small model with one sigmoid, without page."""
    return serve_model(Explorer(build_tiny()), tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def result(served: ServedModel) -> Result:
    """What is explained."""
    return served.photos.look(FILE).result


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    return served.photos.look(FILE).token


@pytest.fixture
def reasons(served: ServedModel) -> WhyQuestions:
    return WhyQuestions(lambda: served)


def ask(reasons: WhyQuestions, name: str, page: str = "page", **asked: Any) -> Iterator[dict[str, Any]]:
    """Ask as the browser does, and give each reply as it arrives there."""
    request: Any = types.SimpleNamespace(session_hash=page)
    for update in getattr(reasons, name)(gr.EventData(None, asked), request):
        if update == gr.update():
            continue
        (prop,) = set(update) - {"__type__"}
        assert prop == {"explain": "maps", "examine": "trust"}[name]
        reply: dict[str, Any] = json.loads(json.dumps(update[prop], allow_nan=False))
        assert reply["asked"] == json.loads(json.dumps(asked))
        yield reply


def last(replies: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return list(replies)[-1]


def values_of(told: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(told["values"]), "<f4").reshape(told["rows"], told["columns"])


@pytest.mark.parametrize("layer", ["max_pooling2d_1", "conv2d_2"])
@pytest.mark.parametrize("method", ["grad_cam", "layer_cam"])
def test_methods_that_look_for_one_class_give_a_map_of_each_in_one_range(
    method: str, layer: str, reasons: WhyQuestions, token: str, result: Result
) -> None:
    reply = last(ask(reasons, "explain", token=token, method=method, layer=layer, classes=["cat", "dog"], number=1))
    assert [told["class"] for told in reply["maps"]] == ["cat", "dog"]
    assert [told["side"] for told in reply["maps"]] == [0, 1]
    expected = [result.explain(method, name, layer) for name in ("cat", "dog")]
    for told, explanation in zip(reply["maps"], expected, strict=True):
        np.testing.assert_array_equal(values_of(told), explanation.values)
        height, width = explanation.cell
        text = f"{height}×{width} of the" if explanation.values.any() else f"Nothing in {layer} speaks for"  # noqa: RUF001
        assert text in told["text"]
        assert told["title"] == f"What speaks for {explanation.class_name}"
    assert reply["limit"] == max(explanation.limit for explanation in expected)
    assert reply["signed"]


@pytest.mark.parametrize("method", ["hires_cam", "saliency", "occlusion"])
def test_of_one_sigmoid_other_methods_give_one_map_for_both(
    method: str, reasons: WhyQuestions, token: str, result: Result
) -> None:
    reply = last(ask(reasons, "explain", token=token, method=method, layer=None, classes=["cat", "dog"], number=1))
    (told,) = reply["maps"]
    explanation = result.explain(method, "dog")
    np.testing.assert_allclose(values_of(told), explanation.values, atol=1e-4)
    assert reply["signed"] == (method != "saliency")
    assert told["text"].startswith("One map")
    assert "cat" in told["title"] or method == "saliency"


def test_examining_tells_the_library_s_numbers(reasons: WhyQuestions, token: str, result: Result) -> None:
    asked: dict[str, Any] = {"method": "hires_cam", "layer": "conv2d_2", "class": "cat"}
    reply = last(ask(reasons, "examine", token=token, number=1, **asked))
    trust = result.trust(result.explain("hires_cam", "cat", "conv2d_2"))
    falls, rises = reply["curves"]
    assert falls["probabilities"] == pytest.approx(trust.deletion.probabilities.tolist())
    assert rises["random"] == pytest.approx(trust.insertion.random.tolist())
    methods, shuffled = (fact["text"] for fact in reply["facts"])
    assert "Grad-CAM " + f"{trust.agreement['grad_cam']:.2f}".replace("-", "\N{MINUS SIGN}") in methods
    assert shuffled.startswith(f"{trust.shuffled_weights:.2f}".replace("-", "\N{MINUS SIGN}"))


def test_empty_map_is_not_examined(tmp_path: Path) -> None:
    network = build_branches()
    kernel, bias = network.model.get_layer("answer").get_weights()
    network.model.get_layer("answer").set_weights([0 * kernel, bias])
    served = serve_model(Explorer(network), tmp_path)
    token = served.photos.look(encode(draw(90, 70), "PNG")).token
    asked = {"token": token, "method": "grad_cam", "class": "bee"}
    reply = last(ask(WhyQuestions(lambda: served), "examine", number=1, **asked))
    (fact,) = reply["facts"]
    assert fact["text"].startswith("Nothing speaks for bee here")
    assert reply["curves"] == []


def test_slow_method_tells_how_far_it_is(reasons: WhyQuestions, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "TELL_SECONDS", 0)
    *told, answer = ask(reasons, "explain", token=token, method="occlusion", classes=["dog"], number=1)
    shares = [reply["share"] for reply in told]
    assert shares == sorted(shares)
    assert len(shares) > 10
    assert 0 <= shares[0] < shares[-1] < 1
    assert "maps" in answer


@pytest.mark.parametrize("by", ["another question", "rest"])
def test_what_is_not_waited_for_any_more_is_left_off(
    by: str, reasons: WhyQuestions, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "TELL_SECONDS", 0)
    running = ask(reasons, "explain", token=token, method="occlusion", classes=["dog"], number=1)
    other = ask(reasons, "explain", page="another", token=token, method="occlusion", classes=["dog"], number=1)
    assert next(running)["share"] < 1
    assert next(other)["share"] < 1
    if by == "rest":
        reasons.rest(gr.EventData(None, {"number": 2}), types.SimpleNamespace(session_hash="page"))  # type: ignore[arg-type]
    else:
        assert "maps" in last(ask(reasons, "explain", token=token, method="saliency", classes=["dog"], number=2))
    assert not list(running)
    assert "maps" in last(other)


def test_question_left_off_at_once_changes_nothing(reasons: WhyQuestions, token: str) -> None:
    request: Any = types.SimpleNamespace(session_hash="page")
    reasons.rest(gr.EventData(None, {"number": 5}), request)
    asked = {"token": token, "method": "saliency", "classes": ["dog"], "number": 4}
    assert list(reasons.explain(gr.EventData(None, asked), request)) == [gr.update()]


def test_any_network_can_be_explained(tmp_path: Path) -> None:
    explorer = Explorer(build_branches())
    served = serve_model(explorer, tmp_path)
    photo, reasons = served.photos.look(encode(draw(90, 70), "PNG")), WhyQuestions(lambda: served)
    token, result = photo.token, photo.result
    for number, method in enumerate(METHODS):
        reply = last(ask(reasons, "explain", token=token, method=method, classes=["ant", "bee"], number=number))
        assert [(told["class"], told["side"]) for told in reply["maps"]] == [("ant", None), ("bee", None)]
        for told in reply["maps"]:
            np.testing.assert_array_equal(values_of(told), result.explain(method, told["class"]).values)
    reply = last(ask(reasons, "examine", token=token, method="grad_cam", number=99, **{"class": "cow"}))
    assert len(reply["curves"]) == 2


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        ("explain", {"method": "cam", "classes": ["cat"]}, "No method named 'cam'."),
        ("explain", {"classes": ["cat"]}, "`method` is a name. Received: method=None."),
        ("explain", {"method": "grad_cam"}, "`classes` are one or two names. Received: classes=None."),
        ("explain", {"method": "grad_cam", "classes": ["cat"] * 3}, "`classes` are one or two names."),
        ("explain", {"method": "grad_cam", "classes": [5]}, "`classes` are one or two names."),
        ("explain", {"method": "grad_cam", "classes": ["bird"]}, "Classes: cat, dog. Received: class_name='bird'."),
        ("explain", {"method": "grad_cam", "classes": ["cat"], "layer": "dense_1"}, "Evidence maps need a layer"),
        ("explain", {"method": "saliency", "classes": ["cat"], "layer": "conv2d_1"}, "'saliency' reads the picture"),
        ("examine", {"method": "grad_cam"}, "`class` is a name. Received: class=None."),
        ("examine", {"method": "grad_cam", "class": "x" * 10**6}, "`class` is a name."),
    ],
)
def test_bad_question_is_answered_with_a_sentence(
    name: str, asked: dict[str, Any], sentence: str, reasons: WhyQuestions, token: str
) -> None:
    error = last(ask(reasons, name, token=token, number=1, **asked))["error"]
    assert error.startswith(sentence)
    assert len(error) < 500


def test_unknown_token_is_told_to_be_gone(reasons: WhyQuestions) -> None:
    assert last(ask(reasons, "explain", token="guessed", method="grad_cam", classes=["cat"]))["gone"] is True


@settings(max_examples=40)
@given(
    name=st.sampled_from(["explain", "examine"]),
    method=st.sampled_from(["grad_cam", "saliency"]) | ANYTHING,
    layer=st.sampled_from(["conv2d_2", "flatten_1"]) | ANYTHING,
    classes=st.just(["cat"]) | ANYTHING,
    number=ANYTHING,
)
def test_whatever_a_program_makes_up_gets_an_answer_or_a_sentence(
    name: str, served: ServedModel, token: str, **asked: Any
) -> None:
    replied = list(ask(WhyQuestions(lambda: served), name, token=token, **asked))
    assert len(replied) > 0
    assert "error" not in replied[-1] or replied[-1]["error"]


@pytest.mark.parametrize("data", [None, 5, "look", [], {"token": None}])
def test_event_without_a_question_is_answered_too(data: Any, reasons: WhyQuestions) -> None:
    request: Any = types.SimpleNamespace(session_hash="page")
    for name, prop in (("explain", "maps"), ("examine", "trust")):
        (update,) = getattr(reasons, name)(gr.EventData(None, data), request)
        assert "error" in update[prop]


def test_what_takes_too_long_is_left_off_with_a_sentence(
    reasons: WhyQuestions, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "SLOW_SECONDS", 0)
    reply = last(ask(reasons, "explain", token=token, method="occlusion", classes=["cat"], number=1))
    assert reply["error"].startswith("This takes more than 0 seconds")
