"""The page as a visitor has it: the real app in a real browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Error, Locator, Page, Route, expect

import programs
from browsing import (
    GRIDS,
    JOINS,
    MAX_TABS,
    PHONE,
    SCHEMES,
    SCREENS,
    TABLET,
    TOAST,
    Visit,
    Window,
    Windows,
    answer_of,
    drop,
    load_grids,
    open_tab,
    show,
    shown,
    sources,
    upload,
    wait_for_others,
    wait_until_loaded,
)
from cnnviz.base.figures import percent
from cnnviz.drawing.class_colors import DEEP, PALE
from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.ui import words
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.header import words as header_words
from cnnviz.ui.parts import TABS
from networks import LAYERS
from pictures import are_alike, draw, encode, noise_pictures
from programs import require_program
from server import Server

MIN_CONTRAST = 4.5
"""Of text and background, as WCAG 2 asks for at level AA."""

READ_PIXELS = """async address => {
    const image = Object.assign(new Image(), {src: address});
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return [...canvas.getImageData(0, 0, image.width, image.height).data];
}"""
SIZES = "images => images.map(i => [i.clientWidth, i.clientHeight, i.naturalWidth, i.naturalHeight])"
CONTRAST = """element => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const luminance = color => color.slice(0, 3)
        .map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
    let behind = element;
    const background = node => parse(getComputedStyle(node).backgroundColor);
    while (behind.parentElement && background(behind)[3] === 0) behind = behind.parentElement;
    const [low, high] = [parse(getComputedStyle(element).color), background(behind)]
        .map(luminance).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""
COLORS = "all => all.map(each => getComputedStyle(each).backgroundColor)"
FOCUSED_WITHIN = "ids => ids.filter(id => document.getElementById(id).contains(document.activeElement))"


REMOVE, CAPTURE, PASTE = (
    f'#photo button[aria-label="{name}"]' for name in ("Remove Image", "Capture from camera", "Paste from clipboard")
)
"""Buttons that are Gradio's, not ours."""

STILL_SHOWN = re.escape(words.STILL_THE_LAST)


@pytest.fixture(scope="module")
def used_window(windows: Windows) -> Iterator[Window]:
    with windows.lend() as window:
        yield window


@pytest.fixture
def used(used_window: Window, server: Server) -> Iterator[Page]:
    """The page as a visitor may have left it: in the colours that it has at first, with whichever photo."""
    page = used_window.page
    if not page.locator(REMOVE).is_visible() or page.locator("#notice").inner_text().strip():
        used_window.open(server, permissions=["clipboard-read", "clipboard-write"])
    page.mouse.move(1, 1)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    yield page
    used_window.check()


def notice_of(page: Page) -> Locator:
    return page.locator("#notice").get_by_role("alert")


def percent_of(probabilities: dict[str, float]) -> str:
    return percent(max(probabilities.values()))


def test_photo_taken_with_the_webcam_is_answered(visit: Visit) -> None:
    for _ in range(2):  # a browser's first camera may never begin on a busy machine
        page = visit(permissions=["camera"])
        before = sources(page)
        page.locator(REMOVE).click()
        page.locator(CAPTURE).click()
        page.locator("#photo").get_by_text("Click to Access Webcam").click()
        with suppress(Error):
            page.wait_for_function("() => document.querySelector('#photo video')?.videoWidth > 0")
            break
    else:
        pytest.fail("The camera gave no picture.")
    page.locator('#photo button[aria-label="capture photo"]').click()
    wait_for_others(page, before)
    expect(page.locator("#notice")).to_have_text("")


COPY = """async color => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 60, height: 40});
    const context = canvas.getContext('2d');
    context.fillStyle = color;
    context.fillRect(0, 0, 60, 40);
    const picture = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
    await navigator.clipboard.write([new ClipboardItem({'image/png': picture})]);
}"""


def assert_shows(page: Page, server: Server, explorer: Explorer, photo: bytes | Image.Image) -> None:
    """Check that the layers' pictures are those of a photo."""
    assert are_alike(shown(page, server), list(explorer(photo).pictures().values()))


