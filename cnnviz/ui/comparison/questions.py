"""Event handlers of the tab of two photos."""

import reprlib
from pathlib import Path
from typing import Any, ClassVar, NotRequired, TypedDict

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError
from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit
from cnnviz.result.comparison import Comparison, rank
from cnnviz.serving.endpoints import Endpoints
from cnnviz.serving.seen_photos import SeenPhoto
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply
from cnnviz.ui.channel_data import SEEN_PIXELS, ClassShare, LayerSheet, describe_classes, describe_sheet, name_answer
from cnnviz.ui.files import address
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.upload import dropped_picture


class OtherPicture(TypedDict):
    """The other photo as the network sees it: its own rows and columns."""

    url: str
    rows: int
    columns: int


class OtherAnswer(TypedDict):
    """The other photo under its token, and the network's answer to it."""

    token: str
    seen: OtherPicture
    label: str
    classes: list[ClassShare]


class Ranking(TypedDict):
    """One number for each channel, and the channels in order."""

    values: list[float]
    ranking: list[int]


class Rankings(TypedDict):
    """How channels can be ranked; by contribution only where the layer feeds the last one."""

    mean: Ranking
    contribution: NotRequired[Ranking]


# "class" is no name of Python's, so that the fields are not written as those of a class.
PairAnswer = TypedDict(
    "PairAnswer",
    {
        "layer": str,
        "first": LayerSheet,
        "second": LayerSheet,
        "by": Rankings,
        "class": str | None,
        "total": float | None,
    },
)
"""A layer's activations for both photos; whose logit the contributions add up to, and how much it differs."""


class ComparisonQuestions(Questions):
    """Answers the tab of two photos. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"choose": "other", "compare": "pair"}

    def choose(self, event: gr.EventData) -> Any:
        """Answer for another photo, and the token under which it is found again."""
        return reply("other", event, self._choose)

    def compare(self, event: gr.EventData) -> Any:
        """Describe all activations of a layer for both photos, and which channels tell them apart."""
        return reply("pair", event, self._compare)

    def _choose(self, asked: Asked) -> OtherAnswer:
        model = self.model()
        return describe_other(model.photos.look(_find_other(model, asked)), model.endpoints)

    def _compare(self, asked: Asked) -> PairAnswer:
        model = self.model()
        comparison = Comparison(find_photo(model, asked), find_photo(model, asked, "other"))
        return describe_pair(comparison, named(asked, "layer"), model.endpoints)


def _find_other(model: ServedModel, asked: Asked) -> Path | bytes:
    """Find the other photo: an example by its index, or a file that was uploaded."""
    example, size = asked.get("example"), asked.get("size")
    if example is None:
        if not isinstance(size, int):
            raise OptionError(f"`size` is a file's number of bytes. Received: size={reprlib.repr(size)}.")
        return dropped_picture(asked.get("path"), size)
    if not isinstance(example, int) or not 0 <= example < len(model.examples):
        raise OptionError(f"There are {len(model.examples)} examples. Received: example={reprlib.repr(example)}.")
    return model.examples[example].path


def describe_other(other: SeenPhoto, endpoints: Endpoints) -> OtherAnswer:
    """Describe the other photo, as the network sees it, and its answer.

    Args:
        other: The other photo.
        endpoints: Make the folder for its picture.

    Returns:
        Plain JSON values.
    """
    seen, head, probabilities = other.result.seen, other.result.network.head, other.result.probabilities
    path = endpoints.new_folder() / "seen.png"
    path.write_bytes(encode_png(fit(seen, SEEN_PIXELS)))
    return {
        "token": other.token,
        "seen": {"url": address(path), "rows": seen.height, "columns": seen.width},
        "label": name_answer(head, probabilities),
        "classes": describe_classes(head, probabilities),
    }


def describe_pair(comparison: Comparison, layer_name: str, endpoints: Endpoints) -> PairAnswer:
    """Describe a layer's activations for both photos, and which channels tell them apart.

    Args:
        comparison: What the network made of both.
        layer_name: The layer's whole name.
        endpoints: Make the folders for the pictures of all channels.

    Returns:
        Plain JSON values: first and second, each as `describe_sheet`; by mean, and by contribution if the layer feeds
        the last one, the values and the ranking of the channels; class and total, whose logit that is and how much the
        logits differ.

    Raises:
        LayerNotFoundError: If no layer has that name.
        OptionError: If the layer has too many activations.
    """
    first, second = (describe_sheet(layer, endpoints) for layer in comparison.layers(layer_name))
    contributions = comparison.contributions() if comparison.decides(layer_name) else None
    added = contributions.by_channel(len(first["limits"])) if contributions else None
    by: Rankings = {"mean": _ranking(comparison.scores(layer_name))}
    if added is not None:
        by["contribution"] = _ranking(added)
    return {
        "layer": layer_name,
        "first": first,
        "second": second,
        "by": by,
        "class": contributions.class_name if contributions else None,
        "total": contributions.logit if contributions else None,
    }


def _ranking(values: NDArray[np.float64]) -> Ranking:
    return {"values": values.tolist(), "ranking": rank(values)}
