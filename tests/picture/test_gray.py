"""Grey of 16 and 32 bits is shown as it looks, or refused."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cnnviz.base.errors import ImageError
from cnnviz.picture.gray import find_white, to_8_bits
from cnnviz.picture.image import load_image
from pictures import encode

RAMP = np.linspace(0, 255, 16)


def shown(values: NDArray[np.generic]) -> list[int]:
    return np.asarray(load_image(encode(Image.fromarray(values), "TIFF")))[0, :, 0].tolist()


@pytest.mark.parametrize("white", [1, 255, 65535])
@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_32_bit_grey_looks_like_the_same_picture_of_8_bits(white: int, dtype: type) -> None:
    values = np.asarray([RAMP / 255 * white], dtype)
    assert shown(values) == to_8_bits(values, white)[0].tolist()
    assert shown(values)[-1] == 255


def test_values_slightly_outside_the_range_are_clipped() -> None:
    assert shown(np.array([[-0.05, 0.5, 1.05]], np.float32)) == [0, 128, 255]
    assert shown(np.array([[-3, 127, 260]], np.int32)) == [0, 127, 255]


@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 299])
def test_what_is_no_number_is_refused(worst: float, row: int) -> None:
    values = np.zeros((300, 4), np.float32)
    values[row, 2] = worst
    with pytest.raises(ImageError, match="some of its values are infinite or no numbers"):
        load_image(Image.fromarray(values))


@pytest.mark.parametrize("values", [[-100, 50], [0, 10**6], [-0.5, 0.5]])
def test_values_in_no_known_range_are_refused(values: list[float]) -> None:
    with pytest.raises(ImageError, match=r"run from 0 to 1, to 255 or to 65535\. Received: values from "):
        load_image(Image.fromarray(np.array([values], np.float32)))


def test_dark_16_bit_picture_stays_dark() -> None:
    picture = Image.fromarray(np.full((2, 2), 200, np.uint16))
    assert find_white(picture) == 65535
    assert load_image(picture).getpixel((0, 0)) == (1, 1, 1)