def test_photo_pasted_from_the_clipboard_is_answered(visit: Visit, server: Server, explorer: Explorer) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])  # which stays at pasting after it
    before = sources(page)
    page.evaluate(COPY, "red")
    page.locator(REMOVE).click()
    page.locator(PASTE).click()
    wait_for_others(page, before)
    assert_shows(page, server, explorer, Image.new("RGB", (60, 40), "red"))


def test_photo_pasted_on_the_page_itself_is_answered(used: Page, server: Server, explorer: Explorer) -> None:
    before = sources(used)
    used.evaluate(COPY, "blue")
    used.keyboard.press("Control+v")
    wait_for_others(used, before)
    assert_shows(used, server, explorer, Image.new("RGB", (60, 40), "blue"))


@pytest.mark.parametrize(("selector", "seed"), [("#photo img", 26), ("#answer .label", 27), ("body", 28)])
def test_photo_dropped_anywhere_on_the_page_is_answered(
    selector: str, seed: int, used: Page, server: Server, explorer: Explorer
) -> None:
    before, photo = sources(used), encode(draw(seed=seed), "PNG")
    dropped = drop(used, photo, selector)
    assert dropped == [True, True]  # or the browser would leave the page and open the file
    wait_for_others(used, before)
    assert_shows(used, server, explorer, photo)


@pytest.mark.parametrize(("megabytes", "said"), [(21, "21.0"), (70, "70.0")])
def test_file_dropped_that_is_too_large_is_explained(megabytes: int, said: str, used: Page) -> None:
    before = sources(used)
    drop(used, b"", size=megabytes * 10**6)
    message = rf"^The picture is too large: at most {MAX_MEGABYTES} MB\. Received: {said} MB\..* {STILL_SHOWN}$"
    expect(notice_of(used)).to_have_text(re.compile(message))
    assert used.locator(TOAST).count() == 0  # Gradio says nothing beside it
    assert sources(used) == before


@pytest.mark.parametrize("photo_comes", ["first", "second"])
def test_photo_and_a_file_too_large_are_both_told_of_while_one_waits_for_the_other(
    photo_comes: str, used: Page, server: Server, explorer: Explorer
) -> None:
    before, held = sources(used), list[Route]()
    chosen = used.locator("#photo img")
    last = str(chosen.get_attribute("src"))
    photo = encode(draw(seed=len(photo_comes)), "PNG")

    def drop_photo() -> None:
        drop(used, photo)
        expect(chosen).not_to_have_attribute("src", last)

    def drop_large() -> None:
        drop(used, b"", size=21 * 10**6)

    first, second = (drop_photo, drop_large) if photo_comes == "first" else (drop_large, drop_photo)
    used.route(JOINS, lambda route: held.append(route))
    with used.expect_request(JOINS):
        first()
    second()
    held[0].continue_()
    used.unroute(JOINS)
    wait_for_others(used, before)
    assert_shows(used, server, explorer, photo)
    said = re.compile("The picture is too large") if photo_comes == "first" else ""
    expect(used.locator("#notice")).to_have_text(said)


# What the page shows


def test_page_opens_answered_with_every_layer(visit: Visit) -> None:
    page = visit()
    assert re.search(r"^(cat|dog)\b.*\d+(\.\d+)?%", answer_of(page), re.IGNORECASE | re.DOTALL)
    assert [layer.get_attribute("data-name") for layer in page.locator("#layers .layer").all()] == list(LAYERS)
    for name, layer in zip(LAYERS, page.locator("#layers .layer").all(), strict=True):
        assert name in layer.inner_text()
        assert name in layer.locator(".grid").get_attribute("alt")
    assert page.locator("#notice").inner_text().strip() == ""


EDGES = """([frame, reach]) => {
    const [outer, inner] = [frame, reach].map(element => element.getBoundingClientRect());
    return [inner.left - outer.left, inner.top - outer.top, outer.right - inner.right, outer.bottom - inner.bottom];
}"""


def test_the_edge_that_never_reaches_the_answer_is_shaded(visit: Visit) -> None:
    for screen, hidden in ((SCREENS["desktop"], 16), (PHONE, 6.4)):
        page = visit(**screen)
        frame, reach = page.locator("#answer .frame"), page.locator("#answer .reach")
        assert page.evaluate(EDGES, [frame.element_handle(), reach.element_handle()]) == pytest.approx(
            [0, 0, hidden, hidden], abs=0.1
        )
        assert answer_words.UNSEEN in page.locator("#answer").inner_text()


