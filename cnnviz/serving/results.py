"""Cache of the latest results, so that other colours need no further forward pass."""

import threading
from collections import OrderedDict

from cnnviz.result.result import Result


class ResultCache:
    """Keeps the most recently used results, within a limit of memory; threads may share it.

    Args:
        max_bytes: Largest size of all results together, in bytes. A larger result is not kept.

    Example:
        >>> ResultCache(max_bytes=256 * 2**20).get("no such photo") is None
        True
    """

    def __init__(self, max_bytes: int) -> None:
        """Create an empty cache."""
        self.max_bytes = max_bytes
        self.num_bytes = 0
        self._results: OrderedDict[str, Result] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Result | None:
        """Return a photo's result if it is still in the cache.

        Args:
            key: The key that `put` was called with.

        Returns:
            The result, or None.
        """
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: str, result: Result) -> None:
        """Keep a photo's result, and remove the results that were unused the longest.

        Args:
            key: A text that identifies the photo and the model.
            result: The model's result for the photo.
        """
        with self._lock:
            if key in self._results:
                self.num_bytes -= self._results.pop(key).nbytes
            if result.nbytes > self.max_bytes:
                return
            self._results[key] = result
            self.num_bytes += result.nbytes
            while self.num_bytes > self.max_bytes:
                _, oldest = self._results.popitem(last=False)
                self.num_bytes -= oldest.nbytes
