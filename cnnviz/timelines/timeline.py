"""The timeline of a network: snapshots of its training, each of which becomes a network when it is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import FolderError, OptionError
from cnnviz.base.figures import count
from cnnviz.model_folder.manifest import verify_file
from cnnviz.network.copies import copy_model
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.network.passes import Values
from cnnviz.timelines.snapshot import ChannelFigures, Snapshot
from cnnviz.timelines.snapshot_file import SnapshotFile, split_figures


@dataclass(frozen=True)
class SnapshotPlace:
    """Where the weights of a snapshot are.

    Args:
        path: The file.
        size: Its size in bytes.
        sha256: Its hash, 64 hexadecimal digits.
    """

    path: Path
    size: int
    sha256: str


@dataclass
class _Opened:
    """The one network of a timeline that is compiled, and whose weights it has; threads share it."""

    lock: Any = field(default_factory=Lock)
    place: SnapshotPlace | None = None
    network: Network | None = None


@dataclass(frozen=True, eq=False)
class Timeline:
    """A network at several moments of its training: a sequence of snapshots.

    The weights stay in their files until somebody looks at them. Threads can share it.

    Args:
        network: The network that it is of, with its own weights.
        snapshots: The moments, in order.
        places: Where the weights of each one are.
        measured: The layers whose channels were measured; none if there were no photographs.
        num_photos: How many photographs the channels and answers were measured on; 0 for none.

    Example:
        >>> timeline = cnnviz.load().timeline("runs/mine/timeline")  # doctest: +SKIP
        >>> timeline[-1].step, timeline.network_at(0).fingerprint == timeline.network.fingerprint  # doctest: +SKIP
        (5080, False)
    """

    network: Network
    snapshots: tuple[Snapshot, ...]
    places: tuple[SnapshotPlace, ...] = field(repr=False)
    measured: tuple[Layer, ...] = field(default=(), repr=False)
    num_photos: int = 0
    _opened: _Opened = field(default_factory=_Opened, repr=False)

    def __repr__(self) -> str:
        """Describe the timeline in one line."""
        ends = f"{self.snapshots[0].title} to {self.snapshots[-1].title}"
        return f"<Timeline of {count(len(self))} snapshot(s): {ends}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle where the weights are, not what was opened of them."""
        return type(self), (self.network, self.snapshots, self.places, self.measured, self.num_photos)

    def __len__(self) -> int:
        """Return the number of snapshots."""
        return len(self.snapshots)

    def __iter__(self) -> Iterator[Snapshot]:
        """Go through the snapshots in order."""
        return iter(self.snapshots)

    def __getitem__(self, index: int) -> Snapshot:
        """Return a snapshot.

        Args:
            index: Its place, from 0; or from the end if it is negative.

        Returns:
            The snapshot.

        Raises:
            OptionError: If there is none.
        """
        return self.snapshots[self._require(index)]

    def weights(self, index: int) -> list[NDArray[np.generic]]:
        """Read the weights of a snapshot.

        Args:
            index: Its place, as for `timeline[index]`.

        Returns:
            Arrays of the shapes and types of `network.model.get_weights()`: what is kept of the weights, in 16 bits or
            in short form.

        Raises:
            OptionError: If there is no such snapshot.
            FolderError: If its file is missing or damaged.
        """
        return self._file(index).weights(self.network.model.get_weights())

    def network_at(self, index: int) -> Network:
        """Open the network as it was: one of its own, which is not affected by others.

        Args:
            index: The snapshot's place, as for `timeline[index]`.

        Returns:
            A network with the same layers, classes and preprocessing.

        Raises:
            OptionError: If there is no such snapshot.
            FolderError: If its file is missing or damaged.
            NetworkError: If Keras cannot copy the network's model.
        """
        model = copy_model(self.network.model, self.weights(index))
        return replace(self.network, model=model, folder=None, manifest={}, metrics={})

    def activations(self, index: int, batch: Values) -> tuple[list[Values], Values]:
        """Compute every layer's activation, and the logits, as they were.

        All snapshots share a compiled pass, so this is much faster than a network for each.

        Args:
            index: The snapshot's place, as for `timeline[index]`.
            batch: As for `Network.activations`.

        Returns:
            As `Network.activations`.

        Raises:
            OptionError: If there is no such snapshot.
            FolderError: If its file is missing or damaged.
            NetworkError: If a layer cannot be computed.
        """
        place, opened = self.places[self._require(index)], self._opened
        with opened.lock:
            if opened.network is None:
                opened.network, opened.place = self.network_at(index), place
            elif opened.place != place:
                weights = self.weights(index)
                opened.place = None  # should only some of them be set
                opened.network.model.set_weights(weights)
                opened.place = place
            return opened.network.activations(batch)

    def renewed(self, later: "Timeline") -> "Timeline":
        """Take the snapshots of the same timeline as it was read later, and keep what is compiled.

        Args:
            later: The later reading, of the same network.

        Returns:
            Its snapshots, with this timeline's compiled pass.
        """
        return replace(later, network=self.network, _opened=self._opened)

    def channels(self, index: int) -> dict[str, ChannelFigures]:
        """Read what channels did on the timeline's photographs.

        Args:
            index: The snapshot's place, as for `timeline[index]`.

        Returns:
            Numbers by the names of the measured layers, in order; empty if there were no photographs.

        Raises:
            OptionError: If there is no such snapshot.
            FolderError: If its file is missing or damaged.
        """
        file, sizes = self._file(index), [layer.shape[-1] for layer in self.measured]
        if not sizes:
            return {}
        parts = split_figures(file.figures(sum(sizes)), sizes)
        return {layer.name: ChannelFigures(*part) for layer, part in zip(self.measured, parts, strict=True)}

    def _file(self, index: int) -> SnapshotFile:
        place = self.places[self._require(index)]
        try:
            verify_file(place.path, {"size": place.size, "sha256": place.sha256})
        except OSError as error:
            raise FolderError(f"Cannot read '{place.path}'. Received: {error}.") from error
        return SnapshotFile(place.path)

    def _require(self, index: int) -> int:
        """Refuse a place at which there is no snapshot."""
        number = len(self)
        if not isinstance(index, int | np.integer) or not -number <= index < number:
            raise OptionError(f"There are {number} snapshots, 0 to {number - 1}. Received: {str(index)[:100]}.")
        return int(index) % number
