"""The page for everyone: axe-core's rules, names of all controls, the keyboard alone, and nothing that jumps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from access import MAX_SHIFT, WATCH_SHIFTS, assert_steady, assert_usable
from browsing import (
    MAX_TABS,
    SCREENS,
    Visit,
    answer_of,
    choose_layer,
    layer,
    open_channels,
    open_tab,
    open_why,
    settle,
    show,
    sources,
    tile,
    upload,
    wait_for_others,
    wait_until_at_rest,
)
from cnnviz.ui import words
from cnnviz.ui.layers import words as layers_words
from pictures import draw, encode

TAB = "[role=tabpanel]"


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_serious_anywhere_and_every_control_has_a_name(
    screen: str, visit: Visit, tmp_path: Path
) -> None:
    page = visit(**SCREENS[screen], reduced_motion="reduce")
    page.locator("#reading summary").click()
    assert_usable(page)
    page.locator("#reading summary").click()
    assert_usable(page, "#reading")
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#card")).to_be_visible()
    assert_usable(page, TAB)
    open_channels(page, "conv2d_4")
    assert_usable(page, TAB)
    tile(page, 0).focus()
    page.keyboard.press("x")
    expect(page.locator(".channels .evidence")).to_be_visible()
    assert_usable(page, ".channels :is(.switches, .tile.off)")
    page.keyboard.press("Enter")
    page.locator(".channels dialog .large .frame").press("Enter")
    expect(page.locator(".channels .arithmetic")).to_be_visible()
    assert_usable(page, ".channels dialog")
    page.keyboard.press("Escape")
    for name in ("dense_1", "dense_2"):
        choose_layer(page, name)
        assert_usable(page, ".channels")
    choose_layer(page, "dense_1")
    tile(page, 0).click()
    expect(page.locator(".channels dialog .numbers")).to_be_visible()
    assert_usable(page, ".channels dialog")
    page.keyboard.press("Escape")
    open_why(page)
    assert_usable(page, TAB)
    page.locator(".why .help summary").click()
    expect(page.locator(".why .trust svg").first).to_be_visible()
    page.locator(".why .frame").first.focus()
    page.keyboard.press("ArrowRight")
    assert_usable(page, ".why")
    open_tab(page, words.LAYERS_TAB)
    layer(page, "conv2d_3").get_by_role("button", name=layers_words.FULL_SCREEN).click()
    assert_usable(page, ".viewer")
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")
    upload(page, tmp_path / "bad.png", b"no picture")
    expect(page.locator("#notice").get_by_role("alert")).to_have_text(re.compile("^Cannot read the picture"))
    busy = page.locator("[data-testid=status-tracker]:not(.hide)")  # which dims what waits for an answer
    expect(busy).to_have_count(0)
    assert_usable(page, "#choice")


def test_keyboard_alone_chooses_an_example_points_at_a_tile_and_reads_its_layer(visit: Visit) -> None:
    page = visit()
    before, answer = sources(page), answer_of(page)

    def tab_to(selector: str) -> None:
        for _ in range(MAX_TABS):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"The keyboard does not reach {selector}.")

    tab_to('[data-example="3"]')
    page.keyboard.press("Enter")
    wait_for_others(page, before)
    assert answer_of(page) != answer
    tab_to('#strip [data-layer="conv2d_3"]')
    expect(page.locator("#answer .patch figcaption")).to_contain_text("conv2d_3")
    page.keyboard.press("Enter")
    expect(layer(page, "conv2d_3", "h3")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".viewer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".viewer")).to_be_hidden()


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_jumps_when_answers_and_messages_arrive(screen: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(**SCREENS[screen])
    wait_until_at_rest(page)
    page.evaluate(WATCH_SHIFTS, False)
    show(page, tmp_path / "photo.png", encode(draw(400, 300, seed=51), "PNG"))
    for index in (3, 5):
        before = sources(page)
        page.evaluate("index => document.querySelector(`[data-example='${index}']`).click()", index)
        wait_for_others(page, before)
        wait_until_at_rest(page)
    page.evaluate("() => document.querySelector('#photo button[aria-label=\"Remove Image\"]')?.click()")
    if screen == "desktop":  # a phone's photo cannot be taken away
        expect(page.locator("#notice")).to_have_text(words.NO_PHOTO)
    assert_steady(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_jumps_while_the_page_loads(screen: str, visit_first: Visit) -> None:
    page = visit_first(**SCREENS[screen])
    wait_until_at_rest(page)
    page.evaluate(WATCH_SHIFTS, True)
    assert_steady(page, 2 * MAX_SHIFT)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_footer_is_out_of_sight_before_anything_has_come(screen: str, visit_first: Visit) -> None:
    page = visit_first(**SCREENS[screen])
    page.add_style_tag(content="main > * { display: none !important; }")
    assert page.evaluate("document.querySelector('footer').getBoundingClientRect().y >= innerHeight")


def test_what_has_the_focus_is_not_below_the_navigation(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    layer(page, "conv2d_3").get_by_role("button", name=layers_words.FULL_SCREEN).focus()
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        settle(page)
        covered = page.evaluate("""() => {
            const box = document.activeElement.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            return Boolean(top?.closest('.track')) && !document.activeElement.closest('.track');
        }""")
        assert not covered
