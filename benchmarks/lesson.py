"""Benchmark: how long does a class wait that shares one laptop?

    python -m benchmarks.lesson

Thirty pupils, each from an address of their own, send a photo of 1,024 pixels at the same moment, five times in a row,
and fetch the answer with the pictures of all layers.
"""

import threading
import time
from http.client import HTTPConnection
from statistics import median

from benchmarks.application import HOST, running_app
from benchmarks.photos import photo_jpeg
from benchmarks.server import KeepAliveClient
from benchmarks.timing import print_table

NUM_PUPILS, ROUNDS = 30, 5
EDGE = 1024


def ask_together(port: int, contents: list[bytes]) -> list[float]:
    """Let each pupil ask about a photo; return the seconds that each waits."""
    waits = [0.0] * len(contents)
    together = threading.Barrier(len(contents))

    def ask(number: int) -> None:
        pupil = KeepAliveClient(port)
        pupil.connection = HTTPConnection(HOST, port, source_address=(f"127.0.1.{number + 1}", 0))
        together.wait()
        start = time.perf_counter()
        pupil.visualize(contents[number])
        waits[number] = time.perf_counter() - start

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(contents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def main() -> None:
    """Measure and print."""
    with running_app() as (port, _):
        KeepAliveClient(port).visualize(photo_jpeg(EDGE, EDGE, 0))
        rounds = []
        for number in range(ROUNDS):
            contents = [photo_jpeg(EDGE, EDGE, 1 + NUM_PUPILS * number + pupil) for pupil in range(NUM_PUPILS)]
            rounds.append(sorted(ask_together(port, contents)))
    rows = [("seconds", "first pupil", "median", "last pupil")]
    rows.append(
        (
            "30 photos at once",
            *(f"{median(times):.1f}" for times in zip(*((t[0], median(t), t[-1]) for t in rounds), strict=True)),
        )
    )
    print_table(rows)


if __name__ == "__main__":
    main()
