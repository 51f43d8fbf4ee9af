"""The files of a timeline: timeline.json, and a file of weights for each snapshot.

They lie in a folder of their own, `timeline` beside the model's; or in the model's, whose manifest then lists them.
"""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnviz.base.errors import FolderError
from cnnviz.base.names import is_name
from cnnviz.base.storage import write_atomically
from cnnviz.model_folder.folder import add_files
from cnnviz.model_folder.manifest import CARD, FILE_NAME, read_json, read_manifest, verify_file
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.timelines.likeness import architecture_digest
from cnnviz.timelines.schedule import MAX_SNAPSHOTS
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.snapshot_file import largest_size
from cnnviz.timelines.timeline import SnapshotPlace, Timeline

ABOUT, FOLDER = "timeline.json", "timeline"
FILE = "timeline-{:010}.npz"
FORMAT_VERSION = 1
MAX_FIGURES, MAX_COUNT, DIGEST_LENGTH = 50, 2**53, 64
CARD_SECTION = f"""
## How it learned

`{ABOUT}` and the files that it names hold the weights at several moments of the training.
"""


def find_timeline(network: Network) -> Path | None:
    """Find the timeline of a network: in the folder of its model, or beside it.

    Args:
        network: The network.

    Returns:
        The folder in which timeline.json is; None if there is none.
    """
    if network.folder is None:
        return None
    if ABOUT in network.manifest.get("files", {}):
        return network.folder
    beside = network.folder.parent / FOLDER
    return beside if (beside / ABOUT).is_file() else None


def read_timeline(network: Network, folder: str | os.PathLike[str] | None = None) -> Timeline:
    """Read a timeline; the weights stay in their files until somebody looks at them.

    Args:
        network: A network of its architecture.
        folder: Where it is; None for the one in the folder of the network's model, or beside it.

    Returns:
        The timeline.

    Raises:
        FolderError: If there is none, or it is damaged, of a newer format or of another architecture.
    """
    path = find_timeline(network) if folder is None else Path(folder)
    if path is None:
        raise FolderError(
            "This model has no timeline. Train with `python train.py --snapshots`, or make one of checkpoints with "
            "`cnnviz timeline`."
        )
    if not (path / ABOUT).is_file():
        raise FolderError(f"No timeline in '{path}': expected a folder with {ABOUT}.")
    if folder is None and path == network.folder:
        verify_file(path / ABOUT, network.manifest["files"][ABOUT])
    about = read_about(path)
    if about.get("architecture") != architecture_digest(network):
        raise FolderError(f"The timeline in '{path}' is of a model with another architecture.")
    return _Reader(path, network, about).timeline()


