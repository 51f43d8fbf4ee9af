"""Stages and blocks are opened, and one file of all pictures is made, for who asks; a sentence for anything made up."""

from __future__ import annotations

import html
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.layers.questions import LayersQuestions
from cnnviz.ui.served_model import ServedModel
from networks import LAYERS, build_long
from pictures import draw, encode
from served_models import ANYTHING, serve_model


@pytest.fixture(scope="module")
def served(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return serve_model(explorer, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    return served.photos.look(encode(draw(400, 300, seed=6), "PNG")).token


def ask(served: ServedModel, **asked: Any) -> dict[str, Any]:
    """Ask as the browser does, and return the reply as it arrives there."""
    update = LayersQuestions(lambda: served).pack(gr.EventData(None, asked))
    reply: dict[str, Any] = json.loads(json.dumps(update["archive"], allow_nan=False))
    return reply


def test_archive_holds_all_pictures_and_numbers_in_the_colours_shown(
    served: ServedModel, token: str, explorer: Explorer, tmp_path: Path
) -> None:
    result = explorer(draw(400, 300, seed=6))
    result.save(tmp_path / "saved", "viridis", "layer")
    reply = ask(served, token=token, colormap="viridis", scale="layer")
    path = Path("/" + reply["url"].partition("file=/")[2])
    assert reply["name"] == path.name == f"cnnviz-{result.label}.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[len(LAYERS) :] == ["seen.png", "statistics.json", "activations.npz", "README.txt"]
        for name in names[: len(LAYERS)]:
            assert archive.read(name) == (tmp_path / "saved" / name).read_bytes()
        seen = Image.open(io.BytesIO(archive.read("seen.png")))
        assert seen.tobytes() == result.seen.tobytes()
        assert json.loads(archive.read("statistics.json")) == json.loads(json.dumps(result.to_dict("layer")))
        with np.load(io.BytesIO(archive.read("activations.npz"))) as activations:
            for layer in result.layers:
                np.testing.assert_array_equal(activations[layer.name], layer.activation)


def test_report_is_that_of_the_library(served: ServedModel, token: str, explorer: Explorer, tmp_path: Path) -> None:
    result = explorer(draw(400, 300, seed=6))
    result.report(tmp_path / "photo.html", "viridis", "layer")
    asked = {"token": token, "colormap": "viridis", "scale": "layer"}
    reply = LayersQuestions(lambda: served).report(gr.EventData(None, asked))["page"]
    path = Path("/" + reply["url"].partition("file=/")[2])
    assert reply["name"] == path.name == f"cnnviz-{result.label}.html"
    assert path.read_bytes() == (tmp_path / "photo.html").read_bytes()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "`colormap` is a name. Received: colormap=None."),
        ({"colormap": "magma", "scale": 5}, "`scale` is a name. Received: scale=5."),
        ({"colormap": "magma", "scale": "photo"}, "No scale named 'photo'."),
        ({"colormap": "no map", "scale": "layer"}, "No colour map named 'no map'"),
    ],
)
def test_bad_question_is_answered_with_a_sentence(
    asked: dict[str, Any], sentence: str, served: ServedModel, token: str
) -> None:
    assert ask(served, token=token, **asked)["error"].startswith(sentence)


def test_photo_that_is_not_kept_is_told_to_be_gone(served: ServedModel) -> None:
    assert ask(served, token="guessed", colormap="magma", scale="layer")["gone"] is True


@settings(max_examples=30)
@given(asked=ANYTHING)
def test_event_without_a_question_is_answered_too(asked: Any, served: ServedModel) -> None:
    questions = LayersQuestions(lambda: served)
    assert {"error", "gone"} & set(questions.pack(gr.EventData(None, asked))["archive"])
    assert {"error", "gone"} & set(questions.report(gr.EventData(None, asked))["page"])


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return serve_model(Explorer(build_long()), tmp_path_factory.mktemp("long"))


def open_layers(served: ServedModel, asked: Any) -> dict[str, Any]:
    """Ask as the browser does, and return the reply as it arrives there."""
    update = LayersQuestions(lambda: served).open(gr.EventData(None, asked))
    reply: dict[str, Any] = json.loads(json.dumps(update["opened"], allow_nan=False))
    return reply


def test_what_is_opened_is_drawn_in_the_colours_shown_and_nothing_else(long: ServedModel) -> None:
    picture = draw(90, 70, seed=6)
    token = long.photos.look(encode(picture, "PNG")).token
    asked = {"token": token, "colormap": "gray", "scale": "layer", "stage": 2, "blocks": [12]}
    reply = open_layers(long, asked)
    assert reply["asked"] == asked
    layers = [layer for stage in reply["value"]["stages"] for layer in stage["layers"]]
    names = [f"block12_{part}" for part in ("conv", "norm", "past", "add", "out")] + ["block13_out", "block14>out"]
    assert [html.unescape(layer["name"]) for layer in layers] == names
    assert (reply["value"]["token"], reply["value"]["colormap"], reply["value"]["scale"]) == (token, "gray", "layer")
    for name, content in long.endpoints.explorer(picture).pictures("gray", "layer", names).items():
        file = Path(layers[names.index(name)]["file"]["path"])
        assert file.read_bytes() == content
        assert len(list(file.parent.glob("*"))) == len(names)


def test_no_stage_of_the_network_is_a_sentence(long: ServedModel) -> None:
    token = long.photos.look(encode(draw(90, 70, seed=6), "PNG")).token
    for stage in (5, -1, "1", None, 2**70):
        reply = open_layers(long, {"token": token, "colormap": "gray", "scale": "layer", "stage": stage})
        assert reply["error"].startswith("There are 5 stages, from 0. Received: ")


@given(asked=ANYTHING)
def test_anything_made_up_opens_nothing(asked: Any, long: ServedModel) -> None:
    assert {"error", "gone"} & set(open_layers(long, asked))
