"""Benchmark: how long does it take to decode every photo once, and how much time does it save?

    python -m benchmarks.photo_cache

JPEG files: photographs are read, decoded and resized in one Python thread, as ImageDataGenerator did it in every epoch.
second epoch: photographs are read from the cache, and their augmentation is drawn at random; the work in the step is
not counted.
memory: a process reads photographs and fits a few steps; its peak memory must not grow with their number.
The benchmark draws 23,000 photographs, which take 3 GB in the system's folder for temporary files.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.photos import write_photos
from benchmarks.timing import print_table, time_in_turn
from benchmarks.training import Decoded, epoch_of, read_quietly
from cnnviz.data.dataset import Split

NUMBERS = (1_000, 10_000, 23_000)
BATCH_SIZE, NUM_BATCHES = 20, 25


def print_input(split: Split, paths: list[Path]) -> None:
    """Prepare the same number of batches in both ways, in turn and without a network."""
    batches = epoch_of(split, BATCH_SIZE, NUM_BATCHES)
    decoded = Decoded(batches[0], NUM_BATCHES, paths)
    seconds = time_in_turn(
        {
            "JPEG files": lambda: [decoded[number] for number in range(NUM_BATCHES)],
            "second epoch": lambda: [batches[number] for number in range(NUM_BATCHES)],
        }
    )
    rows = [("input alone, one thread", "photos/s", "x JPEG files")]
    for name, taken in seconds.items():
        rows.append((name, f"{NUM_BATCHES * BATCH_SIZE / taken:.0f}", f"{seconds['JPEG files'] / taken:.1f}"))
    print_table(rows)
    print(flush=True)


def print_memory(folders: list[Path], cache: Path) -> None:
    """Read more and more folders, each time in a new process that also builds the cache."""
    rows = [("photographs", "their pixels, MB", "peak memory, MB", "... before reading")]
    for number in range(1, len(folders) + 1):
        command = [sys.executable, "-m", "benchmarks.fitting", cache, *folders[:number]]
        answer = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout
        before, peak = (int(kilobytes) / 1024 for kilobytes in answer.split())
        pixels = NUMBERS[number - 1] * 150 * 150 * 3 / 2**20
        rows.append((f"{NUMBERS[number - 1]:,}", f"{pixels:.0f}", f"{peak:.0f}", f"{before:.0f}"))
    print_table(rows)


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        folders = [root / f"photos-{number}" for number in NUMBERS]
        for path, first, end in zip(folders, (0, *NUMBERS), NUMBERS, strict=False):
            write_photos(path, range(first, end))
        start = time.perf_counter()
        split = read_quietly(folders[1:2], root / "first").splits["train"]
        rate = (NUMBERS[1] - NUMBERS[0]) / (time.perf_counter() - start)
        cores = os.cpu_count() or 1
        print(f"building the cache: {rate:.0f} photos/s on {cores} cores, {rate / cores:.0f} per core\n")
        print_input(split, sorted(folders[1].iterdir()))
        print_memory(folders, root / "cache")


if __name__ == "__main__":
    main()
