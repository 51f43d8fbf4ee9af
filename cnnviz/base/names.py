"""Check of a name: of a class, a layer or a colour map."""

from typing import Any

MAX_NAME_LENGTH = 200
"""Largest number of characters. Longer names would fill the log, and the search for similar names would be slow."""


def is_name(value: Any) -> bool:
    """Tell whether a value can be a name.

    Args:
        value: Any value, for example one that a program sent.

    Returns:
        Whether it is printable text of at most 200 characters. Line breaks are refused: they could forge log lines.

    Example:
        >>> is_name("conv2d_1"), is_name("x" * 1000), is_name(5)
        (True, False, False)
    """
    return isinstance(value, str) and len(value) <= MAX_NAME_LENGTH and value.isprintable()
