"""One photo or several: what a caller gave, told apart."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, cast

from PIL import Image

from cnnviz.picture.arrays import BATCH_AXES, Tensor, as_array
from cnnviz.picture.image import BinaryFile, ImageSource

Photo = TypeVar("Photo", bound=ImageSource)
Photos = list[Photo] | tuple[Photo, ...] | Iterator[Photo]

SINGLE = (str, os.PathLike, bytes, bytearray, memoryview, Image.Image, BinaryFile, Mapping)
"""Types that can be iterated over, and are no photos in a row."""


def as_photos(source: ImageSource | Photos[Photo]) -> tuple[Iterable[ImageSource], bool]:
    """Tell whether a caller gave one photo or several.

    Args:
        source: What `cnnviz.load_image` reads; or several, as a list, a tuple or an iterator, or as a batch: an array
            or tensor with four axes, of the shape (B, H, W, C), or (B, C, H, W) in PyTorch.

    Returns:
        The photos; and whether it is a single one. What is neither counts as one: `cnnviz.load_image` refuses it.

    Example:
        >>> photos, is_single = as_photos(np.zeros((5, 8, 8, 3)))
        >>> len(photos), is_single
        (5, False)
    """
    if isinstance(source, Tensor) and not isinstance(source, SINGLE):
        array = as_array(source)
        return (list(array), False) if array.ndim == BATCH_AXES else ([array], True)
    if isinstance(source, Iterable) and not isinstance(source, SINGLE):
        return cast(Iterable[ImageSource], source), False
    return [cast(ImageSource, source)], True
