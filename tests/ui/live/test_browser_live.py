"""The brush and the camera, as a visitor uses them: the network's own answer, one question at a time, nothing kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from access import assert_usable
from browsing import (
    ARGUMENTS,
    JOINS,
    PHONE,
    SCREENS,
    Visit,
    Windows,
    answer_of,
    canvas_pixels,
    find_browser,
    show,
    sources,
    visiting,
    wait_for_others,
)
from cnnviz.base.figures import percent, share, signed
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.files import inline
from cnnviz.ui.live import words
from networks import LAYERS
from pictures import draw, encode
from server import Server

SAYS = words.LIVE
STUDIO, CANVAS, LABEL, TILES = ".studio", ".studio canvas", ".studio .label", ".studio .tiles img"
GRAY = [128, 128, 128]
OFF = "() => document.querySelector('.studio video').srcObject === null"


@pytest.fixture
def page(visit: Visit, tmp_path: Path) -> Page:
    """The page, with a photo of its own."""
    page = visit(permissions=["camera"])
    show(page, tmp_path / "photo.png", encode(draw(300, 300, seed=52), "PNG"))
    return page


def open_brush(page: Page) -> Locator:
    """Open the dialog, and return the picture once it is answered."""
    page.get_by_role("button", name=answer_words.PAINT).click()
    expect(page.locator(TILES)).to_have_count(len(LAYERS))  # what is seen, and every layer but the answer's
    return page.locator(CANVAS)


def open_camera(page: Page) -> None:
    page.locator('[data-live="camera"]').click()
    expect(page.locator(TILES)).to_have_count(len(LAYERS))


def drag(page: Page, *places: tuple[float, float]) -> None:
    """Draw a stroke through places, given as shares of the picture's width and height."""
    box = page.locator(CANVAS).bounding_box()
    for number, (x, y) in enumerate(places):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not number:
            page.mouse.down()
    page.mouse.up()


def pixels(page: Page) -> NDArray[np.uint8]:
    """What is shown to the network: shape (rows, columns, 3)."""
    return canvas_pixels(page.locator(CANVAS))[..., :3]


def assert_answered(page: Page, explorer: Explorer) -> Result:
    """Hold the dialog against what the library says of its picture."""
    result = explorer(Image.fromarray(pixels(page)))
    expect(page.locator(TILES).nth(1)).to_have_attribute("src", inline(result[LAYERS[0]].thumbnail(80, "magma"))["src"])
    expect(page.locator(LABEL)).to_have_text(f"{result.label} {percent(result.probabilities[result.label])}")
    names = [f"{name} {percent(probability)}" for name, probability in result.probabilities.items()]
    assert page.locator(f"{STUDIO} .legend span").all_inner_texts() == names
    drawn = [inline(result[name].thumbnail(80, "magma"))["src"] for name in LAYERS[:-1]]
    assert page.locator(TILES).evaluate_all("images => images.slice(1).map(image => image.src)") == drawn
    widths = page.locator(f"{STUDIO} .bar span").evaluate_all("parts => parts.map(part => part.style.width)")
    expected = [100 * each for each in result.probabilities.values()]
    assert np.allclose([float(width.rstrip("%")) for width in widths], expected, atol=1e-3)
    return result


def test_what_is_painted_is_what_the_network_answers(page: Page, explorer: Explorer) -> None:
    open_brush(page)
    before = pixels(page)
    whole = assert_answered(page, explorer)
    assert (before == np.asarray(whole.seen)).all()
    drag(page, (0.3, 0.5), (0.5, 0.5), (0.7, 0.5))
    painted = pixels(page)
    assert (painted[75, 60:90] == GRAY).all()
    assert (painted[:40] == before[:40]).all()
    assert_answered(page, explorer)
    covered = float((painted != before).any(axis=-1).mean())
    head = explorer.network.head
    logits = [head.class_logit(each.logits, whole.label) for each in (whole, explorer(Image.fromarray(painted)))]
    change = SAYS["evidence_change"].format(before=signed(logits[0]), after=signed(logits[1]), share=share(covered))
    expect(page.locator(f"{STUDIO} .evidence .quiet")).to_have_text(change)
    page.locator(f"{STUDIO} [name=fill]").select_option("blur")
    drag(page, (0.3, 0.2), (0.7, 0.2))
    blurred = pixels(page)
    assert (blurred[70:80] == painted[70:80]).all()
    assert blurred[28:32, 60:90].astype(int).std() < 0.7 * before[28:32, 60:90].astype(int).std()
    assert_answered(page, explorer)
    page.get_by_role("button", name=SAYS["undo"]).click()
    assert (pixels(page) == painted).all()
    assert_answered(page, explorer)
    page.get_by_role("button", name=SAYS["clear"]).click()
    assert (pixels(page) == before).all()
    assert_answered(page, explorer)
    expect(page.get_by_role("button", name=SAYS["undo"])).to_be_disabled()


