"""What is asked while the stream of answers ends, which the page does not know yet."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx
from playwright.sync_api import expect

from browsing import Windows, show, sources, wait_for_others
from cnnviz.ui.answer import words as answer_words
from pictures import draw, encode
from server import Server
from slow_line import slow_line

LATE = 0.8
"""Seconds by which a stream is late."""


def test_what_is_asked_while_a_stream_ends_is_answered(server: Server, windows: Windows, tmp_path: Path) -> None:
    with (
        slow_line(server.url, "GET /gradio_api/queue/data") as (url, line),
        httpx.Client(base_url=url) as http,
        windows.lend() as window,
    ):
        page = window.open(dataclasses.replace(server, http=http))
        show(page, tmp_path / "photo.png", encode(draw(seed=71), "PNG"))
        before = sources(page)
        line.seconds = LATE
        with page.expect_request("**/queue/data*"):
            page.locator("#colors [name=scale]").select_option("layer")
        page.wait_for_timeout(LATE / 2 * 1000)
        assert sources(page) == before  # the answer, and the end of its stream, are on their way
        page.get_by_role("button", name=answer_words.FOLLOW).click()
        expect(page.locator(".way h4")).not_to_be_empty()
        wait_for_others(page, before)
