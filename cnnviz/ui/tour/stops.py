"""The stops of the tour, chosen from the numbers of the visitor's photo."""

from typing import TypedDict

import numpy as np

from cnnviz.result.kernels import ColorKernel, color_kernels
from cnnviz.result.result import Result
from cnnviz.result.trace import TracedUnit
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.strongest_units import default_tile
from cnnviz.ui.tour import words

MAX_STEPS = 40
"""How many steps of the way back are taken in search of a unit that sees a part of the photo."""

MAX_SHARE = 0.25
"""Largest share of the photo that such a unit sees."""


class Stop(TypedDict):
    """A stop: what is said, where the page goes, what is pressed there, and what is then looked at."""

    title: str
    text: str
    layer: str | None
    channel: int | None
    follow: list[str]
    press: str
    look: str


def plan_stops(model: ServedModel, result: Result) -> list[Stop]:
    """Choose where the tour stops.

    Args:
        model: The model that answers.
        result: What its network made of the photo.

    Returns:
        The stops, in order; without those that the network has nothing for.
    """
    label = result.label
    width, height = result.seen.size
    stops = [_stop(words.PHOTO, "#answer .frame", label=label, width=width, height=height)]
    kernel = find_kernel(result)
    if kernel:
        said = words.EDGE if kernel.label == "edge" else words.FIRST
        stops.append(_stop(said, ".detail[open] .large", kernel.layer_name, kernel.channel))
    found = find_unit(result)
    if found:
        layer, channel = found
        atlas = model.atlas.get(layer)
        stops.append(_stop(words.UNIT, ".detail[open] .overlay", layer, channel))
        if atlas and not atlas.silent[channel]:
            stops.append(_stop(words.PATTERN, ".detail[open] .looks-for", layer, channel))
        strongest = '.channels:not(.waiting) [data-switch="strongest"]'
        stops.append(_stop(words.OFF, ".channels .outcome:has(.bar)", layer, press=strongest, label=label))
    stops.append(_stop(words.FOLLOW, ".way[open] .terms:not(:empty)", follow=("answer",)))
    return stops


def _stop(
    said: tuple[str, str],
    look: str,
    layer: str | None = None,
    channel: int | None = None,
    follow: tuple[str, ...] = (),
    press: str = "",
    **values: object,
) -> Stop:
    title, text = said
    return {
        "title": title,
        "text": text.format(layer=layer, channel=channel, **values),
        "layer": layer,
        "channel": channel,
        "follow": list(follow),
        "press": press,
        "look": look,
    }


def find_kernel(result: Result) -> ColorKernel | None:
    """Find the kernel of the first layer that a photo excites most, of those that look for edges if there are any.

    Args:
        result: What the network made of the photo.

    Returns:
        The kernel; None if the first convolution does not read the picture's colours.
    """
    kernels = color_kernels(result.network)
    chosen = [kernel for kernel in kernels if kernel.label == "edge"] or list(kernels)
    if not chosen:
        return None
    maps = result[chosen[0].layer_name].feature_maps
    return max(chosen, key=lambda kernel: float(np.max(maps[kernel.channel])))


def find_unit(result: Result) -> tuple[str, int] | None:
    """Find a channel that the answer rests on, and whose units see only a part of the photo.

    Args:
        result: What the network made of the photo.

    Returns:
        Its layer and its index: the first one on the way back from the answer; if there is none, the strongest of the
        layer that the page shows at first; None if no layer has places.
    """
    tracer = result.tracer
    step = tracer.answer(result.label)
    for _ in range(MAX_STEPS):
        unit = step.terms[0].unit if step.terms else None
        if unit is None or unit.layer_name is None:
            break
        step = tracer.unit(unit.layer_name, unit.place)
        if not step.passes_on and unit.position and _share(unit, result.seen.size) <= MAX_SHARE:
            return unit.layer_name, unit.channel
    layer = result.layers[default_tile(result.layers)]
    strongest = layer.strongest(1)
    if layer.layer.places is None or layer.layer is result.network.layers[-1] or not strongest:
        return None
    return layer.name, strongest[0].channel


def _share(unit: TracedUnit, size: tuple[int, int]) -> float:
    """Compute which share of the picture a unit saw."""
    left, top, right, bottom = unit.box
    width, height = size
    seen = (min(right, width) - max(left, 0)) * (min(bottom, height) - max(top, 0))
    return seen / (width * height)
