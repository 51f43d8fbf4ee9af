"""Benchmark: what does starting from a model of other classes bring to a small set?

    python -m benchmarks.transfer --output runs/transfer

It draws a hundred pictures of each of five shapes, noisy, in any place and colours, and trains on them twice for 15
minutes in all: from the embedded model's weights, and from random ones. Both are measured on 200 more of each shape.
`make bench` does not run it.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import cnnviz
from benchmarks.timing import print_table
from cnnviz.base.figures import count, decimals, share
from cnnviz.evaluation.report import evaluate_folder
from cnnviz.explorer.loading import BUNDLED_FOLDER

NUM_LEARNED, NUM_FRESH, SIDE = 100, 200, 160
RIM = {"square": [1.0] * 4, "star": [1.0, 0.45] * 5, "triangle": [1.0] * 3}
"""How far each corner of a shape is from its middle, as a share of the radius."""

SHAPES = ("circle", "cross", *RIM)


def main() -> None:
    """Draw, train twice and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder for the pictures and the runs")
    parser.add_argument("--minutes", type=float, default=15, help="of either run (%(default)s)")
    arguments = parser.parse_args()
    pictures = draw_pictures(arguments.output / "pictures", NUM_LEARNED, seed=0)
    fresh = draw_pictures(arguments.output / "fresh", NUM_FRESH, seed=1)
    rows = []
    for name, start in (("the embedded model", BUNDLED_FOLDER), ("random weights", None)):
        folder = arguments.output / name.replace(" ", "-")
        began = time.monotonic()
        run = cnnviz.train(pictures, folder, minutes=arguments.minutes, start_from=start)
        minutes = (time.monotonic() - began) / 60
        training = run.explorer.network.manifest["training"]
        steps = training["epochs"] * (training["num_photos"]["train"] // training["batch_size"])
        test = evaluate_folder(run.model, fresh, split="all", report=lambda line: None)["test"]
        low, high = (share(each, 1) for each in test["accuracy_interval_95"])
        right = (share(test["accuracy"], 1), f"{low} to {high}", decimals(test["loss"]))
        rows.append((name, count(steps), *right, f"{minutes:.1f}"))
    print_table([("starts from", "steps", "right", "95% interval", "loss", "minutes"), *rows])


def draw_pictures(folder: Path, number: int, seed: int) -> Path:
    """Draw so many pictures of each shape into a folder of its own, and return the folder above them."""
    random = np.random.default_rng(seed)
    for name in sorted(SHAPES):
        (folder / name).mkdir(parents=True)
        for index in range(number):
            draw_shape(random, name).save(folder / name / f"{index}.png")
    return folder


def draw_shape(random: np.random.Generator, name: str) -> Image.Image:
    """Draw a shape of any size, place, angle and colour on another colour, under noise."""
    paper, color = (tuple(random.integers(0, 256, 3).tolist()) for _ in range(2))
    picture = Image.new("RGB", (SIDE, SIDE), paper)
    radius, turn = random.uniform(25, 60), random.uniform(0, 2 * np.pi)
    center = random.uniform(radius, SIDE - radius, 2)

    def corners(reach: list[float]) -> list[tuple[float, ...]]:
        angles = turn + np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius * np.array(reach)[:, None]
        return [tuple(point) for point in (center + ring).tolist()]

    pen = ImageDraw.Draw(picture)
    if name in RIM:
        pen.polygon(corners(RIM[name]), fill=color)
    elif name == "circle":
        pen.circle(tuple(center.tolist()), radius, fill=color)
    else:
        ends = corners([1.0] * 4)
        for line in (ends[::2], ends[1::2]):
            pen.line(line, fill=color, width=round(radius / 3))
    noisy = np.asarray(picture) + random.normal(0, 20, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
