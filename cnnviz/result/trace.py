"""The way back: from the answer, or from any unit, to what made it, step by step, down to the pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from PIL import Image

from cnnviz.base.figures import count, share, signed
from cnnviz.base.markup import card
from cnnviz.base.names import brief
from cnnviz.drawing.embedded import embed
from cnnviz.drawing.way import WayStep, draw_way
from cnnviz.network.terms import CLOSED
from cnnviz.picture.preprocessing import Preprocessing

NOT_THE_REASON = "A way, not the reason: each step follows only what added most."

NOTEBOOK_COLORS = 128
"""In a notebook, which keeps its pictures: the colours of one."""

PIXEL = "pixel"
"""The kind of the last step of a way: a number that the network got."""


class UnitPlace(TypedDict):
    """Where a unit is, and its value.

    layer is None for the picture; row and column are None for a unit without a place; place is its place in the layer's
    activation, as Keras counts it.
    """

    layer: str | None
    channel: int
    row: int | None
    column: int | None
    place: list[int]
    value: float
    box: list[int]


class TermFacts(UnitPlace):
    """A unit that takes part, the weight of its value, and what it adds: the product of both."""

    weight: float
    adds: float


class TraceFacts(UnitPlace):
    """How a unit came by its value; the terms, the others and the bias add up to total."""

    kind: str
    class_name: str | None
    total: float | None
    activation_name: str
    bias: float
    terms: list[TermFacts]
    others: float
    num_terms: int
    covered: float
    gates: list[UnitPlace]
    branches: list[TraceFacts]


@dataclass(frozen=True)
class TracedUnit:
    """A unit on the way back, or a pixel of the network's picture.

    Args:
        layer_name: Its layer; None for the picture, whose channels are the colours.
        place: Its place in the layer's activation, as Keras counts it.
        channel: Index of its channel.
        position: Row and column in its feature map; None for a unit without a place.
        value: Its value: the activation; of a pixel, what the network got; of an answer, the logit.
        box: The part of the network's picture that it saw: left, top, right and bottom edge in pixels.
        photo: The upright RGB photo.
        preprocessing: The network's preprocessing.
    """

    layer_name: str | None
    place: tuple[int, ...]
    channel: int
    position: tuple[int, int] | None
    value: float
    box: tuple[int, int, int, int]
    photo: Image.Image = field(repr=False, compare=False)
    preprocessing: Preprocessing = field(repr=False, compare=False)

    def __str__(self) -> str:
        """Say where it is, such as "conv2d_4 101 at 4, 12"; "red at 41, 115" for a pixel."""
        name = f"{brief(self.layer_name)} {self.channel}" if self.layer_name else self.color
        return f"{name} at {self.position[0]}, {self.position[1]}" if self.position else name

    @property
    def color(self) -> str:
        """Of a pixel, the name of its colour."""
        return self.preprocessing.color_names[self.channel]

    @property
    def patch(self) -> Image.Image:
        """The part of the photo that it saw, an RGB picture cut from the photo itself."""
        return self.preprocessing.crop(self.photo, self.box)

    def to_dict(self) -> UnitPlace:
        """Return where it is, and its value, as plain JSON values."""
        row, column = self.position or (None, None)
        return {
            "layer": self.layer_name,
            "channel": self.channel,
            "row": row,
            "column": column,
            "place": list(self.place),
            "value": self.value,
            "box": list(self.box),
        }


@dataclass(frozen=True)
class Term:
    """What one unit adds to another.

    Args:
        unit: The unit that is read.
        weight: What its value is multiplied by.
        adds: The product of both.
    """

    unit: TracedUnit
    weight: float
    adds: float

    def to_dict(self) -> TermFacts:
        """Return the term as plain JSON values."""
        return {**self.unit.to_dict(), "weight": self.weight, "adds": self.adds}


@dataclass(frozen=True, eq=False)
class Trace:
    """How one unit came by its value, and, in `branches`, how those that added most came by theirs.

    `terms`, `others` and `bias` add up to `total`, the network's own number before the activation function of the
    layer. It is a way, not the reason: each step follows only what added most.

    Args:
        unit: The unit.
        kind: "sum" of weighted values; "winner", the largest of several; "product"; "function" of one value;
            "normalization", one value scaled by what was measured in many; "pixel", where the way ends; or "closed", if
            the layer cannot be taken apart, as attention.
        class_name: The class whose logit it is; None for a unit.
        total: The value before the activation function; None for a pixel, or where it cannot be taken apart.
        activation_name: The activation function that makes its value of the total, or "".
        bias: What depends on no other unit.
        terms: Those that added most to the value, the largest first.
        others: What all other terms add.
        num_terms: How many terms there are.
        covered: The share of all that speaks for the value that `terms` add, in [0, 1].
        gates: Of a product, the other factors, which are the weight of its term.
        branches: How the first of the terms came by their values.

    Example:
        >>> trace = cnnviz.load()("photo.jpg").trace()
        >>> [step.unit.layer_name for step in trace.path][:3]
        ['dense_2', 'dense_1', 'flatten_1']
    """

    unit: TracedUnit
    kind: str
    class_name: str | None = None
    total: float | None = None
    activation_name: str = ""
    bias: float = 0.0
    terms: tuple[Term, ...] = ()
    others: float = 0.0
    num_terms: int = 0
    covered: float = 0.0
    gates: tuple[TracedUnit, ...] = ()
    branches: tuple[Trace, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        """Describe the step in one line."""
        return f"<Trace of {brief(self.title)}: {self.text}>"

    @property
    def path(self) -> list[Trace]:
        """The way that follows the largest term of each step: this step, and all that are below it."""
        return [self, *(self.branches[0].path if self.branches else [])]

    @property
    def passes_on(self) -> bool:
        """Whether the unit only has the value of another: of the one that won, or in another arrangement."""
        return self.num_terms == 1 and self.terms[0].weight == 1 and self.bias == 0 and not self.activation_name

    @property
    def text(self) -> str:
        """The step in words."""
        if self.kind == PIXEL:
            return f"the picture itself, {signed(self.unit.value)}"
        if self.kind == CLOSED:
            return f"{signed(self.unit.value)}, which cannot be taken apart"
        if self.passes_on:
            return f"{signed(self.unit.value)}, passed on"
        told = f"{count(len(self.terms))} of {count(self.num_terms)} terms make {share(self.covered)}"
        return f"{signed(self.unit.value)}, {told}"

    @property
    def title(self) -> str:
        """What it is: "dog", or "conv2d_4 101 at 4, 12"."""
        return self.class_name or str(self.unit)

    def _repr_html_(self) -> str:
        """Show the way in a notebook."""
        drawn = self.picture().quantize(NOTEBOOK_COLORS)
        return card(f"The way back from {self.title}", NOT_THE_REASON, embed(drawn, "The way back"))

    def picture(self) -> Image.Image:
        """Draw the way that follows the largest terms: for each step what its unit saw, and what added to its value.

        Returns:
            An RGB picture on white, 1,000 pixels wide. Steps that only pass a value on are named, and not drawn.
        """
        drawn: list[WayStep] = []
        for step in self.path:
            if step.passes_on and drawn:
                drawn[-1].through.append(step.unit.layer_name or "")
            else:
                terms = [(str(term.unit), term.adds) for term in step.terms]
                rest = step.num_terms > len(step.terms) or step.bias != 0
                others = f"all others {signed(step.others)}, bias {signed(step.bias)}" if rest else ""
                drawn.append(WayStep(step.title, step.lines, step.unit.patch, terms, others))
        return draw_way(f"The way back from {self.title}", NOT_THE_REASON, drawn)

    @property
    def lines(self) -> list[str]:
        """What is said of the step in a picture: its value, and how much of it the terms are."""
        value = signed(self.unit.value)
        if self.kind == PIXEL:
            return [f"{value}: what the network got. Here the way ends."]
        if self.total is None:
            return [f"{value}. This layer cannot be taken apart: here the way ends."]
        through = f"{signed(self.total)}, through {self.activation_name} {value}"
        told = f"{count(len(self.terms))} of {count(self.num_terms)} terms make {share(self.covered)}"
        return [through if signed(self.total) != value else value, f"{told} of what speaks for it"]

    def to_dict(self) -> TraceFacts:
        """Return the step, and those below it, as plain JSON values."""
        return {
            **self.unit.to_dict(),
            "kind": self.kind,
            "class_name": self.class_name,
            "total": self.total,
            "activation_name": self.activation_name,
            "bias": self.bias,
            "terms": [term.to_dict() for term in self.terms],
            "others": self.others,
            "num_terms": self.num_terms,
            "covered": self.covered,
            "gates": [gate.to_dict() for gate in self.gates],
            "branches": [branch.to_dict() for branch in self.branches],
        }
