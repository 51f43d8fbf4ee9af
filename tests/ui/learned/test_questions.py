"""What the slider through the training asks: answers equal to the library's, and a sentence for anything made up."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnviz.base.figures import percent, short
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.kernels import color_kernels
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.ui import words as page_words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.channels.questions import ChannelQuestions
from cnnviz.ui.kept_timeline import describe_moments, keep_timeline
from cnnviz.ui.learned import words
from cnnviz.ui.learned.learned import describe_learned
from cnnviz.ui.learned.questions import LearnedQuestions, describe_probes, tell_measured
from cnnviz.ui.served_model import ServedModel
from networks import build_tiny
from pictures import draw, encode
from served_models import ANYTHING, serve_model, show_photo
from timelines_of import record

FILE = encode(draw(90, 60), "PNG")
QUESTIONS = {"look": "moment", "follow": "curve", "renew": "moments"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model with a timeline, without a page."""
    folder, network = tmp_path_factory.mktemp("served"), build_tiny()
    record(network, folder / "timeline")
    return serve_model(Explorer(network), folder, timeline=keep_timeline(network, folder / "timeline"))


@pytest.fixture(scope="module")
def token(served: ServedModel) -> str:
    return served.photos.look(FILE).token


@pytest.fixture(scope="module")
def keys(served: ServedModel) -> list[str]:
    """The keys of the moments."""
    assert served.timeline is not None
    return [moment["key"] for moment in describe_moments(served.timeline.read())]


def ask(served: ServedModel, name: str, questions: Any = LearnedQuestions, **asked: Any) -> dict[str, Any]:
    """Ask as the browser does, and give the reply as it arrives there."""
    update = getattr(questions(lambda: served), name)(gr.EventData(None, asked))
    reply: dict[str, Any] = json.loads(json.dumps(update[questions.ANSWERS[name]], allow_nan=False))
    assert reply["asked"] == json.loads(json.dumps(asked))
    return reply


def read_row(row: dict[str, Any]) -> list[np.ndarray]:
    """Cut the pictures out of a row."""
    picture = Image.open(io.BytesIO(base64.b64decode(row["src"].partition(",")[2]))).convert("RGB")
    assert picture.size == (row["number"] * row["width"], row["height"])
    return np.split(np.asarray(picture), row["number"], axis=1)


def test_a_moment_is_what_the_network_was(served: ServedModel, token: str, keys: list[str]) -> None:
    explorer = served.endpoints.explorer
    assert served.timeline is not None
    now, timeline = explorer(FILE), served.timeline.read()
    order = np.argsort(-now["conv2d_2"].magnitudes, kind="stable")[:16]
    for index, key in enumerate(keys):
        reply = ask(served, "look", token=token, moment=key, layer="conv2d_2", kernels=True)
        then = Explorer(timeline.network_at(index))(FILE)
        assert [each["percent"] for each in reply["classes"]] == [percent(p) for p in then.probabilities.values()]
        assert reply["title"] == f"step {10 * index} · epoch {index / 2:.1f}"
        tiles = reply["maps"]["tiles"]
        assert [tile["address"] for tile in tiles] == [f"?layer=conv2d_2&channel={channel}" for channel in order]
        largest = then["conv2d_2"].feature_maps.max(axis=(1, 2))[order]
        said = [
            words.MAP.format(layer="conv2d_2", channel=c, value=short(float(v)))
            for c, v in zip(order, largest, strict=True)
        ]
        assert [tile["text"] for tile in tiles] == said
        assert len(read_row(reply["maps"]["row"])) == 16
        assert reply["shows_all"]
        kernels = color_kernels(then.network)
        cut = read_row(reply["kernels"]["row"])
        assert all(np.array_equal(*pair) for pair in zip(cut, [np.asarray(k.picture()) for k in kernels], strict=True))
        assert reply["measured"] == [
            words.RIGHT.format(share="50%", number=32),
            words.FIGURES.format(figures="loss 0.7"),
            words.LOSS,
        ]
        assert reply["probes"] == [{"name": "conv2d_2", "text": "75%", "share": 0.5}]


def test_kernels_come_only_if_they_are_asked_for(served: ServedModel, token: str, keys: list[str]) -> None:
    assert ask(served, "look", token=token, moment=keys[0], layer="conv2d_1", kernels=False)["kernels"] is None


def test_the_curve_is_the_answer_s_probability_at_all_moments(served: ServedModel, token: str, keys: list[str]) -> None:
    explorer = served.endpoints.explorer
    assert served.timeline is not None
    now, timeline = explorer(FILE), served.timeline.read()
    reply = ask(served, "follow", token=token)
    then = [Explorer(timeline.network_at(index))(FILE).probabilities[now.label] for index in range(3)]
    assert np.allclose(reply["probabilities"], then, atol=1e-6)
    assert reply["percents"] == [percent(each) for each in reply["probabilities"]]
    assert (reply["name"], reply["side"]) == (now.label, explorer.network.class_names.index(now.label))
    assert [moment["key"] for moment in reply["moments"]] == keys
    assert ask(served, "renew")["moments"] == reply["moments"]


