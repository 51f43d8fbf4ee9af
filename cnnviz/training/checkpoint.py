"""Checkpoints of a training run: written whole or not at all, read verified."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import CheckpointError
from cnnviz.base.storage import PARTIAL, write_atomically

NAME = re.compile(r"epoch-(\d+)-step-(\d+)\.checkpoint")
NUM_KEPT = 2
DIGEST_BYTES = hashlib.sha256().digest_size
DESCRIPTION, ARRAYS = "description", "arrays"


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run needs to go on as if it had never stopped.

    Args:
        epoch: Epochs that are complete.
        step: Steps that are complete in the epoch after them.
        seconds: Spent on those steps.
        arrays: Values of all variables, by group and in their order: weights, optimizer with averages, metrics.
        history: One value per complete epoch, by name.
        settings: What the run was started with; only a run with the same settings goes on from it.
    """

    epoch: int
    step: int
    seconds: float
    arrays: Mapping[str, list[NDArray[Any]]]
    history: Mapping[str, list[float]]
    settings: Mapping[str, Any]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint beside the ones that are there, and keep the last two.

    The file is a NumPy archive followed by its sha256; it appears under its name only when it is on the disk.

    Args:
        folder: Where; made if it is missing.
        checkpoint: The state of the run.

    Returns:
        The file's path.

    Raises:
        CheckpointError: If the file cannot be written.
    """
    description = {name: value for name, value in vars(checkpoint).items() if name != ARRAYS}
    members: dict[str, Any] = {DESCRIPTION: np.array(json.dumps(description))}
    for group, arrays in checkpoint.arrays.items():
        members |= {f"{group}.{number}": values for number, values in enumerate(arrays)}
    stream = io.BytesIO()
    np.savez(stream, **members)
    content = stream.getvalue()
    path = folder / f"epoch-{checkpoint.epoch:05}-step-{checkpoint.step:07}.checkpoint"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content + hashlib.sha256(content).digest())
        for old in (*find_checkpoints(folder)[NUM_KEPT:], *folder.glob(PARTIAL.format("*"))):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise CheckpointError(f"Cannot write the checkpoint '{path}'. Received: {error}.") from error
    return path


def find_checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints of a run.

    Args:
        folder: Where they are; it may be missing.

    Returns:
        Paths, the newest first.
    """
    return sorted((path for path in folder.glob("*") if NAME.fullmatch(path.name)), reverse=True)


def read_latest(folder: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """Read the newest checkpoint that is whole, and remove those after it.

    Args:
        folder: Where they are; it may be missing.
        warn: Is told of each one that is not.

    Returns:
        The state of the run; None where there is no checkpoint.

    Raises:
        CheckpointError: If there are checkpoints, and none is whole.
    """
    paths, damaged = find_checkpoints(folder), list[Path]()
    for path in paths:
        try:
            checkpoint = read_checkpoint(path)
            for other in damaged:  # or it would count among those that are kept
                other.unlink()
            return checkpoint
        except CheckpointError as error:
            warn(f"Warning: {error} Trying the one before.")
            damaged.append(path)
    if paths:
        raise CheckpointError(f"No checkpoint in '{folder}' is whole. Remove that folder to start at the beginning.")
    return None


def read_settings(folder: Path, warn: Callable[[str], None]) -> Mapping[str, Any]:
    """Read what a run was started with.

    Args:
        folder: Where its checkpoints are; it may be missing.
        warn: Is told of each one that is not whole.

    Returns:
        The settings; none where there is no checkpoint.

    Raises:
        CheckpointError: If there are checkpoints, and none is whole.
    """
    latest = read_latest(folder, warn)
    return latest.settings if latest else {}


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint after checking it.

    Args:
        path: A file that `write_checkpoint` wrote.

    Returns:
        The state of the run.

    Raises:
        CheckpointError: If the file is damaged or cannot be read.
    """
    try:
        content = path.read_bytes()
        content, digest = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            raise CheckpointError(f"The checkpoint '{path}' is damaged: its checksum does not fit.")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            description = json.loads(archive[DESCRIPTION].item())
            arrays: dict[str, list[NDArray[Any]]] = {}
            for name in archive.files:
                if name != DESCRIPTION:
                    arrays.setdefault(name.split(".")[0], []).append(archive[name])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"The checkpoint '{path}' cannot be read. Received: {error}.") from error
    return Checkpoint(**description, arrays=arrays)
