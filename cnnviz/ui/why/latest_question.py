"""Who is served what: of all that an open page asks and that takes a while, only the last is wanted."""

import threading
from collections import OrderedDict
from collections.abc import Callable

MAX_PAGES = 10_000
"""Of so many open pages the newest question is remembered; older ones are not cut short any more."""


class Turns:
    """Remembers the newest question of each page; threads may share it.

    Example:
        >>> turns = Turns()
        >>> first = turns.take("page", 1)
        >>> first()
        True
        >>> turns.take("page", 2)(), first()
        (True, False)
    """

    def __init__(self) -> None:
        """Start without pages."""
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, page: str, number: int) -> Callable[[], bool]:
        """Begin with a question.

        Args:
            page: Names the page.
            number: Of the question; later ones have higher numbers, in whatever order they arrive.

        Returns:
            Tells whether there is no later one yet.
        """
        with self._lock:
            self._newest[page] = max(number, self._newest.pop(page, number))
            while len(self._newest) > MAX_PAGES:
                self._newest.popitem(last=False)
        return lambda: self._newest.get(page, number) <= number
