"""The stages of a photo's journey: layers in a row that see about as much of the picture."""

import math
from dataclasses import dataclass
from itertools import groupby

from cnnviz.base.figures import count, percent
from cnnviz.network.layer import Layer
from cnnviz.network.network import Network
from cnnviz.network.receptive_field import ReceptiveField
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.photo_likeness import Integrals
from cnnviz.result.result import Result
from cnnviz.ui.story import words
from cnnviz.ui.story.findings import Likenesses, tell_findings
from cnnviz.ui.story.layer_roles import tell_roles
from cnnviz.ui.story.told import is_long, told_layers, told_stages

WEIGHING, ANSWER = len(words.STAGES), len(words.STAGES) + 1
Layers = tuple[LayerResult, ...]


@dataclass(frozen=True)
class Stage:
    """One stage.

    Args:
        title: Its number and what it looks for.
        text: What can be said of it on this photo.
        layers: The layers, in order.
    """

    title: str
    text: str
    layers: Layers


def tell_stages(result: Result, likenesses: Likenesses, integrals: Integrals) -> list[Stage]:
    """Divide a network into stages, and say of each what this photo's numbers bear out.

    Args:
        result: The photo's result.
        likenesses: How much the layers look like the photo, and like others.
        integrals: From `integrate`: of what the network saw.

    Returns:
        The stages in order; every layer that is told of is in one.
    """
    stages: list[Stage] = []
    for kind, layers in _divide(result):
        earlier = [stage.layers for stage in stages]
        if kind == ANSWER:
            sentences = [_tell_answer(result)]
        elif kind == WEIGHING:
            sentences = _tell_weighing(layers, earlier)
        else:
            general, pooling = _tell_general(kind, layers, result), _tell_pooling(layers)
            findings = tell_findings(layers, earlier, likenesses, integrals)
            new = "" if any(map(_tell_pooling, earlier)) else pooling
            sentences = [general, *findings, new, *tell_roles(result, layers, earlier)]
        title = _title(len(stages), kind, result.network)
        stages.append(Stage(title, " ".join(filter(None, sentences)), layers))
    return stages


def title_stages(network: Network) -> list[str]:
    """Write the titles of a long network's stages, which are the same for all photos.

    Args:
        network: The network.

    Returns:
        A title for each of `network.stages`.
    """
    kinds = _kinds(network)
    return [_title(index, kinds[layers[0].name], network) for index, layers in enumerate(told_stages(network))]


def share_seen(layer: Layer) -> float:
    """Compute which share of the picture one unit sees, along the side of which it sees more.

    Args:
        layer: The layer.

    Returns:
        In [0, 1].
    """
    axes = layer.receptive_field.rows, layer.receptive_field.columns
    return max(axis.num_pixels / axis.extent for axis in axes)


def _divide(result: Result) -> list[tuple[int, Layers]]:
    """Divide the layers that are told of into stages, each with its kind: by that, or those of a long network."""
    network = result.network
    kinds = _kinds(network)
    if is_long(network):
        stages = told_stages(network)
        return [(kinds[layers[0].name], tuple(result[layer.name] for layer in layers)) for layers in stages]
    return [(kind, tuple(group)) for kind, group in groupby(result.layers, key=lambda layer: kinds[layer.name])]


def _kinds(network: Network) -> dict[str, int]:
    """Tell for each layer that is told of to which kind of stage it belongs; the kinds never go back."""
    layers, numbers = told_layers(network), {layer.name: n for n, layer in enumerate(network.layers)}
    last_map = max((n for n, layer in enumerate(layers) if layer.places not in (None, (1, 1))), default=-1)
    # Up to the first layer that learned, nothing but small patterns can be looked for.
    learned = next((numbers[layer.name] for layer in network.layers if layer.num_parameters), len(numbers))
    kinds: dict[str, int] = {}
    kind = 0
    for number, layer in enumerate(layers):
        if number == len(layers) - 1:
            kind = ANSWER
        elif number > last_map:
            kind = WEIGHING
        elif layer.places and numbers[layer.name] > learned:
            share = share_seen(layer)
            kind = max(kind, next(kind for kind, (limit, *_) in enumerate(words.STAGES) if share <= limit))
        kinds[layer.name] = kind
    return kinds


def _title(index: int, kind: int, network: Network) -> str:
    """Write a stage's number and what it looks for."""
    is_gray = network.preprocessing.num_channels == 1
    names = [each[1] for each in words.STAGES]
    names[0] = words.EDGES if is_gray else names[0]
    return f"{index + 1} {[*names, words.WEIGHING_TITLE, words.ANSWER_TITLE][kind]}"


def _tell_general(kind: int, layers: Layers, result: Result) -> str:
    """Say what such a stage does on any photo."""
    text = words.STAGES[kind][2]
    if not text:
        animals = set(result.probabilities) == {"cat", "dog"}
        return words.LARGER_PARTS_OF_ANIMALS if animals else words.LARGER_PARTS
    is_bright = kind == 0 and all(layer.layer.non_negative for layer in layers)
    return f"{text} {words.FOUND_HERE}" if is_bright else text


def _tell_pooling(layers: Layers) -> str:
    """Say what a maximum pooling over squares that do not overlap does."""
    for layer in layers:
        if layer.kind == "MaxPooling2D" and layer.source and layer.source.layer.places:
            sides = {_side(layer.receptive_field, layer.source.receptive_field, axis) for axis in ("rows", "columns")}
            side = sides.pop()
            if not sides and side > 1:
                share = words.SHARES.get(side, words.SHARE.format(parts=side**2))
                return words.POOLING.format(side=side, share=share)
    return ""


def _side(field: ReceptiveField, source: ReceptiveField, name: str) -> int:
    """Compute the side of a pooling's window along one axis; 0 where windows overlap or leave gaps."""
    axis, before = getattr(field, name), getattr(source, name)
    side = int(axis.stride // max(before.stride, 1))
    return side if axis.size - before.size == (side - 1) * before.stride else 0


def _tell_weighing(layers: Layers, earlier: list[Layers]) -> list[str]:
    """Say how many numbers become how many, and which layer is the first to see the whole."""
    before = earlier[-1][-1] if earlier else layers[0]
    num_before, num_after = (math.prod(layer.shape) for layer in (before, layers[-1]))
    sentences = []
    if num_before != num_after:
        sentences.append(words.WEIGHING.format(before=count(num_before), after=count(num_after)))
    wider = [layer.name for layer in layers if share_seen(layer.layer) > share_seen(before.layer)]
    return [*sentences, words.WHOLE_PHOTO.format(layer=wider[0])] if wider else sentences


def _tell_answer(result: Result) -> str:
    if len(result.logits) == 1:
        (other, rest), (label, probability) = result.probabilities.items()
        texts = {"percent": percent(probability), "label": label, "rest": percent(rest), "other": other}
        return words.ONE_SUM.format(**texts)
    text = words.MANY_YES if result.network.head.is_multi_label else words.MANY_SUMS
    return text.format(percent=percent(result.probabilities[result.label]), label=result.label)
