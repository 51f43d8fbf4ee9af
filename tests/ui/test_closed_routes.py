"""Routes of Gradio that are closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.closed_routes import NOT_HERE
from server import Server, serve_here


@pytest.mark.parametrize(
    "path",
    [
        "file=https://192.0.2.1/photo.jpg",
        "file=HTTP://192.0.2.1/photo.jpg",
        "file=https%3A%2F%2F192.0.2.1/photo.jpg",
        "file=%20https://192.0.2.1/photo.jpg",
        "file/etc/passwd",
        "proxy=https://example.hf.space/",
        "deep_link?session_hash=a",
        "profiling/traces",
        "runs",
        "vibe-code",
        "stream/a/b/1/playlist.m3u8",
        "../monitoring/summary",
    ],
)
def test_nothing_is_fetched_or_told_for_strangers(path: str, server: Server) -> None:
    answer = server.http.get(f"/gradio_api/{path}")
    assert (answer.status_code, answer.text) == (404, NOT_HERE)


@pytest.mark.parametrize("path", ["process_recording", "component_server", "api/predict", "vibe-edit"])
def test_nothing_is_taken_beside_the_lanes(path: str, server: Server, content: bytes) -> None:
    answer = server.http.post(f"/gradio_api/{path}", files={"file": ("photo.png", content)})
    assert (answer.status_code, answer.text) == (404, NOT_HERE)


def test_files_of_our_own_are_open(server: Server, content: bytes) -> None:
    path = server.upload(content, "https photo.png")
    assert server.http.get(f"/gradio_api/file={path}").content == content


def test_only_a_look_for_news_runs_beside_the_lanes(small_explorer: Explorer, tmp_path: Path) -> None:
    with serve_here(tmp_path, small_explorer, look_seconds=1) as server:
        ran = []
        for event in server.http.get("/config").json()["dependencies"]:
            call = {"fn_index": event["id"], "data": [None] * len(event["inputs"]), "session_hash": "one"}
            answer = server.http.post("/gradio_api/run/predict", json=call)
            assert answer.status_code == (404 if event["queue"] else 200), answer.text
            if not event["queue"]:
                ran.append(answer.json()["data"])
    assert ran == [[{"text": "", "button": words.NEWS_BUTTON}]]
