"""The page on a disk that fills up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from browsing import Windows, drop
from cnnviz.base.storage import NO_ROOM
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from disks import filled
from pictures import draw, encode
from server import Server, serve_here

PHOTO = encode(draw(seed=91), "PNG")


@pytest.fixture
def server(
    small_explorer: Explorer, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A page whose uploads and pictures lie on a small disk."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(small_disk / "uploads"))
    (small_disk / "uploads").mkdir()
    with serve_here(tmp_path, small_explorer) as running:
        yield running
        assert "Traceback" not in running.log()


def upload(server: Server) -> httpx.Response:
    return server.http.post("/gradio_api/upload", files={"files": ("photo.png", PHOTO)})


def test_a_full_disk_is_one_sentence_until_there_is_room(server: Server, small_disk: Path, windows: Windows) -> None:
    path = server.upload(PHOTO)
    with windows.lend() as window:
        page = window.open(server)
        with filled(small_disk):
            refused = upload(server)
            assert (refused.status_code, refused.text) == (507, NO_ROOM)
            assert server.call("visualize", {"path": path})[1]["error"] == NO_ROOM
            assert server.call("predict", {"path": path})[0] == "complete"  # which writes nothing
            drop(page, PHOTO)
            expect(page.locator("#notice")).to_contain_text(f"{NO_ROOM} {words.STILL_THE_LAST}")
            window.forgive("Failed to load resource: the server responded with a status of 507")
        assert upload(server).status_code == 200
        assert server.call("visualize", {"path": path})[0] == "complete"
        drop(page, PHOTO)
        expect(page.locator("#notice")).to_have_text("")
