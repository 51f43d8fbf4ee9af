"""The layers as a visitor has them: stages, patches, downloads, and one picture on the whole screen."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browsing import (
    GRIDS,
    PHONE,
    PICTURE,
    SCHEMES,
    SCREENS,
    Visit,
    Window,
    Windows,
    layer,
    load_grids,
    show,
    shown,
    sources,
    wait_for_others,
)
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui.layers import words
from cnnviz.ui.strip import words as strip_words
from networks import LAYERS
from pictures import draw, encode, is_fitted
from server import Server

VIEW = """() => {
    const image = document.querySelector('.viewer img');
    return {scale: image.getBoundingClientRect().width * devicePixelRatio / image.naturalWidth,
            rendering: getComputedStyle(image).imageRendering};
}"""


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A photo that is not square, as a file's content."""
    return encode(draw(400, 300, seed=41), "PNG")


@pytest.fixture(scope="module")
def explored(explorer: Explorer, photo: bytes) -> Result:
    """What the library makes of it."""
    return explorer(photo)


@pytest.fixture(scope="module")
def pictures(explored: Result) -> dict[str, bytes]:
    """The layers' pictures."""
    return explored.pictures()


@pytest.fixture(scope="module")
def photo_window(
    windows: Windows, server: Server, tmp_path_factory: pytest.TempPathFactory, photo: bytes
) -> Iterator[Window]:
    """The page with it."""
    with windows.lend() as window:
        show(window.open(server), tmp_path_factory.mktemp("shown") / "photo.png", photo)
        yield window


@pytest.fixture
def page(photo_window: Window) -> Iterator[Page]:
    """The same, at its top, without anything over it; for tests that leave photo and colours as they are."""
    page = photo_window.page
    if page.locator(".viewer").is_visible():
        page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.mouse.move(1, 1)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    yield page
    photo_window.check()


def test_stages_stand_in_the_order_of_the_data_with_their_words(page: Page) -> None:
    titles = page.locator("#layers .stage h2").all_inner_texts()
    assert titles == page.locator("#strip .stages th").all_inner_texts()
    assert [title[0] for title in titles] == list("123456")
    assert all(len(text) > 20 for text in page.locator("#layers .story").all_inner_texts())


def test_patches_are_what_excited_each_convolution_most(page: Page, explored: Result) -> None:
    for name in LAYERS:
        shown = layer(page, name, ".patches img").evaluate_all(f"images => images.map({PICTURE})")
        units = explored[name].strongest(3) if name.startswith("conv2d") else []
        assert len(shown) == len(units)
        for picture, unit in zip(shown, units, strict=True):
            assert is_fitted(picture, unit.patch, 84)


def test_pictures_on_the_screen_have_the_very_pixels_of_the_files_in_light_and_in_dark(
    page: Page, pictures: dict[str, bytes]
) -> None:
    load_grids(page)
    for name, scheme in itertools.product(("conv2d_3", "max_pooling2d_3", "dense_1"), SCHEMES):
        page.emulate_media(color_scheme=scheme)
        grid = layer(page, name, ".grid")
        grid.evaluate("image => scrollTo(0, image.getBoundingClientRect().top + scrollY - 100)")
        box = grid.bounding_box()
        height = min(int(box["height"]), 500)
        clip = {"x": box["x"], "y": round(box["y"]), "width": int(box["width"]), "height": height}
        seen = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"))
        drawn = np.asarray(Image.open(io.BytesIO(pictures[name])).convert("RGB"))
        np.testing.assert_array_equal(seen, drawn[:height])


def test_convolution_and_its_pooling_have_tiles_of_one_size(page: Page) -> None:
    for number in (1, 2, 3, 4):
        boxes = [layer(page, f"{kind}_{number}", ".grid").bounding_box() for kind in ("conv2d", "max_pooling2d")]
        assert (boxes[0]["x"], boxes[0]["width"], boxes[0]["height"]) == (
            boxes[1]["x"],
            boxes[1]["width"],
            boxes[1]["height"],
        )