def read_about(folder: Path) -> dict[str, Any]:
    """Read the description of a timeline, of which only the format is checked.

    Args:
        folder: Where it is.

    Returns:
        The content of timeline.json.

    Raises:
        FolderError: If it is missing, no JSON, or of another format.
    """
    try:
        about = read_json(folder / ABOUT)
    except OSError as error:
        raise FolderError(f"Cannot read the timeline in '{folder}'. Received: {error}.") from error
    if about.get("format_version") != FORMAT_VERSION:
        raise FolderError(f"The timeline in '{folder}' is of another version of cnnviz. Update it, or record it again.")
    return about


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the description of a timeline, whole or not at all.

    Args:
        folder: Where it is.
        about: The content, plain JSON values; the format is added.

    Raises:
        OSError: If it cannot be written.
    """
    content = json.dumps({"format_version": FORMAT_VERSION, **about}, indent=2, allow_nan=False)
    write_atomically(folder / ABOUT, content.encode())


def add_timeline(model_folder: Path, folder: Path) -> None:
    """Put a timeline into the folder of its model, so that whoever has the model has it, too.

    Args:
        model_folder: A model folder.
        folder: The timeline's own folder, which stays as it is.

    Raises:
        FolderError: If one of them is not intact, or the model's cannot be written.
    """
    read_manifest(model_folder)
    entries = read_about(folder).get("snapshots", [])
    names: list[Any] = [entry.get("file") for entry in entries if isinstance(entry, dict)]
    if not all(isinstance(name, str) and FILE_NAME.fullmatch(name) for name in names):
        raise FolderError(f"The timeline in '{folder}' is damaged: a file is missing. Record it again.")
    card = (model_folder / CARD).read_text(encoding="utf-8", errors="replace")
    section = "" if CARD_SECTION in card else CARD_SECTION
    try:
        files = {name: (folder / name).read_bytes() for name in [*names, ABOUT]}
    except OSError as error:
        raise FolderError(f"The timeline in '{folder}' is incomplete. Received: {error}.") from error
    add_files(model_folder, {**files, CARD: (card + section).encode()})


class _Reader:
    """Reads the description of a timeline, which may come from anywhere."""

    def __init__(self, folder: Path, network: Network, about: Mapping[str, Any]) -> None:
        """Check what holds for all snapshots."""
        self.folder, self.network, self.about = folder, network, about
        self.measured = self._layers(about.get("layers"))
        num_channels = sum(layer.shape[-1] for layer in self.measured)
        self.largest = largest_size(network.model.get_weights(), num_channels)
        self._require(_is_count(about.get("num_photos")), "the number of photographs is missing")

    def timeline(self) -> Timeline:
        """Read all."""
        entries = self.about.get("snapshots")
        if entries == []:
            raise FolderError(f"The timeline in '{self.folder}' has no snapshot yet.")
        if not isinstance(entries, list) or len(entries) > MAX_SNAPSHOTS:
            raise self._damaged(f"it has at most {MAX_SNAPSHOTS} snapshots")
        self._require(all(isinstance(entry, dict) for entry in entries), "a snapshot is missing")
        steps = [entry.get("step") for entry in entries]
        known = [step for step in steps if step is not None]
        self._require(all(map(_is_count, known)) and known == sorted(set(known)), "its steps are not in order")
        snapshots, places = tuple(map(self._snapshot, entries)), tuple(map(self._place, entries))
        return Timeline(self.network, snapshots, places, self.measured, self.about["num_photos"])

    def _layers(self, numbers: Any) -> tuple[Layer, ...]:
        layers = self.network.layers
        is_listed = isinstance(numbers, list) and all(_is_count(each, len(layers) - 1) for each in numbers)
        self._require(is_listed and numbers == sorted(set(numbers)), "its layers are not the model's")
        return tuple(layers[number] for number in numbers)

    def _snapshot(self, entry: Mapping[str, Any]) -> Snapshot:
        named = ("epoch", "name", "figures", "accuracy", "probes", "answer_error")
        values: list[Any] = [entry.get(each) for each in named]
        epoch, name, figures, accuracy, probes, error = values
        self._require(epoch is None or (_is_number(epoch) and epoch >= 0), "an epoch is no number")
        self._require(is_name(name) and (bool(name) or entry.get("step") is not None), "a snapshot has no name")
        self._require(accuracy is None or _is_share(accuracy), "an accuracy is out of range")
        self._require(error is None or _is_share(error), "an error of answers is out of range")
        is_there = isinstance(figures, dict) and len(figures) <= MAX_FIGURES and all(map(is_name, figures))
        self._require(is_there and all(map(_is_number, figures.values())), "a figure is no number")
        names = {str(number): layer.name for number, layer in enumerate(self.network.layers)}
        is_there = isinstance(probes, dict) and probes.keys() <= names.keys() and all(map(_is_share, probes.values()))
        self._require(is_there, "the probes are not those of the model's layers")
        by_name = {names[number]: value for number, value in probes.items()}
        return Snapshot(entry.get("step"), epoch, name, figures, accuracy, by_name, error)

    def _place(self, entry: Mapping[str, Any]) -> SnapshotPlace:
        name, size, digest = entry.get("file"), entry.get("size"), entry.get("sha256")
        self._require(isinstance(name, str) and bool(FILE_NAME.fullmatch(name)), "a file has no name")
        self._require(_is_count(size, self.largest), "a file is larger than the model's weights")
        self._require(isinstance(digest, str) and len(digest) == DIGEST_LENGTH, "a hash is missing")
        return SnapshotPlace(self.folder / str(name), int(size or 0), str(digest))

    def _require(self, is_right: bool, reason: str) -> None:
        if not is_right:
            raise self._damaged(reason)

    def _damaged(self, reason: str) -> FolderError:
        return FolderError(f"The timeline in '{self.folder}' is damaged: {reason}. Record it again.")


def _is_count(value: Any, limit: int = MAX_COUNT) -> bool:
    return type(value) is int and 0 <= value <= limit


def _is_number(value: Any) -> bool:
    return (type(value) is int and abs(value) <= MAX_COUNT) or (type(value) is float and math.isfinite(value))


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1
