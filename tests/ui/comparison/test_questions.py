"""What the tab of two photos asks: answers equal to the library's, and a sentence for anything made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.result.comparison import Comparison
from cnnviz.result.result import Result
from cnnviz.ui.comparison.comparison import comparison_settings, describe_first
from cnnviz.ui.comparison.questions import ComparisonQuestions
from cnnviz.ui.example import Example
from cnnviz.ui.served_model import ServedModel
from networks import LAYERS, build_branches
from pictures import draw, encode
from served_models import ANYTHING, LAYER, serve_model, show_photo

FILE = encode(draw(320, 200), "PNG")


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def served(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model without page, and three examples."""
    folder = tmp_path_factory.mktemp("served")
    examples = []
    for seed in (1, 2, 3):
        path = folder / f"{seed}.png"
        draw(200, 150, seed=seed).save(path)
        examples.append(Example(path, str(seed)))
    return serve_model(explorer, folder, examples=examples)


@pytest.fixture(scope="module")
def first(explorer: Explorer) -> Result:
    return explorer(FILE)


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    return served.photos.look(FILE).token


def ask(served: ServedModel, name: str, **asked: Any) -> dict[str, Any]:
    """Ask as the browser does, and give the reply as it arrives there."""
    update = getattr(ComparisonQuestions(lambda: served), name)(gr.EventData(None, asked))
    reply: dict[str, Any] = json.loads(json.dumps(update[ComparisonQuestions.ANSWERS[name]], allow_nan=False))
    assert reply["asked"] == json.loads(json.dumps(asked))
    return reply


def test_example_is_answered_and_found_again(served: ServedModel, explorer: Explorer) -> None:
    reply, expected = ask(served, "choose", example=1), explorer(served.examples[1].path)
    assert reply["label"] == expected.label
    assert {each["name"]: each["probability"] for each in reply["classes"]} == expected.probabilities
    assert (reply["seen"]["rows"], reply["seen"]["columns"]) == (150, 150)
    with Image.open("/" + reply["seen"]["url"].partition("file=/")[2]) as picture:
        assert picture.size == (300, 300)
        assert picture.resize((150, 150), Image.Resampling.NEAREST).tobytes() == expected.seen.tobytes()
    found = served.photos.find(reply["token"])
    assert found is not None
    assert found.seen.tobytes() == expected.seen.tobytes()


def test_uploaded_file_is_answered(served: ServedModel, explorer: Explorer, uploads: Path) -> None:
    path = uploads / "photo.png"
    path.write_bytes(encode(draw(90, 90, seed=9), "PNG"))
    reply = ask(served, "choose", path=str(path), size=path.stat().st_size)
    assert {each["name"]: each["probability"] for each in reply["classes"]} == explorer.predict(path)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_of_both_photos_is_the_library_s(
    name: str, served: ServedModel, token: str, first: Result, explorer: Explorer
) -> None:
    other = ask(served, "choose", example=2)["token"]
    reply = ask(served, "compare", token=token, other=other, layer=name)
    expected = Comparison(first, explorer(served.examples[2].path))
    np.testing.assert_allclose(reply["by"]["mean"]["values"], expected.scores(name), atol=1e-6)
    assert reply["by"]["mean"]["ranking"] == expected.ranking(name)
    for key, layer in zip(("first", "second"), expected.layers(name), strict=True):
        assert reply[key]["max"] == pytest.approx(layer.statistics.max.tolist())
        assert reply[key]["mean"] == pytest.approx(layer.statistics.mean.tolist())
    if name == "dense_1":
        contributions = expected.contributions()
        assert reply["class"] == contributions.class_name
        assert reply["total"] == pytest.approx(contributions.logit)
        assert sum(reply["by"]["contribution"]["values"]) == pytest.approx(contributions.logit, abs=1e-6)
        order = np.abs(contributions.values)[reply["by"]["contribution"]["ranking"]]
        assert (np.diff(order) <= 0).all()
    else:
        assert "contribution" not in reply["by"]


def test_same_photo_twice_differs_in_no_channel(served: ServedModel, token: str) -> None:
    reply = ask(served, "compare", token=token, other=token, layer="conv2d_4")
    assert set(reply["by"]["mean"]["values"]) == {0.0}


