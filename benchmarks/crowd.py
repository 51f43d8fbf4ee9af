"""Benchmark: what do many callers get, and what does one who floods the page take from the others?

    python -m benchmarks.crowd

crowd: 1, 4, 16 and 32 programs at the same time, by plain HTTP and by Gradio's clients for Python and JavaScript; each
asks /predict, /visualize, /channel, /ablate, /explain and /compare in turn, about photos of its own, and compares the
answer with the one that it got alone.
flood: 127.0.0.2 asks sixty times for the slowest work and never fetches an answer; 127.0.0.3 shows photos meanwhile.
cost: processor time of the server and its decoders for a photo that is new to it, answered alone or with all pictures.
afterwards: how long the last of the flood stays, and the memory of the server before and after.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from gradio_client import Client, handle_file

from benchmarks.application import HOST, running_app
from benchmarks.photos import photo_jpeg
from benchmarks.server import BOUNDARY, resident_megabytes
from benchmarks.timing import print_table

FLOODER, VISITOR = "127.0.0.2", "127.0.0.3"
NUM_FLOOD = 60
NUM_PHOTOS = 15
CROWDS = (1, 4, 16, 32)
ROUNDS = 2
PATIENCE_SECONDS = 600


Call = Callable[[], Any]


@dataclass
class Crowd:
    """What programs that call at the same time got.

    Args:
        times: Seconds of each call of each program.
        found: How many answers were right, lost or mixed up.
        seconds: Time of all together.
    """

    times: list[list[float]]
    found: Counter[str] = field(default_factory=Counter)
    seconds: float = 0


class Caller:
    """A program with an address of its own.

    Args:
        port: Of the application.
        address: Where it calls from.
    """

    def __init__(self, port: int, address: str = HOST) -> None:
        """Prepare the connection; each request opens it."""
        self.connection = HTTPConnection(HOST, port, source_address=(address, 0), timeout=PATIENCE_SECONDS)

    def request(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """Send a request, and return the status and the answer's body."""
        self.connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = self.connection.getresponse()
        status, content = answer.status, answer.read()
        self.connection.close()  # the server closes one that nobody uses for five seconds
        return status, content

    def upload(self, content: bytes) -> dict[str, str]:
        """Upload a photo, and return what names it in a call."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        _, paths = self.request("POST", "/gradio_api/upload", body, f"multipart/form-data; boundary={BOUNDARY}")
        return {"path": json.loads(paths)[0]}

    def begin(self, endpoint: str, *values: Any) -> tuple[int, str]:
        """Ask, and return the status and the name under which the answer is fetched."""
        body = json.dumps({"data": values}).encode()
        status, told = self.request("POST", f"/gradio_api/call/{endpoint}", body, "application/json")
        return status, json.loads(told).get("event_id", "")

    def call(self, endpoint: str, *values: Any) -> Any:
        """Ask and wait; None if the call was turned away or failed."""
        status, name = self.begin(endpoint, *values)
        if status != 200:
            return None
        _, stream = self.request("GET", f"/gradio_api/call/{endpoint}/{name}")
        event, data = stream.decode().strip().split("\n")[-2:]
        return json.loads(data.removeprefix("data: ")) if event == "event: complete" else None


def without_files(answer: Any) -> Any:
    """Leave the addresses of files away, which differ from call to call."""
    if isinstance(answer, dict):
        return {key: without_files(each) for key, each in answer.items() if key not in ("path", "url")}
    return [without_files(each) for each in answer] if isinstance(answer, list | tuple) else answer


def calls_by_http(port: int, photo: Path, other: Path, number: int) -> list[Call]:
    """List the calls of one program about photos that nobody else has, by plain HTTP."""
    caller = Caller(port)
    own, second = (caller.upload(path.read_bytes()) for path in (photo, other))
    return [partial(caller.call, *call) for call in calls_about(own, second, number)]


def calls_by_client(port: int, photo: Path, other: Path, number: int) -> list[Call]:
    """List the same calls, by Gradio's Python client."""
    client = Client(f"http://{HOST}:{port}", verbose=False, download_files=False)
    calls = calls_about(handle_file(photo), handle_file(other), number)
    return [partial(client.predict, *values, api_name=f"/{endpoint}") for endpoint, *values in calls]


def calls_about(photo: Any, other: Any, number: int) -> list[tuple[Any, ...]]:
    """List endpoints, each with its values; `benchmarks/crowd.js` has the same."""
    return [
        ("predict", photo),
        ("visualize", photo),
        ("channel", photo, "conv2d_3", number, None, None),
        ("ablate", photo, {"conv2d_4": [number]}),
        ("explain", photo, "grad_cam"),
        ("compare", photo, other),
    ]


