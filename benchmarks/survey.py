"""Benchmark: how much longer than decoding and the bare forward pass does a survey take?

    python -m benchmarks.survey

floor: photographs are decoded on all cores while batches of them go through the network, which gives the logits only.
survey: the same, and numbers of every channel of every layer, with the best photographs and their units.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

import cnnviz
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table
from cnnviz.data.sources import open_photos
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveying.photo_batches import read_batches
from cnnviz.surveying.run import survey
from cnnviz.surveys.photo_batch import batch_size

NUM_PHOTOS, WIDTH, HEIGHT, NUM_ROUNDS = 2048, 500, 375, 3


def main() -> None:
    """Measure and print."""
    explorer = cnnviz.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(NUM_PHOTOS):
            kind = folder / "ab"[number % 2]
            kind.mkdir(exist_ok=True)
            (kind / f"{number}.jpg").write_bytes(photo_jpeg(WIDTH, HEIGHT, seed=number))
        seconds: dict[str, list[float]] = {"floor": [], "survey": []}
        for task in (pass_only, do_survey):
            task(explorer, folder)
        for _ in range(NUM_ROUNDS):
            for task, times in zip((pass_only, do_survey), seconds.values(), strict=True):
                start = time.perf_counter()
                task(explorer, folder)
                times.append(time.perf_counter() - start)
    floor, whole = (median(times) for times in seconds.values())
    rows = [("", "photographs a second", "of the floor")]
    rows += [
        (name, f"{NUM_PHOTOS / each:.0f}", f"{floor / each:.2f}")
        for name, each in (("floor", floor), ("survey", whole))
    ]
    print_table(rows)


def pass_only(explorer: Explorer, folder: Path) -> None:
    """Decode all photographs, and answer them."""
    network = explorer.network
    for batch in read_batches(open_photos([folder]), network.preprocessing, batch_size(network), True, text=""):
        np.asarray(network.logits(network.preprocessing.scale(batch.pixels)))


def do_survey(explorer: Explorer, folder: Path) -> None:
    """Survey all photographs."""
    survey(explorer, folder)


if __name__ == "__main__":
    main()
