"""The answer to a photo as the page shows it: what the network saw, what it said, and how far to trust that."""

import html
from collections.abc import Sequence
from typing import Any

from PIL import Image

from cnnviz.drawing.answer_bar import MAX_CLASSES, NUM_SHARING
from cnnviz.drawing.grid import encode_png
from cnnviz.evaluation.metrics import similar_answers
from cnnviz.network.head import percent
from cnnviz.network.network import Network
from cnnviz.result.result import Result
from cnnviz.serving.endpoints import Visualization
from cnnviz.ui import words
from cnnviz.ui.answer.strongest_unit import default_tile, describe_unit, inset
from cnnviz.ui.channel_data import SEEN_PIXELS
from cnnviz.ui.examples.examples import Example
from cnnviz.ui.files import served


def describe_answer(
    shown: Visualization, network: Network, examples: Sequence[Example], photo: str | None
) -> dict[str, Any]:
    """Give the values that answer.html shows; text from the model is escaped.

    Args:
        shown: The answer; the picture that the network saw is written into its folder.
        network: What gave it.
        examples: Pictures to try; of some is known what to look for.
        photo: The path of the photo.

    Returns:
        Plain JSON values.
    """
    result = shown.result
    most = sorted(result.probabilities.items(), key=lambda item: -item[1])[:MAX_CLASSES]
    two = len(result.probabilities) == NUM_SHARING
    classes = [
        {"name": html.escape(name), "probability": probability, "percent": html.escape(percent(probability))}
        for name, probability in (result.probabilities.items() if two else most)
    ]
    look_for = next((each.text for each in examples if str(each.path) == photo), "")
    invitation = words.TRY_THE_TOWER if any(each.name == words.TOWER for each in examples) else words.TRY_IT
    return {
        "label": html.escape(result.label),
        "percent": html.escape(percent(result.probabilities[result.label])),
        "rows": [classes] if two else [[each] for each in classes],
        "answer_heading": words.ANSWER_HEADING,
        "reliability": describe_reliability(result, network),
        "honesty": words.HONESTY.format(classes=_classes(network), invitation=invitation),
        "look_for": html.escape(words.LOOK_FOR.format(text=look_for)) if look_for else "",
        **_describe_seen(shown),
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
    return words.RELIABILITY.format(num_photos=num_photos, num_right=round(similar["accuracy"] * num_photos))


def _classes(network: Network) -> str:
    """Name what can be answered, escaped."""
    names = network.class_names
    return " or ".join(map(html.escape, names)) if len(names) == NUM_SHARING else f"one of {len(names)} classes"


def _describe_seen(shown: Visualization) -> dict[str, Any]:
    """Give the picture that the network saw, enlarged, and which part of it reaches the answer, in percent."""
    result = shown.result
    width, height = result.seen.size
    enlargement = max(SEEN_PIXELS // max(width, height), 1)
    size = (width * enlargement, height * enlargement)
    path = shown.folder / "seen.png"
    path.write_bytes(encode_png(result.seen.resize(size, Image.Resampling.NEAREST)))
    reach = result.layers[-1].receptive_field.box(0, 0)
    unit = describe_unit(result.layers[default_tile(result.layers)])
    return {
        "seen": served(path),
        "seen_size": size,
        "seen_heading": words.SEEN_HEADING,
        "seen_text": words.SEEN.format(width=width, height=height),
        "unseen_text": "" if reach == (0, 0, width, height) else words.UNSEEN,
        "reach": inset(reach, (width, height)),
        "unit": {**unit, "text": html.escape(unit["text"])},
    }
