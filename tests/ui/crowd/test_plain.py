"""What programs may send as a question of the page: a sentence each, and never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cnnviz.ui.crowd import words
from cnnviz.ui.crowd.plain import is_plain
from server import Server

NESTED = json.loads("[" * 300 + "]" * 300)
HOSTILE: dict[str, Any] = {
    "an integer of 70 bits": 2**70,
    "lists in lists": NESTED,
    "a dictionary of lists in lists": {"conv2d_1": NESTED},
    "a path": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "a path in a list": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
    "half a character": "\ud800",
    "a long text": "x" * 100_000,
    "many numbers": list(range(20_000)),
    "nothing": None,
    "a number": 1.5,
    "a text": "conv2d_1",
}
QUESTIONS = {
    "channels_look": "layer",
    "channels_rank": "by",
    "channels_inspect": "channel",
    "channels_ablate": "without",
    "comparison_choose": "path",
    "comparison_compare": "other",
    "layers_pack": "colormap",
    "layers_report": "scale",
    "live_look": "colormap",
    "strip_save": "colormap",
    "why_explain": "classes",
    "why_examine": "class",
    "why_rest": "number",
}
"""One value of each question of the page."""

Ask = Callable[[str, Any], str]


@pytest.fixture(scope="module")
def ask(server: Server) -> Ask:
    """Asks as the page does, and returns all that the server tells."""
    functions = {each["api_name"]: each["id"] for each in server.http.get("/config").json()["dependencies"]}
    return lambda name, question: tell(server, functions[name], question)


def tell(server: Server, function: int, question: Any) -> str:
    body = {"data": [], "event_data": question, "fn_index": function, "session_hash": "hostile"}
    content = json.dumps(body).encode("ascii")
    answer = server.http.post("/gradio_api/queue/join", content=content, headers={"Content-Type": "application/json"})
    if answer.status_code != 200:
        return answer.text
    with server.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": "hostile"}) as stream:
        told = ""
        for line in stream.iter_lines():
            told += line
            if "process_completed" in line:
                return told
    return told


@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_a_question_holds_no_traceback_is_printed(
    name: str, ask: Ask, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    before = len(server.log())
    for value in HOSTILE.values():
        assert ask(name, {"token": "none", QUESTIONS[name]: value})
        assert ask(name, value)
    printed = capfd.readouterr()
    said = printed.out + printed.err + server.log()[before:]
    assert "Traceback" not in said, said


def test_question_that_cannot_be_sent_back_gets_a_sentence(ask: Ask) -> None:
    told = ask("channels_look", {"token": "none", "layer": 2**70})
    assert json.loads(told) == {"detail": words.NOT_PLAIN}


@pytest.mark.parametrize("name", HOSTILE)
def test_only_plain_values_are_plain(name: str) -> None:
    assert is_plain({"layer": HOSTILE[name]}) == (name in ("nothing", "a number", "a text"))


def test_what_the_page_asks_is_plain() -> None:
    switched_off = {f"conv2d_{number}": list(range(128)) for number in range(1, 5)}
    assert is_plain({"token": "5f", "number": 3, "without": switched_off, "classes": ["cat", "dog"], "gray": True})
    assert is_plain(None)
    assert not is_plain({"number": float("nan")})
    assert not is_plain({"without": {"conv2d_1": {"conv2d_2": []}}})
    assert not is_plain({"without": {"conv2d_1": 3}})
