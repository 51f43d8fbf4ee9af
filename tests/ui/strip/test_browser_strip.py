"""The strip as a visitor has it: pointing, tapping, the keyboard, scrolling, and photos in a row."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browsing import (
    JOINS,
    PHONE,
    PICTURE,
    SCHEMES,
    SCREENS,
    Visit,
    answer_of,
    layer,
    open_tab,
    settle,
    show,
    sources,
    upload,
    wait_for_others,
    waiting_for_answers,
)
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.examples import words as examples_words
from networks import LAYERS
from pictures import draw, encode, is_fitted, picture_of
from server import Server

BOX = """() => {
    const [frame, unit] = ['.frame img', '.unit'].map(s => document.querySelector(`#answer ${s}`).getBoundingClientRect());
    const scale = 150 / frame.width;
    return [unit.left - frame.left, unit.top - frame.top, unit.right - frame.left, unit.bottom - frame.top]
        .map(edge => edge * scale);
}"""  # noqa: E501
SEEN_THROUGH = """() => ['#answer .label', '#strip .tile', '#layers .grid', '#answer .wait'].map(selector => {
    let share = 1;
    for (let each = document.querySelector(selector); each; each = each.parentElement) {
        share *= Number(getComputedStyle(each).opacity);
    }
    return share;
})"""
ANIMATIONS = """() => [...document.querySelectorAll('#strip .tile')]
    .map(tile => tile.getAnimations().length)"""


def settled_box(page: Page) -> list[float]:
    """Give the box on the seen picture, in the network's pixels, once it has stopped moving."""
    page.wait_for_function("() => document.querySelector('#answer .unit').getAnimations().length === 0")
    return list(page.evaluate(BOX))


def expect_unit(page: Page, result: Result, name: str) -> None:
    """Check that the page shows what a layer's strongest unit saw."""
    (unit,) = result[name].strongest(1)
    expect(page.locator("#answer .patch figcaption")).to_have_text(words.SAW.format(layer=name))
    assert settled_box(page) == pytest.approx(unit.box, abs=0.3)
    assert is_fitted(page.locator("#answer .patch img").evaluate(PICTURE), unit.patch, 84)


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A photo that is not square, as a file's content."""
    return encode(draw(400, 300, seed=31), "PNG")


@pytest.fixture(scope="module")
def explored(explorer: Explorer, photo: bytes) -> Result:
    """What the library makes of it."""
    return explorer(photo)


@pytest.mark.parametrize("screen", SCREENS)
def test_pointing_at_a_tile_shows_what_its_strongest_unit_saw_in_light_and_in_dark(
    screen: str, visit: Visit, explored: Result, tmp_path: Path, photo: bytes
) -> None:
    page = visit(**SCREENS[screen], reduced_motion="reduce")  # or the box would take its time
    show(page, tmp_path / "photo.png", photo)
    for scheme, name in itertools.product(SCHEMES, LAYERS):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        tile = page.locator(f'#strip [data-layer="{name}"]')
        if screen == "phone":
            tile.tap()
        else:
            tile.hover()
        expect(tile).to_have_class(re.compile("selected"))
        expect_unit(page, explored, name)


def test_page_opens_with_the_last_layer_that_sees_parts(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#strip .selected")).to_have_attribute("data-layer", "max_pooling2d_4")
    left, top, right, bottom = settled_box(page)
    assert 30 <= right - left <= 46.3
    assert 30 <= bottom - top <= 46.3


def test_tiles_are_those_of_the_photo_in_the_chosen_colours_and_one_stays_selected(
    visit: Visit, explored: Result, tmp_path: Path, photo: bytes
) -> None:
    page = visit()
    show(page, tmp_path / "photo.png", photo)
    page.locator('#strip [data-layer="conv2d_2"]').hover()
    for colormap in ("magma", "gray"):
        before = sources(page)
        if colormap == "magma":
            page.locator("#colors [name=scale]").select_option("layer")
        else:
            page.locator("#colors [name=colormap]").select_option(colormap)
        wait_for_others(page, before)
        expect(page.locator("#strip .selected")).to_have_attribute("data-layer", "conv2d_2")
        expect_unit(page, explored, "conv2d_2")
    tiles = page.locator("#strip th .tile img").evaluate_all(f"images => images.map({PICTURE})")
    assert len(tiles) == len(LAYERS) - 1  # the last one tells the answer
    for tile, drawn in zip(tiles, explored.layers, strict=False):
        assert picture_of(tile).convert("RGB").tobytes() == drawn.thumbnail(80, "gray").convert("RGB").tobytes()
    label = explored.label
    assert page.locator("#strip .verdict").inner_text().split() == [
        label.capitalize(),
        f"{explored.probabilities[label]:.1%}",
    ]


def test_click_on_a_tile_goes_to_its_layer_also_from_another_tab(visit: Visit) -> None:
    page = visit()
    page.locator('#strip [data-layer="conv2d_4"]').click()
    expect(layer(page, "conv2d_4", "h3")).to_be_focused()
    expect(layer(page, "conv2d_4", "h3")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(re.escape("#conv2d_4") + "$"))
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#layers")).to_be_hidden()
    page.locator('#strip [data-layer="conv2d_2"]').click()
    expect(layer(page, "conv2d_2", "h3")).to_be_in_viewport()


def test_keyboard_alone_points_and_goes(visit: Visit, explored: Result, tmp_path: Path, photo: bytes) -> None:
    page = visit()
    show(page, tmp_path / "photo.png", photo)
    page.locator('#strip [data-layer="conv2d_1"]').focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator('#strip [data-layer="conv2d_2"]')).to_be_focused()
    expect_unit(page, explored, "conv2d_2")
    page.keyboard.press("Enter")
    expect(layer(page, "conv2d_2", "h3")).to_be_focused()


