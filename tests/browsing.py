"""A visitor's browser: finding one, opening the page in it, and reading what it shows."""

from __future__ import annotations

import base64
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from networks import LAYERS
from server import Server

Visit = Callable[..., Page]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera that shows a test picture
)
DESKTOP = {"width": 1280, "height": 800}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, dict[str, Any]] = {"desktop": {}, "phone": PHONE}
TABLET: dict[str, Any] = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}
SCHEMES = ("light", "dark")
WAIT_MILLISECONDS = 20_000
GRIDS = "#layers .grid"

PICTURE = "image => ({src: image.src, width: image.width, height: image.height})"
"""A picture that needs no request, as `cnnviz.ui.files.inline` describes it."""

RESET = """() => {
    const channels = document.querySelector('.channels');
    channels.querySelector('[aria-pressed="true"][data-switch]')?.click();
    channels.querySelector('.tools:not([hidden]) [data-switch="reset"]')?.click();
    channels.querySelector('form').reset();
    channels.querySelector('[name=layer]').dispatchEvent(new Event('input', {bubbles: true}));
    document.activeElement.blur();
    scrollTo(0, 0);
}"""
MAX_TABS = 60
LOADED = "images => images.length > 0 && images.every(i => i.hidden || (i.complete && i.naturalWidth > 0))"


def find_browser() -> str | None:
    """Find the browser that CHROMIUM names, or one that is installed."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def start_browser() -> Iterator[Browser]:
    """Start a browser without a window; skip the test where there is none, unless one is required."""
    path = find_browser()
    if path is None and os.environ.get("CNNVIZ_REQUIRE_BROWSER") == "1":
        pytest.fail("No browser was found, and CNNVIZ_REQUIRE_BROWSER=1. Install chromium.")
    if path is None:
        pytest.skip("No browser was found. Install chromium, or name one in CHROMIUM.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, server: Server) -> Iterator[Visit]:
    """Give what opens the page; nothing that is done there may log an error or ask another host."""
    troubles: list[str] = []
    contexts = []

    def watch_request(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(server.url).netloc:
            troubles.append(f"request to {url}")

    def open_page(path: str = "/", wait: bool = True, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: watch_request(request.url))
        page.goto(server.url + path)
        if wait:
            wait_until_loaded(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, troubles


def wait_until_loaded(page: Page) -> None:
    """Return once every layer is there, and all pictures but those of layers out of sight."""
    expect(page.locator(GRIDS)).to_have_count(len(LAYERS), timeout=WAIT_MILLISECONDS)
    page.wait_for_function(f"() => ({LOADED})([...document.querySelectorAll('#answer img, #strip img')])")
    page.wait_for_function("() => document.querySelector('#strip .selected')")


def layer(page: Page, name: str, part: str = "") -> Locator:
    """Find a layer's section, or a part of it."""
    return page.locator(f'.layer[data-name="{name}"] {part}')


def load_grids(page: Page) -> None:
    """Scroll through the layers, whose pictures are fetched when they come near."""
    for grid in page.locator(GRIDS).all():
        grid.scroll_into_view_if_needed()
        grid.evaluate("image => image.decode()")


def sources(page: Page) -> list[str]:
    """Give the addresses of the layers' pictures."""
    return [str(image.get_attribute("src")) for image in page.locator(GRIDS).all()]


def shown(page: Page, server: Server) -> list[bytes]:
    """Give the files of the layers' pictures."""
    return [server.http.get(source).raise_for_status().content for source in sources(page)]


def wait_for_others(page: Page, before: list[str]) -> None:
    """Return once other pictures have taken the place of these."""
    expect(page.locator(GRIDS).first).not_to_have_attribute("src", before[0], timeout=WAIT_MILLISECONDS)
    wait_until_loaded(page)


def upload(page: Page, path: Path, content: bytes) -> None:
    """Choose another file, as a visitor does: take the photo away first, or press the phone's button."""
    path.write_bytes(content)
    if page.locator("#photo").is_visible():
        page.locator('#photo button[aria-label="Remove Image"]').click()
        page.locator("#photo input[type=file]").set_input_files(path)
    else:
        with page.expect_file_chooser() as chooser:
            page.locator("#camera").click()
        chooser.value.set_files(path)


def show(page: Page, path: Path, content: bytes) -> None:
    """Choose another file, and wait for its layers."""
    before = sources(page)
    upload(page, path, content)
    wait_for_others(page, before)


def answer_of(page: Page) -> str:
    """Give the answer that the page states."""
    return page.locator("#answer .label").inner_text()


def open_channels(page: Page, name: str | None = None) -> None:
    """Open the channel explorer, at a layer."""
    page.get_by_role("tab", name="Channels").click()
    expect(page.locator(".channels .tiles")).to_be_attached()
    wait_for_channels(page)
    if name is not None:
        choose_layer(page, name)


def reset_channels(page: Page) -> None:
    """Put the channel explorer back as it was at first, at its first layer."""
    if page.locator(".channels dialog").is_visible():
        page.keyboard.press("Escape")
    page.set_viewport_size(DESKTOP)
    page.mouse.move(1, 1)
    page.evaluate(RESET)
    wait_for_channels(page)


def choose_layer(page: Page, name: str) -> None:
    """Choose a layer in the channel explorer, and wait for it."""
    page.locator(".channels [name=layer]").select_option(name)
    wait_for_channels(page)


def wait_for_channels(page: Page) -> None:
    """Return once the channel explorer shows the layer that was chosen."""
    page.wait_for_function("() => document.querySelector('.channels:not(.waiting) :is(.tile, .sum table)')")
    expect(page.locator(".channels .caption")).not_to_contain_text("…", timeout=WAIT_MILLISECONDS)


def open_why(page: Page) -> None:
    """Open the tab on the why, and wait for its maps."""
    page.get_by_role("tab", name="Why").click()
    wait_for_maps(page)


def wait_for_maps(page: Page) -> None:
    """Return once every method that is chosen shows its maps."""
    page.wait_for_function("""() => {
        const rows = [...document.querySelectorAll('.why .method')];
        return rows.length > 0 && rows.every(row => row.querySelector('.maps canvas'));
    }""")


def open_comparison(page: Page) -> None:
    """Open the tab of two photos, and wait for its channels."""
    page.get_by_role("tab", name="Two photos").click()
    expect(page.locator(".comparison .pairs")).to_be_attached()
    wait_for_pairs(page)


def wait_for_pairs(page: Page) -> None:
    """Return once the layer of both photos that was chosen is shown."""
    page.wait_for_function("() => document.querySelector('.comparison .pair')")
    expect(page.locator(".comparison .caption")).not_to_contain_text("…", timeout=WAIT_MILLISECONDS)


def tile(page: Page, channel: int) -> Locator:
    """Find a channel's tile."""
    return page.locator(f'.channels .tile[data-channel="{channel}"]')


def shown_channels(page: Page) -> list[int]:
    """Give the channels that have tiles, in order."""
    return list(
        page.locator(".channels .tile").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.channel))")
    )


def canvas_pixels(canvas: Locator) -> NDArray[np.uint8]:
    """Read the pixels of a canvas: shape (rows, columns, 4), red, green, blue and opacity."""
    encoded = canvas.evaluate("canvas => canvas.toDataURL('image/png')")
    picture = Image.open(io.BytesIO(base64.b64decode(encoded.partition(",")[2])))
    return np.asarray(picture.convert("RGBA"))


def read_number(text: str) -> float:
    """Read a number as the page writes it."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))
