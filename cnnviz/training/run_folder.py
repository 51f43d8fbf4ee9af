"""The folder of one training run: what is in it, and when a run may use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from cnnviz.base.errors import CheckpointError, FolderError
from cnnviz.base.storage import write_atomically
from cnnviz.model_folder.manifest import METRICS, MODEL, read_json
from cnnviz.timelines.timeline_folder import FOLDER as TIMELINE
from cnnviz.training.checkpoint import find_checkpoints

CHECKPOINTS, SAMPLES = "checkpoints", "samples"
HISTORY, CURVES, SKIPPED = "history.csv", "curves.png", "skipped.txt"
LOCK = ".cnnviz.lock"
"""A file that a run holds while it uses its folder; the system frees it if the process is killed."""

History = dict[str, list[float]]
"""The figures of a run by name, one value per epoch."""


@contextmanager
def open_run(folder: Path, resume: bool) -> Iterator[None]:
    """Make the folder, find out before any work whether a run may write there, and keep other runs out meanwhile.

    Args:
        folder: The run's folder.
        resume: Whether to go on with the run that is in it.

    Yields:
        Nothing; at the end other runs may use the folder.

    Raises:
        FolderError: If it holds something else, another run is using it, the run in it is finished, or it cannot be
            written.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"'{folder}' is a file. Name another folder.")
    with _locked(folder):
        _require_usable(folder, resume)
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make the folder, and hold its lock."""
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise FolderError(f"Another run is using '{folder}'. Wait for its end, or name another folder.") from error
    except OSError as error:
        raise FolderError(f"Cannot write in '{folder}'. Received: {error}.") from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file; the next run takes it
            (folder / LOCK).unlink()
        lock.release()


def _require_usable(folder: Path, resume: bool) -> None:
    """Refuse a folder that holds something else than a run, or a run that is finished or not to be gone on with."""
    checkpoints = find_checkpoints(folder / CHECKPOINTS)
    present = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not resume and present - {SKIPPED}:
        advice = "Add --resume to go on with the run in it, or name" if checkpoints else "Name"
        raise FolderError(f"'{folder}' exists and is not empty. {advice} another folder.")
    if resume and not checkpoints and ((folder / SAMPLES).exists() or _is_measured(folder / MODEL)):
        raise FolderError(f"The run in '{folder}' is finished. Name another folder to train again.")
    if present - {MODEL, CHECKPOINTS, SAMPLES, TIMELINE, HISTORY, CURVES, SKIPPED}:
        raise FolderError(f"'{folder}' holds something else than a run. Name another folder.")


def _is_measured(model: Path) -> bool:
    """Tell whether a run has measured its model, which it does after the last epoch."""
    return (model / METRICS).exists() and bool(read_json(model / METRICS))


def finish_run(folder: Path) -> None:
    """Remove the checkpoints of a run that needs them no more.

    Args:
        folder: The run's folder.
    """
    shutil.rmtree(folder / CHECKPOINTS)


def write_history(folder: Path, history: History) -> None:
    """Write history.csv and curves.png.

    Args:
        folder: The run's folder, which is made if it is not there.
        history: What `Training.fit` gives.

    Raises:
        CheckpointError: If they cannot be written.
    """
    from cnnviz.evaluation.charts import draw_curves

    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / HISTORY, _as_csv(history).encode())
        write_atomically(folder / CURVES, draw_curves(history))
    except OSError as error:
        raise CheckpointError(
            f"Cannot write in '{folder}'. Make room and go on with --resume. Received: {error}."
        ) from error


def _as_csv(history: History) -> str:
    """Write one line per epoch, below the names."""
    names = ["epoch", *history]
    rows = ([number, *values] for number, values in enumerate(zip(*history.values(), strict=True), start=1))
    return "".join(",".join(map(str, row)) + "\n" for row in (names, *rows))
