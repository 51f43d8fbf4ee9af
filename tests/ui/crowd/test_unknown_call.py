"""Listening for what nobody asked, or for what was dropped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from cnnviz.ui.crowd import words
from cnnviz.ui.crowd.fair_queue import FairQueue, Messages
from cnnviz.ui.crowd.unknown_call import UnknownCall
from server import Server, serve_application


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line.removeprefix("data: ")) for line in text.strip().splitlines() if line]


@pytest.fixture(autouse=True)
def has_no_traceback(server: Server) -> Iterator[None]:
    before = len(server.log())
    yield
    assert "Traceback" not in server.log()[before:]


@pytest.mark.parametrize("query", ["?session_hash=nobody", "?session_hash=", "?session_hash=a&session_hash=b"])
def test_a_page_that_asked_nothing_is_told_that_the_connection_is_lost(query: str, server: Server) -> None:
    lost, ended = events(server.http.get(f"/gradio_api/queue/data{query}").raise_for_status().text)
    assert lost["msg"] == "unexpected_error" and lost["message"] == words.UNKNOWN and lost["session_not_found"]
    assert ended["msg"] == "Server stopped unexpectedly."  # the one at which Gradio's Python client ends its waiting


@pytest.mark.parametrize("path", ["call/predict/nobody", "call/v2/predict/nobody", "call/none/nobody"])
def test_a_program_that_asked_nothing_is_told_in_one_sentence(path: str, server: Server) -> None:
    told = server.http.get(f"/gradio_api/{path}").raise_for_status().text
    assert told == f"event: error\ndata: {json.dumps(words.UNKNOWN)}\n\n"


def test_an_answer_that_was_fetched_is_not_known_any_more(server: Server, content: bytes) -> None:
    path = server.upload(content)
    name = server.http.post("/gradio_api/call/predict", json={"data": [{"path": path}]}).json()["event_id"]
    first, second = (server.http.get(f"/gradio_api/call/predict/{name}").text for _ in range(2))
    assert first.startswith("event: complete") and words.UNKNOWN in second


def test_a_call_that_is_forgotten_while_somebody_listens_just_ends(capfd: pytest.CaptureFixture[str]) -> None:
    with gr.Blocks() as blocks:
        queue = FairQueue(blocks._queue, num_waiting=1)
    queue.pending_messages_per_session["somebody"] = Messages()
    application = FastAPI()

    async def events() -> AsyncIterator[str]:  # as Gradio does it
        yield "data: {}\n\n"
        raise HTTPException(404)

    application.get("/gradio_api/queue/data")(lambda: StreamingResponse(events(), media_type="text/event-stream"))
    application.get("/bug")(lambda: StreamingResponse(events()))
    application.add_middleware(UnknownCall, queue=queue)
    with serve_application(application) as url:
        answer = httpx.get(f"{url}/gradio_api/queue/data?session_hash=somebody", trust_env=False)
        assert answer.text == "data: {}\n\n"
        assert "Traceback" not in capfd.readouterr().err
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{url}/bug", trust_env=False)  # what is not about a call stays an error
