"""The way back, as a visitor takes it: each step is the library's, and leads on, back, and to a link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access import assert_usable
from browsing import PHONE, SCREENS, Visit, open_channels, show, tile
from cnnviz.base.figures import signed
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.follow import words as follow_words
from pictures import draw, encode

SAYS = follow_words.FOLLOW
DIALOG, TERMS, HEADING = ".way", ".way .terms button", ".way h4"
LARGEST = f"{TERMS} >> nth=0"
MOVING = """() => document.querySelector('.way .computing .now') !== null"""


@pytest.fixture
def photo() -> bytes:
    return encode(draw(300, 300, seed=41), "PNG")


@pytest.fixture
def result(explorer: Explorer, photo: bytes) -> Result:
    return explorer(photo)


def begin(page: Page, tmp_path: Path, photo: bytes) -> None:
    """Show the photo, and take the first step."""
    show(page, tmp_path / "photo.png", photo)
    page.get_by_role("button", name=answer_words.FOLLOW).click()
    expect(page.locator(HEADING)).not_to_be_empty()


def test_the_way_goes_from_the_answer_to_a_pixel_and_back(
    visit: Visit, result: Result, photo: bytes, tmp_path: Path
) -> None:
    page = visit()
    begin(page, tmp_path, photo)
    steps = [step for step in result.trace().path if not step.passes_on]
    expect(page.locator(HEADING)).to_have_text(f"{result.label}: {signed(steps[0].unit.value)}")
    for number, step in enumerate(steps[1:], start=2):
        page.locator(LARGEST).click()
        expect(page.locator(".way .path li")).to_have_count(number)
        expect(page.locator(HEADING)).to_contain_text(f": {signed(step.unit.value)}")
        adds = [signed(term.adds) for term in step.terms]
        assert page.locator(f"{TERMS} output").all_inner_texts() == adds
    expect(page.locator(TERMS)).to_have_count(0)
    expect(page.locator(".way .text")).to_have_text(follow_words.END)
    page.go_back()
    expect(page.locator(".way .path li")).to_have_count(len(steps) - 1)
    page.get_by_role("button", name=SAYS["up"]).click()
    expect(page.locator(".way .path li")).to_have_count(len(steps) - 2)
    page.locator(".way .path button").first.click()
    expect(page.locator(HEADING)).to_have_text(f"{result.label}: {signed(steps[0].unit.value)}")
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_be_hidden()
    expect(page).not_to_have_url(re.compile("follow"))


def test_a_link_leads_to_a_step_of_an_example(visit: Visit) -> None:
    page = visit("/?example=Kitten&follow=answer&follow=dense_1*7")
    expect(page.locator(HEADING)).to_contain_text(re.compile(r"^unit 7 of dense_1: "))
    expect(page.locator(".way .path li")).to_have_count(2)
    page.get_by_role("button", name=SAYS["close"]).click()
    expect(page.locator(DIALOG)).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/\?example=Kitten$"))


def test_a_link_to_a_unit_that_is_not_there_is_a_sentence(visit: Visit) -> None:
    page = visit("/?follow=conv9*1.1.1")
    expect(page.locator(".way .trouble")).to_contain_text("No layer named 'conv9'")


def test_a_channel_s_unit_can_be_followed(visit: Visit, explorer: Explorer, photo: bytes, tmp_path: Path) -> None:
    page = visit()
    show(page, tmp_path / "photo.png", photo)
    open_channels(page, "conv2d_3")
    tile(page, 17).click()
    page.locator(".channels dialog").get_by_role("button", name=channels_words.CHANNELS["follow"]).click()
    row, column = explorer(photo).channel("conv2d_3", 17).strongest.position or (0, 0)
    expect(page.locator(HEADING)).to_contain_text(f"channel 17 of conv2d_3, row {row}, column {column}: ")
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_be_hidden()
    expect(page.locator(".channels dialog")).to_be_visible()


def test_switching_a_unit_off_tells_what_the_answer_loses(
    visit: Visit, result: Result, photo: bytes, tmp_path: Path
) -> None:
    page = visit()
    begin(page, tmp_path, photo)
    page.locator(LARGEST).click()
    page.get_by_role("button", name=SAYS["off"]).click()
    unit = result.trace(depth=0).terms[0].unit
    logits = result.tracer.logits_without("dense_1", unit.place)
    after = result.network.head.class_logit(logits, result.label)
    expect(page.locator(".way .loss")).to_contain_text(
        f"from {signed(result.trace(depth=0).unit.value)} to {signed(after)}"
    )


def test_pointing_at_a_term_shows_on_the_photo_what_its_unit_saw(visit: Visit, photo: bytes, tmp_path: Path) -> None:
    page = visit()
    begin(page, tmp_path, photo)
    page.locator(LARGEST).click()
    expect(page.locator(HEADING)).to_contain_text("dense_1")
    hint = page.locator(".way .hint")
    page.mouse.move(1, 1)
    expect(hint).to_be_hidden()
    page.locator(LARGEST).hover()
    expect(hint).to_be_visible()
    page.mouse.move(1, 1)
    expect(hint).to_be_hidden()


def test_a_convolution_moves_pauses_and_ends_at_the_network_s_number(
    visit: Visit, result: Result, photo: bytes, tmp_path: Path
) -> None:
    page = visit()
    show(page, tmp_path / "photo.png", photo)
    step = result.trace("conv2d_1", depth=0)
    open_channels(page, "conv2d_1")
    tile(page, step.unit.channel).click()
    page.locator(".channels dialog").get_by_role("button", name=channels_words.CHANNELS["follow"]).click()
    page.get_by_role("button", name=SAYS["how"]).click()
    page.wait_for_function(MOVING)
    page.get_by_role("button", name=SAYS["pause"]).click()
    now = page.locator(".way .computing .now").first.inner_text()
    for _ in range(20):
        page.get_by_role("button", name=SAYS["step"]).click()
        if page.locator(".way .computing > p.hidden").count() == 0:
            break
    assert page.locator(".way .computing > p").last.inner_text() == SAYS["result"].format(
        function="ReLU", value=signed(step.unit.value)
    ), now


def test_nothing_moves_for_those_who_ask_for_it(visit: Visit) -> None:
    page = visit("/?follow=conv2d_2*9.9.3", reduced_motion="reduce")
    page.get_by_role("button", name=SAYS["how"]).click()
    expect(page.get_by_role("button", name=SAYS["play"])).to_be_visible()
    expect(page.locator(".way .computing > p.hidden")).to_have_count(0)
    kernel = page.locator(".way .kernel")
    before = kernel.get_attribute("style")
    page.get_by_role("button", name=SAYS["step"]).click()
    assert kernel.get_attribute("style") == before
    expect(page.locator(".way .computing .now")).to_have_count(2)  # the value, and its weight


def test_scripts_of_the_way_are_fetched_when_it_is_first_taken(visit: Visit) -> None:
    page = visit()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    loaded = page.evaluate("() => performance.getEntriesByType('resource').map(each => each.name.split('/').at(-1))")
    assert "follow.js" in loaded
    assert not {"way.js", "convolution.js"} & set(loaded)
    page.get_by_role("button", name=answer_words.FOLLOW).click()
    expect(page.locator(HEADING)).not_to_be_empty()
    assert "way.js" in fetched
    assert "convolution.js" not in fetched


@pytest.mark.parametrize("screen", SCREENS)
def test_all_fits_and_axe_finds_nothing(screen: str, visit: Visit) -> None:
    page = visit("/?follow=conv2d_2*9.9.3", reduced_motion="reduce", **SCREENS[screen])
    page.get_by_role("button", name=SAYS["how"]).click()
    expect(page.locator(".way .computing")).to_be_visible()
    assert page.locator(DIALOG).evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert_usable(page, DIALOG)


def test_a_finger_takes_the_way(visit: Visit) -> None:
    page = visit(**PHONE)
    page.get_by_role("button", name=answer_words.FOLLOW).tap()
    page.locator(LARGEST).tap()
    expect(page.locator(".way .path li")).to_have_count(2)


def test_the_keyboard_takes_the_way(visit: Visit) -> None:
    page = visit()
    page.get_by_role("button", name=answer_words.FOLLOW).focus()
    page.keyboard.press("Enter")
    expect(page.locator(LARGEST)).to_be_visible()
    page.locator(LARGEST).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".way .path li")).to_have_count(2)
