"""Cache of the latest pictures that the network saw: later questions about a photo do not need the photo again."""

import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass

from PIL import Image

from cnnviz.result.result import PICTURE_BYTES, Result

MAX_SECONDS = 3600
MAX_PICTURES = 1000
"""Largest number of pictures of 150x150 pixels, which take 90 MB; for other sizes, the limit is the same memory."""

MAX_BYTES = MAX_PICTURES * PICTURE_BYTES * 150 * 150


@dataclass
class _Seen:
    picture: Image.Image
    result: weakref.ReferenceType[Result]
    used: float
    for_good: bool

    @property
    def num_bytes(self) -> int:
        return PICTURE_BYTES * self.picture.width * self.picture.height


class SeenPictures:
    """Keeps the picture that the network saw of each photo; threads may share it.

    Photos and activations are not kept: only pictures of the network's own size. A picture is removed after an hour
    without use; the oldest are also removed if all together take too much memory.

    Args:
        max_bytes: Largest size of all pictures together, in bytes; those that are kept for good do not count.
        max_seconds: Seconds without use after which a picture is removed.

    Example:
        >>> SeenPictures().get("no such token") is None
        True
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        """Create an empty cache."""
        self.max_bytes, self.max_seconds = max_bytes, max_seconds
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._seen)

    def put(self, token: str, result: Result, for_good: bool = False) -> None:
        """Keep the picture that the network saw.

        Args:
            token: The token that identifies the photo.
            result: The network's result for the photo. This cache refers to it only weakly: it can be found again only
                while something else keeps it.
            for_good: Whether the picture is never removed, because every visitor sees it. A picture that was once kept
                for good stays so.
        """
        with self._lock:
            before = self._seen.pop(token, None)
            for_good = for_good or (before is not None and before.for_good)
            self._seen[token] = _Seen(result.seen, weakref.ref(result), time.monotonic(), for_good)
            self._forget()

    def get(self, token: str) -> tuple[Image.Image, Result | None] | None:
        """Find a picture again.

        Args:
            token: The token that `put` was called with.

        Returns:
            The picture that the network saw, and the result if it is still in memory; None if the token is unknown,
            or the picture was removed.
        """
        with self._lock:
            self._forget()
            seen = self._seen.get(token)
            if seen is None:
                return None
            seen.used = time.monotonic()
            self._seen.move_to_end(token)
            return seen.picture, seen.result()

    def _forget(self) -> None:
        """Remove pictures that are too old, and the oldest while all together are too large."""
        oldest = time.monotonic() - self.max_seconds
        mortal = [(token, seen) for token, seen in self._seen.items() if not seen.for_good]
        num_bytes = sum(seen.num_bytes for _, seen in mortal)
        for token, seen in mortal:
            if seen.used >= oldest and num_bytes <= self.max_bytes:
                break
            del self._seen[token]
            num_bytes -= seen.num_bytes
