"""Event handlers of the slider through the training."""

from typing import Any, ClassVar, TypedDict
from urllib.parse import urlencode

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import brief, count, percent, share, short
from cnnviz.base.names import brief as brief_name
from cnnviz.base.steps import Steps, finish, within
from cnnviz.network.head import Head
from cnnviz.network.network import require_numbers
from cnnviz.result.kernels import ColorKernels
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline import Timeline
from cnnviz.ui.answers import SLOW_SECONDS, Asked, Questions, find_photo, named, reply
from cnnviz.ui.channel_data import ClassShare, describe_classes
from cnnviz.ui.crowd.fair_queue import is_wanted
from cnnviz.ui.kept_timeline import KeptTimeline, Moment, describe_moments, title_of
from cnnviz.ui.learned import words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.tile_row import TileRow, describe_row, draw_maps

MAP_PIXELS = 84
"""Largest edge of a map; larger ones are shrunk by averaging."""

MAX_MAPS, MAX_KERNELS = 16, 64
"""Channels of a layer, and kernels, that are shown."""


class LearnedTile(TypedDict):
    """One picture of a row: the address of its channel, what stands below it, and what it is."""

    address: str
    below: str
    text: str


class LearnedTiles(TypedDict):
    """Pictures, each of which leads to a channel."""

    row: TileRow
    tiles: list[LearnedTile]


class ProbeBar(TypedDict):
    """How well a layer tells the classes apart: as text, and the length of a bar that begins at guessing."""

    name: str
    text: str
    share: float


class MomentAnswer(TypedDict):
    """What the network was at a moment: its answer to the photo, maps of a layer, kernels, and what was measured."""

    title: str
    classes: list[ClassShare]
    maps: LearnedTiles
    shows_all: bool
    kernels: LearnedTiles | None
    measured: list[str]
    probes: list[ProbeBar]


class CurveAnswer(TypedDict):
    """A class's probability at each moment; side is its index, if there are two."""

    name: str
    side: int | None
    moments: list[Moment]
    probabilities: list[float]
    percents: list[str]


class MomentsAnswer(TypedDict):
    """The moments that there are by now."""

    moments: list[Moment]