@pytest.mark.parametrize("content", [None, b"another file"])
def test_files_that_have_changed_are_told_of_without_a_path(
    content: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = build_tiny()
    record(network, tmp_path / "timeline")
    kept = keep_timeline(network, tmp_path / "timeline")
    assert kept is not None
    served = serve_model(Explorer(network), tmp_path, timeline=kept)
    place = kept.read().places[1]
    place.path.unlink()
    if content is not None:
        place.path.write_bytes(content)
    token, moment = served.photos.look(FILE).token, describe_moments(kept.read())[1]["key"]
    assert ask(served, "look", token=token, moment=moment, layer="conv2d_2")["error"] == page_words.FILES_CHANGED
    assert ask(served, "follow", token=token)["error"] == page_words.FILES_CHANGED
    assert caplog.text.count(str(place.path.parent)) == 2


def test_a_channel_has_a_film(served: ServedModel, token: str) -> None:
    reply = ask(served, "film", ChannelQuestions, token=token, layer="conv2d_2", channel=5)
    assert served.timeline is not None
    film = served.endpoints.explorer(FILE).timeline("conv2d_2", 5, served.timeline.read())
    facts = film.to_list()
    assert [frame["title"] for frame in reply["frames"]] == [f"step {10 * n} · epoch {n / 2:.1f}" for n in range(3)]
    assert [frame["largest"] for frame in reply["frames"]] == [f"at most {short(each['max'])}" for each in facts]
    answers = [f"{film.label} {percent(each['probabilities'][film.label])}" for each in facts]
    assert [frame["answer"] for frame in reply["frames"]] == answers
    assert len(read_row(reply["row"])) == 3


def test_a_film_in_black_and_white_is_of_the_photo_without_colours(served: ServedModel, token: str) -> None:
    explorer = served.endpoints.explorer
    assert served.timeline is not None
    reply = ask(served, "film", ChannelQuestions, token=token, layer="conv2d_2", channel=5, gray=True)
    facts = explorer.in_gray(explorer(FILE).seen).timeline("conv2d_2", 5, served.timeline.read()).to_list()
    assert [frame["largest"] for frame in reply["frames"]] == [f"at most {short(each['max'])}" for each in facts]
    assert channels_words.FILM_PHOTO_GRAY in reply["text"]


def test_what_has_no_maps_or_no_timeline_is_a_sentence(served: ServedModel, token: str, keys: list[str]) -> None:
    assert "no maps" in ask(served, "look", token=token, moment=keys[0], layer="dense_1")["error"]
    assert "Nobody knows" in ask(served, "film", ChannelQuestions, token=token, layer="dense_1", channel=0)["error"]
    without = replace(served, timeline=None)
    assert ask(without, "renew")["error"] == words.NO_TIMELINE
    assert "error" in ask(without, "film", ChannelQuestions, token=token, layer="conv2d_1", channel=0)
    assert ask(served, "follow", token="forgotten")["gone"]


@settings(max_examples=40)
@given(
    name=st.sampled_from(sorted(QUESTIONS)),
    asked=st.fixed_dictionaries({}, optional=dict.fromkeys(("token", "moment", "layer", "kernels"), ANYTHING)),
    is_kept=st.booleans(),
)
def test_anything_made_up_is_a_sentence(
    served: ServedModel, token: str, name: str, asked: dict[str, Any], is_kept: bool
) -> None:
    reply = ask(served, name, **{**asked, **({"token": token} if is_kept else {})})
    assert name == "renew" or (name == "follow" and is_kept) or {"error", "gone"} & reply.keys()


def test_a_damaged_moment_is_a_sentence_and_the_others_are_shown(tmp_path: Path) -> None:
    network = build_tiny()
    record(network, tmp_path / "timeline")
    served = serve_model(Explorer(network), tmp_path, timeline=keep_timeline(network, tmp_path / "timeline"))
    token = served.photos.look(FILE).token
    assert served.timeline is not None
    timeline = served.timeline.read()
    timeline.places[1].path.write_bytes(b"no weights")
    first, second, third = (moment["key"] for moment in describe_moments(timeline))
    replies = [ask(served, "look", token=token, moment=key, layer="conv2d_1") for key in (first, second, third)]
    assert ["error" in reply for reply in replies] == [False, True, False]


def test_the_part_begins_with_layers_that_have_maps_or_is_not_there(served: ServedModel, tmp_path: Path) -> None:
    network = served.network
    value = describe_learned(show_photo(network, tmp_path, timeline=served.timeline))
    assert value is not None
    names = [entry["name"] for group in value["menu"] for entry in group["entries"]]
    assert names == ["conv2d_1", "max_pooling2d_1", "conv2d_2"]
    assert value["layer"] in names
    assert value["is_growing"]
    assert len(value["moments"]) == 3
    (tmp_path / "without").mkdir()
    assert describe_learned(show_photo(network, tmp_path / "without")) is None


def test_what_was_not_measured_is_not_told(served: ServedModel) -> None:
    assert tell_measured(Snapshot(3), 0) == [words.NOTHING_MEASURED]
    shortened = words.SHORTENED.format(percent="2.5%")
    assert tell_measured(Snapshot(3, answer_error=0.025), 0) == [words.NOTHING_MEASURED, shortened]
    assert tell_measured(Snapshot(3, figures={"accuracy": 0.5}), 0) == [words.FIGURES.format(figures="accuracy 0.5")]
    assert describe_probes(Snapshot(3), served.network.head) == []
    worse = Snapshot(3, probes={"conv2d_1": 0.25})
    assert describe_probes(worse, served.network.head) == [{"name": "conv2d_1", "text": "25%", "share": 0.0}]
