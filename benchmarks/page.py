"""Benchmark: how long does a visitor wait, how much is sent, and does the memory of an open page grow?

    python -m benchmarks.page
    python -m benchmarks.page --model MobileNetV2

The second is about a network of keras.applications with random weights, or about a model file or folder.
Chromium opens the page; different photos are dropped on it, one after the other.
answer: the time from the drop until the new answer is drawn; with --model also in bare passes, Keras's own over one
photo, once 300 ms are off. tiles: until all tiles of the strip are drawn too, for visitors who ask for less motion;
for others they appear within another 0.7 seconds. grids: until the layers in view, or near it, are also drawn.
bytes: everything that the browser received, compressed as it was sent, until nothing more came.
memory: the memory of the page's JavaScript after garbage collection, and the number of nodes of the document.
"""

import argparse
import base64
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

import cnnviz
from benchmarks.application import HOST, running_app
from benchmarks.job import do_job
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table, time_in_turn
from cnnviz.base.figures import count

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SCREENS = {"1280 x 800": (1280, 800, 1), "390 x 844": (390, 844, 2)}
ROUNDS = 15
NUM_PHOTOS, WARM_UP = 100, 10
QUIET_MILLISECONDS = 800
MEBIBYTE = 2**20
PHOTO_EDGE = 256
LARGE_EDGE = 1900
"""Side of a photo whose JPEG has about 1 MB, in pixels."""

DROP = """async ([content, name]) => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: 'image/jpeg'}));
    const drawn = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    const changed = async (selector, before) => {
        while (document.querySelector(selector)?.src === before) await new Promise(requestAnimationFrame);
    };
    const parts = ['#answer .frame img', '#strip .photo img', '#layers .grid'];
    const before = parts.map(selector => document.querySelector(selector).src);
    const start = performance.now();
    const since = async images => {
        await Promise.all(images.map(image => image.decode()));
        await drawn();
        return (performance.now() - start) / 1000;
    };
    document.querySelector('#photo').dispatchEvent(
        new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
    await changed(parts[0], before[0]);
    const answer = await since([document.querySelector(parts[0])]);
    await changed(parts[1], before[1]);
    const tiles = await since([...document.querySelectorAll('#strip img')]);
    await changed(parts[2], before[2]);
    const near = [...document.querySelectorAll('#layers .grid')]
        .filter(image => image.getBoundingClientRect().top < 2 * innerHeight);
    return [answer, tiles, await since(near)];
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


def find_browser() -> str:
    """Return the path of the first browser that is there."""
    return next(filter(None, map(shutil.which, BROWSERS)))


def drop(page: Page, seed: int, edge: int = PHOTO_EDGE) -> list[float]:
    """Drop a new photo; return the seconds until answer, tiles and grids are drawn."""
    content = base64.b64encode(photo_jpeg(edge, edge, seed)).decode()
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


def find_model(name: str, folder: Path) -> Path:
    """Return a model's file, or build a known network with random weights and save it."""
    if Path(name).exists():
        return Path(name)
    path = folder / f"{name}.keras"
    getattr(keras.applications, name)(weights=None).save(path)
    return path


def measure_pass(path: Path) -> float:
    """Return the seconds of Keras's own compiled pass over one photo."""
    network = cnnviz.load(path).network
    batch = np.zeros((1, *network.preprocessing.shape), np.float32)
    return time_in_turn({"pass": lambda: network.model.predict_on_batch(batch)}, ROUNDS)["pass"]


def print_model(browser: Any, name: str) -> None:
    """Measure what a visitor of a model's page waits for, and what is sent."""
    with TemporaryDirectory() as folder:
        path = find_model(name, Path(folder))
        forward = measure_pass(path)
        classes = ("--classes", "imagenet") if path.parent == Path(folder) else ()
        with running_app("--model", str(path), *classes) as (port, _):
            start = time.perf_counter()
            page, _, received = open_page(browser, port, SCREENS["1280 x 800"])
            opened = time.perf_counter() - start - QUIET_MILLISECONDS / 1e3
            first = sum(received.values())
            height = page.evaluate("document.documentElement.scrollHeight")
            waits, sent = [], []
            for number in range(ROUNDS):
                received.clear()
                waits.append(drop(page, number, LARGE_EDGE))
                page.wait_for_timeout(QUIET_MILLISECONDS)
                sent.append(sum(received.values()))
    answer, tiles, grids = map(median, zip(*waits[1:], strict=True))
    megabytes = len(photo_jpeg(LARGE_EDGE, LARGE_EDGE)) / 1e6
    passes = (answer - 0.3) / forward
    print_table(
        [
            (name, ""),
            ("bare pass", f"{1e3 * forward:.0f} ms"),
            ("page opened and strip lit", f"{opened:.1f} s"),
            ("received for it, then for each photo", f"{first / 1e6:.2f} MB, {median(sent) / 1e6:.2f} MB"),
            ("height of the page", f"{count(height)} pixels"),
            (f"a JPEG of {megabytes:.1f} MB dropped: answer", f"{1e3 * answer:.0f} ms: 300 ms and {passes:.1f} passes"),
            ("... strip", f"{1e3 * tiles:.0f} ms"),
            ("... grids in sight", f"{1e3 * grids:.0f} ms"),
        ]
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page")
    parser.add_argument("--model", help="a network of keras.applications, or a model file or folder")
    name = parser.parse_args(arguments).model
    if name:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            print_model(browser, name)
            browser.close()
        return
    with running_app() as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-background-networking"]
        )
        page, session, _ = open_page(browser, port, SCREENS["1280 x 800"])
        print_waits(page)
        print()
        print_bytes(browser, port)
        print()
        print_memory(page, session)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
