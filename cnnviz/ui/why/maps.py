"""Evidence maps for the page: what they show, and how far to trust them, in words; the browser does the drawing."""

import base64
from typing import TypedDict

import numpy as np

from cnnviz.base.figures import brief, decimals, percent, signed
from cnnviz.network.network import Network
from cnnviz.ui.channel_data import Field, describe_field
from cnnviz.ui.why import words
from cnnviz.why.explain import (
    ONE_SIDED,
    Explanation,
    is_for_both,
)
from cnnviz.why.trust import Curve, Trust

CLEAR = 0.05
"""Least difference from the area of random orders that is called better or worse."""

ALIKE = 0.5
"""Least rank correlation with which a map is called alike."""


# "class" is no name of Python's, so that the fields are not written as those of a class.
MapFacts = TypedDict(
    "MapFacts",
    {
        "class": str,
        "side": int | None,
        "rows": int,
        "columns": int,
        "values": str,
        "field": Field,
        "isEmpty": bool,
        "title": str,
        "text": str,
    },
)
"""One evidence map: its values are float32 numbers in base64."""


class MapsAnswer(TypedDict):
    """The maps of one method, which share one range."""

    signed: bool
    limit: float
    maps: list[MapFacts]
    legend: list[str]


class TrustFact(TypedDict):
    """What was found out of a map."""

    name: str
    text: str


class TrustCurve(TrustFact):
    """How probable a class is when so much of a photo is changed, in the map's order and in random ones."""

    shares: list[float]
    probabilities: list[float]
    random: list[float]


class TrustAnswer(TypedDict):
    """How far a map can be trusted."""

    facts: list[TrustFact]
    curves: list[TrustCurve]


def describe_maps(explanations: list[Explanation], network: Network, label: str) -> MapsAnswer:
    """Describe the maps of one method for some classes; they share one range.

    Args:
        explanations: The maps, in the order of the classes.
        network: The network.
        label: The class that it answers. Where a map's sum speaks against it, this is explained.

    Returns:
        Plain JSON values: maps, one for each class, or one for both if they only differ by the sign; signed; limit,
        the largest magnitude of all.
    """
    first = explanations[0]
    is_one = is_for_both(network, first.method) and len(explanations) > 1
    shown = explanations[-1:] if is_one else explanations
    return {
        "signed": first.is_signed,
        "limit": max(explanation.limit for explanation in explanations),
        "maps": [_describe_map(explanation, is_one, label) for explanation in shown],
        "legend": _legend(first),
    }


def _describe_map(explanation: Explanation, is_for_all: bool, label: str) -> MapFacts:
    values = np.ascontiguousarray(explanation.values, "<f4")
    return {
        "class": explanation.class_name,
        "side": explanation.side,
        "rows": values.shape[0],
        "columns": values.shape[1],
        "values": base64.b64encode(values.tobytes()).decode(),
        "field": describe_field(explanation.seen),
        "isEmpty": explanation.is_empty,
        "title": _title(explanation, is_for_all),
        "text": " ".join([*([_for_all(explanation)] if is_for_all else []), _caption(explanation, label)]),
    }


def _title(explanation: Explanation, is_for_all: bool) -> str:
    if not explanation.is_signed:
        return words.MAP_STRENGTH_ALL if is_for_all else words.MAP_STRENGTH.format(name=explanation.class_name)
    if is_for_all:
        return words.MAP_FOR_BOTH.format(first=explanation.class_names[0], second=explanation.class_names[1])
    return words.MAP_FOR.format(name=explanation.class_name)


def _for_all(explanation: Explanation) -> str:
    return words.ONE_MAP if explanation.is_signed else words.ONE_MAP_OF_STRENGTHS


