"""Takes the values of units apart, step by step, of one photo."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count
from cnnviz.base.steps import Steps
from cnnviz.network.layer import find_layer
from cnnviz.network.network import Network
from cnnviz.network.terms import CLOSED, Terms
from cnnviz.result.ablation import require_channels
from cnnviz.result.channel import Channel
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.trace import PIXEL, Term, Trace, TracedUnit

MAX_STEPS = 500
"""Number of steps that one tree may have."""

NUM_TERMS = 5
"""Number of terms that a step tells of; all others are told of together."""


@dataclass(frozen=True, eq=False)
class Tracer:
    """Takes the values of units apart, of one photo.

    Args:
        network: The network.
        layers: Every layer's result for the photo.
        photo: The upright RGB photo.
        numbers: What the network got: shape (height, width, C), float32.
        logits: Its logits, shape (num_outputs,), float32.
    """

    network: Network
    layers: Sequence[LayerResult]
    photo: Image.Image
    numbers: NDArray[np.float32]
    logits: NDArray[np.float32]

    def begin(
        self, class_name: str, layer_name: str | None, channel: int | None, row: int | None, column: int | None
    ) -> Trace:
        """Take apart what a way begins with: a unit, or a class's logit.

        Args:
            class_name: The class, if no layer is given.
            layer_name: The layer of the unit; None for the answer.
            channel: Index of its channel, as for `place`.
            row: Row in the feature map, as for `place`.
            column: Column in the feature map.

        Returns:
            The step, without branches.

        Raises:
            LayerNotFoundError: If no layer has that name.
            NetworkError: If there is no such class, or Keras cannot compute the layer.
            OptionError: If the layer has no such unit.
        """
        if layer_name is None:
            return self.answer(class_name)
        return self.unit(layer_name, self.place(layer_name, channel, row, column))

    def answer(self, class_name: str) -> Trace:
        """Take a class's logit apart.

        Args:
            class_name: The class.

        Returns:
            The step, without branches. For class 0 of a single sigmoid all signs are reversed.

        Raises:
            NetworkError: If there is no such class.
        """
        head = self.network.head
        sign, output = head.output_of(class_name)
        layer = find_layer(self.layers, self.network.last_sum)
        place = np.unravel_index(output, layer.shape)
        logit = head.class_logit(self.logits, class_name)
        step = self.unit(layer.name, tuple(map(int, place)), sign)
        unit = self._unit(layer.name, step.unit.place, output, None, logit, step.unit.box)
        is_end = layer.name == self.network.layers[-1].name  # its activation function makes probabilities of logits
        name = "" if is_end else step.activation_name
        return replace(step, unit=unit, class_name=class_name, activation_name=name)

    def unit(self, layer_name: str | None, place: tuple[int, ...], sign: int = 1) -> Trace:
        """Take one unit's value apart.

        Args:
            layer_name: Its layer; None for a pixel.
            place: Its place in the layer's activation.
            sign: -1 to reverse all signs.

        Returns:
            The step, without branches.

        Raises:
            NetworkError: If Keras or its backend cannot compute the layer.
        """
        unit = self.locate(layer_name, place)
        if layer_name is None:
            return Trace(unit, PIXEL)
        inputs = find_layer(self.layers, layer_name).layer.inputs
        fed = {name: find_layer(self.layers, name).activation for name in inputs}
        found = self.network.terms(layer_name, place, fed, self.numbers)
        if found.kind == CLOSED:
            return Trace(unit, CLOSED)
        return self._described(unit, found, sign)

    def follow(self, first: Trace, depth: int | None, branches: int) -> Steps[Trace]:
        """Follow a step back.

        Args:
            first: The step.
            depth: How many steps to go back; None for all the way.
            branches: How many terms of each step to follow.

        Yields:
            The share of the steps that one tree may have.

        Returns:
            The step, with those behind it in `branches`.

        Raises:
            NetworkError: If Keras or its backend cannot compute a layer.
            OptionError: If `depth` or `branches` is no such number, or that makes too many steps.
        """
        _require_tree(depth, branches)
        done = 0

        def grown(step: Trace, left: float) -> Steps[Trace]:
            nonlocal done
            done += 1
            if done > MAX_STEPS:
                raise OptionError(
                    f"A tree has at most {count(MAX_STEPS)} steps: choose a smaller depth, or fewer branches. "
                    f"Received: depth={depth}, branches={branches}."
                )
            yield done / MAX_STEPS
            below = []
            for term in step.terms[:branches] if left > 0 else ():
                below.append((yield from grown(self.unit(term.unit.layer_name, term.unit.place), left - 1)))
            return replace(step, branches=tuple(below))

        return (yield from grown(first, math.inf if depth is None else depth))

    def logits_without(self, layer_name: str, place: tuple[int, ...]) -> NDArray[np.float32]:
        """Compute the logits with one unit switched off: with zero in the place of its value.

        Args:
            layer_name: Its layer; not the one of the answer.
            place: Its place in the layer's activation.

        Returns:
            Shape (num_outputs,), float32.

        Raises:
            OptionError: If it is the layer of the answer itself.
            NetworkError: If Keras or its backend cannot compute a layer.
        """
        index = [layer.name for layer in self.layers].index(layer_name)
        if index == len(self.layers) - 1:
            raise OptionError(f"'{layer_name}' gives the answer itself: choose a layer before it.")
        activations = [layer.activation for layer in self.layers[: index + 1]]
        activations[index] = activations[index].copy()
        activations[index][place] = 0
        nothing = np.ones((1, activations[index].shape[-1]), np.float32)
        logits: NDArray[np.float32] = self.network.logits_after(index, activations, nothing, self.numbers)[0]
        return logits

    def require(self, layer_name: str | None, place: Any) -> tuple[int, ...]:
        """Check that a layer has a unit at a place.

        Args:
            layer_name: The layer; None for the picture.
            place: Anything.

        Returns:
            The place.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no unit there.
        """
        shape = self.numbers.shape if layer_name is None else find_layer(self.layers, layer_name).shape
        numbers = place if isinstance(place, list | tuple) and len(place) == len(shape) else []
        are_whole = all(isinstance(each, int) and not isinstance(each, bool) for each in numbers)
        if not numbers or not are_whole or not all(0 <= each < side for each, side in zip(numbers, shape, strict=True)):
            where = layer_name or "the picture"
            raise OptionError(f"'{where}' has the shape {shape}. Received: place={reprlib.repr(place)}.")
        return tuple(numbers)

    def place(self, layer_name: str, channel: int | None, row: int | None, column: int | None) -> tuple[int, ...]:
        """Find the place of a unit in its layer's activation; the strongest where none is named.

        Args:
            layer_name: The layer.
            channel: Index of the channel; None for the one with the largest activation.
            row: Row in the feature map; None for the channel's largest activation.
            column: Column in the feature map.

        Returns:
            The place, as Keras counts it.

        Raises:
            LayerNotFoundError: If no layer has that name.
            OptionError: If the layer has no such unit.
        """
        layer = find_layer(self.layers, layer_name)
        chosen = int(layer.extremes[1].argmax()) if channel is None else channel
        (index,) = require_channels(layer.layer, [chosen], len(layer.feature_maps))
        found = Channel(layer, index)
        if row is None and column is None:
            row, column = divmod(int(found.feature_map.argmax()), layer.places[1])
        unit = found.unit(row, column)  # type: ignore[arg-type]  # what is no place is refused
        return _find_place(layer, index, unit["row"], unit["column"])

    def _described(self, unit: TracedUnit, found: Terms, sign: int) -> Trace:
        """Choose the terms that are told of: those that add most in the direction of the sum."""
        weights = [sign * source.weights.ravel().astype(np.float64) for source in found.sources]
        values = [source.values.ravel().astype(np.float64) for source in found.sources]
        terms = np.concatenate([value * weight for value, weight in zip(values, weights, strict=True)])
        direction = -1 if sign * found.total < 0 else 1
        towards, read = direction * terms, np.concatenate(weights) != 0
        order = np.argsort(np.where(read, -towards, np.inf), kind="stable")[:NUM_TERMS].tolist()
        num_terms = int(read.sum())
        chosen = order[:num_terms] if num_terms <= NUM_TERMS else [each for each in order if towards[each] > 0]
        chosen = chosen or order[:1]
        starts = np.cumsum([0, *(value.size for value in values)])
        told = []
        for number in chosen:
            which = int(np.searchsorted(starts, number, side="right")) - 1
            source, flat = found.sources[which], number - int(starts[which])
            place = tuple(map(int, np.unravel_index(flat, source.values.shape)))
            told.append(Term(self.locate(source.layer_name, place), float(weights[which][flat]), float(terms[number])))
        speaking, spoken = towards.clip(0).sum(), towards[chosen].clip(0).sum()
        return Trace(
            unit,
            found.kind,
            total=sign * found.total,
            activation_name=found.activation_name,
            bias=sign * found.constant,
            terms=tuple(told),
            others=float(np.delete(terms, chosen).sum()),
            num_terms=num_terms,
            covered=min(float(spoken / speaking), 1.0) if speaking > 0 else 0.0,
            gates=tuple(self.locate(source.layer_name, place) for source, place in found.gates),
        )

    def locate(self, layer_name: str | None, place: tuple[int, ...]) -> TracedUnit:
        """Say where a unit is, and what its value is.

        Args:
            layer_name: Its layer; None for a pixel.
            place: Its place in the layer's activation.

        Returns:
            The unit.
        """
        if layer_name is None:
            row, column, color = place
            box = (column, row, column + 1, row + 1)
            return self._unit(None, place, color, (row, column), float(self.numbers[place]), box)
        layer = find_layer(self.layers, layer_name)
        channel, position = _find_position(layer, place)
        box = layer.box(*(position or (0, 0)))
        return self._unit(layer_name, place, channel, position, float(layer.activation[place]), box)

    def _unit(
        self,
        layer_name: str | None,
        place: tuple[int, ...],
        channel: int,
        position: tuple[int, int] | None,
        value: float,
        box: tuple[int, int, int, int],
    ) -> TracedUnit:
        return TracedUnit(layer_name, place, channel, position, value, box, self.photo, self.network.preprocessing)


def _find_position(layer: LayerResult, place: tuple[int, ...]) -> tuple[int, tuple[int, int] | None]:
    """Find the channel of a unit, and its row and column in the feature map; None for a unit without a place."""
    channels = len(layer.feature_maps)
    set_aside = 0 if layer.aside is None else layer.aside.size
    flat = int(np.ravel_multi_index(place, layer.shape)) - set_aside
    if flat < 0 or layer.places == (1, 1):
        return flat % channels, None
    row, column, channel = np.unravel_index(flat, (*layer.places, channels))
    return int(channel), (int(row), int(column))


def _find_place(layer: LayerResult, channel: int, row: int, column: int) -> tuple[int, ...]:
    set_aside = 0 if layer.aside is None else layer.aside.size
    flat = np.ravel_multi_index((row, column, channel), (*layer.places, len(layer.feature_maps)))
    return tuple(map(int, np.unravel_index(int(flat) + set_aside, layer.shape)))


def _require_tree(depth: Any, branches: Any) -> None:
    numbers = [branches, *([] if depth is None else [depth])]
    are_whole = all(isinstance(each, int | np.integer) and not isinstance(each, bool) for each in numbers)
    if not are_whole or branches < 1 or (depth is not None and depth < 0):
        raise OptionError(
            "`depth` is how many steps to go back, from 0, or None for all; `branches` is how many terms to follow, "
            f"from 1. Received: depth={reprlib.repr(depth)}, branches={reprlib.repr(branches)}."
        )
