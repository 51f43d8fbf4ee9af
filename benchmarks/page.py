"""Benchmark: how long does a visitor wait, how much is sent, and does the memory of an open page grow?

    python -m benchmarks.page

Chromium opens the page; different photos are dropped on it, one after the other.
answer: the time from the drop until the new answer is drawn. tiles: until all tiles of the strip are drawn too, for
visitors who ask for less motion; for others they appear within another 0.7 seconds. grids: until the layers in view, or
near it, are also drawn.
bytes: everything that the browser received, compressed as it was sent, until nothing more came.
memory: the memory of the page's JavaScript after garbage collection, and the number of nodes of the document.
"""

import base64
import shutil
import time
from collections import defaultdict
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

import cnnviz
from benchmarks.application import HOST, running_app
from benchmarks.job import do_job
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCREENS = {"1280 x 800": (1280, 800, 1), "390 x 844": (390, 844, 2)}
ROUNDS = 15
NUM_PHOTOS, WARM_UP = 100, 10
QUIET_MILLISECONDS = 800
MEBIBYTE = 2**20
PHOTO_EDGE = 256

DROP = """async ([content, name]) => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: 'image/jpeg'}));
    const drawn = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    const seen = document.querySelector('#answer .frame img');
    const before = seen.src;
    const start = performance.now();
    document.querySelector('#photo').dispatchEvent(
        new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
    await new Promise(resolve => new MutationObserver((_, observer) => {
        if (seen.src !== before) { observer.disconnect(); resolve(); }
    }).observe(seen, {attributes: true}));
    await seen.decode();
    await drawn();
    const answer = performance.now() - start;
    await Promise.all([...document.querySelectorAll('#strip img')].map(image => image.decode()));
    await drawn();
    const tiles = performance.now() - start;
    const near = [...document.querySelectorAll('#layers .grid')]
        .filter(image => image.getBoundingClientRect().top < 2 * innerHeight);
    await Promise.all(near.map(image => image.decode()));
    await drawn();
    return [answer, tiles, performance.now() - start].map(milliseconds => milliseconds / 1000);
}"""


def open_page(browser: Any, port: int, screen: tuple[int, int, int]) -> tuple[Page, CDPSession, dict[str, int]]:
    """Open the page, and count from the start the bytes that the browser receives for each request."""
    width, height, ratio = screen
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=ratio, reduced_motion="reduce"
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: dict[str, int] = defaultdict(int)

    def add(event: dict[str, Any]) -> None:
        received[event["requestId"]] += event["encodedDataLength"]

    def finish(event: dict[str, Any]) -> None:  # it has the total; a stream of answers stays open and never finishes
        received[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.dataReceived", add)
    session.on("Network.loadingFinished", finish)
    session.send("Network.enable")
    page.goto(f"http://{HOST}:{port}")
    page.wait_for_selector("#strip .selected")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    return page, session, received


def drop(page: Page, seed: int) -> list[float]:
    """Drop a new photo; return the seconds until answer, tiles and grids are drawn."""
    content = base64.b64encode(photo_jpeg(PHOTO_EDGE, PHOTO_EDGE, seed)).decode()
    return list(page.evaluate(DROP, [content, f"photo-{seed}.jpg"]))


def print_waits(page: Page) -> None:
    """Compare a visitor's waiting time with the job itself; both are measured in turn."""
    explorer = cnnviz.load()
    job, waits = [], []
    for number in range(ROUNDS + 1):
        content = photo_jpeg(PHOTO_EDGE, PHOTO_EDGE, 1000 + number)
        start = time.perf_counter()
        do_job(explorer, content)
        took = time.perf_counter() - start
        waited = drop(page, number)
        if number:
            job.append(took)
            waits.append(waited)
    rows = [("", "ms", "x job"), ("job, without server and browser", f"{median(job) * 1e3:.0f}", "1.0")]
    for name, seconds in zip(("answer", "tiles", "grids"), zip(*waits, strict=True), strict=True):
        rows.append((name, f"{median(seconds) * 1e3:.0f}", f"{median(seconds) / median(job):.1f}"))
    print_table(rows)


def print_bytes(browser: Any, port: int) -> None:
    """Count the bytes that are sent for the first screen, and for another photo."""
    rows = [("MB received", "first screen", "another photo")]
    for name, screen in SCREENS.items():
        page, _, received = open_page(browser, port, screen)
        first = sum(received.values())
        received.clear()
        page.evaluate("document.querySelector('[data-example=\"1\"]').click()")
        page.wait_for_timeout(3 * QUIET_MILLISECONDS)
        rows.append((name, f"{first / 1e6:.2f}", f"{sum(received.values()) / 1e6:.2f}"))
        page.context.close()
    print_table(rows)


def print_memory(page: Page, session: CDPSession) -> None:
    """Show many photos, and print the memory of the page after some of them."""
    session.send("Performance.enable")
    rows = [("photos", "MiB of JavaScript", "nodes")]
    for number in range(1, NUM_PHOTOS + 1):
        drop(page, 2000 + number)
        if number in (WARM_UP, NUM_PHOTOS // 2, NUM_PHOTOS):
            session.send("HeapProfiler.collectGarbage")
            metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
            rows.append((str(number), f"{metrics['JSHeapUsedSize'] / MEBIBYTE:.1f}", f"{metrics['Nodes']:.0f}"))
    print_table(rows)


def main() -> None:
    """Measure and print."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with running_app() as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page, session, _ = open_page(browser, port, SCREENS["1280 x 800"])
        print_waits(page)
        print()
        print_bytes(browser, port)
        print()
        print_memory(page, session)
        browser.close()


if __name__ == "__main__":
    main()
