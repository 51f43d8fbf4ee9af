"""Benchmark: what do many callers get, and what does one who floods the page take from the others?

    python -m benchmarks.crowd

crowd: 1, 4, 16 and 32 programs at the same time; each asks /predict, /visualize, /channel, /ablate, /explain and
/compare in turn, about photos of its own, and compares the answer with the one that it got alone.
flood: 127.0.0.2 asks sixty times for the slowest work and never fetches an answer; 127.0.0.3 shows photos meanwhile.
afterwards: how long the last of the flood stays, and the memory of the server before and after.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from itertools import chain
from statistics import median, quantiles
from typing import Any

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
    return [without_files(each) for each in answer] if isinstance(answer, list) else answer


def calls_of(caller: Caller, number: int) -> list[Callable[[], Any]]:
    """List the calls of one program about photos that nobody else has."""
    photo, other = (caller.upload(photo_jpeg(200 + 2 * number + each, 256)) for each in range(2))
    return [
        lambda: caller.call("predict", photo),
        lambda: caller.call("visualize", photo),
        lambda: caller.call("channel", photo, "conv2d_3", number, None, None),
        lambda: caller.call("ablate", photo, {"conv2d_4": [number]}),
        lambda: caller.call("explain", photo, "grad_cam"),
        lambda: caller.call("compare", photo, other),
    ]


def print_crowds(port: int, pid: int) -> None:
    """Let more and more programs call, and print what they got."""
    rows = [("programs", "calls a second", "median ms", "95% ms", "slowest / median program", "lost", "mixed up", "MB")]
    for number in CROWDS:
        calls = [calls_of(Caller(port), each) for each in range(number)]
        alone = [[without_files(call()) for call in each] for each in calls]
        times: list[list[float]] = [[] for _ in calls]
        found: Counter[str] = Counter()

        def run(index: int, calls: Any = calls, alone: Any = alone, times: Any = times, found: Any = found) -> None:
            for call, expected in list(zip(calls[index], alone[index], strict=True)) * ROUNDS:
                start = time.perf_counter()
                answer = without_files(call())
                times[index].append(time.perf_counter() - start)
                found["lost" if answer is None else "right" if answer == expected else "mixed up"] += 1

        start = time.perf_counter()
        threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        each = [median(own) for own in times]
        every = list(chain.from_iterable(times))
        rows.append(
            (
                *(str(number), f"{len(every) / seconds:.1f}", f"{1e3 * median(every):.0f}"),
                *(f"{1e3 * quantiles(every, n=20)[-1]:.0f}", f"{max(each) / median(each):.1f}"),
                *(str(found["lost"]), str(found["mixed up"]), f"{resident_megabytes(pid):.0f}"),
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


def main() -> None:
    """Measure and print."""
    with running_app() as (port, pid):
        print_flood(port, pid)
        print()
        print_crowds(port, pid)


if __name__ == "__main__":
    main()
