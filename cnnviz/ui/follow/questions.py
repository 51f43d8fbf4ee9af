"""Event handlers of the way back; errors are returned as part of the answer."""

import re
import reprlib
from collections.abc import Sequence
from typing import Any, ClassVar, TypedDict

import gradio as gr
import numpy as np
from PIL import Image

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import count, percent, share, short, signed
from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette
from cnnviz.drawing.thumbnail import draw_map, fit
from cnnviz.network.layer import ACTIVATION_TITLES
from cnnviz.result.arithmetic import ArithmeticFacts, find_kernel, unit_arithmetic
from cnnviz.result.layer_result import DEFAULT_COLORMAP
from cnnviz.result.result import Result
from cnnviz.result.trace import PIXEL, Trace, TracedUnit
from cnnviz.result.tracer import Tracer
from cnnviz.ui.answers import Asked, Questions, find_photo, reply
from cnnviz.ui.channel_data import Pattern, describe_tile, unit_name
from cnnviz.ui.files import InlinePicture, inline, inline_fitted
from cnnviz.ui.follow import words as follow_words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.strongest_units import SLIVER

TILE, TERM, PATCH, MAP = 48, 40, 150, 192
"""Largest height and width of the picture of a step on the way, of a term, of what a unit saw, and of an input map."""

ANSWER = "answer"
"""How a way names the step that it begins with, if that is the answer."""

NUM_AXES = 2
MAX_LENGTH = 400
"""Number of steps that a way may have."""


class WayTile(TypedDict):
    """A step that was taken: what it is about, and what its unit saw."""

    title: str
    patch: InlinePicture


class WayTerm(TypedDict):
    """A term that can be followed; width is the length of its bar, in percent."""

    unit: str
    name: str
    patch: InlinePicture
    box: list[int]
    value: str
    weight: str
    adds: str
    width: float
    is_against: bool


class WayStep(TypedDict):
    """The last step of the way: how its unit came by its value."""

    tiles: list[WayTile]
    title: str
    title_is_answer: bool
    layer: str | None
    kind: str
    value: str
    text: str
    through: str
    box: list[int]
    patch: InlinePicture
    looks_for: Pattern | None
    terms: list[WayTerm]
    others: tuple[str, str] | None
    bias: str
    total: str
    function: str
    gates: list[WayTerm]
    unit: str
    can_switch: bool
    has_kernel: bool


class WayLoss(TypedDict):
    """What the answer loses without a unit."""

    label: str
    before: str
    after: str
    percent: str
    percent_before: str


class WaySum(ArithmeticFacts):
    """How a unit of a convolution is computed; and the map of the input channel that adds most, with its name."""

    map: InlinePicture
    map_size: tuple[int, int]
    name: str
    function: str


