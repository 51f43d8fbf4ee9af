"""The pictures to try, as the page shows them, and as it takes others: small, with what to look for in each."""

from pathlib import Path
from typing import TypedDict

from PIL import ImageOps

from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.serving.example_folder import load_example
from cnnviz.ui.component import scripted
from cnnviz.ui.example import Example
from cnnviz.ui.examples import words
from cnnviz.ui.files import InlinePicture, address, inline_photo
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.view import View

THUMBNAIL_PIXELS = 96
"""Edge of a thumbnail: twice the edge that it is shown with, for screens with many pixels."""


class ExampleTile(TypedDict):
    """A picture to try: small, and where it is."""

    name: str
    text: str
    picture: InlinePicture
    path: str
    address: str


class ExamplesValue(TypedDict):
    """A heading, and pictures to try."""

    heading: str
    examples: list[ExampleTile]


class ExamplesSettings(TypedDict):
    """What never changes: the size of the largest photo that the server takes, in bytes."""

    max_bytes: int


def describe_limits() -> ExamplesSettings:
    """Describe which files examples.js refuses.

    Returns:
        Plain JSON values.
    """
    return {"max_bytes": MAX_MEGABYTES * 10**6}


def describe_examples(model: ServedModel) -> ExamplesValue:
    """Describe what examples.html shows.

    Args:
        model: The model, which decides what is said of each.

    Returns:
        Plain JSON values.
    """
    return {"heading": words.EXAMPLES, "examples": describe_tiles(model.examples)}


def describe_tiles(examples: list[Example]) -> list[ExampleTile]:
    """Describe the examples.

    Args:
        examples: The examples.

    Returns:
        Plain JSON values.

    Raises:
        OptionError: If a picture cannot be read.
    """
    return [_describe(each) for each in examples]


def _describe(example: Example) -> ExampleTile:
    return {
        "name": example.name,
        "text": example.text,
        "picture": _thumbnail(example.path),
        "path": str(example.path),
        "address": address(example.path),
    }


def _thumbnail(path: Path) -> InlinePicture:
    """Cut the middle of a picture out, small."""
    return inline_photo(ImageOps.fit(load_example(path), (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)))


EXAMPLES: View[ServedModel] = View("examples/examples", describe_examples, scripted, settings=describe_limits)
