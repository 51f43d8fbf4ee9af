"""Long work in steps: a caller can show its progress, and stop it after any step."""

import time
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


def within(steps: Steps[T], seconds: float) -> Steps[T]:
    """Leave work off that takes too long.

    Args:
        steps: The work.
        seconds: Time that it may take; what it does in one step is not interrupted.

    Yields:
        The share of the work that is done.

    Returns:
        The result of the work.

    Raises:
        StoppedError: If it takes longer.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            share = next(steps)
        except StopIteration as finished:
            result: T = finished.value
            return result
        if time.monotonic() > end:
            raise StoppedError(
                f"This takes more than {seconds:g} seconds, which is the most that one answer may take here. Choose a "
                "quicker method, or use the library, which has no such limit."
            )
        yield share


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
