"""What the tab of two photos asks: another photo's answer, and a layer of both photos."""

import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.picture.image import require_size
from cnnviz.result.comparison import Comparison
from cnnviz.ui.answers import Answer, find_photo, named, reply
from cnnviz.ui.comparison.comparison import describe_other, describe_pair
from cnnviz.ui.served_model import Exhibit
from cnnviz.ui.upload import uploaded_picture

PAIR_QUESTIONS = ("choose", "compare")
"""What can be asked: the names of the events, and of the methods that answer."""

PAIR_ANSWERS = ("other", "pair")
"""Under which names the page finds the answers."""


@dataclass
class Pairs:
    """Answers the tab of two photos. Every value that it sends may have been made up by a program.

    Args:
        exhibit: Gives the model that answers now.
    """

    exhibit: Callable[[], Exhibit]

    def choose(self, event: gr.EventData) -> Any:
        """Give the answer to another photo, and the token under which it is found again."""
        return reply("other", event, self._choose)

    def compare(self, event: gr.EventData) -> Any:
        """Give all activations of a layer for both photos, and which channels tell them apart."""
        return reply("pair", event, self._compare)

    def _choose(self, asked: Answer) -> Answer:
        exhibit = self.exhibit()
        result = exhibit.endpoints.result(_find_other(exhibit, asked))
        return describe_other(result, exhibit.seen.put(result), exhibit.endpoints.folder)

    def _compare(self, asked: Answer) -> Answer:
        exhibit = self.exhibit()
        _, first = find_photo(exhibit, asked)
        _, second = find_photo(exhibit, asked, "other")
        return describe_pair(Comparison(first, second), named(asked, "layer"), exhibit.endpoints.folder)


def _find_other(exhibit: Exhibit, asked: Answer) -> Path | bytes:
    """Find the other photo: an example by its index, or a file that was uploaded."""
    example, size = asked.get("example"), asked.get("size")
    if example is None:
        if not isinstance(size, int):
            raise OptionError(f"`size` is a file's number of bytes. Received: size={reprlib.repr(size)}.")
        require_size(size)  # a file that is much too large was not uploaded at all
        return uploaded_picture(asked.get("path"))
    if not isinstance(example, int) or not 0 <= example < len(exhibit.examples):
        raise OptionError(f"There are {len(exhibit.examples)} examples. Received: example={reprlib.repr(example)}.")
    return exhibit.examples[example].path
