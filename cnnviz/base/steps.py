"""Work that takes a while, done in steps: it can be watched, and left off at any of them."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[float, None, T]
"""Yields from time to time which share of the work is done, in [0, 1], and returns what it was done for."""


def finish(steps: Steps[T]) -> T:
    """Do work to its end.

    Args:
        steps: The work.

    Returns:
        What it was done for.

    Example:
        >>> def count(number):
        ...     for done in range(number):
        ...         yield done / number
        ...     return number
        >>> finish(count(3))
        3
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


def part(steps: Steps[T], first: float, last: float) -> Steps[T]:
    """Make work a part of a larger one.

    Args:
        steps: The work.
        first: Which share of the whole is done before it, in [0, 1].
        last: Which share is done after it.

    Yields:
        Which share of the whole is done.

    Returns:
        What the part was done for.
    """
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        yield first + (last - first) * share