def _caption(explanation: Explanation, label: str) -> str:
    """Write the sum and the size of a cell, or say that nothing speaks for the class."""
    if explanation.is_empty:
        place = words.IN_LAYER.format(layer=explanation.layer_name) if explanation.layer_name else words.IN_PICTURE
        return words.EMPTY_MAP.format(place=place, name=explanation.class_name)
    height, width = explanation.cell
    total = float(explanation.values.sum(dtype=np.float64))
    sentence = words.MAP_SUM if explanation.is_signed else words.MAP_SUM_OF_STRENGTHS
    cell = words.MAP_CELL_IS_PIXEL if (height, width) == (1, 1) else words.MAP_CELL
    cell = words.MAP_CELL_IS_SHARE if explanation.seen.is_shared else cell
    sums = sentence.format(
        sum=signed(total, brief) if explanation.is_signed else brief(total), name=explanation.class_name
    )
    if explanation.is_signed and _speaks_against(explanation, total, label):
        sums = f"{sums} {words.MAP_AGAINST.format(label=label)}"
    rows, columns = explanation.seen.rows.extent, explanation.seen.columns.extent
    return f"{sums} {cell.format(height=height, width=width, rows=rows, columns=columns)}"


def _speaks_against(explanation: Explanation, total: float, label: str) -> bool:
    """Whether the sum has the other sign than the answer: of two classes, what is against one is for the other."""
    is_label, is_of_two = explanation.class_name == label, explanation.side is not None
    return total < 0 if is_label else is_of_two and explanation.method not in ONE_SIDED and total > 0


def _legend(explanation: Explanation) -> list[str]:
    """Name the ends of the colours: the lowest value and the highest."""
    if not explanation.is_signed:
        return [words.LEGEND_NOTHING, words.LEGEND_MUCH]
    if explanation.side is not None:
        return [words.LEGEND_FOR.format(name=name) for name in explanation.class_names]
    return [words.LEGEND_LEFT_OUT if explanation.method in ONE_SIDED else words.LEGEND_AGAINST, words.LEGEND_FOR_IT]


def describe_trust(trust: Trust, explanation: Explanation) -> TrustAnswer:
    """Say how far a map can be trusted.

    Args:
        trust: What was found out.
        explanation: The map.

    Returns:
        Plain JSON values: facts, each with name, number and text; and curves, each with name, text, points, and those
        of chance.
    """
    name = explanation.class_name
    facts: list[TrustFact] = []
    if trust.agreement:
        others = words.AND.join(
            words.AGREES.format(method=words.METHOD_NAMES[method], value=decimals(value, 2))
            for method, value in trust.agreement.items()
        )
        text = words.AGREEMENT.format(
            agreement=decimals(trust.mean_agreement, 2), chance=decimals(trust.chance, 2), others=others
        )
        facts.append({"name": words.AGREEMENT_NAME, "text": text})
    verdict = words.SHOWS_PHOTO if trust.shuffled_weights >= ALIKE else words.CHANGES_WITH_WEIGHTS
    text = words.SHUFFLED.format(value=decimals(trust.shuffled_weights, 2), verdict=verdict)
    facts.append({"name": words.SHUFFLED_NAME, "text": text})
    curves = [
        _describe_curve(trust.deletion, words.DELETION_NAME, name, -1),
        _describe_curve(trust.insertion, words.INSERTION_NAME, name, 1),
    ]
    return {"facts": facts, "curves": curves}


def describe_empty(explanation: Explanation) -> TrustAnswer:
    """Say of a map whose every value is zero that it cannot be examined.

    Args:
        explanation: The map.

    Returns:
        Plain JSON values, as of `describe_trust`; without curves.
    """
    text = words.NOTHING_TO_TRUST.format(name=explanation.class_name)
    return {"facts": [{"name": words.NOTHING_TO_TRUST_NAME, "text": text}], "curves": []}


def _describe_curve(curve: Curve, name: str, class_name: str, direction: int) -> TrustCurve:
    """Compare a curve with chance; direction is 1 if a large area is good."""
    gain = direction * (curve.area - curve.random_area)
    verdict = words.BETTER if gain > CLEAR else words.WORSE if gain < -CLEAR else words.NO_BETTER
    area, random = percent(curve.area), percent(curve.random_area)
    return {
        "name": name,
        "text": words.AREAS.format(name=class_name, area=area, random=random, verdict=verdict),
        "shares": curve.shares.tolist(),
        "probabilities": curve.probabilities.tolist(),
        "random": curve.random.tolist(),
    }
