"""Results of the photos seen last, so that other colours need no other forward pass."""

import threading
from collections import OrderedDict

from cnnviz.result.result import Result


class ResultCache:
    """Keeps the results used last within a number of bytes; threads may share it.

    Args:
        max_bytes: Bytes that all results together may take. A result larger than that is not kept.

    Example:
        >>> ResultCache(max_bytes=256 * 2**20).get("no such photo") is None
        True
    """

    def __init__(self, max_bytes: int) -> None:
        """Start empty."""
        self.max_bytes = max_bytes
        self.num_bytes = 0
        self._results: OrderedDict[str, Result] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Result | None:
        """Give a photo's result if it is still kept.

        Args:
            key: What `put` was given.

        Returns:
            The result, or None.
        """
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: str, result: Result) -> None:
        """Keep a photo's result, and let go of those unused the longest.

        Args:
            key: Names the photo and the model.
            result: What the model made of the photo.
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
