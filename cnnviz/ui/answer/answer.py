"""The answer to a photo as the page shows it: what the network saw, what it said, and how far to trust that."""

from typing import TypedDict

from cnnviz.base.figures import count, percent
from cnnviz.drawing.answer_bar import MAX_CLASSES, NUM_SHARING
from cnnviz.evaluation.metrics import similar_answers
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.component import plain
from cnnviz.ui.shown_photo import SeenPicture, ShownPhoto
from cnnviz.ui.strongest_units import UnitLook, default_tile, describe_unit, inset
from cnnviz.ui.view import View


class AnswerClass(TypedDict):
    """A class and its probability, in [0, 1] and as text."""

    name: str
    probability: float
    percent: str


class AnswerSeen(TypedDict):
    """The picture that the network saw, which part of it reaches the answer, and one unit that looked at it."""

    seen: SeenPicture
    seen_heading: str
    seen_text: str
    unseen_text: str
    reach: str
    unit: UnitLook


class AnswerValue(AnswerSeen):
    """The answer: one bar for each row of classes."""

    label: str
    percent: str
    rows: list[list[AnswerClass]]
    answer_heading: str
    reliability: str
    honesty: str
    look_for: str


def describe_answer(photo: ShownPhoto) -> AnswerValue:
    """Describe what answer.html shows.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    result, network, examples = photo.result, photo.network, photo.model.examples
    most = sorted(result.probabilities.items(), key=lambda item: -item[1])[:MAX_CLASSES]
    two = len(result.probabilities) == NUM_SHARING
    classes: list[AnswerClass] = [
        {"name": name, "probability": probability, "percent": percent(probability)}
        for name, probability in (result.probabilities.items() if two else most)
    ]
    look_for = next((each.text for each in examples if str(each.path) == photo.path), "")
    invitation = (
        answer_words.TRY_THE_TOWER if any(each.name == words.TOWER for each in examples) else answer_words.TRY_IT
    )
    return {
        "label": result.label,
        "percent": percent(result.probabilities[result.label]),
        "rows": [classes] if two else [[each] for each in classes],
        "answer_heading": answer_words.ANSWER_HEADING,
        "reliability": describe_reliability(result, network),
        "honesty": answer_words.HONESTY.format(classes=_classes(network), invitation=invitation),
        "look_for": answer_words.LOOK_FOR.format(text=look_for) if look_for else "",
        **_describe_seen(photo),
    }


def describe_reliability(result: Result, network: Network) -> str:
    """Say how often answers this sure were right.

    Args:
        result: The answer.
        network: What gave it.

    Returns:
        A sentence; "" where the network was not measured.
    """
    bins = network.metrics.get("test", {}).get("reliability")
    if not bins:
        return ""
    similar = similar_answers(bins, result.probabilities[result.label])
    num_photos = similar["num_photos"]
    return answer_words.RELIABILITY.format(
        num_photos=count(num_photos), num_right=count(round(similar["accuracy"] * num_photos))
    )


def _classes(network: Network) -> str:
    """Name what can be answered."""
    names = network.class_names
    return " or ".join(names) if len(names) == NUM_SHARING else f"one of {len(names)} classes"


def _describe_seen(photo: ShownPhoto) -> AnswerSeen:
    """Describe the picture that the network saw, and which part of it reaches the answer, in percent."""
    layers = photo.result.layers
    width, height = photo.result.seen.size
    reach, first = layers[-1].receptive_field.box(0, 0), layers[default_tile(layers)]
    return {
        "seen": photo.seen,
        "seen_heading": answer_words.SEEN_HEADING,
        "seen_text": answer_words.SEEN.format(width=width, height=height),
        "unseen_text": "" if reach == (0, 0, width, height) else answer_words.UNSEEN,
        "reach": inset(reach, (width, height)),
        "unit": describe_unit(first, photo.units[first.name]),
    }


ANSWER = View("answer/answer", describe_answer, plain)
