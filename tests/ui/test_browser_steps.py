"""Back, Forward and links: the address leads to tabs, layers, dialogs, examples, and what is switched off."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from browsing import PHONE, Visit, choose_layer, layer, open_channels, open_tab, show, tile, title_of, wait_for_channels
from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.layers import words as layers_words
from pictures import draw, encode

DIALOG, VIEWER = ".channels dialog", ".viewer"


def expect_tab(page: Page, name: str) -> None:
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def expect_query(page: Page, query: str) -> None:
    expect(page).to_have_url(re.compile(rf"^http://[^/]+/{re.escape(query)}$"))


def test_back_and_forward_go_through_tabs_layers_and_dialogs(visit: Visit) -> None:
    page = visit()
    open_tab(page, words.WHY_TAB)
    expect_query(page, "?tab=why")
    open_channels(page, "conv2d_3")
    expect_query(page, "?layer=conv2d_3")
    tile(page, 17).click()
    expect_query(page, "?layer=conv2d_3&channel=17")
    page.keyboard.press("Escape")
    expect_query(page, "?layer=conv2d_3")
    page.go_forward()
    expect(page.locator(f"{DIALOG} h3")).to_have_text(title_of("conv2d_3", 17))
    page.go_back()
    expect(page.locator(DIALOG)).to_be_hidden()
    while "tab=why" not in page.url:  # the layer that the tab opened on, first
        page.go_back()
    expect_tab(page, words.WHY_TAB)
    page.go_back()
    expect_tab(page, words.LAYERS_TAB)
    expect_query(page, "")


def test_back_closes_the_full_screen_and_a_link_opens_it(visit: Visit) -> None:
    page = visit()
    layer(page, "conv2d_2").get_by_role("button", name=layers_words.FULL_SCREEN).click()
    expect_query(page, "?large=conv2d_2")
    page.go_back()
    expect(page.locator(VIEWER)).to_be_hidden()
    other = visit("/?large=conv2d_2")
    expect(other.locator(f"{VIEWER} p")).to_contain_text("conv2d_2")
    other.keyboard.press("Escape")
    expect(other.locator(VIEWER)).to_be_hidden()
    expect_query(other, "")


def test_a_tab_in_the_menu_of_a_phone_is_a_step_too(visit: Visit) -> None:
    page = visit(**PHONE)
    open_tab(page, words.NETWORK_TAB)
    expect_query(page, "?tab=network")
    page.go_back()
    expect_tab(page, words.LAYERS_TAB)


def test_link_restores_example_channel_and_what_is_switched_off(visit: Visit) -> None:
    page = visit()
    page.locator("[data-example]", has_text="Kitten").click()
    open_channels(page, "conv2d_4")
    tile(page, 42).focus()
    for number in (42, 43):
        tile(page, number).focus()
        page.keyboard.press("x")
    tile(page, 42).click()
    expect_query(page, "?example=Kitten&off=conv2d_4*42-43&layer=conv2d_4&channel=42")
    address = page.url
    other = visit(address[address.index("/?") :], wait=False)
    expect(other.locator(f"{DIALOG} h3")).to_have_text(title_of("conv2d_4", 42))
    expect(other.locator(".switches .list")).to_have_text(
        channels_words.CHANNELS["off"].format(list="conv2d_4: 42, 43")
    )
    expect(other.locator("#photo img").last).to_have_attribute("src", re.compile("kitten"))
    assert other.url == address


def test_a_photo_of_the_visitor_is_no_part_of_the_address(visit: Visit, tmp_path: Path) -> None:
    page = visit("/?example=Kitten&tab=network")
    expect(page.locator("#photo img").last).to_have_attribute("src", re.compile("kitten"))
    show(page, tmp_path / "mine.png", encode(draw(seed=5), "PNG"))
    expect_query(page, "?tab=network")


def test_a_dialog_that_a_link_opened_is_closed_in_its_place(visit: Visit) -> None:
    page = visit("/?layer=conv2d_3&channel=3", wait=False)
    expect(page.locator(f"{DIALOG} h3")).to_have_text(title_of("conv2d_3", 3))
    page.keyboard.press("Escape")
    expect_query(page, "?layer=conv2d_3")
    choose_layer(page, "conv2d_2")
    wait_for_channels(page)
    page.go_back()
    expect(page.locator(".channels [name=layer]")).to_have_value("conv2d_3")
