"""The folder of one training run: what is in it, and when a run may use it."""

import shutil
from pathlib import Path

from cnnviz.base.errors import CheckpointError, FolderError
from cnnviz.base.storage import write_atomically
from cnnviz.model_folder.manifest import METRICS, MODEL, read_json
from cnnviz.timelines.timeline_folder import FOLDER as TIMELINE
from cnnviz.training.checkpoint import find_checkpoints

CHECKPOINTS, SAMPLES = "checkpoints", "samples"
HISTORY, CURVES, SKIPPED = "history.csv", "curves.png", "skipped.txt"
PROBE = ".writable"
"""A file that is written and removed to find out whether a folder can be written."""

History = dict[str, list[float]]
"""The figures of a run by name, one value per epoch."""


def open_run(folder: Path, resume: bool) -> None:
    """Make the folder, and find out before any work whether a run may write there.

    Args:
        folder: The run's folder.
        resume: Whether to go on with the run that is in it.

    Raises:
        FolderError: If it holds something else, the run in it is finished, or it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"'{folder}' is a file. Name another folder.")
    checkpoints = find_checkpoints(folder / CHECKPOINTS)
    present = {path.name for path in folder.iterdir() if not path.name.startswith(".")} if folder.exists() else set()
    if not resume and present - {SKIPPED}:
        advice = "Add --resume to go on with the run in it, or name" if checkpoints else "Name"
        raise FolderError(f"'{folder}' exists and is not empty. {advice} another folder.")
    if resume and not checkpoints and ((folder / SAMPLES).exists() or _is_measured(folder / MODEL)):
        raise FolderError(f"The run in '{folder}' is finished. Name another folder to train again.")
    if present - {MODEL, CHECKPOINTS, SAMPLES, TIMELINE, HISTORY, CURVES, SKIPPED}:
        raise FolderError(f"'{folder}' holds something else than a run. Name another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / PROBE, b"")
        (folder / PROBE).unlink()
    except OSError as error:
        raise FolderError(f"Cannot write in '{folder}'. Received: {error}.") from error


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
