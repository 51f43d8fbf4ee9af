"""The pictures that the network saw last, so that a photo can be looked into later without being sent again."""

import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass

from PIL import Image

from cnnviz.result.result import PICTURE_BYTES, Result

MAX_SECONDS = 3600
MAX_PICTURES = 1000
"""Limit for pictures of 150x150 pixels, which then take 90 MB; of other sizes, as many are kept as take as much."""

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
    """Keeps what the network saw of each photo; threads may share it.

    The photo itself is not kept, nor are activations: only the picture of the network's own size. One that was not
    looked into for an hour is forgotten, and so are the oldest when they take too much memory.

    Args:
        max_bytes: Bytes that all pictures together may take, without those kept for good.
        max_seconds: After how long without use one is forgotten.

    Example:
        >>> SeenPictures().get("no such token") is None
        True
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        """Start empty."""
        self.max_bytes, self.max_seconds = max_bytes, max_seconds
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self._seen)

    def put(self, token: str, result: Result, for_good: bool = False) -> None:
        """Keep what the network saw.

        Args:
            token: Names the photo.
            result: What the network made of the photo. It is only found again as long as somebody else keeps it.
            for_good: Whether the picture is never forgotten, because everybody sees it. What was once kept for good
                stays so.
        """
        with self._lock:
            before = self._seen.pop(token, None)
            for_good = for_good or (before is not None and before.for_good)
            self._seen[token] = _Seen(result.seen, weakref.ref(result), time.monotonic(), for_good)
            self._forget()

    def get(self, token: str) -> tuple[Image.Image, Result | None] | None:
        """Find a picture again.

        Args:
            token: The token that `put` got.

        Returns:
            The picture that the network saw, and the result if it is still in memory; None if the token is unknown,
            or the picture was forgotten.
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
        """Forget what is too old, and the oldest while there is too much."""
        oldest = time.monotonic() - self.max_seconds
        mortal = [(token, seen) for token, seen in self._seen.items() if not seen.for_good]
        num_bytes = sum(seen.num_bytes for _, seen in mortal)
        for token, seen in mortal:
            if seen.used >= oldest and num_bytes <= self.max_bytes:
                break
            del self._seen[token]
            num_bytes -= seen.num_bytes
