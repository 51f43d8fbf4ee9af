"""Benchmark: how smoothly are a camera and a brush followed, and what do cameras take from a visitor's photo?

    python -m benchmarks.live

camera: Chromium holds a test picture before its camera for 20 seconds. Each time is that from one answer, drawn with
all tiles, to the next; bare is Keras's own pass over such a picture, in the same run.
crowd: ten cameras, each with an address of its own, ask for the next picture as soon as the last one is answered.
photo: /visualize about photos that are new to the server, from another address, alone and beside the ten cameras.
cores: processor time of the server and its decoders beside the ten cameras, for each second.
"""

import base64
import json
import threading
import time
import uuid
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

import cnnviz
from benchmarks.application import HOST, running_app
from benchmarks.crowd import VISITOR, Caller, processor_seconds, visit
from benchmarks.page import find_browser
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table

CAMERAS = [f"127.0.0.{10 + number}" for number in range(10)]
SECONDS = 20
FLAGS = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
FOLLOW = """seconds => new Promise(done => {
    const times = [];
    const tiles = document.querySelectorAll('.studio .tiles img');
    const note = async () => {
        await Promise.all([...tiles].map(tile => tile.decode()));
        times.push(performance.now() / 1000);
    };
    new MutationObserver(note).observe(tiles[0], {attributes: true, attributeFilter: ['src']});
    setTimeout(() => done(times), 1000 * seconds);
})"""


def print_camera(port: int) -> None:
    """Hold a picture before a camera, and print how it is followed."""
    network = cnnviz.load().network
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"http://{HOST}:{port}")
        page.wait_for_selector("#strip .selected")
        page.locator('[data-live="camera"]').click()
        page.wait_for_selector(".studio .tiles img[src]")
        times = page.evaluate(FOLLOW, SECONDS)
        browser.close()
    batch = np.zeros((1, *network.preprocessing.shape), np.float32)
    passes = []
    for _ in range(30):
        start = time.perf_counter()
        network.model(batch)
        passes.append(time.perf_counter() - start)
    between, bare = np.diff(times), median(passes)
    rows = [("camera", "pictures a second", "median ms", "95% ms", "median / bare")]
    slow = np.quantile(between, 0.95)
    figures = (1 / np.median(between), 1e3 * np.median(between), 1e3 * slow, np.median(between) / bare)
    rows.append((f"{SECONDS} s", *(f"{figure:.1f}" for figure in figures)))
    print_table(rows)


@dataclass
class Camera:
    """A program that asks as the page's camera does.

    Args:
        caller: Where it calls from.
        function: The number of the page's question.
        question: What it asks.
    """

    caller: Caller
    function: int
    question: dict[str, Any]
    num_answers: int = 0
    is_on: bool = True

    def run(self) -> None:
        """Ask, until it is switched off."""
        session = uuid.uuid4().hex
        while self.is_on:
            asked = {**self.question, "number": self.num_answers}
            body = {"fn_index": self.function, "data": [], "event_data": asked, "session_hash": session}
            path = "/gradio_api/queue/"
            self.caller.request("POST", f"{path}join", json.dumps(body).encode(), "application/json")
            self.caller.connection.request("GET", f"{path}data?session_hash={session}")
            stream = self.caller.connection.getresponse()
            answer = next(line for line in stream if b"process_completed" in line)
            self.caller.connection.close()  # as a browser does: the server waits for that
            if b'"pictures"' not in answer:
                raise RuntimeError(f"The camera got no answer: {answer!r}")
            self.num_answers += 1


def make_cameras(port: int) -> list[Camera]:
    """Make the cameras, each with a picture of its own."""
    page = json.loads(Caller(port).request("GET", "/config")[1])
    (function,) = [each["id"] for each in page["dependencies"] if each["api_name"] == "live_look"]
    layers = [layer.name for layer in cnnviz.load().network.layers][:-1]
    cameras = []
    for number, address in enumerate(CAMERAS):
        picture = "data:image/jpeg;base64," + base64.b64encode(photo_jpeg(900 + number, 256)).decode()
        question = {"picture": picture, "colormap": "magma", "layers": layers}
        cameras.append(Camera(Caller(port, address), function, question))
    return cameras


def print_crowd(port: int, pid: int) -> None:
    """Let cameras look, show photos meanwhile, and print what each got."""
    visitor, cameras = Caller(port, VISITOR), make_cameras(port)
    visit(visitor, 0)
    alone = visit(visitor, 1000)
    threads = [threading.Thread(target=camera.run, daemon=True) for camera in cameras]
    for thread in threads:
        thread.start()
    time.sleep(1)
    first, busy, start = sum(camera.num_answers for camera in cameras), processor_seconds(pid), time.perf_counter()
    time.sleep(SECONDS)
    seconds = time.perf_counter() - start
    cores = (processor_seconds(pid) - busy) / seconds
    pictures = (sum(camera.num_answers for camera in cameras) - first) / seconds
    beside = visit(visitor, 2000)
    for camera in cameras:
        camera.is_on = False
    for thread in threads:
        thread.join()
    shares = [camera.num_answers for camera in cameras]
    print_table(
        [
            ("ten cameras", "pictures a second, together", "most / fewest", "cores"),
            ("", f"{pictures:.1f}", f"{max(shares) / min(shares):.1f}", f"{cores:.2f}"),
        ]
    )
    print_table(
        [
            ("a visitor's photo", "median ms", "slowest ms"),
            *(
                (name, f"{1e3 * median(times):.0f}", f"{1e3 * max(times):.0f}")
                for name, times in {"alone": alone, "beside ten cameras": beside}.items()
            ),
        ]
    )
    print(f"beside ten cameras / alone: {median(beside) / median(alone):.1f}")


def main() -> None:
    """Measure and print."""
    with running_app() as (port, pid):
        print_camera(port)
        print()
        print_crowd(port, pid)


if __name__ == "__main__":
    main()
