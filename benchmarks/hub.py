"""Benchmark: the time for a pinned model, for publishing, for a new version under load, and for a Hub that is down.

    python -m benchmarks.hub

The Hub is the tests' server on this machine, so only the time of cnnviz and of the Hub's client is measured.
pinned: a model that was downloaded before and is named by its commit, compared with the embedded model; in one process
that loads both in turn, and in new processes.
publish: checking, verifying, trying and uploading a folder, compared with the client's own upload of it.
swap: eight clients send requests without a pause while new versions are published. Each request is timed; it belongs to
a swap if it ran between the publishing and the new version's first answer.
start: the time until the page is served, with the model in the cache or not, while the Hub answers, refuses or is
silent.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.application import running_app
from benchmarks.photos import cheetah_jpeg
from benchmarks.server import KeepAliveClient
from benchmarks.timing import print_table, time_in_turn
from tests.hub_server import Fault, Hub, serve_models

REPOSITORY = "user/cats-and-dogs"
ROUNDS = 5
NUM_CLIENTS, NUM_SWAPS = 8, 5
QUIET_SECONDS = 10.0
WAIT_SECONDS = 60.0
HUB_WAIT_SECONDS = 5
POLL_SECONDS = 0.1


def environment(hub: Hub, home: Path) -> dict[str, str]:
    """Return the environment variables that direct a process to the Hub, and to a separate cache."""
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "hf_writer"}


def print_pinned(hub: Hub, home: Path, bundled: Path) -> None:
    """Compare a pinned model in the cache with the embedded one."""
    import cnnviz

    pinned = f"{REPOSITORY}@{hub.add(REPOSITORY, bundled).oid}"
    cnnviz.load(pinned)
    before = len(hub.requests)
    warm = time_in_turn({"embedded": cnnviz.load, "pinned": lambda: cnnviz.load(pinned)})
    cold = time_in_turn({"embedded": fresh(hub, home, ""), "pinned": fresh(hub, home, repr(pinned))}, ROUNDS)
    rows = [("load a model", "embedded, ms", "pinned in the cache, ms", "more, ms", "requests")]
    for name, seconds in (("again in one process", warm), ("in a fresh process", cold)):
        embedded, other = seconds["embedded"] * 1e3, seconds["pinned"] * 1e3
        more = f"{other - embedded:+.0f}"
        rows.append((name, f"{embedded:.0f}", f"{other:.0f}", more, str(len(hub.requests) - before)))
    print_table(rows)


def fresh(hub: Hub, home: Path, model: str) -> Callable[[], object]:
    """Return a task that loads a model in a new process."""
    command = [sys.executable, "-c", f"import cnnviz, os; cnnviz.load({model}); os._exit(0)"]
    own = {**os.environ, **environment(hub, home)}
    return lambda: subprocess.run(command, env=own, check=True, stderr=subprocess.DEVNULL)


def print_publishing(bundled: Path) -> None:
    """Compare publishing with the client's own upload."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    from cnnviz.hub.publish import publish

    disable_progress_bars()
    api = HfApi()
    number = iter(range(1000))

    def upload() -> None:
        name = f"user/plain-{next(number)}"
        api.create_repo(name)
        api.upload_folder(repo_id=name, folder_path=bundled)

    seconds = time_in_turn({"plain": upload, "ours": lambda: publish(bundled, f"user/ours-{next(number)}")}, ROUNDS)
    size = sum(file.stat().st_size for file in bundled.iterdir()) / 1e6
    print_table(
        [
            (f"publish {size:.0f} MB", "ms", "x plain"),
            ("the client's own upload_folder", f"{seconds['plain'] * 1e3:.0f}", "1.0"),
            ("checked, verified, tried, published, tagged", f"{seconds['ours'] * 1e3:.0f}", ratio(seconds)),
        ]
    )


def ratio(seconds: dict[str, float]) -> str:
    """Return the ratio of the two times as text."""
    return f"{seconds['ours'] / seconds['plain']:.1f}"


