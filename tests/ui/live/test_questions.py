"""What programs may ask of live pictures: a sentence each, and nothing is kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import gradio as gr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.crowd.plain import MAX_PICTURE, is_plain
from cnnviz.ui.files import inline, inline_fitted
from cnnviz.ui.live.questions import LiveQuestions
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.strip.strip import TILE_PIXELS
from networks import LAYERS
from pictures import draw, encode
from served_models import ANYTHING, serve_model

FILE = encode(draw(150, 150, seed=8), "PNG")
PICTURE = "data:image/png;base64," + base64.b64encode(FILE).decode()
REST: dict[str, Any] = {"colormap": "magma", "layers": list(LAYERS[:2]), "number": 3}
ASKED: dict[str, Any] = {"picture": PICTURE, **REST}
WRONG: dict[str, dict[str, Any]] = {
    "no picture": {"picture": None},
    "a path": {"picture": "/etc/passwd"},
    "an address": {"picture": "https://example.com/cat.jpg"},
    "a damaged picture": {"picture": PICTURE[:200]},
    "another text": {"picture": "data:text/plain;base64,aGVsbG8="},
    "no layers": {"layers": None},
    "many layers": {"layers": ["conv2d_1"] * 100},
    "numbers": {"layers": [1, 2]},
    "an unknown layer": {"layers": ["conv2d_99"]},
    "no colours": {"colormap": None},
    "an unknown class": {"class": "unicorn"},
    "a class that is no name": {"class": 7},
    "unknown colours": {"colormap": "purple haze"},
}


@pytest.fixture(scope="module")
def served(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model without page."""
    return serve_model(explorer, tmp_path_factory.mktemp("served"))


def ask(served: ServedModel, **changes: Any) -> dict[str, Any]:
    """Ask as the browser does, and give the reply as it arrives there."""
    update = LiveQuestions(lambda: served).look(gr.EventData(None, {**ASKED, **changes}))
    reply: dict[str, Any] = json.loads(json.dumps(update["live"], allow_nan=False))
    return reply


def test_answer_and_tiles_are_the_library_s_and_the_picture_is_not_sent_back(
    served: ServedModel, explorer: Explorer
) -> None:
    result, reply = explorer(FILE), ask(served)
    assert reply["asked"] == REST
    (classes,) = reply["rows"]
    assert {each["name"]: each["probability"] for each in classes} == result.probabilities
    assert reply["label"].lower() == result.label
    assert reply["logit"] is None
    assert ask(served, **{"class": "cat"})["logit"] == explorer.network.head.class_logit(result.logits, "cat")
    assert reply["seen"] == inline_fitted(result.seen, TILE_PIXELS)
    assert reply["pictures"] == [inline(result[name].thumbnail(TILE_PIXELS, "magma")) for name in ASKED["layers"]]


def test_nothing_is_kept(served: ServedModel, caplog: pytest.LogCaptureFixture) -> None:
    before = sorted(served.endpoints.folder.rglob("*")), served.photos.results.num_bytes
    with caplog.at_level("INFO"):
        ask(served)
    assert (sorted(served.endpoints.folder.rglob("*")), served.photos.results.num_bytes) == before
    assert caplog.text == ""


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_is_made_up_is_refused_in_a_sentence(served: ServedModel, changes: dict[str, Any]) -> None:
    reply = ask(served, **changes)
    assert set(reply) == {"asked", "error"}
    assert reply["error"].endswith((".", "?"))


@settings(max_examples=30)
@given(st.sampled_from(list(ASKED)), ANYTHING)
def test_anything_is_answered(served: ServedModel, name: str, value: Any) -> None:
    ask(served, **{name: value})


def test_a_picture_is_the_only_long_text() -> None:
    assert is_plain({**ASKED, "picture": "x" * MAX_PICTURE})
    assert not is_plain({**ASKED, "picture": "x" * (MAX_PICTURE + 1)})
    assert not is_plain({**ASKED, "colormap": "x" * MAX_PICTURE})
    assert not is_plain({**ASKED, "picture": {"path": "/etc/passwd"}})
