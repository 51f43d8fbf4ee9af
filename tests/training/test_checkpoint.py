"""Checkpoints of a training run."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import CheckpointError
from cnnviz.training.checkpoint import (
    Checkpoint,
    find_checkpoints,
    read_checkpoint,
    read_latest,
    read_settings,
    write_checkpoint,
)


def checkpoint(epoch: int = 2, step: int = 7) -> Checkpoint:
    random = np.random.default_rng(epoch)
    arrays = {
        "weights": [random.normal(size=(3, 4)).astype(np.float32) for _ in range(12)],
        "optimizer": [np.array(123, np.int64), np.array(1e-4, np.float32)],
    }
    return Checkpoint(epoch, step, 1.5, arrays, {"loss": [0.5, 0.25]}, {"seed": 0, "start": None})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = checkpoint()
    read = read_checkpoint(write_checkpoint(tmp_path / "checkpoints", written))
    assert (read.epoch, read.step, read.seconds) == (2, 7, 1.5)
    assert (read.history, read.settings) == (written.history, written.settings)
    assert read.arrays.keys() == written.arrays.keys()
    for group, arrays in written.arrays.items():
        for one, other in zip(arrays, read.arrays[group], strict=True):
            assert one.dtype == other.dtype
            assert np.array_equal(one, other)


def test_the_settings_of_a_run_are_those_of_its_newest_checkpoint(tmp_path: Path) -> None:
    assert read_settings(tmp_path, print) == {}
    write_checkpoint(tmp_path, checkpoint())
    assert read_settings(tmp_path, print) == {"seed": 0, "start": None}


def test_the_last_two_are_kept_in_the_order_of_training(tmp_path: Path) -> None:
    for epoch, step in ((0, 100), (1, 0), (1, 9), (2, 0), (10, 0)):
        write_checkpoint(tmp_path, checkpoint(epoch, step))
    assert [(each.epoch, each.step) for each in map(read_checkpoint, find_checkpoints(tmp_path))] == [(10, 0), (2, 0)]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_killed_run_left_half_written_goes_with_the_next_checkpoint(tmp_path: Path) -> None:
    partial = tmp_path / ".epoch-00001-step-0000000.checkpoint.partial"
    partial.write_bytes(b"half")
    assert find_checkpoints(tmp_path) == []
    write_checkpoint(tmp_path, checkpoint())
    assert not partial.exists()


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "foreign"])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path: Path, damage: str) -> None:
    write_checkpoint(tmp_path, checkpoint(1))
    newest = write_checkpoint(tmp_path, checkpoint(2))
    content = newest.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    newest.write_bytes({"truncated": content[:-100], "flipped": flipped, "empty": b"", "foreign": b"x" * 99}[damage])
    warnings: list[str] = []
    latest = read_latest(tmp_path, warnings.append)
    assert latest is not None
    assert latest.epoch == 1
    assert len(warnings) == 1
    assert warnings[0].startswith(f"Warning: The checkpoint '{newest}' is damaged")


def test_without_a_whole_one_there_is_an_error(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, checkpoint()).write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"No checkpoint in .* is whole\. Remove that folder"):
        read_latest(tmp_path, [].append)


def test_without_any_there_is_none(tmp_path: Path) -> None:
    assert read_latest(tmp_path / "nowhere", [].append) is None


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="Cannot write the checkpoint"):
        write_checkpoint(tmp_path / "file" / "checkpoints", checkpoint())