class FollowQuestions(Questions):
    """Answers the way back. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"follow": "step", "lose": "loss", "compute": "sum"}

    def follow(self, event: gr.EventData) -> Any:
        """Take the last unit of a way apart."""
        return reply("step", event, self._follow)

    def lose(self, event: gr.EventData) -> Any:
        """Answer without a unit."""
        return reply("loss", event, self._lose)

    def compute(self, event: gr.EventData) -> Any:
        """Tell how a unit of a convolution is computed."""
        return reply("sum", event, self._compute)

    def _follow(self, asked: Asked) -> WayStep:
        model = self.model()
        result = find_photo(model, asked)
        tracer, way = result.tracer, asked.get("way")
        if not isinstance(way, list) or not 0 < len(way) <= MAX_LENGTH:
            raise OptionError(f"A way has 1 to {MAX_LENGTH} steps. Received: way={reprlib.repr(way)}.")
        steps = [_first_of(tracer, result, each) for each in way[:-1]]
        last = tracer.answer(result.label) if way[-1] == ANSWER else tracer.unit(*_read(tracer, way[-1]))
        through = []
        while last.passes_on:
            through.append(last.unit.layer_name or "")
            last = tracer.unit(last.terms[0].unit.layer_name, last.terms[0].unit.place)
        tiles = [_tile(result, unit, name) for unit, name in [*steps, (last.unit, last.class_name)]]
        return _describe(model, result, last, through, tiles)

    def _lose(self, asked: Asked) -> WayLoss:
        model = self.model()
        result = find_photo(model, asked)
        layer, place = _read(result.tracer, asked.get("unit"))
        if layer is None:
            raise OptionError("A pixel cannot be switched off: choose a unit.")
        head, logits = result.network.head, result.tracer.logits_without(layer, place)
        probability = head.probabilities(logits)[result.label]
        return {
            "label": result.label,
            "before": signed(head.class_logit(result.logits, result.label)),
            "after": signed(head.class_logit(logits, result.label)),
            "percent": percent(probability),
            "percent_before": percent(result.probabilities[result.label]),
        }

    def _compute(self, asked: Asked) -> WaySum:
        model = self.model()
        result = find_photo(model, asked)
        layer_name, place = _read(result.tracer, asked.get("unit"))
        if layer_name is None:
            raise OptionError("A pixel is not computed: choose a unit of a convolution.")
        unit = result.tracer.locate(layer_name, place)
        row, column = unit.position or (0, 0)
        facts = unit_arithmetic(result.network, result, layer_name, unit.channel, row, column).to_dict()
        chosen = max(facts["inputs"], key=lambda each: abs(each["sum"]))
        layer = result[layer_name].layer
        if layer.inputs:
            fed = result[layer.inputs[0]]
            values, signs, limit = fed.feature_maps[chosen["input"]].reshape(fed.places), fed.layer, fed.magnitudes
            drawn = draw_map(values, limit[chosen["input"], None], MAP, not signs.non_negative)
            picture = indexed_picture(drawn, palette(DEFAULT_COLORMAP, not signs.non_negative))
            name = follow_words.UNIT["channel"].format(channel=chosen["input"], layer=fed.name)
        else:
            values = result.numbers[..., chosen["input"]]
            picture, name = fit(result.seen, MAP), result.network.preprocessing.color_names[chosen["input"]]
        height, width = values.shape
        function = _function_title(layer.activation_name)
        return {
            **facts,
            "inputs": [chosen],
            "others": {
                "number": len(facts["inputs"]) - 1 + facts["others"]["number"],
                "sum": facts["others"]["sum"] + sum(each["sum"] for each in facts["inputs"] if each is not chosen),
            },
            "map": inline(picture),
            "map_size": (height, width),
            "name": name,
            "function": function,
        }


def _read(tracer: Tracer, text: Any) -> tuple[str | None, tuple[int, ...]]:
    """Read which unit a question is about: "conv2d_4*4.12.101", or "conv2d_4*101@4.12"; the picture has no name."""
    layer, _, numbers = str(text).rpartition("*")
    found = re.fullmatch(r"(\d{1,9}@)?(\d{1,9}(?:\.\d{1,9})*)", numbers)
    if not isinstance(text, str) or not found:
        raise OptionError(f"A unit is named by its layer and its place. Received: {reprlib.repr(text)}.")
    place = [int(number) for number in found[2].split(".")]
    if found[1] and len(place) == NUM_AXES:
        return layer, tracer.place(layer, int(found[1][:-1]), *place)
    return layer or None, tracer.require(layer or None, place)


def _write(unit: TracedUnit) -> str:
    return f"{unit.layer_name or ''}*{'.'.join(map(str, unit.place))}"


def _first_of(tracer: Tracer, result: Result, text: Any) -> tuple[TracedUnit, str | None]:
    """Find the unit of a step that was taken, and the class if it is the answer."""
    if text == ANSWER:
        return tracer.answer(result.label).unit, result.label
    return tracer.locate(*_read(tracer, text)), None


def _describe(model: ServedModel, result: Result, step: Trace, through: Sequence[str], tiles: list[WayTile]) -> WayStep:
    unit = step.unit
    layer = result[unit.layer_name] if unit.layer_name else None
    atlas = model.atlas.get(unit.layer_name) if unit.layer_name and not step.class_name else None
    largest = max([abs(term.adds) for term in step.terms], default=0.0) or 1.0
    terms = [_term(result, term.unit, term.weight, term.adds, largest) for term in step.terms]
    num_others = step.num_terms - len(step.terms)
    is_last = layer is not None and layer.layer is result.network.layers[-1]
    return {
        "tiles": tiles,
        "title": _title(result, unit, step.class_name),
        "title_is_answer": step.class_name is not None,
        "layer": unit.layer_name,
        "kind": step.kind,
        "value": signed(unit.value),
        "text": _tell(step),
        "through": follow_words.THROUGH.format(layers=", ".join(through)) if through else "",
        "box": list(unit.box),
        "patch": _patch(result, unit, PATCH),
        "looks_for": describe_tile(atlas, unit.channel) if atlas else None,
        "terms": terms,
        "others": (count(num_others), signed(step.others)) if num_others else None,
        "bias": signed(step.bias) if step.bias else "",
        "total": "" if step.total is None or step.kind == "function" else signed(step.total),
        "function": _function_title(step.activation_name),
        "gates": [_term(result, gate, 1.0, gate.value, abs(gate.value) or 1.0) for gate in step.gates],
        "unit": ANSWER if step.class_name else _write(unit),
        "can_switch": layer is not None and not is_last and not step.class_name,
        "has_kernel": bool(unit.layer_name and find_kernel(result.network, unit.layer_name, unit.channel)),
    }


def _tell(step: Trace) -> str:
    """Say in a sentence or two how the unit came by its value."""
    told = {"shown": len(step.terms), "number": count(step.num_terms), "covered": share(step.covered)}
    if step.kind == PIXEL:
        return follow_words.END
    if step.kind == "product":
        return follow_words.PRODUCT.format(weight=short(step.terms[0].weight))
    if step.kind == "function":
        return follow_words.FUNCTION.format(
            total=signed(step.total or 0), function=_function_title(step.activation_name)
        )
    if step.kind == "normalization":
        return follow_words.NORMALIZATION.format(weight=short(step.terms[0].weight))
    if step.kind == "closed":
        return follow_words.CLOSED.format(layer=step.unit.layer_name)
    whole = follow_words.SUM_SINGLE if step.num_terms == 1 else follow_words.SUM_WHOLE
    text = (whole if step.num_terms <= len(step.terms) else follow_words.SUM).format(**told)
    is_silent = step.unit.value == 0 and (step.total or 0) < 0
    return f"{text} {follow_words.SUM_SILENT}" if is_silent else text


def _function_title(name: str) -> str:
    return ACTIVATION_TITLES.get(name, name)


def _title(result: Result, unit: TracedUnit, class_name: str | None) -> str:
    """Name a unit: in words, with its value where it is the answer."""
    if class_name:
        return follow_words.ANSWER.format(name=class_name, value=signed(unit.value))
    row, column = unit.position or (None, None)
    if unit.layer_name is None:
        return follow_words.PIXEL.format(color=unit.color, row=row, column=column)
    kind = unit_name(result[unit.layer_name])
    name = follow_words.UNIT[kind].format(channel=unit.channel, layer=unit.layer_name)
    return name + (follow_words.AT.format(row=row, column=column) if unit.position else "")


def _tile(result: Result, unit: TracedUnit, class_name: str | None) -> WayTile:
    return {"title": _title(result, unit, class_name), "patch": _patch(result, unit, TILE)}


def _term(result: Result, unit: TracedUnit, weight: float, adds: float, largest: float) -> WayTerm:
    return {
        "unit": _write(unit),
        "name": _title(result, unit, None),
        "patch": _patch(result, unit, TERM),
        "box": list(unit.box),
        "value": short(unit.value),
        "weight": short(weight),
        "adds": signed(adds),
        "width": float(np.clip(100 * abs(adds) / largest, 1, 100)),
        "is_against": adds < 0,
    }


def _patch(result: Result, unit: TracedUnit, edge: int) -> InlinePicture:
    """Cut what a unit saw from the photo, or, where that would be a sliver, from what the network saw."""
    patch: Image.Image = unit.patch
    if max(patch.size) >= SLIVER * min(patch.size):
        left, top, right, bottom = unit.box
        width, height = result.seen.size
        patch = result.seen.crop((max(left, 0), max(top, 0), min(right, width), min(bottom, height)))
    return inline_fitted(patch.convert("RGB"), edge)