def test_one_question_is_on_its_way_and_the_last_stroke_counts(page: Page, explorer: Explorer) -> None:
    open_brush(page)
    assert_answered(page, explorer)
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route(JOINS, hold_the_first)
    for row in (0.2, 0.4, 0.6, 0.8):
        drag(page, (0.2, row), (0.8, row))
    page.wait_for_timeout(100)
    assert len(asked) == 1
    asked[0].continue_()
    assert_answered(page, explorer)
    assert len(asked) == 2


def test_a_box_is_moved_and_covers_from_the_keyboard(page: Page, explorer: Explorer) -> None:
    canvas = open_brush(page)
    before = pixels(page)
    page.get_by_role("button", name=SAYS["close"]).focus()
    page.keyboard.press("Tab")
    expect(canvas).to_be_focused()
    box = page.locator(f"{STUDIO} .tip")
    expect(box).to_be_visible()
    middle = box.bounding_box()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    moved = box.bounding_box()
    assert moved["x"] > middle["x"] + moved["width"] / 3
    assert moved["y"] == pytest.approx(middle["y"] + 3)  # a pixel, three times as large
    page.keyboard.press("Space")
    place = canvas.bounding_box()
    edges = [moved["x"] - place["x"], moved["y"] - place["y"], moved["width"], moved["height"]]
    left, top, width, height = (round(edge / 3) for edge in edges)
    changed = np.argwhere((pixels(page) != before).any(axis=-1))
    assert np.abs(changed.min(axis=0) - [top, left]).max() <= 1
    assert np.abs(changed.max(axis=0) - [top + height, left + width]).max() <= 1
    assert_answered(page, explorer)
    page.keyboard.press("Control+z")
    assert (pixels(page) == before).all()
    page.keyboard.press("Escape")
    expect(page.locator(STUDIO)).not_to_be_visible()


def test_a_finger_paints(visit: Visit, explorer: Explorer) -> None:
    page = visit(**PHONE)
    open_brush(page)
    box = page.locator(CANVAS).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert (pixels(page)[70:80, 70:80] == GRAY).all()
    expect(page.locator(f"{STUDIO} .tip")).not_to_be_visible()
    assert_answered(page, explorer)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(visit: Visit, screen: str, scheme: str) -> None:
    page = visit(color_scheme=scheme, **SCREENS[screen])
    open_brush(page)
    drag(page, (0.3, 0.3), (0.6, 0.6))
    assert_usable(page, STUDIO)
    assert page.locator(STUDIO).evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


def test_a_painted_photo_is_shown_in_all_tabs(page: Page, explorer: Explorer) -> None:
    open_brush(page)
    drag(page, (0.2, 0.2), (0.8, 0.8))
    result = assert_answered(page, explorer)
    before = sources(page)
    page.get_by_role("button", name=SAYS["keep"]).click()
    expect(page.locator(STUDIO)).not_to_be_visible()
    wait_for_others(page, before)
    assert answer_of(page).lower() == f"{result.label} {percent(result.probabilities[result.label])}"


def test_back_closes_it_forward_opens_it_and_a_link_leads_to_the_brush_alone(visit: Visit, page: Page) -> None:
    open_brush(page)
    expect(page).to_have_url(re.compile(re.escape("?live=brush") + "$"))
    page.go_back()
    expect(page.locator(STUDIO)).not_to_be_visible()
    page.go_forward()
    expect(page.locator(STUDIO)).to_be_visible()
    page.get_by_role("button", name=SAYS["close"]).click()
    expect(page).not_to_have_url(re.compile("live"))
    linked = visit("/?live=brush")
    expect(linked.locator(TILES)).to_have_count(len(LAYERS))
    asked = visit("/?live=camera")
    expect(asked).not_to_have_url(re.compile("live"))  # no link switches a camera on
    expect(asked.locator(STUDIO)).not_to_be_visible()


def kept(server: Server, folder: Path) -> Any:
    """What is left of visitors: files, and lines of the log."""
    return sorted(folder.rglob("*")), server.log()


