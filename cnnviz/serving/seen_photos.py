"""Cache of the latest photos: each has a token, by which its picture and its result can be found again."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import load_image, read_picture
from cnnviz.result.result import Result
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_pictures import SeenPictures

AGAIN = " again"
"""Behind the token of a result that was computed again."""


@dataclass(frozen=True)
class SeenPhoto:
    """A photo that went through the network.

    Args:
        token: The token that identifies the photo.
        result: The network's result for it.
        is_known: Whether the result was already in the cache.
    """

    token: str
    result: Result = field(repr=False)
    is_known: bool = False


class SeenPhotos:
    """Runs photos through the network, and keeps the latest results; threads may share it.

    A photo's token is a keyed hash of its file: the same photo always has the same token, and nobody can guess the
    token of a photo that they do not have. Results are kept as long as there is room. The pictures that the network
    saw are kept much longer: a result can be computed from them again.

    Args:
        explorer: The explorer that runs the photos through the network.
        results: The cache of the most recently used results.
        pictures: The cache of the pictures that the network saw.
        decode: The function that decodes a file's bytes. A server passes a `Decoder`, which can be stopped.

    Example:
        >>> SeenPhotos(cnnviz.load(), ResultCache(256 * 2**20)).find("no such token") is None
        True
    """

    def __init__(
        self,
        explorer: Explorer,
        results: ResultCache,
        pictures: SeenPictures | None = None,
        decode: Callable[[bytes], Image.Image] = load_image,
    ) -> None:
        """Create an empty cache with a new random key."""
        self.explorer, self.results = explorer, results
        self.pictures = SeenPictures() if pictures is None else pictures
        self._decode = decode
        self._key = secrets.token_bytes()

    def look(self, photo: str | os.PathLike[str] | bytes) -> SeenPhoto:
        """Run a photo through the network, or take its result from the cache.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            The photo with its token and its result.

        Raises:
            ImageError: If the photo cannot be read.
            NetworkError: If the network's values are infinite or NaN.
        """
        content = read_picture(photo)
        token = hmac.new(self._key, content, hashlib.sha256).hexdigest()
        known = self.results.get(token)
        result = known or self.explorer(self._decode(content))
        return SeenPhoto(token, self._keep(token, result), known is not None)

    def read(self, photo: str | os.PathLike[str] | bytes) -> Image.Image:
        """Decode a photo; nothing of it is kept.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            The picture, as from `cnnviz.load_image`.

        Raises:
            ImageError: If the photo cannot be read.
        """
        return self._decode(read_picture(photo))

    def find(self, token: str) -> Result | None:
        """Find a photo again.

        Args:
            token: The token that `look` returned.

        Returns:
            The photo's result; it is computed again if it is no longer in memory. None if the token is unknown, or the
            picture was removed.

        Raises:
            NetworkError: If the network's values are infinite or NaN.
        """
        seen = self.pictures.get(token)
        if seen is None:
            return None
        known = self.results.get(token)
        if known is not None:
            return self._keep(token, known)
        picture, alive = seen
        again = f"{token}{AGAIN}"  # its photo may be only what the network saw: `look` must not find it
        result = self.results.get(again) or alive or self.explorer(picture)
        self.pictures.put(token, result)
        self.results.put(again, result)
        return result

    def keep_for_good(self, photo: SeenPhoto) -> None:
        """Keep a photo's picture for good, because every visitor sees it.

        Args:
            photo: The photo.
        """
        self.pictures.put(photo.token, photo.result, for_good=True)

    def _keep(self, token: str, result: Result) -> Result:
        self.pictures.put(token, result)
        self.results.put(token, result)
        return result