def test_first_tap_points_and_the_second_goes(visit: Visit) -> None:
    page = visit(**PHONE)
    tile = page.locator('#strip [data-layer="conv2d_2"]')
    tile.tap()
    expect(tile).to_have_class(re.compile("selected"))
    expect(page).not_to_have_url(re.compile("#"))
    tile.tap()
    expect(layer(page, "conv2d_2", "h3")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(re.escape("#conv2d_2") + "$"))


def test_link_to_a_layer_opens_there(visit: Visit) -> None:
    page = visit("/#conv2d_3")
    expect(layer(page, "conv2d_3", "h3")).to_be_in_viewport()
    page.evaluate("location.hash = 'conv2d_1'")
    expect(layer(page, "conv2d_1", "h3")).to_be_in_viewport()


@pytest.mark.parametrize("address", ["/#100%", "/#answer", "/#no-such-layer", '/#"]'])
def test_link_to_what_is_no_layer_does_no_harm(address: str, visit: Visit) -> None:
    page = visit(address)
    settle(page)
    assert page.evaluate("scrollY") == 0


def test_tile_is_a_link_for_another_tab(visit: Visit) -> None:
    page = visit()
    with page.context.expect_page() as opened:
        page.locator('#strip [data-layer="conv2d_3"]').click(modifiers=["ControlOrMeta"])
    expect(layer(opened.value, "conv2d_3", "h3")).to_be_in_viewport()
    expect(page).not_to_have_url(re.compile("#"))


# Motion


