"""Benchmark: how much time does its input cost a step of training?

    python -m benchmarks.training

batch in memory: the same raw batch at each step, read once; it is augmented in the step, like all others.
input pipeline: photographs are read from the cache, and their augmentation is drawn at random, as train.py does it.
JPEG files: every photo is read, decoded and resized for each step in one Python thread, as ImageDataGenerator did it.
no augmentation: the batch in memory, only divided by 255.
"""

import time
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import keras
import numpy as np

from benchmarks.photos import write_photos
from benchmarks.timing import print_table, time_rounds
from cnnviz.data.dataset import Dataset, Split, read_dataset
from cnnviz.picture.preprocessing import BITS_8_MAX, Preprocessing
from cnnviz.training.batches import NUM_WORKERS, Batch, Batches
from cnnviz.training.device_names import describe_device
from cnnviz.training.devices import ONE_DEVICE
from cnnviz.training.learner import Learner
from cnnviz.training.recipe import Recipe

RECIPE = Recipe.named("default", precision="float32")
NUM_PHOTOS = 1000
SMALL_BATCH, LARGE_BATCH = 20, 256
TASK_SECONDS = 3.0
MAX_STEPS = 500
SMALL_ROUNDS, LARGE_ROUNDS = 7, 3

Fit = Callable[[int], object]
"""A function that takes a number of training steps."""


class Held(keras.utils.PyDataset):  # type: ignore[misc]  # keras ships no types
    """A data set that repeats one batch."""

    def __init__(self, batch: Batch, num_steps: int) -> None:
        """Store the batch."""
        super().__init__(workers=NUM_WORKERS)
        self.batch, self.num_steps = batch, num_steps

    def __len__(self) -> int:
        """Return the number of steps."""
        return self.num_steps

    def __getitem__(self, index: int) -> Batch:
        """Return the batch."""
        return self.batch


class Decoded(Held):
    """Batches whose photographs are decoded for each step, with Keras's default interpolation, its fastest one."""

    def __init__(self, batch: Batch, num_steps: int, paths: list[Path]) -> None:
        """Store the batch and the paths of the photographs."""
        super().__init__(batch, num_steps)
        self.paths = paths

    def __getitem__(self, index: int) -> Batch:
        """Decode the next photographs; the first follows the last."""
        (inputs, labels), size = self.batch, Preprocessing()
        places = np.arange(index * len(labels), (index + 1) * len(labels)) % len(self.paths)
        images = (keras.utils.load_img(self.paths[place], target_size=(size.height, size.width)) for place in places)
        photos = np.stack([keras.utils.img_to_array(image, dtype="uint8") for image in images])
        return {**inputs, "photos": photos}, labels


def read_quietly(data: list[Path], cache: Path) -> Dataset:
    """Read photographs without a progress bar."""
    with redirect_stderr(StringIO()):
        return read_dataset(data, Preprocessing(), cache=cache)


def repeat_photos(split: Split, num_photos: int) -> Split:
    """Make a larger split by repeating photographs."""
    chosen = np.resize(np.arange(len(split)), num_photos)
    rows = chosen if split.rows is None else split.rows[chosen]
    return Split(split.images, split.labels[chosen], rows)


def epoch_of(split: Split, batch_size: int, num_steps: int) -> Batches:
    """Return an epoch of so many steps, as in training."""
    return Batches(repeat_photos(split, batch_size * num_steps), batch_size, RECIPE, seed=0, epoch=0)


def ways_to_fit(learner: Learner, split: Split, batch_size: int) -> dict[str, Fit]:
    """Return the two ways that are compared at every batch size."""
    batch = epoch_of(split, batch_size, 1)[0]
    return {
        "batch in memory": lambda num_steps: learner.fit(Held(batch, num_steps)),
        "input pipeline": lambda num_steps: learner.fit(epoch_of(split, batch_size, num_steps)),
    }


def other_ways_to_fit(learner: Learner, split: Split, paths: list[Path], batch_size: int) -> dict[str, Fit]:
    """Return the way that decodes files, and the way without augmentation, which has a separate network."""
    batch = inputs, labels = epoch_of(split, batch_size, 1)[0]
    plain = Learner(RECIPE, MAX_STEPS, seed=0)
    photos = keras.Input(plain.network.input_shape[1:], dtype="uint8")
    model = keras.Model(photos, plain.call_layers(keras.layers.Rescaling(1 / BITS_8_MAX)(photos), {}))
    model.compile(plain.optimizer, "binary_crossentropy", metrics=["accuracy"])
    return {
        "JPEG files": lambda num_steps: learner.fit(Decoded(batch, num_steps, paths)),
        "no augmentation": lambda num_steps: model.fit(Held((inputs["photos"], labels), num_steps), verbose=0),
    }


def count_steps(fit: Fit) -> int:
    """Compile, and then find the number of steps that take about as long as a task should."""
    fit(1)
    start = time.perf_counter()
    fit(2)
    seconds_per_step = (time.perf_counter() - start) / 2
    return int(np.clip(TASK_SECONDS / seconds_per_step, 2, MAX_STEPS))


def print_speeds(ways: dict[str, Fit], batch_size: int, rounds: int) -> None:
    """Fit in each way in turn; print the speeds, and the medians of the ratios within a round."""
    num_steps = count_steps(ways["batch in memory"])
    seconds = time_rounds({name: partial(fit, num_steps) for name, fit in ways.items()}, rounds)
    rows = [(f"batches of {batch_size}, {rounds} x {num_steps} steps", "steps/s", "photos/s", "/ batch in memory")]
    for name, taken in seconds.items():
        rate = num_steps / median(taken)
        ratio = median(held / own for held, own in zip(seconds["batch in memory"], taken, strict=True))
        rows.append((name, f"{rate:.2f}", f"{rate * batch_size:.0f}", f"{ratio:.3f}"))
    print_table(rows)
    print(flush=True)


def main() -> None:
    """Measure and print."""
    print(f"Device: {describe_device(ONE_DEVICE)}\n")
    with TemporaryDirectory() as folder:
        paths = write_photos(Path(folder) / "photos", range(NUM_PHOTOS))
        split = read_quietly([Path(folder) / "photos"], Path(folder) / "cache").splits["train"]
        learner = Learner(RECIPE, MAX_STEPS, seed=0)
        ways = ways_to_fit(learner, split, SMALL_BATCH) | other_ways_to_fit(learner, split, paths, SMALL_BATCH)
        print_speeds(ways, SMALL_BATCH, SMALL_ROUNDS)
        print_speeds(ways_to_fit(learner, split, LARGE_BATCH), LARGE_BATCH, LARGE_ROUNDS)


if __name__ == "__main__":
    main()