def test_one_layer_or_all_can_be_downloaded(page: Page, explored: Result, pictures: dict[str, bytes]) -> None:
    with page.expect_download() as download:
        layer(page, "conv2d_2").get_by_text(words.DOWNLOAD_LAYER).click()
    assert download.value.suggested_filename == "03_conv2d_2.png"
    assert download.value.path().read_bytes() == pictures["conv2d_2"]
    with page.expect_download() as download:
        page.get_by_role("button", name=words.DOWNLOAD_ALL).click()
    assert download.value.suggested_filename == f"cnnviz-{explored.label}.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert [archive.read(name) for name in archive.namelist()[: len(LAYERS)]] == list(pictures.values())
        assert {"activations.npz", "statistics.json", "README.txt"} <= set(archive.namelist())


def test_whole_answer_can_be_downloaded_as_a_page(page: Page, explored: Result, tmp_path: Path) -> None:
    explored.report(tmp_path / "photo.html")
    with page.expect_download() as download:
        page.get_by_role("button", name=words.REPORT).click()
    assert download.value.suggested_filename == f"cnnviz-{explored.label}.html"
    assert download.value.path().read_bytes() == (tmp_path / "photo.html").read_bytes()
    expect(page.locator("#layers .all [role=status]")).to_be_empty()


def test_journey_can_be_downloaded(page: Page, explored: Result) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name=strip_words.SAVE).click()
    assert download.value.suggested_filename == "journey.png"
    saved = Image.open(download.value.path())
    np.testing.assert_array_equal(np.asarray(saved), np.asarray(explored.journey()))
    expect(page.locator("#strip .finding [role=status]")).to_be_empty()


# One picture on the whole screen


def view(page: Page) -> dict[str, Any]:
    """Tell how the picture is shown: screen pixels for one of its own, and how it is drawn."""
    return dict(page.evaluate(VIEW))


def open_view(page: Page, name: str) -> None:
    layer(page, name).get_by_role("button", name=words.FULL_SCREEN).click()
    expect(page.locator(".viewer")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.viewer output').textContent")


@pytest.mark.parametrize("screen", SCREENS)
def test_view_opens_fitting_and_enlarges_by_whole_factors_only(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    open_view(page, "max_pooling2d_4")
    fitting = view(page)
    pane, image = (page.locator(f".viewer {part}").bounding_box() for part in (".pane", "img"))
    assert image["width"] <= pane["width"] + 0.5
    assert image["height"] <= pane["height"] + 0.5
    assert fitting["rendering"] == ("pixelated" if screen == "desktop" else "auto")
    assert (fitting["scale"] == 1) == (screen == "desktop")
    for scale in (2, 3, 4, 6) if screen == "desktop" else (1, 2, 3, 4, 6):
        page.keyboard.press("+")
        assert view(page) == {"scale": pytest.approx(scale, abs=0.01), "rendering": "pixelated"}
    page.get_by_role("button", name=words.VIEWER["zoom_out"]).click()
    assert view(page)["scale"] == pytest.approx(4, abs=0.01)
    page.get_by_role("button", name=words.VIEWER["fit"], exact=True).click()
    assert view(page) == pytest.approx(fitting)


def test_view_shows_every_pixel_as_a_square(page: Page, pictures: dict[str, bytes]) -> None:
    open_view(page, "conv2d_4")
    while view(page)["scale"] < 3:
        page.keyboard.press("+")
    page.locator(".viewer .pane").evaluate("pane => pane.scrollTo(0, 0)")
    box = page.locator(".viewer .pane").bounding_box()
    clip = {"x": box["x"] + 3, "y": box["y"] + 3, "width": 900, "height": 600}  # inside the ring of the focus
    seen = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"))
    drawn = np.asarray(Image.open(io.BytesIO(pictures["conv2d_4"])).convert("RGB"))
    np.testing.assert_array_equal(seen, drawn[:220, :320].repeat(3, axis=0).repeat(3, axis=1)[3:603, 3:903])


def test_keyboard_alone_opens_zooms_and_closes(page: Page) -> None:
    button = layer(page, "conv2d_3").get_by_role("button", name=words.FULL_SCREEN)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".viewer .pane")).to_be_focused()
    page.keyboard.press("+")
    page.keyboard.press("+")
    left = page.locator(".viewer .pane").evaluate("pane => pane.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => document.querySelector('.viewer .pane').scrollLeft > {left}")
    page.keyboard.press("Escape")
    expect(page.locator(".viewer")).to_be_hidden()
    expect(button).to_be_focused()


