"""One channel's map of a photo, and the answer, at every snapshot of a timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.figures import count, percent, short
from cnnviz.base.markup import card
from cnnviz.base.names import brief
from cnnviz.base.steps import Steps, finish
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.film import EDGE, Frame, draw_film
from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette
from cnnviz.drawing.thumbnail import draw_map
from cnnviz.network.layer import Layer
from cnnviz.network.network import require_numbers
from cnnviz.result.layer_result import DEFAULT_COLORMAP
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline import Timeline

NOTEBOOK_COLORS = 128
"""In a notebook, which keeps its pictures: the colours of one."""


class MomentFacts(TypedDict):
    """What a channel and the answer were at one moment; title says which."""

    title: str
    step: int | None
    max: float
    probabilities: dict[str, float]


@dataclass(frozen=True, eq=False)
class ChannelTimeline:
    """What a channel made of a photo while the network learned.

    Args:
        layer: The layer.
        channel: The channel's index.
        label: The class whose probability is shown: what the network answers now.
        snapshots: The S moments, in order.
        maps: The channel's map at each of them, shape (S, h, w), float32.
        probabilities: Each class's probability at each of them.

    Example:
        >>> made = cnnviz.ChannelTimeline(
        ...     cnnviz.load().network.layer("conv2d_3"), 17, "dog", (cnnviz.Snapshot(0),),
        ...     np.ones((1, 34, 34), np.float32), ({"cat": 0.5, "dog": 0.5},),
        ... )
        >>> made.to_list()[0]["title"], made.picture().mode
        ('step 0', 'RGB')
    """

    layer: Layer
    channel: int
    label: str
    snapshots: tuple[Snapshot, ...]
    maps: NDArray[np.float32] = field(repr=False)
    probabilities: tuple[Mapping[str, float], ...] = field(repr=False)

    def __repr__(self) -> str:
        """Describe it in one line."""
        name = f"{brief(self.layer.name)} {self.channel}"
        return f"<ChannelTimeline of {name}: {self.snapshots[0].title} to {self.snapshots[-1].title}>"

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.snapshots)

    def _repr_html_(self) -> str:
        """Show the moments in a notebook."""
        drawn = self.picture().quantize(NOTEBOOK_COLORS)
        return card(self._title, self._note, embed(drawn, f"{self._title}, at each snapshot"))

    def picture(self, colormap: str = DEFAULT_COLORMAP) -> Image.Image:
        """Draw the moments in rows of ten: each map on its own scale, from zero to its largest magnitude.

        Args:
            colormap: A matplotlib name.

        Returns:
            An RGB picture on white. Below each map stand the moment, the probability of the class and the map's
            maximum.

        Raises:
            OptionError: If there is no such colour map.
        """
        signed = not self.layer.non_negative
        colors, frames = palette(colormap, signed), []
        for snapshot, values, answer in zip(self.snapshots, self.maps, self.probabilities, strict=True):
            limit = np.abs(values).max(keepdims=True).ravel()
            drawn = indexed_picture(draw_map(values, limit, EDGE, signed), colors)
            lines = [snapshot.title, f"{self.label} {percent(answer[self.label])}", f"max {short(float(values.max()))}"]
            frames.append(Frame(drawn, lines))
        return draw_film(self._title, self._note, frames)

    def to_list(self) -> list[MomentFacts]:
        """Return the moments as plain JSON values."""
        moments = zip(self.snapshots, self.maps, self.probabilities, strict=True)
        return [
            {"title": snapshot.title, "step": snapshot.step, "max": float(values.max()), "probabilities": dict(answer)}
            for snapshot, values, answer in moments
        ]

    @property
    def _title(self) -> str:
        return f"How channel {self.channel} of {self.layer.name} learned"

    @property
    def _note(self) -> str:
        note = f"Its map of this photo at {count(len(self))} moments of training, each on its own scale"
        errors = [each.answer_error for each in self.snapshots if each.answer_error is not None]
        return f"{note}; kept in short form, probabilities within {percent(max(errors))}" if errors else note


def follow_channel(
    timeline: Timeline, numbers: NDArray[np.float32], layer: Layer, channel: int, label: str
) -> ChannelTimeline:
    """Look at a photo with every snapshot of a timeline.

    Args:
        timeline: The timeline.
        numbers: What the network gets of the photo, shape (height, width, C), float32.
        layer: The layer, which has places.
        channel: The channel's index.
        label: The class whose probability is shown.

    Returns:
        What the channel made of it.

    Raises:
        FolderError: If a snapshot is missing or damaged.
        NetworkError: If values of the network are infinite or NaN.
    """
    return finish(follow_in_steps(timeline, numbers, layer, channel, label))


def follow_in_steps(
    timeline: Timeline, numbers: NDArray[np.float32], layer: Layer, channel: int, label: str
) -> Steps[ChannelTimeline]:
    """Look at a photo with every snapshot of a timeline, as `follow_channel`, one in each step.

    Args:
        timeline: The timeline.
        numbers: What the network gets of the photo, shape (height, width, C), float32.
        layer: The layer, which has places.
        channel: The channel's index.
        label: The class whose probability is shown.

    Yields:
        The share of the snapshots that are done.

    Returns:
        What the channel made of the photo.

    Raises:
        FolderError: If a snapshot is missing or damaged.
        NetworkError: If values of the network are infinite or NaN.
    """
    network = timeline.network
    place, maps, answers = network.layers.index(network.layer(layer.name)), [], []
    for index in range(len(timeline)):
        activations, logits = timeline.activations(index, numbers[None])
        values = np.array(layer.maps(activations[place][0])[..., channel])
        require_numbers(values, layer.name)
        require_numbers(logits, network.layers[-1].name)
        maps.append(values)
        answers.append(network.head.probabilities(logits[0]))
        yield (index + 1) / len(timeline)
    return ChannelTimeline(layer, channel, label, timeline.snapshots, np.stack(maps), tuple(answers))
