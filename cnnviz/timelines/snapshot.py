"""What is known of a network at one moment of its training."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.figures import count, share
from cnnviz.base.names import brief

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ChannelFigures:
    """What the C channels of a layer did on the photographs of a timeline, with the weights of one moment.

    Args:
        mean: The mean activation over all units and photographs, shape (C,), float32.
        maximum: The largest activation, shape (C,).
        silent_share: The share of photographs on which all units of the channel are zero, shape (C,), in [0, 1].
    """

    mean: Floats = field(repr=False)
    maximum: Floats = field(repr=False)
    silent_share: Floats = field(repr=False)

    @property
    def dead_share(self) -> float:
        """The share of channels that are zero everywhere, on all photographs, in [0, 1]."""
        return float((self.silent_share == 1).mean())


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One moment of training.

    Args:
        step: Steps that were complete; None if nobody knows.
        epoch: Epochs that were complete, with the part of the one that was not; None if nobody knows.
        name: Of the file that the weights come from; "" if they were taken while the network was trained.
        figures: What training itself measured, by Keras's names, such as "loss" and "val_accuracy".
        accuracy: The share of right answers on the timeline's photographs, in [0, 1]; None without classes.
        probes: By layer name, how often a linear probe of it is right, in [0, 1]; empty where none was fitted.
        answer_error: If the weights are kept in short form: by how much probabilities differ from those of the weights
            in full, on 95% of photographs at most, in [0, 1]. None if they are kept in full.

    Example:
        >>> cnnviz.Snapshot(step=1024, epoch=3.2, accuracy=0.75)
        <Snapshot of step 1,024: 75% right>
    """

    step: int | None = None
    epoch: float | None = None
    name: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    accuracy: float | None = None
    probes: Mapping[str, float] = field(default_factory=dict)
    answer_error: float | None = None

    def __repr__(self) -> str:
        """Describe the moment in one line."""
        right = "" if self.accuracy is None else f": {share(self.accuracy)} right"
        return f"<Snapshot of {self.title}{right}>"

    @property
    def title(self) -> str:
        """The moment in words: "step 1,024", or the name of the file."""
        return brief(self.name) if self.step is None else f"step {count(self.step)}"
