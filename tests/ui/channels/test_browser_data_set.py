"""What a data set tells of a channel, as a visitor sees it: in its dialog, and in the tab on the network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import cnnviz
from access import assert_usable
from browsing import PHONE, Visit, Windows, open_tab, shown_channels, tile, wait_for_channels
from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.network import words as network_words
from server import Server, serve_here

PART = ".channels .data-set"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on the embedded model, which has a survey."""
    with serve_here(tmp_path_factory.mktemp("embedded")) as running:
        yield running


@pytest.fixture
def visit_embedded(windows: Windows, embedded: Server) -> Iterator[Visit]:
    with windows.visiting(embedded) as open_page:
        yield open_page


def open_survey(page: Page) -> None:
    open_tab(page, words.NETWORK_TAB)
    page.get_by_text(network_words.SURVEY_SUMMARY).click()


def test_a_channel_shows_all_photographs_this_one_and_real_favourites(visit_embedded: Visit) -> None:
    page, survey = visit_embedded("/?layer=conv2d_4&channel=75"), cnnviz.load().survey()
    layer = survey["conv2d_4"]
    expect(page.locator(f"{PART} h4")).to_have_text(
        channels_words.DATA_SET_HEADING.format(number=f"{survey.num_photos:,}")
    )
    charts = page.locator(f"{PART} .chart")
    expect(charts).to_have_count(2)
    for index in range(2):
        told = charts.nth(index).locator("span").evaluate_all("bars => bars.map(bar => Number(bar.dataset.count))")
        assert told == layer.bars[index, 75].tolist()
        assert charts.nth(index).locator("i").evaluate("line => parseFloat(line.style.left)") > 0
    figures = page.locator(f"{PART} figure")
    expect(figures).to_have_count(3)
    for index in range(3):
        patch, whole = (figures.nth(index).locator(part).bounding_box() for part in (".patch", ".whole"))
        assert patch is not None
        assert whole is not None
        assert max(patch["width"], patch["height"]) == pytest.approx(96, abs=1)
        assert figures.nth(index).locator("img").evaluate("image => image.naturalWidth") == 150


def test_the_network_s_tab_leads_to_what_tells_best(visit_embedded: Visit) -> None:
    page = visit_embedded()
    open_survey(page)
    best = cnnviz.load().survey("conv2d_4").ranked()[0]
    row = page.locator(".surveyed tr", has=page.get_by_role("rowheader", name="conv2d_4", exact=True))
    row.get_by_role("link").first.click()
    expect(page.locator(".channels dialog h3")).to_contain_text(f"channel {best}")
    expect(page.locator(PART)).to_be_visible()


def test_channels_can_be_ordered_by_what_they_tell(visit_embedded: Visit) -> None:
    page, survey = visit_embedded("/?layer=conv2d_4"), cnnviz.load().survey()
    wait_for_channels(page)
    page.locator(".channels [name=order]").select_option("telling")
    said = channels_words.CHANNELS["telling"].format(number=f"{survey.num_photos:,}")
    expect(page.locator(".channels .caption")).to_contain_text(said)
    telling = survey["conv2d_4"].telling
    shown = shown_channels(page)
    assert shown == sorted(range(len(telling)), key=lambda channel: (-round(float(telling[channel]), 9), channel))
    first = tile(page, shown[0]).locator("small").inner_text()
    assert first == f"{shown[0]}: {round(100 * float(telling[shown[0]]))}%"


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_it_is_accessible_and_fits(screen: str, visit_embedded: Visit) -> None:
    options = PHONE if screen == "phone" else {}
    page = visit_embedded("/?layer=conv2d_2&channel=14", **options)
    expect(page.locator(PART)).to_be_visible()
    assert_usable(page, PART)
    assert page.locator(".channels dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    page.keyboard.press("Escape")
    open_survey(page)
    assert_usable(page, ".surveyed")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")


def test_without_a_survey_there_are_the_examples_alone(visit: Visit) -> None:
    page = visit("/?layer=conv2d_1&channel=3")
    expect(page.locator(f"{PART} h4")).to_have_text(channels_words.EXAMPLES_HEADING)
    expect(page.locator(f"{PART} .chart")).to_have_count(0)
    expect(page.locator(".surveyed")).to_have_count(0)