class LearnedQuestions(Questions):
    """Answers the slider. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"look": "moment", "follow": "curve", "renew": "moments"}

    def look(self, event: gr.EventData) -> Any:
        """Look at the photo with the network of one moment."""
        return reply("moment", event, self._look)

    def follow(self, event: gr.EventData) -> Any:
        """Tell the probability of the answer at all moments."""
        return reply("curve", event, self._follow)

    def renew(self, event: gr.EventData) -> Any:
        """List the moments of a timeline that is still recorded."""
        return reply("moments", event, self._renew, is_logged=False)

    def _look(self, asked: Asked) -> MomentAnswer:
        model = self.model()
        kept, token = _timeline_of(model), named(asked, "token")
        result, layer_name = find_photo(model, asked), named(asked, "layer")
        layer = result[layer_name]
        if not layer.layer.places:
            raise OptionError(f"The layer '{layer_name}' has no maps. Choose a layer with places.")
        timeline, index = kept.find(named(asked, "moment"))
        activations, logits = kept.activations(timeline, index, token, result.numbers)
        values = layer.layer.maps(activations[model.network.layers.index(layer.layer)][0])
        snapshot, head = timeline[index], model.network.head
        return {
            "title": title_of(snapshot),
            "classes": describe_classes(head, head.probabilities(logits), result.probabilities),
            "maps": describe_maps(layer, values),
            "shows_all": len(layer.feature_maps) <= MAX_MAPS,
            "kernels": describe_kernels(kept.kernels(timeline, index)) if asked.get("kernels") is True else None,
            "measured": tell_measured(snapshot, timeline.num_photos),
            "probes": describe_probes(snapshot, head),
        }

    def _follow(self, asked: Asked) -> CurveAnswer:
        model = self.model()
        kept, token = _timeline_of(model), named(asked, "token")
        result, timeline = find_photo(model, asked), kept.read()
        return finish(within(_describe_curve(kept, timeline, token, result), SLOW_SECONDS), is_wanted())

    def _renew(self, asked: Asked) -> MomentsAnswer:
        return {"moments": describe_moments(_timeline_of(self.model()).read())}


def describe_maps(layer: LayerResult, values: NDArray[np.float32]) -> LearnedTiles:
    """Draw what some channels made of a photo at a moment.

    Args:
        layer: What they make of it now: those that react most are shown, in this order.
        values: All maps at that moment, shape (h, w, C), float32.

    Returns:
        Plain JSON values.

    Raises:
        NetworkError: If values are infinite or NaN.
    """
    channels = np.argsort(-layer.magnitudes, kind="stable")[:MAX_MAPS]
    maps = np.ascontiguousarray(np.moveaxis(values, -1, 0)[channels], np.float32)
    require_numbers(maps, layer.name)
    largest = [float(each.max()) for each in maps]
    return {
        "row": describe_row(draw_maps(maps, MAP_PIXELS, not layer.layer.non_negative)),
        "tiles": [
            {
                "address": _address(layer.name, channel),
                "below": f"{channel} · {brief(value)}",
                "text": words.MAP.format(layer=layer.name, channel=channel, value=short(value)),
            }
            for channel, value in zip(channels.tolist(), largest, strict=True)
        ],
    }


def describe_kernels(kernels: ColorKernels) -> LearnedTiles | None:
    """Draw kernels side by side.

    Args:
        kernels: The kernels of a first layer.

    Returns:
        Plain JSON values; None if there are none.
    """
    shown = kernels[:MAX_KERNELS]
    if not shown:
        return None
    return {
        "row": describe_row([kernel.picture() for kernel in shown]),
        "tiles": [
            {
                "address": _address(kernel.layer_name, kernel.channel),
                "below": str(kernel.channel),
                "text": words.KERNEL.format(layer=kernel.layer_name, channel=kernel.channel),
            }
            for kernel in shown
        ],
    }


def tell_measured(snapshot: Snapshot, num_photos: int) -> list[str]:
    """Say how good a network was at a moment.

    Args:
        snapshot: The moment.
        num_photos: How many photographs it was measured on.

    Returns:
        Sentences.
    """
    sentences = []
    if snapshot.accuracy is not None:
        sentences.append(words.RIGHT.format(share=share(snapshot.accuracy), number=count(num_photos)))
    if snapshot.figures:
        figures = ", ".join(f"{brief_name(name)} {short(value)}" for name, value in snapshot.figures.items())
        sentences.append(words.FIGURES.format(figures=figures))
        if any("loss" in name for name in snapshot.figures):
            sentences.append(words.LOSS)
    sentences = sentences or [words.NOTHING_MEASURED]
    if snapshot.answer_error is not None:
        sentences.append(words.SHORTENED.format(percent=percent(snapshot.answer_error)))
    return sentences


def describe_probes(snapshot: Snapshot, head: Head) -> list[ProbeBar]:
    """Describe how well each layer told the classes apart.

    Args:
        snapshot: The moment.
        head: What the network's outputs mean.

    Returns:
        Plain JSON values, in the order of the layers; none if that was not measured.
    """
    guessing = 1 / len(head.class_names)
    return [
        {"name": name, "text": share(value), "share": max((value - guessing) / (1 - guessing), 0.0)}
        for name, value in snapshot.probes.items()
    ]


def _describe_curve(kept: KeptTimeline, timeline: Timeline, token: str, result: Result) -> Steps[CurveAnswer]:
    """Ask the network of each moment, one in each step, what it makes of the photo."""
    head, name, probabilities = result.network.head, result.label, []
    for index in range(len(timeline)):
        logits = kept.logits(timeline, index, token, result.numbers)
        probabilities.append(head.probabilities(logits)[name])
        yield (index + 1) / len(timeline)
    return {
        "name": name,
        "side": head.class_names.index(name) if head.is_binary else None,
        "moments": describe_moments(timeline),
        "probabilities": probabilities,
        "percents": [percent(each) for each in probabilities],
    }


def _timeline_of(model: ServedModel) -> KeptTimeline:
    if model.timeline is None:
        raise OptionError(words.NO_TIMELINE)
    return model.timeline


def _address(layer_name: str, channel: int) -> str:
    return f"?{urlencode({'layer': layer_name, 'channel': channel})}"
