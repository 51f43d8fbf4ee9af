"""What goes into the network, in words: how it sees a photo, and which numbers it gets."""

from PIL import Image

from cnnviz.base.figures import share, short
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui import words


def describe_seen(preprocessing: Preprocessing, photo: Image.Image) -> str:
    """Say what was done to a photo before the network saw it.

    Args:
        preprocessing: The network's preprocessing.
        photo: The upright photo.

    Returns:
        Sentences.
    """
    placed, size = preprocessing.placement(photo), (preprocessing.width, preprocessing.height)
    if preprocessing.fit == "stretch":
        text = words.SEEN
    elif placed.source != (0, 0, *photo.size):
        text = words.SEEN_CROPPED
    else:
        text = words.SEEN_WHOLE if placed.target == (0, 0, *size) else words.SEEN_PADDED
    left, top, right, bottom = placed.source
    cut = 1 - (right - left) * (bottom - top) / (photo.width * photo.height)
    seen = text.format(width=size[0], height=size[1], cut=share(cut))
    return " ".join([seen, *_tell_gray(preprocessing)])


def describe_numbers(preprocessing: Preprocessing) -> str:
    """Say which numbers the network gets.

    Args:
        preprocessing: The network's preprocessing.

    Returns:
        A sentence.
    """
    return _fill(words.NUMBERS, preprocessing)


def describe_input(preprocessing: Preprocessing) -> str:
    """Say what is done to any photo before the network sees it.

    Args:
        preprocessing: The network's preprocessing.

    Returns:
        Sentences.
    """
    text = words.FITS[preprocessing.fit].format(width=preprocessing.width, height=preprocessing.height)
    numbers = words.BLACK_TO_WHITE if preprocessing.affine.is_for_gray else words.COLOR_BY_COLOR
    return " ".join([text, *_tell_gray(preprocessing), _fill(numbers, preprocessing)])


def _fill(text: str, preprocessing: Preprocessing) -> str:
    lowest, highest = map(short, preprocessing.value_range)
    return text.format(lowest=lowest, highest=highest)


def _tell_gray(preprocessing: Preprocessing) -> list[str]:
    return [words.SEEN_GRAY] if preprocessing.num_channels == 1 else []
