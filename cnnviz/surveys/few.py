"""A survey of a few pictures that are at hand, such as the examples of a page."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from cnnviz.network.network import Network
from cnnviz.surveys.finishing import finish
from cnnviz.surveys.photo_batch import PhotoBatch, batch_size
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.tally import Tally

QUALITY = 90


def survey_pictures(network: Network, pictures: Sequence[tuple[str, Image.Image]], num_top: int) -> Survey:
    """Measure what every channel makes of a few pictures, which have no classes and may be shown.

    Args:
        network: The network.
        pictures: Upright RGB pictures with their names, at least one.
        num_top: Pictures to keep for each channel.

    Returns:
        The survey, with the pictures.

    Raises:
        NetworkError: If the network's values are infinite or NaN.
    """
    tally, size = Tally(network, (), len(pictures), num_top), min(batch_size(network), len(pictures))
    pixels = [np.asarray(network.preprocessing.resize(picture)) for _, picture in pictures]
    for first in range(0, len(pictures), size):
        number = min(size, len(pictures) - first)
        batch = np.zeros((size, *network.preprocessing.shape), np.uint8)
        batch[:number] = np.stack(pixels[first : first + number]).reshape(number, *network.preprocessing.shape)
        names = {place: pictures[first + place][0] for place in range(number)}
        tally.add(PhotoBatch(first, batch, names, dict.fromkeys(names), number=number))
    found, numbers = finish(tally)
    return replace(found, pictures={index: encode_picture(pixels[number]) for index, number in enumerate(numbers)})


def encode_picture(pixels: np.ndarray) -> bytes:
    """Encode what a network sees, as it is stored.

    Args:
        pixels: Shape (height, width, 3), or (height, width) or (height, width, 1) for grey; uint8.

    Returns:
        A JPEG file.
    """
    stream = io.BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(
        stream, "JPEG", quality=QUALITY, subsampling=0
    )
    return stream.getvalue()
