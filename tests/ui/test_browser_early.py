"""What a visitor does before the page's scripts are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from browsing import Windows, layer, settle, sources, wait_for_others
from cnnviz.ui.answer import words as answer_words
from networks import LAYERS
from server import Server


@contextmanager
def without(page: Page, script: str) -> Iterator[None]:
    """Let a script come only after what happens meanwhile."""
    held: list[Route] = []
    page.route(f"**/{script}", lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    assert held


def test_what_is_clicked_before_a_script_is_there_opens_then(server: Server, windows: Windows) -> None:
    with windows.lend() as window:
        with without(window.page, "layers/layers.js"):
            page = window.open(server)
            layer(page, LAYERS[0], ".grid").click(position={"x": 2, "y": 2})
            page.mouse.move(0, 0)
            settle(page)
            expect(layer(page, LAYERS[0], ".door")).not_to_be_visible()
        expect(layer(page, LAYERS[0], ".door")).to_have_attribute("data-channel", "0")


def test_what_is_chosen_before_a_script_is_there_is_done_then(server: Server, windows: Windows) -> None:
    with windows.lend() as window:
        with without(window.page, "layers/colors.js"):
            page = window.open(server)
            before = sources(page)
            page.locator("#colors [name=scale]").select_option("layer")
            settle(page)
            assert sources(page) == before
        wait_for_others(page, before)


def test_what_several_scripts_listen_for_is_done_once(server: Server, windows: Windows) -> None:
    with windows.lend() as window:
        with without(window.page, "answer/answer.js"):
            page = window.open(server)
            page.get_by_role("button", name=answer_words.FOLLOW).click()
            settle(page)
            expect(page.locator(".way")).not_to_be_visible()
        expect(page.locator(".way .path li")).to_have_count(1)
        page.go_back()
        expect(page.locator(".way")).not_to_be_visible()


def test_a_key_that_is_pressed_before_a_script_is_there_counts_then(server: Server, windows: Windows) -> None:
    with windows.lend() as window:
        with without(window.page, "layers/layers.js"):
            page = window.open(server)
            layer(page, LAYERS[0], ".door").focus()
            page.keyboard.press("ArrowRight")
            settle(page)
        expect(layer(page, LAYERS[0], ".door")).to_have_attribute("data-channel", "1")
