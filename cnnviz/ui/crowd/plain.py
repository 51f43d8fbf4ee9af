"""Check of what parts of the page send: anything can be sent by a program, and some of it cannot be sent back."""

from typing import Any

MAX_PARTS = 10_000
"""Largest number of values of one question: one for each channel that is switched off."""

MAX_TEXT = 4096
"""Largest number of characters of a text: those of a path."""

PICTURE = "picture"
"""The name of a question's picture, a data address, which is not sent back with the answer."""

MAX_PICTURE = 2**22
"""Largest number of characters of a picture: those of a megapixel without loss."""

MAX_NUMBER = 2**53
"""Largest whole number that JavaScript has."""


def is_plain(asked: Any) -> bool:
    """Tell whether a question can be answered with itself in the answer.

    Args:
        asked: What a part of the page, or a program, asks.

    Returns:
        Whether it is nothing; a text or number; or a dictionary of these, of lists of them, of such lists by name, or
        of a picture.

    Example:
        >>> is_plain({"token": "5f", "without": {"conv2d_1": [3, 4]}}), is_plain({"layer": 2**70})
        (True, False)
    """
    if not isinstance(asked, dict):
        return _is_value(asked)
    parts: list[Any] = []
    for name, value in asked.items():
        if name == PICTURE and _is_text(value, MAX_PICTURE):
            continue
        if isinstance(value, dict) and not all(isinstance(each, list) for each in value.values()):
            return False  # it could be taken for a file
        lists = value if isinstance(value, dict) else {"": value}
        parts += [name, *lists]
        for each in lists.values():
            parts += each if isinstance(each, list) else [each]
    return len(parts) <= MAX_PARTS and all(map(_is_value, parts))


def _is_value(value: Any) -> bool:
    """Tell whether JSON has such a value, and a browser reads it as it is."""
    if _is_text(value, MAX_TEXT):
        return True
    return value is None or (isinstance(value, int | float) and abs(value) <= MAX_NUMBER)  # also false of NaN


def _is_text(value: Any, max_length: int) -> bool:
    return isinstance(value, str) and len(value) <= max_length and value.encode(errors="ignore").decode() == value
