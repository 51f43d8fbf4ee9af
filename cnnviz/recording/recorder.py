"""Records the timeline of a network that learns: takes snapshots when they are due, and measures each."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.network import Network
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.measurement import Measurement, measure
from cnnviz.surveys.tally import surveyed_layers
from cnnviz.timelines.schedule import is_due
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline_writer import TimelineWriter

Probe = Callable[[Network], Mapping[str, float]]
"""Tells how often a linear probe of each layer is right, by layer name."""


class Recorder:
    """Takes snapshots of a network.

    Args:
        folder: The timeline's folder.
        network: The network; its weights are those of the moment when a snapshot is taken.
        photos: What it is measured on; None for nothing.
        every: Steps from one snapshot to the next; None for 1, 2, 4, 8 and so on.
        probe: Fits a probe to each layer; None for none.

    Attributes:
        seen: The steps that were complete when `is_due` was asked last.

    Raises:
        FolderError: If the folder holds something else.
    """

    def __init__(
        self,
        folder: Path,
        network: Network,
        photos: FixedPhotos | None,
        every: int | None = None,
        probe: Probe | None = None,
    ) -> None:
        """Nothing is written yet."""
        self.network, self.photos, self.every, self.probe = network, photos, every, probe
        names = [layer.name for layer in surveyed_layers(network)] if photos else []
        about_photos = (len(photos), photos.sha256) if photos else ()
        self.writer = TimelineWriter(folder, network, names, *about_photos)
        self.seen = 0

    def begin(self, step: int = 0) -> None:
        """Begin at a step; what an earlier part of the same training recorded up to there, on the same photos, stays.

        Args:
            step: Steps that are complete.

        Raises:
            FolderError: If the folder cannot be written.
        """
        self.writer.begin(step)
        self.seen = step

    def is_due(self, step: int) -> bool:
        """Tell whether to take a snapshot; asked after every step.

        Args:
            step: Steps that are complete.

        Returns:
            Whether it is one of those, or the first after one of those, of which a snapshot is wanted.
        """
        before, self.seen = self.seen, step
        return is_due(before, step, self.every)

    def record(
        self,
        step: int | None,
        weights: Sequence[NDArray[np.generic]],
        figures: Mapping[str, Any],
        epoch: float | None = None,
        name: str = "",
    ) -> None:
        """Take a snapshot of the network as it is.

        Args:
            step: Steps that are complete; None if nobody knows. If the last snapshot is of this step, nothing is done.
            weights: Those of the network, as `keras.Model.get_weights` returns them.
            figures: What training measured, by name.
            epoch: Epochs that are complete, with the part of the one that is not.
            name: Of the file that the weights come from.

        Raises:
            FolderError: If it cannot be written.
            NetworkError: If the network's weights or values are infinite or NaN.
        """
        if step is not None and step == self.writer.last_step:
            return
        found = measure(self.network, self.photos) if self.photos else Measurement()
        probes = self.probe(self.network) if self.probe else {}
        self.writer.add(Snapshot(step, epoch, name, figures, found.accuracy, probes), weights, found.channels)