def test_any_network_can_be_compared_in(tmp_path: Path) -> None:
    explorer = Explorer(build_branches())
    served = serve_model(explorer, tmp_path)
    photos = [served.photos.look(encode(draw(90, 70, seed=seed), "PNG")) for seed in (1, 2)]
    tokens = [photo.token for photo in photos]
    for layer in photos[0].result.layers:
        reply = ask(served, "compare", token=tokens[0], other=tokens[1], layer=layer.name)
        assert len(reply["by"]["mean"]["ranking"]) == len(layer.feature_maps)
        assert ("contribution" in reply["by"]) == (layer.name == "averaged")


def test_page_begins_with_an_example_that_is_not_the_photo_itself(
    served: ServedModel, explorer: Explorer, tmp_path: Path
) -> None:
    def example(path: str | None, examples: list[Example]) -> int:
        told = describe_first(show_photo(explorer.network, tmp_path, path=path, examples=examples))
        assert told["layer"] == "conv2d_4"
        assert told["layers"][0] == {"name": "conv2d_1", "unit": "channel"}
        return int(told["example"])

    first, second = (str(each.path) for each in served.examples[:2])
    assert [example(path, served.examples) for path in (first, second, None)] == [1, 0, 0]
    assert example(first, served.examples[:1]) == 0
    json.dumps(comparison_settings())


# What is refused


@pytest.mark.parametrize("guessed", ["token", "other"])
def test_photo_that_is_not_kept_is_told_to_be_gone(guessed: str, served: ServedModel, token: str) -> None:
    asked = {"token": token, "other": token, guessed: "guessed"}
    assert ask(served, "compare", layer="conv2d_4", **asked)["gone"] is True


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "`size` is a file's number of bytes. Received: size=None."),
        ({"size": 0}, "No picture was sent."),
        ({"size": 5}, "The picture did not arrive."),
        ({"size": 5, "path": "/etc/passwd"}, "Only pictures uploaded within the last hour are read."),
        ({"size": 5, "path": "http://127.0.0.1/a.png"}, "Pictures are not fetched from web addresses."),
        ({"size": 21 * 10**6, "path": None}, "The picture is too large: at most 20 MB. Received: 21.0 MB."),
        ({"example": 3}, "There are 3 examples. Received: example=3."),
        ({"example": -1}, "There are 3 examples. Received: example=-1."),
        ({"example": "1"}, "There are 3 examples. Received: example='1'."),
    ],
)
def test_bad_photo_is_answered_with_a_sentence(asked: dict[str, Any], sentence: str, served: ServedModel) -> None:
    assert ask(served, "choose", **asked)["error"].startswith(sentence)


def test_file_that_is_no_picture_is_answered_with_a_sentence(served: ServedModel, uploads: Path) -> None:
    path = uploads / "photo.png"
    path.write_bytes(b"no picture")
    assert ask(served, "choose", path=str(path), size=10)["error"].startswith("Cannot read the picture")


def test_bad_layer_is_answered_with_a_sentence(served: ServedModel, token: str) -> None:
    for layer, sentence in (("conv9", "No layer named 'conv9'."), (5, "`layer` is a name. Received: layer=5.")):
        assert ask(served, "compare", token=token, other=token, layer=layer)["error"].startswith(sentence)


@settings(max_examples=60)
@given(layer=LAYER, other=ANYTHING, example=ANYTHING, path=ANYTHING, size=ANYTHING)
def test_whatever_a_program_makes_up_gets_an_answer_or_a_sentence(
    served: ServedModel, token: str, layer: Any, other: Any, **asked: Any
) -> None:
    for reply in (
        ask(served, "compare", token=token, other=token, layer=layer),
        ask(served, "compare", token=token, other=other, layer=layer),
        ask(served, "choose", **asked),
    ):
        assert len(reply) > 1
        assert "error" not in reply or reply["error"]


@pytest.mark.parametrize("data", [None, 5, "choose", [], {"token": None}])
def test_event_without_a_question_is_answered_too(data: Any, served: ServedModel) -> None:
    for name, prop in ComparisonQuestions.ANSWERS.items():
        update = getattr(ComparisonQuestions(lambda: served), name)(gr.EventData(None, data))
        assert {"error", "gone"} & set(update[prop])
