"""Benchmark: how long does it take to open known networks and to look at a photo with them?

    python -m benchmarks.models

Each has random weights, and is built and warmed up before. pass: Keras's own compiled pass over one photo, which gives
only the answer. load: from the model in memory to the explorer. first photo: the answer and the activations of every
layer, with the compilation of the pass. next photo: the same for another photo. grids: the pictures of all layers.
Each is given in seconds, and as a multiple of the pass.
"""

import time
from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

import keras
import numpy as np
from PIL import Image

import cnnviz
from benchmarks.photos import photo_jpeg
from benchmarks.timing import print_table, time_in_turn

NETWORKS = ("MobileNetV2", "ResNet50", "EfficientNetB0")
SIDE = 224
ROUNDS = 5
Value = TypeVar("Value")


def main() -> None:
    """Time each network, and print the table."""
    photos = [Image.open(BytesIO(photo_jpeg(SIDE, SIDE, seed))) for seed in range(2)]
    batch = np.zeros((1, SIDE, SIDE, 3), np.float32)
    rows = [("network", "layers", "pass", "load", "first photo", "next photo", "grids")]
    for name in NETWORKS:
        model = getattr(keras.applications, name)(weights=None)
        model.predict_on_batch(batch)
        load, explorer = timed(lambda model=model: cnnviz.load(model, classes="imagenet", preprocessing="0-255"))
        first, result = timed(lambda explorer=explorer: explorer(photos[0]))
        tasks: dict[str, Callable[[], object]] = {
            "pass": lambda model=model: model.predict_on_batch(batch),
            "next": lambda explorer=explorer: explorer(photos[1]),
        }
        seconds = time_in_turn(tasks, ROUNDS)
        grids, _ = timed(result.pictures)
        times = [f"{each:.2f} s ({each / seconds['pass']:.0f})" for each in (load, first, seconds["next"], grids)]
        rows.append((name, str(len(explorer.network.layers)), f"{1e3 * seconds['pass']:.0f} ms", *times))
    print_table(rows)


def timed(task: Callable[[], Value]) -> tuple[float, Value]:
    """Do something once, and return the seconds that it took and what it gave."""
    start = time.perf_counter()
    value = task()
    return time.perf_counter() - start, value


if __name__ == "__main__":
    main()
