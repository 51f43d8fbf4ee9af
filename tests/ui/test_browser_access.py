"""The page for everyone: axe-core's rules, names of all controls, the keyboard alone, and nothing that jumps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from access import MAX_SHIFT, NAMELESS, WATCH_SHIFTS, serious_findings
from browsing import (
    MAX_TABS,
    SCHEMES,
    SCREENS,
    Visit,
    answer_of,
    choose_layer,
    layer,
    open_channels,
    open_why,
    show,
    sources,
    tile,
    upload,
    wait_for_others,
)
from pictures import draw, encode


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_serious_anywhere(screen: str, scheme: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(**SCREENS[screen], color_scheme=scheme, reduced_motion="reduce")
    assert serious_findings(page) == []
    page.locator("#reading summary").click()
    assert serious_findings(page) == []
    page.get_by_role("tab", name="The network").click()
    expect(page.locator("#card")).to_be_visible()
    assert serious_findings(page) == []
    open_channels(page, "conv2d_4")
    assert serious_findings(page) == []
    tile(page, 0).focus()
    page.keyboard.press("x")
    expect(page.locator(".channels .answer-bar")).to_have_count(2)
    assert serious_findings(page) == []
    page.keyboard.press("Enter")
    page.locator(".channels dialog .large .frame").press("Enter")
    expect(page.locator(".channels .arithmetic")).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    for name in ("dense_1", "dense_2"):
        choose_layer(page, name)
        assert serious_findings(page) == []
    open_why(page)
    page.locator(".why summary").click()
    assert serious_findings(page) == []
    expect(page.locator(".why .trust svg").first).to_be_visible()
    page.locator(".why .frame").first.focus()
    page.keyboard.press("ArrowRight")
    assert serious_findings(page) == []
    page.get_by_role("tab", name="Layers").click()
    layer(page, "conv2d_3").get_by_role("button", name="Full screen").click()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")
    upload(page, tmp_path / "bad.png", b"no picture")
    expect(page.locator("#notice").get_by_role("alert")).to_have_text(re.compile("^Cannot read the picture"))
    busy = page.locator("[data-testid=status-tracker]:not(.hide)")  # which dims what waits for an answer
    expect(busy).to_have_count(0)
    assert serious_findings(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_every_control_has_a_name(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    assert page.evaluate(NAMELESS) == []
    open_why(page)
    assert page.evaluate(NAMELESS) == []
    open_channels(page, "dense_1")
    assert page.evaluate(NAMELESS) == []
    tile(page, 0).click()
    assert page.evaluate(NAMELESS) == []


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
    page.wait_for_timeout(500)
    page.evaluate(WATCH_SHIFTS, False)
    show(page, tmp_path / "photo.png", encode(draw(400, 300, seed=51), "PNG"))
    for index in (3, 5):
        before = sources(page)
        page.evaluate("index => document.querySelector(`[data-example='${index}']`).click()", index)
        wait_for_others(page, before)
        page.wait_for_timeout(400)
    page.evaluate("() => document.querySelector('#photo button[aria-label=\"Remove Image\"]')?.click()")
    page.wait_for_timeout(400)
    assert page.evaluate("shift") < MAX_SHIFT


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_jumps_while_the_page_loads(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    page.wait_for_timeout(800)
    page.evaluate(WATCH_SHIFTS, True)
    page.wait_for_timeout(200)
    assert page.evaluate("shift") < 2 * MAX_SHIFT


def test_what_has_the_focus_is_not_below_the_navigation(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    layer(page, "conv2d_3").get_by_role("button", name="Full screen").focus()
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        page.wait_for_timeout(50)
        covered = page.evaluate("""() => {
            const box = document.activeElement.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            return Boolean(top?.closest('.track')) && !document.activeElement.closest('.track');
        }""")
        assert not covered
