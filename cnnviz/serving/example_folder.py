"""A folder of pictures that the page offers to try; its files are checked before anything slow is loaded."""

from pathlib import Path

from PIL import Image

from cnnviz.base.errors import ImageError, OptionError
from cnnviz.picture.image import load_image

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def find_pictures(folder: Path) -> list[Path]:
    """List the pictures of a folder.

    Args:
        folder: Where to look; folders in it are passed over.

    Returns:
        The paths, sorted by name.

    Raises:
        OptionError: If there are none.
    """
    pictures = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not pictures:
        raise OptionError(f"No examples: expected a folder with {', '.join(SUFFIXES)} files. Received: '{folder}'.")
    return pictures


def load_example(path: Path) -> Image.Image:
    """Read one of the pictures.

    Args:
        path: Its file.

    Returns:
        An upright RGB picture.

    Raises:
        OptionError: If it cannot be read.
    """
    try:
        return load_image(path)
    except ImageError as error:
        raise OptionError(f"The example '{path.name}' cannot be shown. {error}") from error


def require_examples(folder: Path) -> None:
    """Check that a folder holds pictures, and that each of them can be read.

    Args:
        folder: Where the pictures are.

    Raises:
        OptionError: If there are none, or one cannot be read.
    """
    for path in find_pictures(folder):
        load_example(path)
