"""The journey is drawn for who asks, as the library draws it; a sentence for anything made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hypothesis import given, settings

from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.strip.questions import StripQuestions
from pictures import draw, encode
from served_models import ANYTHING, serve_model


@pytest.fixture(scope="module")
def served(small_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return serve_model(small_explorer, tmp_path_factory.mktemp("served"))


def ask(served: ServedModel, asked: Any) -> dict[str, Any]:
    """Ask as the browser does."""
    reply: dict[str, Any] = StripQuestions(lambda: served).save(gr.EventData(None, asked))["journey"]
    return reply


def test_journey_is_that_of_the_library_in_the_colours_shown(served: ServedModel, small_explorer: Explorer) -> None:
    picture = draw(400, 300, seed=6)
    token = served.photos.look(encode(picture, "PNG")).token
    reply = ask(served, {"token": token, "colormap": "viridis"})
    path = Path("/" + reply["url"].partition("file=/")[2])
    assert reply["name"] == path.name == "journey.png"
    assert path.read_bytes() == encode_png(small_explorer(picture).journey("viridis"))
    assert ask(served, {"token": token, "colormap": "no map"})["error"].startswith("No colour map named 'no map'")
    assert ask(served, {"token": token})["error"].startswith("`colormap` is a name.")


def test_photo_that_is_not_kept_is_told_to_be_gone(served: ServedModel) -> None:
    assert ask(served, {"token": "guessed", "colormap": "magma"})["gone"] is True


@settings(max_examples=30)
@given(asked=ANYTHING)
def test_anything_made_up_is_answered(asked: Any, served: ServedModel) -> None:
    assert {"error", "gone"} & set(ask(served, asked))
