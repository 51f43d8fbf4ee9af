"""Placement: which part of a photo lands in which part of the network's picture."""

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""A box: its left, top, right and bottom edge; right and bottom are the first pixels outside."""

Pixels = tuple[int, int, int, int]
"""A box of whole pixels."""

FITS = ("stretch", "crop", "pad")
"""Ways to fit a photo into another aspect ratio: stretch it, cut off what is too much, or add bars."""


@dataclass(frozen=True)
class Placement:
    """A part of a photo, and the part of the network's picture that shows it; neither is empty.

    Args:
        source: Box in pixels of the upright photo.
        target: Box in pixels of the network's picture.
    """

    source: Pixels
    target: Pixels

    def to_photo(self, box: Box) -> Box:
        """Convert a box in the network's picture to a box in the upright photo.

        Args:
            box: Edges in pixels of the network's picture.

        Returns:
            Edges in pixels of the photo, not rounded. What lies outside of the part that shows the photo is clipped.
        """
        left, right = (self._along(0, edge) for edge in (box[0], box[2]))
        top, bottom = (self._along(1, edge) for edge in (box[1], box[3]))
        return left, top, right, bottom

    def frame(self, photo: tuple[int, int], size: tuple[int, int]) -> Box:
        """Find where the network's whole picture would lie on the photo.

        Args:
            photo: Width and height of the upright photo.
            size: Width and height of the network's picture.

        Returns:
            Left, top, right and bottom edge as shares of the photo's width and height: (0, 0, 1, 1) if the photo is
            stretched; within them if it is cropped, beyond them if it is padded.
        """
        left, right = (self._beyond(0, edge) / photo[0] for edge in (0, size[0]))
        top, bottom = (self._beyond(1, edge) / photo[1] for edge in (0, size[1]))
        return left, top, right, bottom

    def _along(self, axis: int, edge: float) -> float:
        """Convert an edge along an axis, 0 for columns and 1 for rows, and clip it."""
        return self._beyond(axis, min(max(edge, self.target[axis]), self.target[axis + 2]))

    def _beyond(self, axis: int, edge: float) -> float:
        """Convert an edge along an axis; it may lie outside of the photo."""
        (first, last), (start, end) = ((box[axis], box[axis + 2]) for box in (self.source, self.target))
        return first + (edge - start) * (last - first) / (end - start)


def place_photo(fit: str, photo: tuple[int, int], size: tuple[int, int]) -> Placement:
    """Fit a photo into the network's picture.

    Args:
        fit: One of `FITS`. "crop" keeps the largest middle part with the aspect ratio of the network's picture; its
            edges are those of `keras.utils.load_img(keep_aspect_ratio=True)`. "pad" keeps the whole photo.
        photo: Width and height of the upright photo.
        size: Width and height of the network's picture.

    Returns:
        The placement.

    Example:
        >>> place_photo("crop", (640, 480), (100, 100)).source, place_photo("pad", (640, 480), (100, 100)).target
        ((80, 0, 560, 480), (0, 12, 100, 87))
    """
    whole, full = (0, 0, *photo), (0, 0, *size)
    (photo_width, photo_height), (width, height) = photo, size
    if fit == "crop":
        kept = photo_height * width // height, photo_width * height // width
        return Placement(_middle(kept, photo), full)
    if fit == "pad":
        scale = min(width / photo_width, height / photo_height)
        return Placement(whole, _middle((round(photo_width * scale), round(photo_height * scale)), size))
    return Placement(whole, full)


def _middle(part: tuple[int, int], whole: tuple[int, int]) -> Pixels:
    """Put a part, of at least one pixel, into the middle of the whole."""
    width, height = (min(max(side, 1), limit) for side, limit in zip(part, whole, strict=True))
    left, top = (whole[0] - width) // 2, (whole[1] - height) // 2
    return left, top, left + width, top + height
