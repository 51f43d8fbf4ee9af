"""A model's timeline as the page keeps it: opened once, read again while it grows, and what was computed of it."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import CnnvizError, OptionError
from cnnviz.base.figures import decimals
from cnnviz.network.network import Network, require_numbers
from cnnviz.network.passes import Values
from cnnviz.result.kernels import ColorKernels, color_kernels
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline import SnapshotPlace, Timeline
from cnnviz.timelines.timeline_folder import ABOUT, find_timeline, read_timeline

LOGGER = logging.getLogger("cnnviz")

MAX_ANSWERS, MAX_KERNELS = 1280, 40
"""Answers that are remembered, one for each photo and moment; and moments whose kernels are."""

MOMENT, EPOCH = "{title} · epoch {epoch}", 1

T = TypeVar("T")


class Moment(TypedDict):
    """A snapshot, as the page names it: by a key that no other has, and in words."""

    key: str
    title: str


class _Recent(Generic[T]):
    """What was computed last; threads share it."""

    def __init__(self, number: int) -> None:
        """Start without anything, and keep so many."""
        self._number, self._values, self._lock = number, OrderedDict[Any, T](), threading.Lock()

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """Return what is known under a key; compute it if nothing is."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        return self.put(key, make())

    def put(self, key: Any, value: T) -> T:
        """Keep a value, and forget the one that was not asked for longest."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._number:
                self._values.popitem(last=False)
        return value


class KeptTimeline:
    """A timeline, and what visitors have asked of it last; threads share it.

    Args:
        timeline: The timeline.
        folder: Where it is, if it may still grow, or will begin; else None. It is looked at when it is read first.
    """

    def __init__(self, timeline: Timeline, folder: Path | None = None) -> None:
        """Keep it."""
        self._timeline, self._folder, self._lock = timeline, folder, threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._answers: _Recent[Values] = _Recent(MAX_ANSWERS)
        self._kernels: _Recent[ColorKernels] = _Recent(MAX_KERNELS)

    @property
    def is_growing(self) -> bool:
        """Whether snapshots may still come."""
        return self._folder is not None

    def read(self) -> Timeline:
        """Return the timeline; one that has grown is read again.

        Returns:
            The timeline as it is now; as it was, if it cannot be read.
        """
        if self._folder is None:
            return self._timeline
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                try:
                    self._timeline = self._timeline.renewed(read_timeline(self._timeline.network, self._folder))
                except CnnvizError as error:
                    LOGGER.warning("The timeline is shown as it was: %s", error)
            return self._timeline

    def find(self, key: str) -> tuple[Timeline, int]:
        """Find a moment.

        Args:
            key: Of the moment.

        Returns:
            The timeline, and the moment's place in it.

        Raises:
            OptionError: If there is none of that key, or not any more.
        """
        timeline = self.read()
        keys = [key_of(place) for place in timeline.places]
        if key not in keys:
            raise OptionError("This moment is not kept any more. Choose another one.")
        return timeline, keys.index(key)

    def activations(
        self, timeline: Timeline, index: int, token: str, numbers: NDArray[np.float32]
    ) -> tuple[list[Values], Values]:
        """Compute what the network made of a photo at a moment.

        Args:
            timeline: From `find`.
            index: From `find`.
            token: Of the photo.
            numbers: What the network gets of it, shape (height, width, C), float32.

        Returns:
            Every layer's activation, shape (1, ...), and the logits, shape (num_outputs,).

        Raises:
            FolderError: If the moment's file is missing or damaged.
            NetworkError: If the logits are infinite or NaN.
        """
        activations, logits = timeline.activations(index, numbers[None])
        require_numbers(logits, timeline.network.layers[-1].name)
        return activations, self._answers.put((token, key_of(timeline.places[index])), np.array(logits[0]))

    def logits(self, timeline: Timeline, index: int, token: str, numbers: NDArray[np.float32]) -> Values:
        """Compute the answer to a photo at a moment, if it was not computed before.

        Args:
            timeline: From `read`.
            index: The moment's place in it.
            token: Of the photo.
            numbers: As for `activations`.

        Returns:
            The logits, shape (num_outputs,).

        Raises:
            FolderError: If the moment's file is missing or damaged.
            NetworkError: If the logits are infinite or NaN.
        """
        key = token, key_of(timeline.places[index])
        return self._answers.get(key, lambda: self.activations(timeline, index, token, numbers)[1])

    def kernels(self, timeline: Timeline, index: int) -> ColorKernels:
        """Return the kernels of the first convolution at a moment.

        Args:
            timeline: From `find`.
            index: From `find`.

        Returns:
            The kernels, if it reads the picture's colours; else none.

        Raises:
            FolderError: If the moment's file is missing or damaged.
        """
        key = key_of(timeline.places[index])
        return self._kernels.get(key, lambda: color_kernels(timeline.network, timeline.weights(index)))

    def _stamp(self) -> tuple[int, ...]:
        """Tell one state of its description from another, as far as can be seen without reading it."""
        if self._folder is None:
            return ()
        try:
            stat = (self._folder / ABOUT).stat()
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def keep_timeline(network: Network, folder: Path | None = None) -> KeptTimeline | None:
    """Open the timeline of a network for the page.

    Args:
        network: The network.
        folder: Where it is, may still be recorded, or will be; None for the one in the model's folder, or beside it.

    Returns:
        The timeline; that in a folder may have no moments yet. None if there is none, or it cannot be read, which the
        log tells.
    """
    if folder is None and find_timeline(network) is None:
        return None
    if folder is not None:
        if not (folder / ABOUT).exists():
            LOGGER.warning("No timeline in '%s' yet. The page shows it as soon as it begins.", folder)
        return KeptTimeline(Timeline(network, (), ()), folder)
    try:
        return KeptTimeline(read_timeline(network))
    except CnnvizError as error:
        LOGGER.warning("The page does without the timeline: %s", error)
        return None


def key_of(place: SnapshotPlace) -> str:
    """Name a moment so that no other one has the same name, also of a training that was begun again."""
    return f"{place.path.stem}-{place.sha256[:8]}"


def describe_moments(timeline: Timeline) -> list[Moment]:
    """List the moments of a timeline.

    Args:
        timeline: The timeline.

    Returns:
        Plain JSON values, in order.
    """
    pairs = zip(timeline.places, timeline.snapshots, strict=True)
    return [{"key": key_of(place), "title": title_of(snapshot)} for place, snapshot in pairs]


def title_of(snapshot: Snapshot) -> str:
    """Write a moment in words.

    Args:
        snapshot: The snapshot.

    Returns:
        For example "step 64 · epoch 0.4", or the name of a file.
    """
    if snapshot.step is None or snapshot.epoch is None:
        return snapshot.title
    return MOMENT.format(title=snapshot.title, epoch=decimals(snapshot.epoch, EPOCH))
