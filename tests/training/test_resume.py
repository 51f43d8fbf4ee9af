"""Training that is killed at any moment ends where it would have ended."""

import random
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnviz.training.checkpoint import find_checkpoints, read_checkpoint
from cnnviz.training.run_folder import CHECKPOINTS, HISTORY, MODEL
from runs import RECIPE, launch_run

TIMEOUT = 300
NUM_KILLS = 2


def finish(folder: Path, backend: str) -> str:
    """Let the run in a folder come to its end, and give what it printed."""
    process = launch_run(folder, backend)
    printed, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    return printed


def kill_after_a_checkpoint(folder: Path, backend: str, moment: float) -> None:
    """Kill -9 a run some time after it has written its next checkpoint."""
    before = find_checkpoints(folder / CHECKPOINTS)[:1]
    process = launch_run(folder, backend)
    deadline = time.monotonic() + TIMEOUT
    while find_checkpoints(folder / CHECKPOINTS)[:1] == before and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(moment)
    process.kill()
    process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_run_killed_at_random_moments_ends_bit_for_bit_like_one_that_was_not(tmp_path: Path, backend: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finish(whole, backend)
    moments = random.Random(time.time_ns())
    for _ in range(NUM_KILLS):
        kill_after_a_checkpoint(killed, backend, moments.uniform(0, 0.5))
    newest = find_checkpoints(killed / CHECKPOINTS)[0]
    newest.write_bytes(newest.read_bytes()[:-1000])
    printed = finish(killed, backend)
    assert f"Warning: The checkpoint '{newest}' is damaged" in printed
    assert "Going on after" in printed
    one, other = (read_checkpoint(find_checkpoints(run / CHECKPOINTS)[0]) for run in (whole, killed))
    assert (one.epoch, one.step) == (other.epoch, other.step) == (RECIPE.epochs, 0)
    for group, arrays in one.arrays.items():
        assert all(map(np.array_equal, arrays, other.arrays[group])), group
    for name, values in one.history.items():
        assert name == "seconds" or values == other.history[name]
    assert all(map(np.array_equal, *(keras.saving.load_model(run / MODEL).get_weights() for run in (whole, killed))))
    assert len((killed / HISTORY).read_text().splitlines()) == 1 + RECIPE.epochs
