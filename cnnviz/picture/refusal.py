"""Refusal of pictures whose decoding would cost too much."""

from cnnviz.base.errors import ImageError


def too_costly(what: str) -> ImageError:
    """Return the error for a file that would take too long or too much memory.

    Args:
        what: The limit and what was received, in two sentences.

    Returns:
        The error, to be raised.
    """
    return ImageError(f"Decoding the picture would cost too much: {what} Save it as an ordinary PNG or JPEG and retry.")
