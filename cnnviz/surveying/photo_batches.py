"""Photographs of any source in batches, decoded on all cores."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.photos import Photos
from cnnviz.data.reader import open_pixels
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.surveys.photo_batch import PhotoBatch

NO_LABEL = "It has no label."


def read_batches(
    sources: Sequence[Photos],
    preprocessing: Preprocessing,
    size: int,
    has_classes: bool,
    after: int = 0,
    until: int | None = None,
    text: str = "Surveying",
    num_threads: int | None = None,
) -> Iterator[PhotoBatch]:
    """Decode photographs, batch by batch, several at the same time; those of the next batch meanwhile.

    Args:
        sources: The photographs.
        preprocessing: Resizes them for the network.
        size: Photographs in a batch.
        has_classes: Whether some of all photographs have classes. Then those without one are skipped.
        after: How many of the first photographs are left out, a multiple of the size.
        until: The number of the photograph to end before; None for all.
        text: What is done, for the progress bar; "" for no bar.
        num_threads: How many are decoded at the same time; None for as many as there are cores.

    Yields:
        The batches, in order.

    Raises:
        DatasetError: If a photograph disappears meanwhile, or a table is damaged.
    """
    batch = PhotoBatch(after, _black(size, preprocessing))
    opened = open_pixels(sources, preprocessing, text, after, until=until, num_threads=num_threads, num_ahead=size)
    for number, photo in enumerate(opened, start=after):
        if isinstance(photo.pixels, str):
            batch.skipped[photo.name] = photo.pixels
        elif photo.class_name is None and has_classes:
            batch.skipped[photo.name] = NO_LABEL
        else:
            place = number - batch.first
            batch.pixels[place] = photo.pixels
            batch.names[place], batch.classes[place] = photo.name, photo.class_name
        batch.number += 1
        if batch.number == size:
            yield batch
            batch = PhotoBatch(number + 1, _black(size, preprocessing))
    if batch.number:
        yield batch


def _black(size: int, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    return np.zeros((size, *preprocessing.shape), np.uint8)
