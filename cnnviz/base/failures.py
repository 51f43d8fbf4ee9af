"""What failed in another library, as one of our errors with a short reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from cnnviz.base.errors import CnnvizError

MAX_REASON = 300
"""Largest number of characters of a reason; the messages of Keras may contain a whole config."""


def reason(error: BaseException) -> str:
    r"""Describe an error of another library in one line.

    Args:
        error: The error.

    Returns:
        Its kind and the start of its message, at most 300 characters, without a full stop at the end.

    Example:
        >>> reason(ValueError("no such shape:\n  (3, 0)."))
        'ValueError, no such shape: (3, 0)'
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
    return f"{type(error).__name__}, {text}"[:MAX_REASON].rstrip("., ")


@contextmanager
def failing_as(kind: type[CnnvizError], what: str) -> Iterator[None]:
    """Turn whatever another library raises into one of our errors.

    It stands only around work on what a stranger brought, such as a model: there, anything can happen. An error of
    ours, Ctrl-C and the end of the process pass as they are.

    Args:
        kind: The error to raise instead.
        what: What cannot be done, as a sentence.

    Raises:
        CnnvizError: Of this kind, with the reason and with the other library's error as its cause.
    """
    try:
        yield
    except CnnvizError:
        raise
    except Exception as error:
        raise kind(f"{what} Received: {reason(error)}.") from error