def run_calls(programs: list[list[Call]]) -> Crowd:
    """Let programs call at the same time, after each has learned its answers alone."""
    alone = [[without_files(call()) for call in calls] for calls in programs]
    crowd = Crowd(times=[[] for _ in programs])

    def run(index: int) -> None:
        for call, expected in list(zip(programs[index], alone[index], strict=True)) * ROUNDS:
            start = time.perf_counter()
            try:
                answer = without_files(call())
            except Exception:  # whatever a client raises: it has no answer
                answer = None
            crowd.times[index].append(time.perf_counter() - start)
            crowd.found["lost" if answer is None else "right" if answer == expected else "mixed up"] += 1

    start = time.perf_counter()
    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(programs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crowd.seconds = time.perf_counter() - start
    return crowd


def run_javascript(port: int, photos: list[Path]) -> Crowd:
    """Let programs call at the same time by Gradio's JavaScript client."""
    prefix = Path(sys.executable).parent.parent
    client = prefix / "lib" / "node_modules" / "@gradio" / "client" / "dist" / "index.js"
    script = Path(__file__).with_suffix(".js")
    order = [prefix / "bin" / "node", script, client, f"http://{HOST}:{port}", str(ROUNDS), *photos]
    told = json.loads(subprocess.run(order, check=True, stdout=subprocess.PIPE, text=True).stdout)
    crowd = Crowd([program["times"] for program in told["programs"]], seconds=told["seconds"])
    for program in told["programs"]:
        crowd.found.update(program["found"])
    return crowd


def print_crowds(port: int, pid: int, folder: Path) -> None:
    """Let more and more programs call, in three ways, and print what they got."""
    photos = [folder / f"{number}.jpg" for number in range(2 * max(CROWDS))]
    for number, path in enumerate(photos):
        path.write_bytes(photo_jpeg(200 + number, 256))
    ways: dict[str, Callable[[int], Crowd]] = {
        "plain HTTP": lambda number: run_calls(
            [calls_by_http(port, *photos[2 * each : 2 * each + 2], each) for each in range(number)]
        ),
        "Python": lambda number: run_calls(
            [calls_by_client(port, *photos[2 * each : 2 * each + 2], each) for each in range(number)]
        ),
        "JavaScript": lambda number: run_javascript(port, photos[: 2 * number]),
    }
    head = ("client", "programs", "calls a second", "median ms", "95% ms", "slowest / median program")
    rows = [(*head, "lost", "mixed up", "MB")]
    for way, run in ways.items():
        for number in CROWDS:
            crowd = run(number)
            each, every = [median(own) for own in crowd.times], list(chain.from_iterable(crowd.times))
            rows.append(
                (
                    *(way, str(number), f"{len(every) / crowd.seconds:.1f}", f"{1e3 * median(every):.0f}"),
                    *(f"{1e3 * quantiles(every, n=20)[-1]:.0f}", f"{max(each) / median(each):.1f}"),
                    *(str(crowd.found["lost"]), str(crowd.found["mixed up"]), f"{resident_megabytes(pid):.0f}"),
                )
            )
    print_table(rows)


def visit(visitor: Caller, first: int) -> list[float]:
    """Show photos, one after the other, and return how long each took in seconds."""
    times = []
    for number in range(NUM_PHOTOS):
        start = time.perf_counter()
        if visitor.call("visualize", visitor.upload(photo_jpeg(400 + first + number, 256))) is None:
            raise RuntimeError("The visitor was turned away.")
        times.append(time.perf_counter() - start)
    return times


def print_flood(port: int, pid: int) -> None:
    """Flood the page, visit it meanwhile, and print what the visitor met."""
    flooder, visitor = Caller(port, FLOODER), Caller(port, VISITOR)
    path = flooder.upload(photo_jpeg(300, 256))
    visit(visitor, 0)
    before, idle = resident_megabytes(pid), visit(visitor, NUM_PHOTOS)
    asked = (path, "integrated_gradients", None, None, True)
    told = Counter(flooder.begin("explain", *asked)[0] for _ in range(NUM_FLOOD))
    flooded = visit(visitor, 2 * NUM_PHOTOS)
    start = time.perf_counter()
    watch: list[float] = []
    while True:
        asked = time.perf_counter()
        lanes = json.loads(visitor.request("GET", "/healthz")[1])["lanes"]
        watch.append(time.perf_counter() - asked)
        if not any(lanes["slow"].values()):
            break
        time.sleep(0.1)
    left = time.perf_counter() - start
    rows = [("a visitor's photo", "median ms", "slowest ms")]
    rows += [
        (name, f"{1e3 * median(times):.0f}", f"{1e3 * max(times):.0f}")
        for name, times in {"alone": idle, "during the flood": flooded}.items()
    ]
    print_table(rows)
    print(f"during the flood / alone: {median(flooded) / median(idle):.1f}")
    print(f"of {NUM_FLOOD} calls {told[200]} were taken, {told[503]} turned away; the last was gone {left:.0f} s later")
    print(f"/healthz: slowest {1e3 * max(watch):.0f} ms")
    print(f"memory: {before:.0f} MB before, {resident_megabytes(pid):.0f} MB after")


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have taken."""
    process = psutil.Process(pid)
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def print_cost(port: int, pid: int) -> None:
    """Print what a photo costs the server."""
    caller = Caller(port)
    rows = [("a new photo", "core-ms", "a million a day: cores")]
    for number, endpoint in enumerate(("predict", "visualize")):
        photos = [caller.upload(photo_jpeg(600 + 100 * number + each, 1024)) for each in range(NUM_PHOTOS)]
        before = processor_seconds(pid)
        for photo in photos:
            caller.call(endpoint, photo)
        cost = (processor_seconds(pid) - before) / NUM_PHOTOS
        rows.append((f"/{endpoint}", f"{1e3 * cost:.0f}", f"{cost * 1e6 / 86_400:.1f}"))
    print_table(rows)


def main() -> None:
    """Measure and print."""
    with running_app() as (port, pid), tempfile.TemporaryDirectory() as folder:
        print_flood(port, pid)
        print()
        print_crowds(port, pid, Path(folder))
        print()
        print_cost(port, pid)


if __name__ == "__main__":
    main()
