"""The network tab as a visitor has it: the photo's numbers, layer by layer, and the first layer's kernels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import (
    PICTURE,
    SCHEMES,
    SCREENS,
    Visit,
    open_tab,
    pattern,
    settle,
    show,
    title_of,
    wait_for_channels,
)
from cnnviz.base.figures import share
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.network import words as network_words
from cnnviz.ui.story import words as story_words
from networks import LAYERS
from pictures import draw, encode, picture_of

ROWS = """table => [...table.querySelectorAll('tbody tr:not(.stage)')]
    .map(row => [...row.cells].map(cell => cell.innerText))"""
OTHER_ROWS = f"before => JSON.stringify(({ROWS})(document.querySelector('.evidence table'))) !== JSON.stringify(before)"
BARS = "cells => cells.map(cell => cell.firstElementChild.offsetWidth / cell.offsetWidth)"


def open_network(page: Page) -> None:
    """Open the tab."""
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator(".evidence table")).to_be_visible()


def expect_numbers(page: Page, result: Result) -> None:
    """Check the table's numbers by the library's."""
    rows = page.locator(".evidence table").evaluate(ROWS)
    assert [row[0].replace("\n", "") for row in rows] == list(LAYERS)
    for row, layer in zip(rows, result.layers, strict=True):
        assert row[1] == layer.layer.seen_text
        assert row[2] == "×".join(map(str, layer.places))  # noqa: RUF001
    zeros = [share(float((layer.activation == 0).mean())) for layer in result.layers[:-1]]
    assert [row[3] for row in rows] == [*zeros, "–"]  # noqa: RUF001


@pytest.mark.parametrize("is_open", [False, True], ids=["before the tab is opened", "while the tab is open"])
def test_numbers_are_those_of_the_photo_that_is_shown(
    is_open: bool, visit: Visit, explorer: Explorer, tmp_path: Path
) -> None:
    page = visit()
    if is_open:
        open_network(page)
        before = page.locator(".evidence table").evaluate(ROWS)
    photo = encode(draw(400, 300, seed=31), "PNG")
    show(page, tmp_path / "photo.png", photo)
    if is_open:
        page.wait_for_function(OTHER_ROWS, arg=before)
    else:
        open_network(page)
    result = explorer(photo)
    expect_numbers(page, result)
    shares = page.locator(".evidence tbody td:nth-of-type(3) .bar").evaluate_all(BARS)
    zeros = [float((layer.activation == 0).mean()) for layer in result.layers[:-1]]
    assert shares == pytest.approx(zeros, abs=0.02)


def test_random_weights_are_told_no_story(visit: Visit) -> None:
    page = visit()
    open_network(page)
    expect(page.locator(".evidence h2")).to_have_text(network_words.EVIDENCE_NEUTRAL_HEADING)
    for story in (story_words.KEEPS_THE_PICTURE, story_words.MORE_ZEROS, story_words.HOLDS_EVIDENCE):
        expect(page.locator(".evidence")).not_to_contain_text(re.compile(pattern(story)))


@pytest.mark.parametrize("screen", SCREENS)
def test_kernels_are_the_networks_and_lead_to_their_channels(screen: str, visit: Visit, explorer: Explorer) -> None:
    page = visit(**SCREENS[screen])
    open_network(page)
    kernels = explorer.kernels()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        settle(page)
        shown = page.locator(".kernels img").evaluate_all(f"images => images.map({PICTURE})")
        assert [picture_of(each).tobytes() for each in shown] == [kernel.picture().tobytes() for kernel in kernels]
        sizes = page.locator(".kernels img").evaluate_all("images => images.map(image => image.offsetWidth)")
        assert sizes == [60] * len(kernels)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("link", name=f"17 {network_words.KERNEL_LABELS['']}").click()
    wait_for_channels(page)
    expect(page).to_have_url(re.compile(re.escape("?layer=conv2d_1&channel=17") + "$"))
    expect(page.locator(".channels dialog")).to_contain_text(title_of("conv2d_1", 17))
