"""Benchmark: how close does training come to the limits of an accelerator, and to which of them?

    python -m benchmarks.accelerator

Each limit is in photographs per second, as if there were no other limit, and is measured on this machine:
input: the pipeline alone, in one thread.
arithmetic: the multiplications and additions of a step, at the speed of one large matrix product.
memory: the least that the layers of a step read and write, at the speed of one long addition.
The closest limit bounds training. If none is close, the many small operations between them do.
"""

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras

from benchmarks.photos import write_photos
from benchmarks.timing import print_table, time_in_turn
from benchmarks.training import (
    LARGE_BATCH,
    LARGE_ROUNDS,
    MAX_STEPS,
    NUM_PHOTOS,
    RECIPE,
    count_steps,
    epoch_of,
    read_quietly,
    ways_to_fit,
)
from cnnviz.data.dataset import Split
from cnnviz.training.device_names import describe_device
from cnnviz.training.devices import ONE_DEVICE
from cnnviz.training.learner import Learner

SIDE = 2**13
"""Side of the square matrices."""

REPEATS = 10
FLOAT_BYTES = 4
ACCESSES = 6
"""Memory accesses per activation. Forward: written and read. Backward: read again; its gradient is written, and read
twice, for the kernel and for the layer before."""


def count_operations(network: keras.Model) -> int:
    """Count the multiplications and additions of a step per photo: forward, and backward to kernels and activations.

    Augmentation, biases, pooling and the optimizer are not counted. There is no gradient of the photo itself.
    """
    kernels = [layer for layer in network.layers if hasattr(layer, "kernel")]
    products = [math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1]) for layer in kernels]
    return 2 * (3 * sum(products) - products[0])


def count_bytes(network: keras.Model) -> int:
    """Count the least number of bytes of activations and gradients that a step reads and writes, per photo."""
    return ACCESSES * FLOAT_BYTES * sum(math.prod(layer.output.shape[1:]) for layer in network.layers)


def time_operation(operation: Callable[[Any], Any]) -> float:
    """Measure the seconds of an operation on a large matrix."""
    matrix = keras.ops.ones((SIDE, SIDE))

    def run() -> None:
        for _ in range(REPEATS):
            result = operation(matrix)
        keras.ops.convert_to_numpy(result[0, 0])  # this waits for all of them

    return time_in_turn({"": run}, rounds=5)[""] / REPEATS


def measure_training(learner: Learner, split: Split) -> tuple[float, float]:
    """Measure the photographs per second of training, and of its input alone."""
    fit = ways_to_fit(learner, split, LARGE_BATCH)["input pipeline"]
    num_steps = count_steps(fit)
    batches = epoch_of(split, LARGE_BATCH, num_steps)
    seconds = time_in_turn(
        {"training": lambda: fit(num_steps), "input": lambda: [batches[step] for step in range(num_steps)]},
        LARGE_ROUNDS,
    )
    training, alone = (num_steps * LARGE_BATCH / taken for taken in seconds.values())
    return training, alone


def print_limits() -> None:
    """Measure training and its limits."""
    learner = Learner(RECIPE, MAX_STEPS, seed=0)
    operations, num_bytes = count_operations(learner.network), count_bytes(learner.network)
    with TemporaryDirectory() as folder:
        write_photos(Path(folder) / "photos", range(NUM_PHOTOS))
        split = read_quietly([Path(folder) / "photos"], Path(folder) / "cache").splits["train"]
        training, alone = measure_training(learner, split)
    arithmetic = 2 * SIDE**3 / time_operation(lambda matrix: keras.ops.matmul(matrix, matrix))
    memory = 2 * SIDE**2 * FLOAT_BYTES / time_operation(lambda matrix: keras.ops.add(matrix, 1))
    limits = {
        "input alone": (alone, ""),
        "arithmetic": (arithmetic / operations, f"{arithmetic / 1e12:.1f} TFLOP/s"),
        "memory": (memory / num_bytes, f"{memory / 1e9:.0f} GB/s"),
    }
    rows = [("", "photos/s", "training reaches", "of")]
    rows += [(name, f"{limit:.0f}", f"{training / limit:.0%}", peak) for name, (limit, peak) in limits.items()]
    print_table(rows)
    print(f"training in batches of {LARGE_BATCH}: {training:.0f} photos/s, {training * operations / 1e12:.2f} TFLOP/s")


def main() -> None:
    """Measure and print, if there is an accelerator."""
    print(f"Device: {describe_device(ONE_DEVICE)}\n")
    if keras.distribution.list_devices("gpu"):
        print_limits()
    else:
        print("No accelerator that this backend can use.")


if __name__ == "__main__":
    main()
