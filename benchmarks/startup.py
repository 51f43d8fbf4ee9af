"""Benchmark: how much longer than its imports does the application take until it answers?

    python -m benchmarks.startup

imports: a process that imports tensorflow and gradio, and ends. app: `python app.py` until the page is served.
"""

import subprocess
import sys
import time
from statistics import median

from benchmarks.application import running_app
from benchmarks.timing import print_table

ROUNDS = 3


def import_alone() -> float:
    """Import the two largest dependencies in a new process; return the seconds."""
    start = time.perf_counter()
    command = [sys.executable, "-c", "import os, tensorflow, gradio; os._exit(0)"]  # without clean-up
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def start_app() -> float:
    """Start the application; return the seconds until it answers."""
    start = time.perf_counter()
    with running_app():
        return time.perf_counter() - start


def main() -> None:
    """Measure both in turn, after one round that does not count, and print."""
    pairs = [(import_alone(), start_app()) for _ in range(ROUNDS + 1)][1:]
    imports, app = (median(seconds) for seconds in zip(*pairs, strict=True))
    print_table(
        [
            ("", "s", "x imports"),
            ("import tensorflow, gradio", f"{imports:.2f}", "1.00"),
            ("python app.py, until it answers", f"{app:.2f}", f"{app / imports:.2f}"),
        ]
    )


if __name__ == "__main__":
    main()
