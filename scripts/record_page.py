"""Records README's animated picture from the real page, and takes the pictures of docs/page.md.

    python -m scripts.record_page
    python -m scripts.record_page docs --still      only the pictures that do not move

Needs Chromium. The photos are the page's own examples, which anybody may show.
"""

import argparse
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.application import HOST, running_app
from benchmarks.page import find_browser

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ANIMATED_SIZE = (960, 600)
QUALITY = 74
MAX_BYTES = 3_000_000
STRIP = ("conv2d_1", "max_pooling2d_1", "conv2d_2", "max_pooling2d_2", "conv2d_3", "max_pooling2d_3", "conv2d_4")
ALL_SHOWN = """() => [...document.images].every(({complete, loading}) => complete || loading === 'lazy')"""
REST_MS = 300
SHORT_MS, MEDIUM_MS, LONG_MS = 350, 1200, 2200
NUM_STEPS = 5
"""Steps of the way back from the answer that are recorded."""

MOMENT = 4
"""The moment of the training that is shown."""


class Recording:
    """Pictures of a page, each with the time that it is shown.

    Args:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        """Begin without pictures."""
        self.page = page
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def keep(self, milliseconds: int) -> None:
        """Take a picture of what is seen now, to be shown for so long."""
        rest(self.page)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.frames.append(picture.resize(ANIMATED_SIZE, Image.Resampling.LANCZOS))
        self.milliseconds.append(milliseconds)

    def save(self, path: Path) -> None:
        """Write an animated WebP file."""
        first, *others = self.frames
        options: dict[str, Any] = {"duration": self.milliseconds, "loop": 0, "quality": QUALITY, "method": 6}
        first.save(path, save_all=True, append_images=others, **options)
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SystemExit(f"{path} has {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} are allowed.")


def rest(page: Page) -> None:
    """Wait until nothing moves and every picture in sight is there."""
    page.wait_for_function(ALL_SHOWN)
    page.wait_for_timeout(REST_MS)


def bring_up(page: Page, part: Locator, above: int = 12) -> None:
    """Scroll so that a part stands at the top of the window."""
    part.scroll_into_view_if_needed()
    part.evaluate("(part, above) => scrollTo(0, scrollY + part.getBoundingClientRect().top - above)", above)


def open_page(browser: Any, port: int, path: str = "", **options: Any) -> Page:
    """Open the page, for a visitor who asks for less motion, and wait until it is there."""
    page: Page = browser.new_page(reduced_motion="reduce", **options)
    page.goto(f"http://{HOST}:{port}/{path}")
    page.wait_for_selector("#strip .selected")
    rest(page)
    return page


def record(page: Page, path: Path) -> None:
    """Record a visitor: strip, another photo, a channel, what carries the answer, a map, the way back, the brush."""
    recording = Recording(page)
    recording.keep(MEDIUM_MS)
    for name in STRIP:
        page.hover(f'#strip [data-layer="{name}"]')
        recording.keep(SHORT_MS)
    page.click('[data-example="1"]')
    page.locator("#answer", has_text="Cat ").wait_for()
    for name in STRIP:
        page.hover(f'#strip [data-layer="{name}"]')
        recording.keep(SHORT_MS)
    recording.keep(MEDIUM_MS)
    grid = page.locator('[data-name="conv2d_1"] .grid')
    bring_up(page, page.locator('[data-name="conv2d_1"]'), 90)
    box = grid.bounding_box()
    if box is None:
        raise SystemExit("The first layer is not on the page.")
    for x, y in ((0.2, 0.2), (0.45, 0.2), (0.45, 0.6), (0.7, 0.6)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        recording.keep(SHORT_MS)
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"])
    page.wait_for_selector(".channels dialog[open]")
    recording.keep(LONG_MS)
    page.keyboard.press("Escape")
    page.locator(".channels [name=layer]").select_option("conv2d_4")
    page.wait_for_selector('.channels .tile[data-channel="127"]')
    bring_up(page, page.locator(".channels .bench"))
    recording.keep(MEDIUM_MS)
    page.click("[data-switch=strongest]")
    page.wait_for_selector(".channels .evidence")
    recording.keep(LONG_MS)
    page.click("[data-switch=reset]")
    page.locator("#why-tab-button").click()
    page.wait_for_selector(".why .method .curves")
    bring_up(page, page.locator(".why .rows"))
    recording.keep(LONG_MS)
    page.evaluate("scrollTo(0, 0)")
    page.click("[data-follow=answer]")
    for number in range(1, NUM_STEPS + 1):
        page.locator(f".way .path li:nth-child({number})").wait_for()
        recording.keep(MEDIUM_MS if number < NUM_STEPS else LONG_MS)
        if number < NUM_STEPS:
            page.locator(".way .terms button").first.click()
    page.locator(".way [data-close]").click()
    recording.keep(SHORT_MS)
    page.click('[data-live="brush"]')
    page.wait_for_selector(".studio .tiles img[src]")
    recording.keep(MEDIUM_MS)
    for row in (0.25, 0.38, 0.51):
        paint(page, (0.1, row), (0.9, row))
        recording.keep(SHORT_MS)
    recording.keep(LONG_MS)
    recording.save(path)


def paint(page: Page, *places: tuple[float, float]) -> None:
    """Draw a stroke through places, given as shares of the picture's width and height, and wait for the answer."""
    box = page.locator(".studio canvas").bounding_box()
    if box is None:
        raise SystemExit("There is nothing to paint on.")
    answer = page.locator(".studio .evidence").element_handle()
    for number, (x, y) in enumerate(places):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not number:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_function("answer => !answer.isConnected", arg=answer)  # there is another one
    rest(page)


