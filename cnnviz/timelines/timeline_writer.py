"""Writing of a timeline, snapshot by snapshot: whenever it is interrupted, what was written before is whole."""

import hashlib
import math
import shutil
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import FolderError
from cnnviz.base.names import is_name
from cnnviz.base.storage import write_atomically
from cnnviz.network.network import Network
from cnnviz.timelines.likeness import architecture_digest
from cnnviz.timelines.schedule import thin
from cnnviz.timelines.snapshot import ChannelFigures, Snapshot
from cnnviz.timelines.snapshot_file import FIGURES, encode_snapshot
from cnnviz.timelines.timeline_folder import ABOUT, FILE, MAX_FIGURES, read_about, read_timeline, write_about

OWN_FILES = FILE.replace("{:010}", "*")
"""Pattern of the names of all files of weights."""


class TimelineWriter:
    """Writes a timeline into a folder of its own.

    Args:
        folder: The folder, which is made. It may be there with another timeline, but with nothing else.
        network: A network of its architecture.
        measured: The names of the layers whose channels are measured, in order.
        num_photos: How many photographs they are measured on.
        photos_sha256: Tells these photographs from others; None if there are none, or nobody goes on with the timeline.

    Raises:
        FolderError: If something else is there, or the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        network: Network,
        measured: Sequence[str] = (),
        num_photos: int = 0,
        photos_sha256: str | None = None,
    ) -> None:
        """Refuse a folder that is somebody else's."""
        require_own(folder)
        self.folder, self.network, self.entries = folder, network, list[dict[str, Any]]()
        self.numbers = {layer.name: number for number, layer in enumerate(network.layers)}
        self.about = {
            "architecture": architecture_digest(network),
            "num_photos": num_photos,
            "photos_sha256": photos_sha256,
            "layers": [self.numbers[name] for name in measured],
        }

    def begin(self, step: int = 0) -> None:
        """Begin, or go on with what was written before.

        Args:
            step: What a timeline that is there has of this step and earlier ones is kept, if it is of the same
                architecture, layers and photographs; 0 keeps nothing.

        Raises:
            FolderError: If the folder cannot be written, or its timeline is damaged.
        """
        if step and (self.folder / ABOUT).is_file():
            about = read_about(self.folder)
            if about.get("snapshots") and all(about.get(name) == value for name, value in self.about.items()):
                read_timeline(self.network, self.folder)  # refuses what is damaged
                steps = [entry["step"] for entry in about["snapshots"]]
                pairs = zip(steps, about["snapshots"], strict=True)
                self.entries = [entry for at, entry in pairs if at is not None and at <= step]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_about()
        except OSError as error:
            raise self._unwritable(error) from error

    @property
    def last_step(self) -> int | None:
        """The step of the last snapshot; None if there is none, or it has no step."""
        return self.entries[-1]["step"] if self.entries else None

    def add(
        self, snapshot: Snapshot, weights: Sequence[NDArray[np.generic]], channels: Mapping[str, ChannelFigures]
    ) -> None:
        """Write a snapshot; if there are more than 20 then, one of those between the first and the last goes.

        Args:
            snapshot: The moment. Its step, if it has one, is higher than that of the last.
            weights: As `keras.Model.get_weights` returns them.
            channels: The numbers of the measured layers.

        Raises:
            FolderError: If it cannot be written.
            NetworkError: If weights are infinite or NaN.
        """
        self.add_encoded(snapshot, encode_snapshot(weights, join_figures(channels)))

    def add_encoded(self, snapshot: Snapshot, content: bytes) -> None:
        """Write a snapshot whose file is encoded already, as `add` does.

        Args:
            snapshot: The moment.
            content: Of its file.

        Raises:
            FolderError: If it cannot be written.
        """
        name = FILE.format(len(self.entries) if snapshot.step is None else snapshot.step)
        self.entries.append(
            {
                "step": snapshot.step,
                "epoch": snapshot.epoch,
                "name": snapshot.name,
                "figures": _plain(snapshot.figures),
                "accuracy": snapshot.accuracy,
                "probes": {str(self.numbers[layer]): value for layer, value in snapshot.probes.items()},
                "answer_error": snapshot.answer_error,
                "file": name,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        if snapshot.step is not None:
            kept = set(thin([entry["step"] for entry in self.entries]))
            self.entries = [entry for entry in self.entries if entry["step"] in kept]
        try:
            write_atomically(self.folder / name, content)
            self._write_about()
        except OSError as error:
            self.entries.pop()
            raise self._unwritable(error) from error

    def _write_about(self) -> None:
        """Write the description, and remove files that it does not name."""
        write_about(self.folder, {**self.about, "snapshots": self.entries})
        named = {entry["file"] for entry in self.entries}
        for path in self.folder.glob(OWN_FILES):
            if path.name not in named:
                path.unlink()

    def _unwritable(self, error: OSError) -> FolderError:
        return FolderError(f"Cannot write the timeline in '{self.folder}'. Received: {error}.")


def join_figures(channels: Mapping[str, ChannelFigures]) -> dict[str, NDArray[np.float32]]:
    """Join the numbers of several layers.

    Args:
        channels: The numbers of each layer.

    Returns:
        By name, one layer after the other; nothing if there are none.
    """
    layers = list(channels.values())
    return {name: np.concatenate([getattr(layer, name) for layer in layers]) for name in FIGURES if layers}


def require_own(folder: Path) -> None:
    """Check that a timeline may be written to a folder.

    Args:
        folder: It may not exist yet, be empty, or hold a timeline and nothing else.

    Raises:
        FolderError: If it is something else.
    """
    if not folder.exists():
        return
    names = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else [""]
    if not all(name == ABOUT or fnmatchcase(name, OWN_FILES) for name in names):
        raise FolderError(f"'{folder}' exists and is no timeline. Name another folder, or remove it first.")


def replace_timeline(folder: Path, staged: Path) -> None:
    """Put a timeline in the place of another one.

    Args:
        folder: Where one may be.
        staged: The new one, which moves there.

    Raises:
        FolderError: If that cannot be done.
    """
    try:
        if folder.exists():
            shutil.rmtree(folder)
        staged.replace(folder)
    except OSError as error:
        raise FolderError(f"Cannot replace the timeline in '{folder}'. Received: {error}.") from error


def _plain(figures: Mapping[str, Any]) -> dict[str, float]:
    """Take what can be stored of figures, such as the logs of Keras: finite numbers, by their names."""
    numbers: dict[str, float] = {}
    for name, value in figures.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if is_name(name) and math.isfinite(number) and len(numbers) < MAX_FIGURES:
            numbers[name] = number
    return numbers
