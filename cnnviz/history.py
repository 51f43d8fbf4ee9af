"""The figures of every epoch of a run, as files that grow with it."""

from pathlib import Path

from cnnviz.charts import draw_curves
from cnnviz.errors import CheckpointError
from cnnviz.run_folder import CURVES, HISTORY
from cnnviz.storage import write_atomically

History = dict[str, list[float]]
"""By name, one value per epoch."""


def write_history(folder: Path, history: History) -> None:
    """Write history.csv and curves.png.

    Args:
        folder: The run's folder, which is made if it is not there.
        history: What `Training.fit` gives.

    Raises:
        CheckpointError: If they cannot be written.
    """
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
