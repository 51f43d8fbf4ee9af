"""The tour, as a visitor takes it: on the page's own controls, with a photo of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

import cnnviz
from access import assert_usable
from browsing import JOINS, SCREENS, Visit, show
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui.header import words as header_words
from cnnviz.ui.tour import words
from cnnviz.ui.tour.stops import find_kernel, find_unit
from pictures import draw, encode
from server import Server, serve_here

GUIDE, SPOT = ".guide", ".on-tour"
SAYS = words.TOUR
IN_SIGHT = """spot => {
    const { top, bottom, right } = spot.getBoundingClientRect();
    const card = document.querySelector('.guide').getBoundingClientRect();
    const end = right <= card.left ? innerHeight : card.top;
    return Math.min(bottom, end) - Math.max(top, 0) >= Math.min(100, 0.9 * (bottom - top));
}"""
"""Whether enough of it is to be seen above the card, or beside it."""


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    """The embedded model: one that was not trained has nothing to show."""
    return cnnviz.load()


@pytest.fixture(scope="module")
def server(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve_here(tmp_path_factory.mktemp("server"), explorer) as running:
        yield running


def begin(page: Page) -> None:
    page.get_by_role("button", name=header_words.TOUR).click()
    expect(page.locator(".guide h3")).to_have_text(words.PHOTO[0])


def look(page: Page, title: str) -> Any:
    """Return what is shown at a stop, which lies in sight."""
    expect(page.locator(".guide h3")).to_have_text(title)
    spot = page.locator(SPOT)
    expect(spot).to_have_count(1)
    expect(spot).to_be_visible()
    page.wait_for_function(IN_SIGHT, arg=spot.element_handle())
    assert page.evaluate("document.activeElement.closest('.guide') !== null")
    return spot


def go_on(page: Page) -> None:
    page.locator(".guide [data-go='1']").click()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_tour_goes_through_the_page_s_own_parts(
    screen: str, visit: Visit, explorer: Explorer, tmp_path: Path
) -> None:
    page, photo = visit(**SCREENS[screen]), encode(draw(300, 300, seed=41), "PNG")
    show(page, tmp_path / "photo.png", photo)
    result = explorer(photo)
    kernel, (layer, channel) = find_kernel(result), find_unit(result) or ("", 0)
    assert kernel and layer
    begin(page)
    expect(look(page, words.PHOTO[0])).to_have_class(re.compile(r"\bframe\b"))
    assert_usable(page, GUIDE)
    go_on(page)
    look(page, words.EDGE[0])
    title = page.locator("#detail-title")
    expect(title).to_have_text(f"{kernel.layer_name} · channel {kernel.channel}")
    go_on(page)
    look(page, words.UNIT[0])
    expect(title).to_have_text(f"{layer} · channel {channel}")
    go_on(page)
    expect(look(page, words.PATTERN[0])).to_have_class(re.compile(r"\blooks-for\b"))
    go_on(page)
    expect(look(page, words.OFF[0])).to_contain_text(f"Off: {layer}: ")
    page.locator(".guide [data-go='-1']").click()
    look(page, words.PATTERN[0])
    expect(page).not_to_have_url(re.compile("off="))
    go_on(page)
    look(page, words.OFF[0])
    go_on(page)
    look(page, words.FOLLOW[0])
    expect(page).not_to_have_url(re.compile("off="))
    go_on(page)
    expect(page.locator(GUIDE)).to_be_hidden()
    expect(page.locator(SPOT)).to_have_count(0)
    page.locator(".way .terms button").first.click()  # the visitor goes on alone
    expect(page.locator(".way .path li")).to_have_count(2)


def test_a_channel_of_the_layer_that_is_open_already_is_as_large_as_any(visit: Visit) -> None:
    page = visit("/?layer=conv2d_1")
    expect(page.locator(".channels .tiles [data-channel]").first).to_be_visible()
    begin(page)
    look(page, words.PHOTO[0])
    go_on(page)
    look(page, words.EDGE[0])
    expect(page.locator(".channels dialog .large canvas")).to_have_css("width", f"{3 * 148}px")


def test_escape_leaves_and_what_was_switched_off_stays(visit: Visit) -> None:
    page = visit("/?layer=conv2d_1&off=conv2d_1*3")
    begin(page)
    for title in (words.EDGE[0], words.UNIT[0], words.PATTERN[0], words.OFF[0]):
        page.keyboard.press("Enter")
        look(page, title)
    page.keyboard.press("Escape")
    expect(page.locator(GUIDE)).to_be_hidden()
    expect(page.locator(SPOT)).to_have_count(0)
    assert page.url.count("off=") == 1 and "off=conv2d_1*3" in page.url
    expect(page.locator(".channels .outcome .list")).to_contain_text("conv2d_1: 3")


def test_who_goes_on_before_the_strongest_are_known_switches_nothing_off(visit: Visit) -> None:
    page = visit("/?layer=conv2d_4")
    held: list[Route] = []
    expect(page.locator(".channels .tiles [data-channel]").first).to_be_visible()
    begin(page)
    for title in (words.EDGE[0], words.UNIT[0], words.PATTERN[0]):
        go_on(page)
        look(page, title)
    page.route(JOINS, lambda route: held.append(route))
    with page.expect_request(JOINS):
        go_on(page)
    expect(page.locator(".guide h3")).to_have_text(words.OFF[0])
    page.keyboard.press("Escape")
    expect(page.locator(GUIDE)).to_be_hidden()
    page.route(JOINS, lambda route: route.continue_())
    for route in held:
        route.continue_()
    page.locator(".channels [name=order]").select_option("effects")
    first = page.locator(".channels .tiles [data-channel]").first
    expect(first).not_to_have_attribute("data-channel", "0")  # the strongest are known now
    expect(page.locator(".channels .outcome")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("off="))


def test_the_tour_can_be_left_at_once_and_taken_again(visit: Visit) -> None:
    page = visit()
    for _ in range(2):
        begin(page)
        look(page, words.PHOTO[0])
        page.get_by_role("button", name=SAYS["leave"]).click()
        expect(page.locator(GUIDE)).to_be_hidden()
        expect(page.locator(SPOT)).to_have_count(0)
    expect(page).to_have_url(re.compile(re.escape("/") + "$"))


def test_back_leads_back_and_the_tour_stays_on_top(visit: Visit) -> None:
    page = visit()
    begin(page)
    look(page, words.PHOTO[0])
    go_on(page)
    look(page, words.EDGE[0])
    page.go_back()
    expect(page.locator(".channels dialog")).to_be_hidden()
    go_on(page)
    look(page, words.UNIT[0])
