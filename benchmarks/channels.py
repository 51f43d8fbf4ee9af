"""Benchmark: how long does a visitor wait in the channel explorer, and does it stay smooth and small?

    python -m benchmarks.channels

Chromium opens the explorer on the embedded model.
tiles: the time from the choice of a layer until all its tiles are drawn, compared with the bare forward pass; the two
are measured in turn.
pull: the time to switch all channels of a layer off one at a time, as the library does it, compared with the bare
forward pass.
pointing: frames per second while the pointer moves without a pause, over the 32 maps of 148x148 of conv2d_1 and over
the photo. Chromium shows at most 60.
memory: the memory of the page's JavaScript after garbage collection, the number of nodes of the document, and the
memory of the server's process, while layers are chosen.
"""

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

import cnnviz
from benchmarks.application import running_app
from benchmarks.page import BROWSERS, MEBIBYTE, SCREENS, open_page
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table, time_in_turn
from cnnviz.result.channel_scores import channel_effects

ROUNDS = 7
SECONDS = 4
NUM_SWITCHES, COUNTED = 60, (10, 30, 60)
LAYERS = ("conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "flatten_1", "dense_1")
POINTED_AT = {
    "tiles, with a box on the photo": ".channels .tiles",
    "the photo, with units lit up": ".channels .sight img",
}
SPEED = np.array([0.0071, 0.0113])
"""Distance that the pointer moves at each step, as shares of the width and height."""

CHOOSE = """async name => {
    const select = document.querySelector('.channels [name=layer]');
    select.value = name;
    select.dispatchEvent(new Event('input', {bubbles: true}));
    const drawn = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    do await drawn(); while (document.querySelector('.channels.waiting'));
    await drawn();
}"""
COUNT = """seconds => {
    window.intervals = new Promise(resolve => {
        const times = [];
        const count = now => {
            times.push(now);
            if (now - times[0] < 1000 * seconds) requestAnimationFrame(count);
            else resolve(times.slice(1).map((time, index) => time - times[index]));
        };
        requestAnimationFrame(count);
    });
}"""


def print_tiles(page: Page, explorer: cnnviz.Explorer) -> None:
    """Compare the time to choose each layer with the bare forward pass."""
    batch = np.zeros((1, 150, 150, 3), np.float32)
    tasks: dict[str, Any] = {"forward pass": lambda: explorer.network.activations(batch)}
    tasks |= {name: lambda name=name: page.evaluate(CHOOSE, name) for name in LAYERS}
    print_ratios("tiles", time_in_turn(tasks, ROUNDS))


def print_effects(explorer: cnnviz.Explorer) -> None:
    """Compare the time for the effects of all channels of a layer with the bare forward pass."""
    result = explorer(photo_jpeg(256, 256, 1))
    batch = explorer.network.preprocessing([result.photo])
    tasks: dict[str, Any] = {"forward pass": lambda: explorer.network.activations(batch)}
    tasks |= {name: lambda name=name: channel_effects(explorer.network, result, name) for name in LAYERS}
    print_ratios("pull", time_in_turn(tasks, ROUNDS))


def print_ratios(title: str, seconds: dict[str, float]) -> None:
    """Print times, and their ratios to the first one."""
    floor, *_ = seconds.values()
    print_table([(title, "ms", "x"), *((name, f"{1e3 * s:.0f}", f"{s / floor:.1f}") for name, s in seconds.items())])


def print_frames(page: Page) -> None:
    """Count the frames that are drawn while the pointer moves."""
    page.evaluate(CHOOSE, "conv2d_1")
    rows = [("pointing at", "frames a second", "95% of frames within, ms")]
    for name, part in POINTED_AT.items():
        page.locator(part).scroll_into_view_if_needed()
        area = page.locator(part).bounding_box() or {}
        corner = np.array([area["x"], max(area["y"], 0)])
        size = np.array([area["width"], min(area["height"], page.evaluate("innerHeight") - corner[1])])
        page.evaluate(COUNT, SECONDS)
        end, step = time.perf_counter() + SECONDS, 0
        while time.perf_counter() < end:
            step += 1
            x, y = corner + size * (step * SPEED % 1)
            page.mouse.move(x, y)
        intervals = np.array(page.evaluate("window.intervals"))
        rows.append((name, f"{1e3 / intervals.mean():.0f}", f"{np.quantile(intervals, 0.95):.0f}"))
    print_table(rows)


def print_memory(page: Page, session: CDPSession, process: int) -> None:
    """Choose many layers, and print the memory of page and server after some of them."""
    session.send("Performance.enable")
    rows = [("layers chosen", "MiB of JavaScript", "nodes", "MiB of the server")]
    for number in range(1, NUM_SWITCHES + 1):
        page.evaluate(CHOOSE, LAYERS[number % len(LAYERS)])
        if number in COUNTED:
            session.send("HeapProfiler.collectGarbage")
            metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
            held = f"{metrics['JSHeapUsedSize'] / MEBIBYTE:.1f}", f"{metrics['Nodes']:.0f}"
            rows.append((str(number), *held, f"{resident_bytes(process) / MEBIBYTE:.0f}"))
    print_table(rows)


def resident_bytes(process: int) -> int:
    """Return the memory of a process, in bytes."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def main() -> None:
    """Measure and print."""
    explorer = cnnviz.load()
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with running_app() as (port, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page, session, _ = open_page(browser, port, SCREENS["1280 x 800"])
        page.get_by_role("tab", name="Channels").click()
        page.wait_for_selector(".channels .tile")
        print_tiles(page, explorer)
        print()
        print_frames(page)
        print()
        print_memory(page, session, process)
        browser.close()
    print()
    print_effects(explorer)


if __name__ == "__main__":
    main()
