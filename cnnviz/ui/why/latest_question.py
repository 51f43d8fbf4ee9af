"""Cancels slow requests: only the latest one of each page counts."""

import threading
from collections import OrderedDict
from collections.abc import Callable

MAX_PAGES = 10_000
"""Number of open pages whose newest question is remembered; those of older pages are not cut short any more."""


class LatestQuestion:
    """Remembers the newest question of each page; threads may share it.

    Example:
        >>> latest = LatestQuestion()
        >>> first = latest.ask("page", 1)
        >>> first()
        True
        >>> latest.ask("page", 2)(), first()
        (True, False)
    """

    def __init__(self) -> None:
        """Start without pages."""
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, page: str, number: int) -> Callable[[], bool]:
        """Note that a page asks a question.

        Args:
            page: Names the page.
            number: Of the question; later ones have higher numbers, in whatever order they arrive.

        Returns:
            A function that tells whether there is no later one yet.
        """
        with self._lock:
            self._newest[page] = max(number, self._newest.pop(page, number))
            while len(self._newest) > MAX_PAGES:
                self._newest.popitem(last=False)
        return lambda: self._newest.get(page, number) <= number
