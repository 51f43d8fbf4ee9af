"""Pictures to try, each with what to look for in it."""

import shutil
from pathlib import Path

from gradio.media import get_image

from cnnviz.serving.example_folder import find_pictures
from cnnviz.ui.example import Example
from cnnviz.ui.examples import words
from cnnviz.ui.examples.drawings import draw_colors, draw_dot, draw_star

PHOTOS = Path(__file__).parent / "photos"
"""SOURCES.md in it names each one's author, licence and source."""

DRAW = (draw_star, draw_colors, draw_dot)


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


def _find_photo(name: str) -> str | Path:
    """Find one of our own photos, or else one of those that come with Gradio."""
    return PHOTOS / name if (PHOTOS / name).is_file() else get_image(name)