def photograph(browser: Any, port: int, folder: Path) -> None:
    """Take the pictures of the page and its tabs."""

    def take(name: str, path: str, prepare: Callable[[Page], None] = lambda page: None, **options: Any) -> None:
        page = open_page(browser, port, path, **{"viewport": DESKTOP, **options})
        prepare(page)
        rest(page)
        page.screenshot(path=folder / f"{name}.png")
        page.close()

    def show_channels(page: Page) -> None:
        page.locator(".channels [name=order]").select_option("effects")
        page.wait_for_function("() => !document.querySelector('.channels .caption').textContent.includes('…')")
        bring_up(page, page.locator(".channels"))
        page.hover(".channels .tile >> nth=0")

    def show_why(page: Page) -> None:
        page.locator(".why .method .curves").nth(1).wait_for()
        bring_up(page, page.locator(".why .rows"))

    def show_pair(page: Page) -> None:
        page.locator("#comparison").get_by_role("button").first.wait_for()
        page.locator("#comparison [data-example]").nth(1).click()
        page.wait_for_selector("#comparison .pair canvas")
        bring_up(page, page.locator("#comparison"))

    def follow_back(page: Page) -> None:
        for number in (2, 3):
            page.locator(f".way .path li:nth-child({number})").wait_for()
            if number == 2:
                page.locator(".way .terms button").first.click()
        page.locator(".way [data-off]").click()
        page.locator(".way .loss").wait_for()

    def show_learning(page: Page) -> None:
        part = page.locator(".learned")
        part.locator("input[type=range]").fill(str(MOMENT))
        part.locator(".curve svg").wait_for()
        bring_up(page, part)

    def cover_a_part(page: Page) -> None:
        page.wait_for_selector(".studio .tiles img[src]")
        paint(page, (0.77, 0.12), (0.9, 0.25))
        paint(page, (0.7, 0.22), (0.88, 0.38))

    take("page", "")
    take("page-phone", "?example=Tower", viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    take("channels", "?layer=conv2d_4", show_channels)
    take("why", "?tab=why", show_why)
    take("follow", "?follow=answer&follow=dense_1*192", follow_back)
    take("brush", "?live=brush", cover_a_part)
    take("two-photos", "?tab=comparison", show_pair)
    take("network", "?tab=network", lambda page: bring_up(page, page.locator("#evidence")))
    take("learned", "?tab=network", show_learning)
    take("atlas", "?tab=network", lambda page: bring_up(page, page.locator("#atlas").get_by_text("conv2d_3")))


def main() -> None:
    """Start the page, and take all pictures."""
    parser = argparse.ArgumentParser(description="Record README's animated picture, and take those of the page.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs"), help="where they are written")
    parser.add_argument("--still", action="store_true", help="only those that do not move")
    arguments = parser.parse_args()
    if not shutil.which(find_browser()):
        raise SystemExit("Chromium is needed.")
    with running_app() as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        photograph(browser, port, arguments.folder)
        if not arguments.still:
            record(open_page(browser, port, viewport=DESKTOP), arguments.folder / "page.webp")
        browser.close()


if __name__ == "__main__":
    main()