class Visitors:
    """Clients that send requests without a pause.

    Args:
        port: The port of the application.
    """

    def __init__(self, port: int) -> None:
        """Start the clients."""
        self.port = port
        self.times: list[tuple[float, float]] = []  # the start of each request, and its duration
        self.failures: list[str] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(NUM_CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the clients, and wait for their last requests."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _visit(self) -> None:
        client, photo = KeepAliveClient(self.port), cheetah_jpeg()
        while not self._is_over.is_set():
            start = time.perf_counter()
            try:
                client.visualize(photo)
            except (OSError, RuntimeError, ValueError) as error:
                self.failures.append(str(error))
            self.times.append((start, time.perf_counter() - start))


def serving(port: int) -> str:
    """Ask the application for the commit of its model."""
    client = KeepAliveClient(port)
    event = json.loads(client.request("POST", "/call/v2/model", b"{}", "application/json"))["event_id"]
    stream = client.request("GET", f"/call/model/{event}").decode()
    commit = json.loads(stream.strip().split("\n")[-1].removeprefix("data: "))[0]["source"]["commit"]
    return str(commit)


def print_swaps(hub: Hub, home: Path, bundled: Path) -> None:
    """Publish new versions while clients send requests."""
    hub.add(REPOSITORY, bundled)
    spans = []
    with running_app("--model", REPOSITORY, "--look-every", "1", **environment(hub, home)) as (port, _):
        visitors = Visitors(port)
        time.sleep(QUIET_SECONDS)
        for _ in range(NUM_SWAPS):
            start = time.perf_counter()
            commit = hub.add(REPOSITORY, bundled).oid
            while serving(port) != commit:
                time.sleep(POLL_SECONDS)
                if time.perf_counter() - start > WAIT_SECONDS:
                    raise TimeoutError(f"{commit} was not served within {WAIT_SECONDS:.0f} s.")
            spans.append((start, time.perf_counter()))
            time.sleep(QUIET_SECONDS / NUM_SWAPS)
        visitors.stop()
    during, ordinary = [], []
    for start, seconds in visitors.times:
        is_during = any(start < end and start + seconds > begin for begin, end in spans)
        (during if is_during else ordinary).append(seconds)
    head = f"{NUM_CLIENTS} clients, {NUM_SWAPS} swaps"
    rows = [(head, "requests", "lost", "median, ms", "slowest, ms", "x ordinary")]
    for name, times in (("ordinary", ordinary), ("from publishing until the new version answers", during)):
        slowest = max(times)
        own = f"{slowest / max(ordinary):.2f}"
        rows.append((name, str(len(times)), "", f"{median(times) * 1e3:.0f}", f"{slowest * 1e3:.0f}", own))
    rows.append(("all", str(len(visitors.times)), str(len(visitors.failures)), "", "", ""))
    print_table(rows)
    delay = (max(during) - median(ordinary)) / max(ordinary)
    print(f"Longest delay, above the ordinary median / the slowest ordinary request: {delay:.2f}.")
    print(f"From publishing until it answers, looking every second: {median(e - b for b, e in spans):.1f} s.")


def start_app(hub: Hub, home: Path, *flags: str) -> Callable[[], object]:
    """Return a task that starts the application and waits until it answers."""

    def start() -> None:
        with running_app(*flags, **environment(hub, home)):
            pass

    return start


def print_starts(hub: Hub, home: Path) -> None:
    """Start the page with the Hub up and down."""
    pinned = f"{REPOSITORY}@{hub.repositories[REPOSITORY].branches['main']}"
    empty = home.with_name("empty")
    wait = ("--hub-wait", str(HUB_WAIT_SECONDS))
    with serve_models() as silent, down() as refusing:
        silent.faults = [Fault("GET", "/api/models", times=10_000, stall=HUB_WAIT_SECONDS + 2)]
        tasks = {
            "embedded": start_app(hub, home),
            "pinned, in the cache": start_app(hub, home, "--model", pinned),
            "a branch, in the cache, the Hub answers": start_app(hub, home, "--model", REPOSITORY),
            "a branch, in the cache, the Hub is down": start_app(refusing, home, "--model", REPOSITORY),
            "a branch, not in the cache, the Hub is down": start_app(refusing, empty, "--model", REPOSITORY),
            f"a branch, in the cache, the Hub is silent, --hub-wait {HUB_WAIT_SECONDS}": start_app(
                silent, home, "--model", REPOSITORY, *wait
            ),
        }
        seconds = time_in_turn(tasks, 3)
    embedded = seconds["embedded"]
    rows = [(name, f"{each:.1f}", f"{each - embedded:+.1f}") for name, each in seconds.items()]
    print_table([("start the page with", "s", "more, s"), *rows])


@contextmanager
def down() -> Iterator[Hub]:
    """Yield a Hub whose address has no server."""
    with serve_models() as gone:
        pass
    yield gone


def main() -> None:
    """Measure and print."""
    from huggingface_hub import constants

    with tempfile.TemporaryDirectory() as folder, serve_models() as hub:
        home = Path(folder) / "home"
        own = environment(hub, home)
        if hub.url != constants.ENDPOINT:  # the client reads it only once, when it is imported
            os.environ.update(own)
            constants.ENDPOINT, constants.HF_HUB_CACHE = hub.url, str(home / "hub")
            constants.HUGGINGFACE_CO_URL_TEMPLATE = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
            constants.HF_HUB_DISABLE_XET = True
        from cnnviz.explorer.loading import BUNDLED_FOLDER

        bundled = Path(shutil.copytree(BUNDLED_FOLDER, Path(folder) / "model"))
        for measure in (
            lambda: print_pinned(hub, home, bundled),
            lambda: print_publishing(bundled),
            lambda: print_swaps(hub, home, bundled),
            lambda: print_starts(hub, home),
        ):
            measure()
            print()


if __name__ == "__main__":
    main()