def test_the_network_has_a_tab_with_its_layers_and_its_card(visit: Visit) -> None:
    for options in ({}, PHONE | {"color_scheme": "dark"}):
        page = visit(**options)
        expect(page.locator("#network")).to_have_count(0)
        open_tab(page, words.NETWORK_TAB)
        expect(page.locator("#network tbody tr")).to_have_count(len(LAYERS))
        assert page.locator("#network tbody tr td:first-child").all_inner_texts() == list(LAYERS)
        assert page.locator("#network .diagram figure").count() == len(LAYERS)
        expect(page.locator("#card")).to_contain_text("This model has not been evaluated yet.")
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"]
        open_tab(page, words.LAYERS_TAB)
        expect(page.locator("#layers .layer").first).to_be_visible()


def test_the_page_says_which_model_answers(visit: Visit) -> None:
    expect(visit().locator("#header .model")).to_have_text(
        header_words.MODEL.format(name="random", quality=header_words.UNMEASURED)
    )


def test_uploaded_photo_changes_answer_seen_picture_and_layers(
    used: Page, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    seen_before = used.locator("#answer img").first.get_attribute("src")
    photo = encode(draw(400, 300, seed=21), "JPEG", quality=95)
    show(used, tmp_path / "photo.jpg", photo)
    expected = explorer(photo)
    assert_shows(used, server, explorer, photo)
    assert expected.label in answer_of(used).lower()
    assert percent_of(expected.probabilities) in answer_of(used)
    assert used.locator("#answer img").first.get_attribute("src") != seen_before


def test_click_on_an_example_shows_it(used: Page, server: Server) -> None:
    before, bytes_before = sources(used), shown(used, server)
    used.locator("[data-example]").last.click()
    wait_for_others(used, before)
    after = shown(used, server)
    assert all(one != other for one, other in zip(bytes_before, after, strict=True))


@pytest.mark.parametrize("control", ["colormap", "scale"])
def test_other_colours_are_drawn_without_another_forward_pass(
    control: str, visit: Visit, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    page = visit()
    photo = encode(draw(300, 300, seed=22), "PNG")
    show(page, tmp_path / "photo.png", photo)
    before, answers = sources(page), len(server.answers())
    if control == "colormap":
        page.locator("#colors [name=colormap]").select_option("viridis")
        expected = explorer(photo).pictures(colormap="viridis")
    else:
        page.locator("#colors [name=scale]").select_option("layer")
        expected = explorer(photo).pictures(scale="layer")
    wait_for_others(page, before)
    assert are_alike(shown(page, server), list(expected.values()))
    (line,) = server.answers()[answers:]
    assert "/visualize: 11 layers, from memory" in line


# Sizes


def test_pictures_stand_pixel_for_pixel_on_a_wide_screen(visit: Visit) -> None:
    page = visit()
    load_grids(page)
    for width, height, natural_width, natural_height in page.locator(GRIDS).evaluate_all(SIZES):
        assert (width, height) == (natural_width, natural_height)


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_browser_reads_the_same_pixels_as_are_drawn(mode: str, used: Page) -> None:
    picture = noise_pictures((30, 20))[mode]
    address = f"data:image/png;base64,{base64.b64encode(encode_png(picture)).decode()}"
    pixels = used.evaluate(READ_PIXELS, address)
    np.testing.assert_array_equal(np.reshape(pixels, (20, 30, 4)), np.asarray(picture.convert("RGBA")))


@pytest.mark.parametrize("screen", [*SCREENS.values(), TABLET, {"viewport": {"width": 1000, "height": 700}}])
def test_nothing_is_enlarged_or_stretched_or_wider_than_the_screen(screen: dict[str, Any], visit: Visit) -> None:
    page = visit(**screen)
    expect(page.locator("#answer .label")).to_be_in_viewport(ratio=1)
    expect(page.locator("#answer .legend span").last).to_be_in_viewport(ratio=1)
    load_grids(page)
    screen_width = page.viewport_size["width"]
    pictures = page.locator("#layers img, #answer .frame img, #answer .patch img, #strip img")
    for width, height, natural_width, natural_height in pictures.evaluate_all(SIZES):
        assert 0 < width <= min(natural_width, screen_width)
        assert abs(height - width * natural_height / natural_width) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= screen_width
    assert page.evaluate("(window.scrollTo(200, 0), window.scrollX)") == 0


# Bad pictures


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "text": ("photo.jpg", lambda: b"This is no picture.", r"^Cannot read the picture: .* bytes of text"),
    "zero bytes": ("photo.jpg", lambda: b"", r"^The picture is empty: expected JPEG, .* 0 bytes"),
    "truncated JPEG": ("photo.jpg", lambda: encode(draw(), "JPEG")[:2000], r"damaged or cut short"),
    "SVG": (
        "drawing.svg",
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        rf"^SVG drawings cannot be read here\. Save it as PNG and try again\. {STILL_SHOWN}$",
    ),
    "HEIC": ("IMG_1.heic", heic, r"^HEIC pictures cannot be read here\. Save it as JPEG"),
    "164 kB of 169 megapixels": (
        "bomb.png",
        lambda: encode(Image.new("L", (13000, 13000)), "PNG"),
        r"^The picture has too many pixels: at most 50 megapixels\. Received: 13000 x 13000 pixels\.",
    ),
    "over 50 megapixels": (
        "large.png",
        lambda: encode(Image.new("1", (8000, 7000)), "PNG"),
        r"^The picture has too many pixels: .* Received: 8000 x 7000 pixels\.",
    ),
    "over 20 MB": (
        "photo.jpg",
        lambda: encode(draw(), "JPEG") + bytes(21 * 10**6),
        rf"^The picture is too large: at most {MAX_MEGABYTES} MB\. Received: 21\.0 MB\. .* {STILL_SHOWN}$",
    ),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # the server is in this process
@pytest.mark.parametrize("case", BAD)
def test_bad_picture_is_explained_and_a_good_one_clears_it(case: str, used: Page, tmp_path: Path) -> None:
    name, make, message = BAD[case]
    before, answer_before = sources(used), answer_of(used)
    used.locator(REMOVE).click()
    upload(used, tmp_path / name, make())
    expect(notice_of(used)).to_have_text(re.compile(message))
    assert (sources(used), answer_of(used)) == (before, answer_before)

    show(used, tmp_path / "good.png", encode(draw(seed=50 + list(BAD).index(case)), "PNG"))
    assert used.locator("#notice").inner_text().strip() == ""


def test_photo_taken_away_leaves_what_is_shown(used: Page, tmp_path: Path) -> None:
    show(used, tmp_path / "photo.png", encode(draw(seed=60), "PNG"))
    before = (sources(used), answer_of(used))
    used.locator(REMOVE).click()
    used.locator("#photo input[type=file]").wait_for(state="attached")
    expect(used.locator("#notice")).to_have_text(words.NO_PHOTO)  # which comes with the answer
    assert (sources(used), answer_of(used)) == before


@pytest.mark.parametrize("taken_away", [True, False])
def test_last_photo_is_shown_in_other_colours_while_there_is_no_other(
    taken_away: bool, visit: Visit, server: Server, tmp_path: Path, explorer: Explorer
) -> None:
    page = visit()
    content = encode(draw(seed=29), "PNG")
    show(page, tmp_path / "good.png", content)
    before = sources(page)
    if taken_away:
        page.locator(REMOVE).click()
    else:
        upload(page, tmp_path / "bad.png", b"This is no picture.")
    said = words.NO_PHOTO if taken_away else re.compile(rf"{STILL_SHOWN}$")
    expect(notice_of(page)).to_have_text(said)
    page.locator("#colors [name=scale]").select_option("layer")
    wait_for_others(page, before)
    assert are_alike(shown(page, server), list(explorer(content).pictures(scale="layer").values()))
    expect(notice_of(page)).to_have_text(said)


def test_photo_named_like_markup_runs_nothing(used: Page, tmp_path: Path) -> None:
    before = sources(used)
    upload(used, tmp_path / "<img src=x onerror=document.title='run'>.jpg", b"no picture")
    expect(notice_of(used)).to_have_text(re.compile("^Cannot read the picture"))
    assert used.title() != "run"
    assert sources(used) == before


# Everyone can use it


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read_in_light_and_in_dark(scheme: str, visit: Visit) -> None:
    page = visit(color_scheme=scheme)
    selectors = ["h1", "h2", "#answer .label", "#layers h3", "#layers section p"]
    for text in page.locator(", ".join(selectors)).all():
        if text.is_visible():
            assert text.evaluate(CONTRAST) >= MIN_CONTRAST, text.inner_text()
    background = page.locator("gradio-app").evaluate("element => getComputedStyle(element).backgroundColor")
    is_light = sum(map(int, re.findall(r"\d+", background)[:3])) > 3 * 128
    assert is_light == (scheme == "light")
    areas = page.locator("#answer .bar span").evaluate_all(COLORS)
    assert areas == [f"rgb{ImageColor.getrgb(color)}" for color in (DEEP if is_light else PALE)]


def test_keyboard_reaches_every_control(visit: Visit) -> None:
    page = visit()
    reached: set[str] = set()
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        reached.update(page.evaluate(FOCUSED_WITHIN, ["photo", "colors"]))
    assert reached == {"photo", "colors"}


def test_keyboard_alone_changes_the_brightness(visit: Visit) -> None:
    page = visit()
    before = sources(page)
    brightness = page.locator("#colors [name=scale]")
    brightness.focus()
    page.keyboard.press("ArrowDown")
    wait_for_others(page, before)
    expect(brightness).to_be_focused()
    expect(brightness).to_have_value("layer")


@pytest.mark.parametrize("screen", SCREENS)
def test_each_tab_shows_at_most_two_controls_at_first_and_the_rest_behind_more(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    for tab in TABS:
        open_tab(page, tab.title)
        form = page.locator(".controls:visible")
        shown = form.locator(":is(select, input):visible")
        assert shown.count() <= 2
        if form.locator("summary").count():
            form.locator("summary").click()
            expect(shown.nth(4)).to_be_visible()
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_two_visitors_do_not_change_each_others_page(visit: Visit, server: Server, tmp_path: Path) -> None:
    one, other = visit(), visit()
    before, bytes_before = sources(other), shown(other, server)
    upload(one, tmp_path / "photo.png", encode(draw(seed=24), "PNG"))
    wait_for_others(one, before)
    other.reload()
    wait_until_loaded(other)
    assert shown(other, server) == bytes_before
    assert shown(one, server) != bytes_before


def test_missing_program_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    monkeypatch.delenv("CNNVIZ_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"None of one, other was found\. Install both\."):
        require_program(["one", "other"], "both")
    monkeypatch.setenv("CNNVIZ_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match=r"Install both\."):
        require_program(["/no/such/browser"], "both")
    (tmp_path / "other").touch(0o755)
    assert require_program(["one", "other"], "both") == str(tmp_path / "other")


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("() => console.error('a mistake')", "a mistake"),
        ("() => { setTimeout(() => { throw new Error('a late one'); }); }", "a late one"),
        ("() => fetch('http://127.0.0.2:9/').catch(() => null)", "http://127.0.0.2:9/"),
    ],
)
def test_errors_and_requests_to_other_hosts_are_noticed(
    script: str, trouble: str, windows: Windows, server: Server
) -> None:
    with windows.lend() as window:
        window.open(server).evaluate(script)
        with pytest.raises(AssertionError, match=re.escape(trouble)):
            window.check()


def test_window_remembers_nothing_of_the_visit_before(windows: Windows, server: Server) -> None:
    with windows.lend() as window:
        page = window.open(server, color_scheme="dark")
        for store in ("localStorage.a = 'b'", "sessionStorage.a = 'b'", "document.cookie = 'a=b'"):
            page.evaluate(store)
    with windows.lend() as again:
        assert again is window
        page = again.open(server)
        assert page.evaluate("[localStorage.a ?? '', sessionStorage.a ?? '', document.cookie]") == ["", "", ""]
        assert not page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
