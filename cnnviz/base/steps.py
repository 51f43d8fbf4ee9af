"""Long work in steps: a caller can show its progress, and stop it after any step."""

from collections.abc import Callable, Generator
from typing import TypeVar

from cnnviz.base.errors import StoppedError

T = TypeVar("T")
Steps = Generator[float, None, T]
"""A generator that yields the share of the work that is done, in [0, 1], and returns the result."""


def finish(steps: Steps[T], is_wanted: Callable[[], bool] = lambda: True) -> T:
    """Run all steps.

    Args:
        steps: The work.
        is_wanted: Asked after each step; if it says no, the work is left off.

    Returns:
        The result of the work.

    Raises:
        StoppedError: If the work was left off.

    Example:
        >>> def count(number):
        ...     for done in range(number):
        ...         yield done / number
        ...     return number
        >>> finish(count(3))
        3
    """
    while is_wanted():
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
    raise StoppedError("Nobody waits for the answer any more.")


def part(steps: Steps[T], first: float, last: float) -> Steps[T]:
    """Run work as a part of larger work.

    Args:
        steps: The work.
        first: Share of the larger work that is done before this part, in [0, 1].
        last: Share that is done after this part, in [0, 1].

    Yields:
        The share of the larger work that is done.

    Returns:
        The result of the part.
    """
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        yield first + (last - first) * share
