"""The page when the server turns its calls away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from browsing import JOINS, PHONE, Windows, answer_of, show
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.crowd import words
from pictures import draw, encode
from server import Server

NUM_REFUSALS = 2


@pytest.mark.parametrize("is_phone", [False, True])
def test_a_photo_that_is_turned_away_is_shown_when_its_turn_comes(
    is_phone: bool, windows: Windows, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    with windows.lend(is_phone) as window:
        require_patience(window.open(server, viewport=PHONE["viewport"] if is_phone else None), explorer, tmp_path)
        window.forgive("Failed to load resource: the server responded with a status of 503")


def require_patience(page: Page, explorer: Explorer, tmp_path: Path) -> None:
    said, refused = page.locator("#crowd .crowd"), 0
    expect(said).not_to_be_visible()

    def refuse(route: Route) -> None:
        nonlocal refused
        if refused == NUM_REFUSALS:
            route.continue_()
            return
        if refused:
            expect(said).to_have_text(words.CROWD["waiting"])
            expect(said).to_be_in_viewport(ratio=1)
        refused += 1
        route.fulfill(status=503, json={"detail": words.FULL})

    page.route(JOINS, refuse)
    photo = encode(draw(300, 300, seed=41), "PNG")
    show(page, tmp_path / "photo.png", photo)
    assert refused == NUM_REFUSALS
    assert answer_of(page).lower().startswith(explorer(photo).label)
    expect(said).not_to_be_visible()