def test_tiles_light_up_in_order_when_a_photo_arrives_and_not_for_other_colours(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.wait_for_function(f"() => !({ANIMATIONS})().some(Boolean)")
    before = sources(page)
    page.locator("#colors [name=scale]").select_option("layer")
    wait_for_others(page, before)
    assert not any(page.evaluate(ANIMATIONS))
    page.evaluate("""() => {
        window.seen = [];
        const tile = document.querySelector('#strip .tile').constructor.prototype;
        const animate = tile.animate;
        tile.animate = function (frames, timing) {
            if (this.classList.contains('tile')) window.seen.push(timing.delay);
            return animate.call(this, frames, timing);
        };
    }""")
    show(page, tmp_path / "photo.png", encode(draw(seed=32), "PNG"))
    assert page.evaluate("seen") == [60 * number for number in range(12)]


def test_nothing_moves_for_those_who_ask_for_it(visit: Visit, tmp_path: Path) -> None:
    page = visit(reduced_motion="reduce")
    show(page, tmp_path / "photo.png", encode(draw(seed=32), "PNG"))
    assert not any(page.evaluate(ANIMATIONS))
    assert page.locator("#answer .unit").evaluate("unit => getComputedStyle(unit).transitionDuration") == "0s"


# Navigation


@pytest.mark.parametrize("screen", SCREENS)
def test_scrolled_away_the_strip_stays_as_navigation(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen], reduced_motion="reduce")
    height = page.evaluate("document.documentElement.scrollHeight")
    for name in ("conv2d_3", "max_pooling2d_4", "dense_2"):
        page.evaluate('name => document.querySelector(`[data-name="${name}"]`).scrollIntoView()', name)
        expect(page.locator("#strip [aria-current]")).to_have_attribute("data-layer", name)
        expect(page.locator("#strip [aria-current]")).to_be_in_viewport(ratio=0.9)
        top = page.locator("#strip .track").bounding_box()
        assert top["y"] == 0
        assert top["height"] <= 84
        assert layer(page, name, "h3").bounding_box()["y"] >= top["height"]
    assert abs(page.evaluate("document.documentElement.scrollHeight") - height) <= 1
    current = page.locator('#strip [data-layer="conv2d_2"]')
    current.scroll_into_view_if_needed()
    current.click()
    expect(layer(page, "conv2d_2", "h3")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#strip .stuck")).to_have_count(0)
    expect(page.locator("#strip [aria-current]")).to_have_count(0)


def test_strip_does_not_cover_other_tabs(visit: Visit) -> None:
    page = visit()
    open_tab(page, words.NETWORK_TAB)
    page.evaluate("scrollTo(0, 2000)")
    settle(page)
    assert page.locator("#strip .track").bounding_box()["y"] < 0


# Photos in a row


def test_second_photo_while_the_first_runs_is_the_one_that_is_shown(
    visit: Visit, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    page = visit()
    page.locator('#strip [data-layer="conv2d_3"]').hover()
    with waiting_for_answers(page):  # also for those that should not come any more
        page.evaluate("""() => {
            for (const index of [1, 2, 3, 4, 5]) document.querySelector(`[data-example="${index}"]`).click();
        }""")
        expect(page.locator("#answer .look")).to_have_text(
            answer_words.LOOK_FOR.format(text=examples_words.EXAMPLE_DRAWINGS["Star"][1])
        )
    last = server.http.get(page.locator("#photo img").last.get_attribute("src")).content
    result = explorer(Image.open(io.BytesIO(last)).convert("RGB"))
    assert result.label in answer_of(page).lower()
    expect_unit(page, result, "conv2d_3")
    pictures = list(result.pictures().values())
    assert [server.http.get(source).content for source in sources(page)] == pictures


def test_what_to_look_for_is_said_of_examples_only(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    look = page.locator("#answer .look")
    expect(look).to_have_text("")  # what there is to see in a photo is known of the embedded model only
    before = sources(page)
    page.locator("[data-example]", has_text="Star").click()
    wait_for_others(page, before)
    expect(look).to_have_text(answer_words.LOOK_FOR.format(text=examples_words.EXAMPLE_DRAWINGS["Star"][1]))
    show(page, tmp_path / "photo.png", encode(draw(seed=33), "PNG"))
    expect(look).to_have_text("")


def test_numbers_stand_below_their_tiles(visit: Visit) -> None:
    for options in SCREENS.values():
        page = visit(**options)
        centres: Any = page.evaluate("""() => [...document.querySelectorAll('#strip tr:not(.stages)')].map(row =>
            [...row.children].slice(2).map(cell => {
                const box = cell.getBoundingClientRect();
                return (box.left + box.right) / 2;
            }))""")
        assert {len(row) for row in centres} == {len(LAYERS)}
        for row in centres[1:]:
            assert row == pytest.approx(centres[0], abs=0.6)


# While the network looks


def test_while_the_network_looks_the_old_answer_and_strip_are_dim_and_nothing_else(visit: Visit) -> None:
    page = visit(reduced_motion="reduce")
    held: list[Any] = []
    page.route(JOINS, lambda route: held.append(route))
    page.locator("[data-example]", has_text="Kitten").click()
    expect(page.locator("#answer .wait")).to_be_visible()
    expect(page.locator("#answer .wait")).to_have_text(answer_words.LOOKING)
    label, tile, grid, wait = page.evaluate(SEEN_THROUGH)
    assert max(label, tile) <= 0.1
    assert (grid, wait) == (1, 1)
    held[0].continue_()
    expect(page.locator("#answer .wait")).to_be_hidden()
    page.wait_for_function(f"() => ({SEEN_THROUGH})().every(share => share === 1)")


def test_a_photo_that_cannot_be_read_leaves_the_last_answer_as_clear_as_before(visit: Visit, tmp_path: Path) -> None:
    page = visit(reduced_motion="reduce")
    upload(page, tmp_path / "text.png", b"no picture")
    expect(page.locator("#notice p")).to_contain_text(words.STILL_THE_LAST)
    page.wait_for_function(f"() => ({SEEN_THROUGH})().every(share => share === 1)")
    expect(page.locator("#answer .wait")).to_be_hidden()


def test_the_strip_is_dim_until_it_lights_up_once(visit: Visit) -> None:
    first = visit()
    page = first.context.new_page()
    page.add_init_script(
        """() => {
        window.shares = [];
        const look = () => {
            const tile = document.querySelector('#strip .tile');
            if (tile) window.shares.push(Number(getComputedStyle(tile).opacity));
            requestAnimationFrame(look);
        };
        look();
    }""".replace("() => {", "(() => {", 1)
        + ")()"
    )
    page.goto(first.url)
    page.wait_for_function("() => window.shares.at(-1) === 1")
    shares = page.evaluate("window.shares")
    assert shares[0] == 0.1
    assert shares == sorted(shares)
