"""The number of epochs that fit into the time that a user has."""

import math
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from cnnviz.base.errors import OptionError, StoppedError
from cnnviz.base.figures import decimals
from cnnviz.data.dataset import Dataset, Split
from cnnviz.evaluation.evaluation import gather_logits
from cnnviz.evaluation.views import VIEWS
from cnnviz.training.devices import Devices
from cnnviz.training.pace import NUM_TIMED
from cnnviz.training.progress import duration
from cnnviz.training.recipe import Recipe
from cnnviz.training.training import Training

NUM_TRIED = 2
"""Epochs of the trial: what the first one compiles, the second one has."""

NUM_TEST_PASSES = 2 + len(VIEWS)
"""Passes of the test photographs at the end: as they are, mirrored, and in each other view."""

FINISH_SECONDS = 15.0
"""The time that charts, card and samples take after the last epoch, besides the passes of photographs."""


def fit_epochs(seconds: float, dataset: Dataset, recipe: Recipe, seed: int, devices: Devices) -> tuple[int, str]:
    """Find out by a short trial how many epochs fit into a time.

    The trial learns from a few photographs for two epochs of at most 20 steps and forgets it; the epochs of the run
    begin anew.

    Args:
        seconds: The time for all: the trial, the epochs, and measuring the model.
        dataset: The photographs.
        recipe: The settings; its number of epochs does not count.
        seed: As for the run.
        devices: What it learns on.

    Returns:
        The number of epochs, and a line for the user.

    Raises:
        OptionError: If not even one fits.
        StoppedError: If the user stopped it.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        trial = _try(Path(folder), dataset, replace(recipe, epochs=NUM_TRIED), seed, devices)
    num_steps = len(dataset.splits["train"]) // trial.batch_size
    epoch = trial.pace.seconds_left(num_steps, 1)
    measuring = _finish_seconds(trial, dataset)
    left = seconds - (time.monotonic() - started) - measuring
    epochs = int(left / epoch)
    if epochs < 1:
        needed = seconds - left + epoch
        raise OptionError(
            f"An epoch takes about {duration(epoch)} here, all else {duration(seconds - left)}. Expected --minutes of "
            f"{decimals(math.ceil(needed / 6) / 10, 1)} or more, or fewer photographs. "
            f"Received: {duration(seconds)} that are left."
        )
    return (
        epochs,
        f"Schedule: {epochs} epoch(s) of {duration(epoch)} fit into the time, with {duration(measuring)} to measure",
    )


def _try(folder: Path, dataset: Dataset, recipe: Recipe, seed: int, devices: Devices) -> Training:
    """Train on a few photographs and return the run, which has taken the time of it."""
    train = dataset.splits["train"]
    number = min(len(train), NUM_TIMED * recipe.batch_size)
    few = Split(train.images, train.labels[:number], None if train.rows is None else train.rows[:number])
    splits = dataset.splits | {"train": few}
    trial = Training(folder, replace(dataset, splits=splits), recipe, seed, report=_stay_silent, devices=devices)
    try:
        trial.fit()
    except StoppedError as error:
        raise StoppedError("Stopped before the first epoch, while steps were timed.") from error
    return trial


def _finish_seconds(trial: Training, dataset: Dataset) -> float:
    """Estimate how long it takes to calibrate, measure and describe the model, from one more pass."""
    sizes = {name: len(split) for name, split in dataset.splits.items()}
    started = time.monotonic()
    gather_logits(trial.averaged, dataset.splits["validation"])
    per_photo = (time.monotonic() - started) / sizes["validation"]
    num_passed = sizes["train"] + 2 * sizes["validation"] + NUM_TEST_PASSES * sizes["test"]
    return per_photo * num_passed + FINISH_SECONDS


def _stay_silent(line: str) -> None:
    """Show nothing of the trial."""
