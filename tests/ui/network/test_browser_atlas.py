"""What channels look for, as a visitor sees it: in the tab on the network, and beside a channel."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import cnnviz
from browsing import (
    PHONE,
    PICTURE,
    Visit,
    Windows,
    open_channels,
    open_tab,
    pattern,
    tile,
    title_of,
    visiting,
    wait_until_at_rest,
)
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.network import words as network_words
from server import Server, serve_here

EDGES = """(links, side) => links.filter(link => link.checkVisibility())
    .map(link => link.getBoundingClientRect()[side]).map(edge => side === 'left' ? Math.round(edge) : edge)"""
COUNTS = {"conv2d_1": 32, "conv2d_2": 64, "conv2d_3": 128, "conv2d_4": 128}


@pytest.fixture(scope="module")
def trained() -> Explorer:
    """The embedded model, which has an atlas."""
    return cnnviz.load()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on the embedded model."""
    with serve_here(tmp_path_factory.mktemp("embedded")) as running:
        yield running


@pytest.fixture
def visit_embedded(windows: Windows, embedded: Server) -> Iterator[Visit]:
    with windows.visiting(embedded) as open_page:
        yield open_page


def open_network(page: Page) -> Locator:
    """Open the tab on the network, and give the atlas in it."""
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#network .diagram")).to_be_visible()
    return page.locator("#atlas")


def shows(image: Locator, picture: np.ndarray, scale: int) -> bool:
    """Tell whether a visitor sees a picture enlarged, pixel for pixel; what is photographed may begin one earlier."""
    image.scroll_into_view_if_needed()
    image.evaluate("image => image.decode()")
    seen = np.asarray(Image.open(io.BytesIO(image.screenshot())).convert("RGB"))
    expected = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = expected.shape[:2]
    places = [(top, left) for top in (0, 1) for left in (0, 1)]
    return any(np.array_equal(seen[top : top + height, left : left + width], expected) for top, left in places)


def test_each_convolution_has_a_picture_for_each_channel_in_columns_that_are_the_same(
    visit_embedded: Visit, trained: Explorer
) -> None:
    atlas = open_network(visit_embedded())
    expect(atlas.locator("h2")).to_have_text(network_words.ATLAS_HEADING)
    expect(atlas.locator("p").first).to_have_text(network_words.ATLAS)
    lefts = set(atlas.locator("a").evaluate_all(EDGES, "left"))
    assert len(lefts) == 15
    assert np.ptp(np.diff(sorted(lefts))) <= 1
    for (name, count), scale in zip(COUNTS.items(), (25, 9, 4, 2), strict=True):
        layer = atlas.locator(f'[data-name="{name}"]')
        expect(layer.locator("a")).to_have_count(count)
        expect(layer.locator("h3 + p")).to_have_text(re.compile(pattern(network_words.ATLAS_LAYER, num_channels=count)))
        if count > 32:
            layer.locator("summary").click()
        for channel in (0, 17, count - 1):
            picture = trained.atlas(name).pictures[channel]
            assert shows(layer.locator("a").nth(channel).locator("img"), picture, scale)


def test_a_picture_leads_to_its_channel_and_stands_beside_it(visit_embedded: Visit, trained: Explorer) -> None:
    page = visit_embedded()
    link = open_network(page).locator('[data-name="conv2d_4"] a').nth(17)
    reached = f"{trained.atlas('conv2d_4').activations[17]:.3g}"
    expect(link).to_have_accessible_name(network_words.ATLAS_TILE.format(layer="conv2d_4", channel=17, reached=reached))
    link.click()
    figure = page.locator(".channels dialog[open] .looks-for")
    expect(page.locator("#detail-title")).to_have_text(title_of("conv2d_4", 17))
    expect(figure).to_be_visible()
    assert shows(figure.locator("img"), trained.atlas("conv2d_4").pictures[17], 5)
    highest = page.locator(".channels .numbers dd").nth(1).inner_text()
    height, width = trained.atlas("conv2d_4").pictures[17].shape[:2]
    said = channels_words.CHANNELS["looks_for"].format(height=height, width=width, reached=reached, max=highest)
    expect(figure.locator("figcaption")).to_have_text(said)
    before = figure.locator("img").evaluate(PICTURE)
    page.locator('.channels [data-step="1"]').click()
    expect(page.locator("#detail-title")).to_have_text(title_of("conv2d_4", 18))
    expect(figure.locator("img")).not_to_have_attribute("src", before["src"])
    expect(page).to_have_url(re.compile("layer=conv2d_4&channel=18"))


def test_a_pooling_has_nothing_to_look_for(visit_embedded: Visit) -> None:
    page = visit_embedded()
    open_channels(page, "max_pooling2d_3")
    tile(page, 3).click()
    expect(page.locator(".channels dialog .histogram")).to_be_visible()
    expect(page.locator(".channels .looks-for")).to_be_hidden()


def test_a_model_without_an_atlas_shows_nothing_of_it(visit: Visit) -> None:
    page = visit()
    expect(open_network(page).locator("h2")).to_have_count(0)
    open_channels(page, "conv2d_3")
    tile(page, 3).click()
    expect(page.locator(".channels dialog .kernel")).to_be_visible()
    expect(page.locator(".channels .looks-for")).to_be_hidden()


def test_a_narrow_screen_is_not_overrun(visit_embedded: Visit) -> None:
    page = visit_embedded(**PHONE)
    atlas = open_network(page)
    atlas.locator('[data-name="conv2d_3"] a').nth(5).scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert max(atlas.locator("a").evaluate_all(EDGES, "right")) <= 390


@pytest.fixture
def visit_embedded_first(browser: Browser, embedded: Server) -> Iterator[Visit]:
    """For somebody whose window has seen none of the pictures: those that it has seen are shown at once."""
    with visiting(browser, embedded) as open_page:
        yield open_page


def test_pictures_out_of_sight_are_not_fetched(visit_embedded_first: Visit) -> None:
    page = visit_embedded_first()
    page.add_style_tag(content='#atlas [data-name="conv2d_4"] { margin-top: 9000px }')  # farther than any browser looks
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    atlas = open_network(page)
    wait_until_at_rest(page)
    assert not [url for url in fetched if "atlas-3" in url]
    atlas.locator('[data-name="conv2d_4"] img').first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#atlas [data-name=conv2d_4] img').naturalWidth > 0")
    assert len([url for url in fetched if "atlas-3" in url]) == 1
