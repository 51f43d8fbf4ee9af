"""Pictures to try, each with what to look for in it."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from gradio.media import get_image
from PIL import ImageOps

from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.serving.example_folder import find_pictures, load_example
from cnnviz.ui.examples import words
from cnnviz.ui.examples.drawings import draw_colors, draw_dot, draw_star
from cnnviz.ui.files import InlinePicture, address, inline_photo

PHOTOS = Path(__file__).parent / "photos"
"""SOURCES.md in it names each one's author, licence and source."""

THUMBNAIL_PIXELS = 96
"""Edge of a thumbnail: twice the edge that it is shown with, for screens with many pixels."""

DRAW = (draw_star, draw_colors, draw_dot)


@dataclass(frozen=True)
class Example:
    """One picture to try.

    Args:
        path: The file, in the folder that is served.
        name: One or two words.
        text: What to look for in it with any network; "" if nothing is known of it.
        embedded_text: What to look for with the embedded model.
        untaught: What is said of it with the embedded model, if it shows nothing that this was taught.
        is_known: Whether it is known if the model was taught what it shows.
    """

    path: Path
    name: str
    text: str = ""
    embedded_text: str = ""
    untaught: str = ""
    is_known: bool = False


def find_examples(folder: Path, given: Path | None) -> list[Example]:
    """Put examples where they are served from.

    Args:
        folder: Where the files are written, inside Gradio's upload folder.
        given: A folder of pictures; None for our own photos, some that come with Gradio, and drawings.

    Returns:
        The examples in order.

    Raises:
        OptionError: If the folder holds no pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if given is not None:
        return [Example(Path(shutil.copy(path, folder)), path.stem) for path in find_pictures(given)]
    photos = [
        Example(Path(shutil.copy(_find_photo(file), folder)), name, embedded_text=text, untaught=untaught)
        for file, (name, text, untaught) in words.EXAMPLE_PHOTOS.items()
    ]
    drawings = []
    for draw, (name, (embedded_text, text)) in zip(DRAW, words.EXAMPLE_DRAWINGS.items(), strict=True):
        path = folder / f"{name.lower()}.png"
        draw().save(path)
        drawings.append(Example(path, name, text, embedded_text, words.DRAWING))
    return photos + drawings


def as_shown_with(examples: list[Example], is_embedded: bool) -> list[Example]:
    """Say of examples what to look for with the network that sees them, and whether that was taught such things.

    Args:
        examples: The examples.
        is_embedded: Whether it is the embedded model.

    Returns:
        The examples, each with the right text.
    """
    if not is_embedded:
        return [replace(each, untaught="") for each in examples]
    return [replace(each, text=each.embedded_text or each.text, is_known=bool(each.embedded_text)) for each in examples]


def _find_photo(name: str) -> str | Path:
    """Find one of our own photos, or else one of those that come with Gradio."""
    return PHOTOS / name if (PHOTOS / name).is_file() else get_image(name)


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


def describe_examples(examples: list[Example]) -> ExamplesValue:
    """Describe what examples.html shows.

    Args:
        examples: The examples.

    Returns:
        Plain JSON values.

    Raises:
        OptionError: If a picture cannot be read.
    """
    return {
        "heading": words.EXAMPLES,
        "examples": [_describe(each) for each in examples],
    }


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
