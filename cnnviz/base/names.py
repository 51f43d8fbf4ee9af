"""What can be the name of anything: of a class, a layer, a colour map."""

from typing import Any

MAX_NAME_LENGTH = 200
"""A longer one is refused: it would fill the log, and looking for a similar one takes long."""


def is_name(value: Any) -> bool:
    """Tell whether a value can be the name of anything.

    Args:
        value: Any value, such as one that a program sent.

    Returns:
        Whether it is text of a moderate length without line breaks, which would forge lines of the log.

    Example:
        >>> is_name("conv2d_1"), is_name("x" * 1000), is_name(5)
        (True, False, False)
    """
    return isinstance(value, str) and len(value) <= MAX_NAME_LENGTH and value.isprintable()