@pytest.fixture
def camera(page: Page, server: Server, gradio_folder: Path) -> Iterator[Page]:
    """A page whose camera was followed; nothing of it is left."""
    before = kept(server, gradio_folder)
    open_camera(page)
    seen: set[str] = set()
    while len(seen) < 4:
        seen.add(str(page.locator(TILES).first.get_attribute("src")))
    expect(page.locator(f"{STUDIO} .legend span")).to_have_count(2)
    assert kept(server, gradio_folder) == before
    yield page


def test_the_camera_is_followed_and_stops_at_once_when_it_is_closed(camera: Page) -> None:
    track = camera.evaluate_handle("document.querySelector('.studio video').srcObject.getVideoTracks()[0]")
    assert track.evaluate("track => track.readyState") == "live"
    camera.get_by_role("button", name=SAYS["close"]).click()
    expect(camera.locator(STUDIO)).not_to_be_visible()
    assert track.evaluate("track => track.readyState") == "ended"
    asked: list[Request] = []
    camera.on("request", lambda request: asked.append(request))
    camera.wait_for_timeout(600)
    assert asked == []


def test_who_leaves_the_tab_of_the_camera_switches_it_off(camera: Page) -> None:
    camera.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    camera.wait_for_function(OFF)


def test_a_frame_is_frozen_into_the_ordinary_page(camera: Page) -> None:
    before = sources(camera)
    camera.get_by_role("button", name=SAYS["freeze"]).click()
    expect(camera.locator(STUDIO)).not_to_be_visible()
    wait_for_others(camera, before)
    image = camera.locator("#strip .photo img")
    red, green, blue = np.asarray(_picture(image)).reshape(-1, 3).mean(axis=0)
    assert green > 2 * max(red, blue)  # Chromium's camera is green


def _picture(image: Locator) -> Image.Image:
    size, data = image.evaluate("""async image => {
        await image.decode();
        const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
        canvas.getContext('2d').drawImage(image, 0, 0);
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return [[canvas.width, canvas.height], [...data]];
    }""")
    return Image.frombytes("RGBA", size, bytes(data)).convert("RGB")


def test_who_does_not_allow_the_camera_reads_why_there_is_none(browser: Browser, server: Server) -> None:
    arguments = [*ARGUMENTS, "--use-fake-ui-for-media-stream=deny"]
    denying = browser.browser_type.launch(executable_path=find_browser(), args=arguments)
    with visiting(denying, server) as visit:
        page = visit()
        page.locator('[data-live="camera"]').click()
        expect(page.locator(f"{STUDIO} .trouble")).to_have_text(SAYS["denied"])
    denying.close()


@pytest.mark.parametrize(
    ("host", "says"),
    [("framed", answer_words.NO_CAMERA_FORBIDDEN), ("insecure.test", answer_words.NO_CAMERA_INSECURE)],
)
def test_where_no_camera_can_be_the_button_is_a_sentence(
    windows: Windows, server: Server, host: str, says: str
) -> None:
    with windows.lend() as window:
        page = window.page
        if host == "framed":
            page.goto(server.url.replace("127.0.0.1", "localhost") + "/healthz")
            page.set_content(f'<iframe src="{server.url}" style="width: 1200px; height: 800px"></iframe>')
            answer = page.frame_locator("iframe").locator("#answer")
        else:  # a name that no browser takes for this machine's, whose answers are the server's own

            def forward(route: Route) -> None:
                url = route.request.url.replace(f"http://{host}", server.url)
                headers = {**route.request.headers, "x-forwarded-host": host}
                route.fulfill(response=route.fetch(url=url, headers=headers))

            page.route(f"http://{host}/**", forward)
            page.goto(f"http://{host}/")
            answer = page.locator("#answer")
        expect(answer.get_by_text(says)).to_be_visible()
        expect(answer.locator('[data-live="camera"]')).not_to_be_visible()
        expect(answer.get_by_role("button", name=answer_words.PAINT)).to_be_visible()
        if host == "framed":
            window.forgive("Blocked autofocusing")


def test_pages_that_do_not_paint_fetch_no_script_of_it(visit: Visit) -> None:
    page = visit()
    fetched = "() => performance.getEntriesByType('resource').map(({ name }) => name.split('/live/')[1])"
    page.wait_for_function(f"() => ({fetched})().includes('live.js')")
    assert {*page.evaluate(fetched)} == {None, "live.js"}
    open_brush(page)
    assert {*page.evaluate(fetched)} == {None, "brush.js", "camera.js", "live.js", "studio.js"}
