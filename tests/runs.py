"""A small run of training, in this process or in one that can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset, Split
from cnnviz.network import architecture
from cnnviz.training.recipe import Recipe
from cnnviz.training.run import training_record
from cnnviz.training.training import Training
from networks import shrink_architecture

SIDE = 46
"""Of the smallest picture that leaves the last pooling one place."""
SEED = 5
BATCH_SIZE = 4
NUM_STEPS = 4
SIZES = {"train": NUM_STEPS * BATCH_SIZE + 1, "validation": 6, "test": 6}
RECIPE = Recipe.named(
    "default",
    precision="float32",
    epochs=3,
    batch_size=BATCH_SIZE,
    averaging=0.5,
    learning_rate=1e-3,
    warm_up=0.1,
    size=SIDE,
)


def shrink() -> None:
    """Make the architecture small in a process of its own, to its end."""
    shrink_architecture(pytest.MonkeyPatch(), SIDE)


def draw_dataset(class_names: tuple[str, ...] = ("cat", "dog")) -> Dataset:
    """Photographs of noise at the size of the architecture; those of later classes are brighter."""
    splits, shape = {}, architecture.INPUT_SHAPE
    for seed, (name, count) in enumerate(SIZES.items()):
        random = np.random.default_rng(seed)
        labels = random.permutation(count) % len(class_names)
        brightness = labels * (100 // (len(class_names) - 1))
        images = random.integers(0, 128, (count, *shape)) + brightness[:, None, None, None]
        splits[name] = Split(images.astype(np.uint8), labels)
    return Dataset(class_names, splits, "by hand", {"broken.jpg": "empty"}, SEED)


def start_run(
    folder: Path, dataset: Dataset, recipe: Recipe = RECIPE, report: Callable[[str], None] = print, **options: object
) -> Training:
    """A run that is ready to fit; a checkpoint follows every step."""
    record = training_record(recipe, SEED, dataset)
    common = {"record": record, "report": report, "checkpoint_seconds": 0}
    return Training(folder, dataset, recipe, SEED, **common, **options)


def interrupting(lines: list[str]) -> Callable[[str], None]:
    """Press Ctrl-C when the first epoch is reported."""

    def report(line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    return report


def launch_run(folder: Path, backend: str, snapshots: bool = False) -> subprocess.Popen[str]:
    """The same in a process of its own, which goes on with what is in the folder."""
    script = (
        "from pathlib import Path\nfrom runs import draw_dataset, shrink, start_run\nshrink()\n"
        f"start_run(Path({str(folder)!r}), draw_dataset(), {snapshots=}).fit(resume=True)"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", script]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
