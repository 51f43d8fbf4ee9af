"""The photos seen last: each has one token, under which its picture and its result are found again."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field

from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import read_picture
from cnnviz.result.result import Result
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_pictures import SeenPictures


@dataclass(frozen=True)
class SeenPhoto:
    """A photo that the network looked at.

    Args:
        token: Names the photo.
        result: What the network made of it.
        is_known: Whether the result was in memory already.
    """

    token: str
    result: Result = field(repr=False)
    is_known: bool = False


class SeenPhotos:
    """Looks at photos, and keeps what the network made of those seen last; threads may share it.

    A photo's token is a keyed hash of its file: the same photo always has the same token, and nobody can guess the
    token of a photo that they do not have. Results are kept as long as there is room, the pictures that the network
    saw much longer: from them a result is computed again.

    Args:
        explorer: Looks at the photos.
        results: Keeps the results used last.
        pictures: Keeps the pictures that the network saw.

    Example:
        >>> SeenPhotos(cnnviz.load(), ResultCache(256 * 2**20)).find("no such token") is None
        True
    """

    def __init__(self, explorer: Explorer, results: ResultCache, pictures: SeenPictures | None = None) -> None:
        """Start with a key of its own."""
        self.explorer, self.results = explorer, results
        self.pictures = SeenPictures() if pictures is None else pictures
        self._key = secrets.token_bytes()

    def look(self, photo: str | os.PathLike[str] | bytes) -> SeenPhoto:
        """Look at a photo; at one whose result is kept, without another forward pass.

        Args:
            photo: The path of a picture's file, or its bytes.

        Returns:
            The photo under its token.

        Raises:
            ImageError: If the photo cannot be read.
            NetworkError: If the network's values leave the range of numbers.
        """
        content = read_picture(photo)
        token = hmac.new(self._key, content, hashlib.sha256).hexdigest()
        known = self.results.get(token)
        return SeenPhoto(token, self._keep(token, known or self.explorer(content)), known is not None)

    def find(self, token: str) -> Result | None:
        """Find a photo again.

        Args:
            token: The token that `look` returned.

        Returns:
            What the network made of the photo, computed again if nobody has it any more; None if the token is unknown
            or the picture was forgotten.

        Raises:
            NetworkError: If the network's values leave the range of numbers.
        """
        seen = self.pictures.get(token)
        if seen is None:
            return None
        picture, result = seen
        return self._keep(token, self.results.get(token) or result or self.explorer(picture))

    def keep_for_good(self, photo: SeenPhoto) -> None:
        """Never forget a photo, because everybody sees it.

        Args:
            photo: The photo.
        """
        self.pictures.put(photo.token, photo.result, for_good=True)

    def _keep(self, token: str, result: Result) -> Result:
        self.pictures.put(token, result)
        self.results.put(token, result)
        return result
