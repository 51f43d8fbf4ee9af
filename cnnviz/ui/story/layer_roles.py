"""What layers with a task of their own do: normalizations, activations, and what joins branches."""

from collections.abc import Sequence

from cnnviz.base.names import join_names
from cnnviz.network.layer import Layer
from cnnviz.network.receptive_field import ONE_PLACE
from cnnviz.network.role import ACTIVATION, JOIN, NORMALIZATION, PRODUCT, SUM
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.ui.story import words

MEASURED_BEFORE = ("BatchNormalization", "Normalization")
"""Normalizations whose scales were found before the network saw this photo."""


def tell_roles(result: Result, layers: Sequence[LayerResult], earlier: Sequence[Sequence[LayerResult]]) -> list[str]:
    """Say of the first layer of each such role what it does; the page says it once for the whole journey.

    Args:
        result: The photo's result.
        layers: The layers of a stage that are told of.
        earlier: Those of each stage before it.

    Returns:
        Sentences in the order of the layers; none of roles that an earlier stage has told.
    """
    known = {layer.layer.role for stage in earlier for layer in stage}
    sentences = []
    for layer in layers:
        role = layer.layer.role
        if role in TELL and role not in known:
            sentences.append(TELL[role](layer, result))
            known.add(role)
    return sentences


def _tell_sum(layer: LayerResult, result: Result) -> str:
    """Tell what is added up; of a block that something went past, say so."""
    inputs = layer.layer.inputs
    by_name = {each.name: each.layer for each in result}
    passes = any(one in _leading_to(other, by_name) for one in inputs for other in inputs if one != other)
    text = words.SUM_WITH_PAST if passes else words.SUM
    return text.format(layer=layer.name, names=join_names(inputs))


def _leading_to(name: str, by_name: dict[str, Layer]) -> set[str]:
    """Find the layers that a layer depends on."""
    found: set[str] = set()
    stack = [name]
    while stack:
        for fed in by_name[stack.pop()].inputs:
            if fed not in found:
                found.add(fed)
                stack.append(fed)
    return found


def _tell_product(layer: LayerResult, result: Result) -> str:
    num_places = [result[name].layer.places or ONE_PLACE for name in layer.layer.inputs]
    is_gate = ONE_PLACE in num_places and (layer.layer.places or ONE_PLACE) != ONE_PLACE
    return (words.GATE if is_gate else words.PRODUCT).format(layer=layer.name)


def _tell_join(layer: LayerResult, _: Result) -> str:
    return words.JOIN.format(layer=layer.name)


def _tell_normalization(layer: LayerResult, _: Result) -> str:
    text = words.NORMALIZATION if layer.kind in MEASURED_BEFORE else words.NORMALIZATION_BY_PHOTO
    return text.format(layer=layer.name)


def _tell_activation(layer: LayerResult, _: Result) -> str:
    name = layer.layer.activation_name
    if name == "relu" and layer.layer.non_negative:
        return words.ACTIVATION_RELU.format(layer=layer.name)
    text = words.ACTIVATION_SHARES if name == "softmax" else words.ACTIVATION
    return text.format(layer=layer.name, function=layer.layer.activation_title or layer.kind)


TELL = {
    SUM: _tell_sum,
    PRODUCT: _tell_product,
    JOIN: _tell_join,
    NORMALIZATION: _tell_normalization,
    ACTIVATION: _tell_activation,
}
"""For each role, how it is told."""