def test_point_under_the_pointer_stays_while_the_wheel_zooms(page: Page) -> None:
    open_view(page, "conv2d_1")
    while view(page)["scale"] < 3:
        page.keyboard.press("+")
    place = """([x, y]) => {
        const [pane, image] = ['.pane', 'img'].map(s => document.querySelector(`.viewer ${s}`).getBoundingClientRect());
        return [(x - image.left) / image.width, (y - image.top) / image.height];
    }"""
    before = page.evaluate(place, [700, 500])
    page.mouse.move(700, 500)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -2)  # a part of a trackpad's pinch
    assert view(page)["scale"] == pytest.approx(3, abs=0.01)
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("() => document.querySelector('.viewer output').textContent === '400%'")
    assert page.evaluate(place, [700, 500]) == pytest.approx(before, abs=0.002)


def test_browser_keeps_its_own_zoom(page: Page) -> None:
    open_view(page, "conv2d_1")
    page.evaluate("document.addEventListener('keydown', event => { window.taken = event.defaultPrevented; })")
    page.keyboard.press("Control+=")
    assert page.evaluate("taken") is False
    page.keyboard.press("=")
    assert page.evaluate("taken") is True


def test_two_fingers_zoom_and_leave_whole_pixels(visit: Visit) -> None:
    page = visit(**PHONE)
    open_view(page, "max_pooling2d_3")
    start = view(page)["scale"]
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *xs: int) -> None:
        points = [{"x": x, "y": 400, "id": number} for number, x in enumerate(xs)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 180, 220)
    for reach in (60, 100, 140):
        send("touchMove", 200 - reach, 200 + reach)
    assert view(page)["scale"] == pytest.approx(start * 7, rel=0.05)
    send("touchEnd")
    page.wait_for_function("() => document.querySelector('.viewer img').style.imageRendering === 'pixelated'")
    scale = view(page)["scale"]
    assert scale == pytest.approx(round(scale), abs=0.01)


def test_view_stays_when_another_photo_arrives_and_opens_the_new_one_after(visit: Visit, server: Server) -> None:
    page = visit()
    before = sources(page)
    page.evaluate("document.querySelector('[data-example=\"3\"]').click()")
    open_view(page, "conv2d_3")
    wait_for_others(page, before)
    expect(page.locator(".viewer")).to_be_visible()
    page.keyboard.press("Escape")
    open_view(page, "conv2d_3")
    address = str(page.locator(".viewer img").get_attribute("src"))
    assert server.http.get(address).content == shown(page, server)[4]


def test_first_screen_shows_the_beginning_of_the_first_grid(visit: Visit) -> None:
    page = visit()
    box = page.locator(GRIDS).first.bounding_box()
    assert box["y"] < 800
    for part, height in (("#header", 56), ("#top", 300), ("#strip", 206)):
        assert page.locator(part).bounding_box()["height"] <= height


@pytest.mark.parametrize("screen", SCREENS)
def test_no_control_is_cut_off(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    edges = page.locator("#controls label").evaluate_all(
        "blocks => blocks.map(block => block.getBoundingClientRect()).map(({left, right}) => [left, right])"
    )
    assert len(edges) >= 2
    assert all(left >= 0 and right <= page.viewport_size["width"] for left, right in edges)
