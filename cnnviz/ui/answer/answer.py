"""The answer to a photo as the page shows it: what the network saw, what it said, and how far to trust that."""

import re
from collections.abc import Sequence
from typing import TypedDict

from cnnviz.base.figures import count, percent
from cnnviz.drawing.answer_bar import MAX_CLASSES, NUM_SHARING
from cnnviz.evaluation.metrics import similar_answers
from cnnviz.network.head import EACH_ALONE
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.channel_data import name_answer
from cnnviz.ui.component import scripted
from cnnviz.ui.example import Example
from cnnviz.ui.files import InlinePicture, inline
from cnnviz.ui.network_input import describe_numbers, describe_seen
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.strongest_units import UnitLook, default_tile, describe_unit, inset
from cnnviz.ui.view import View

FEWEST_PHOTOS = 20
"""Test photos that are too few to say how often answers like this one were right."""


class AnswerClass(TypedDict):
    """A class and its probability, in [0, 1] and as text; and whether it is answered on its own, with no."""

    name: str
    probability: float
    percent: str
    is_no: bool


class AnswerSeen(TypedDict):
    """The picture that the network saw, which part of it reaches the answer, and one unit that looked at it."""

    seen: InlinePicture
    seen_heading: str
    seen_text: str
    unseen_text: str
    reach: str
    unit: UnitLook


class AnswerBars(TypedDict):
    """What the network answers: one bar for each row of classes."""

    label: str
    percent: str
    rows: list[list[AnswerClass]]
    others: str


class AnswerValue(AnswerBars, AnswerSeen):
    """The answer, and how far to trust it."""

    looking: str
    alone: str
    paint: str
    camera: str
    camera_wide: str
    insecure: str
    forbidden: str
    follow: str
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
    example = next((each for each in examples if str(each.path) == photo.path), None)
    has_tower = photo.model.is_embedded and any(each.name == words.TOWER and each != example for each in examples)
    invitation = answer_words.TRY_THE_TOWER if has_tower else ""
    return {
        **describe_bars(result),
        "looking": answer_words.LOOKING,
        "answer_heading": answer_words.ANSWER_HEADING,
        "reliability": describe_reliability(result, network, example),
        "paint": answer_words.PAINT,
        "camera": answer_words.CAMERA,
        "camera_wide": answer_words.CAMERA_WIDE,
        "insecure": answer_words.NO_CAMERA_INSECURE,
        "forbidden": answer_words.NO_CAMERA_FORBIDDEN,
        "follow": answer_words.FOLLOW,
        "alone": EACH_ALONE if network.head.is_multi_label else "",
        "honesty": _honesty(network, invitation),
        "look_for": answer_words.LOOK_FOR.format(text=example.text) if example and example.text else "",
        **_describe_seen(photo),
    }


def describe_bars(result: Result) -> AnswerBars:
    """Describe what the network answers.

    Args:
        result: The answer.

    Returns:
        Plain JSON values: two classes share a bar; of more, the most probable have one each.
    """
    head = result.network.head
    most = sorted(result.probabilities.items(), key=lambda item: -item[1])[:MAX_CLASSES]
    classes: list[AnswerClass] = [
        {
            "name": name,
            "probability": probability,
            "percent": percent(probability),
            "is_no": head.is_multi_label and name not in result.labels,
        }
        for name, probability in (result.probabilities.items() if head.is_binary else most)
    ]
    return {
        "label": name_answer(head, result.probabilities),
        "percent": percent(result.probabilities[result.label]) if len(result.labels) == 1 else "",
        "rows": [classes] if head.is_binary else [[each] for each in classes],
        "others": _count_others(len(result.probabilities) - len(classes)),
    }


def describe_reliability(result: Result, network: Network, example: Example | None = None) -> str:
    """Say how often answers this sure were right, or why that does not help here.

    Args:
        result: The answer.
        network: What gave it.
        example: The example that the photo is, if it is one.

    Returns:
        A sentence; "" where the network was not measured, or hardly, or answers each class on its own.
    """
    if example and example.untaught:
        return example.untaught
    bins = network.metrics.get("test", {}).get("reliability")
    if not bins or network.head.is_multi_label:
        return ""
    similar = similar_answers(bins, result.probabilities[result.label])
    num_photos = similar["num_photos"]
    if num_photos < FEWEST_PHOTOS:
        return ""
    sentence = answer_words.RELIABILITY if example and example.is_known else answer_words.RELIABILITY_IF
    return sentence.format(
        classes=_what_it_may_be(network.class_names),
        num_photos=count(num_photos),
        num_right=count(round(similar["accuracy"] * num_photos)),
    )


def _what_it_may_be(class_names: Sequence[str]) -> str:
    """Name two classes as things: "a cat or a dog"; more, or names that are no plain nouns, are not named."""
    if len(class_names) != NUM_SHARING or not all(re.fullmatch("[a-z]+[a-rt-z]", name) for name in class_names):
        return answer_words.ANY_CLASS
    return answer_words.OR.join(f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in class_names)


def _count_others(number: int) -> str:
    """Say how many classes have no bar."""
    if number < 1:
        return ""
    return answer_words.OTHER if number == 1 else answer_words.OTHERS.format(number=count(number))


def _honesty(network: Network, invitation: str) -> str:
    """Say what can be answered, and what happens with anything else."""
    names, two = network.class_names, len(network.class_names) == NUM_SHARING
    if network.head.is_multi_label:
        classes = " and ".join(names) if two else answer_words.ITS_CLASSES.format(number=count(len(names)))
        return answer_words.HONESTY_ALONE.format(classes=classes)
    classes = " or ".join(names) if two else answer_words.ONE_OF.format(number=count(len(names)))
    return answer_words.HONESTY.format(classes=classes, invitation=invitation)


def _describe_seen(photo: ShownPhoto) -> AnswerSeen:
    """Describe the picture that the network saw, and which part of it reaches the answer, in percent."""
    layers, preprocessing = photo.layers, photo.network.preprocessing
    numbers = "" if photo.model.is_embedded else f" {describe_numbers(preprocessing)}"  # of ours nothing is in doubt
    width, height = photo.result.seen.size
    reach, first = layers[-1].receptive_field.box(0, 0), layers[default_tile(layers)]
    return {
        "seen": inline(photo.enlarged),  # with the answer itself: a file would come later
        "seen_heading": answer_words.SEEN_HEADING,
        "seen_text": describe_seen(preprocessing, photo.result.photo) + numbers,
        "unseen_text": "" if reach == (0, 0, width, height) else answer_words.UNSEEN,
        "reach": inset(reach, (width, height)),
        "unit": describe_unit(first, photo.units(first)),
    }


ANSWER = View("answer/answer", describe_answer, scripted)
