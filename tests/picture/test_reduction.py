"""Large pictures are shrunk by whole factors, whatever their format; small ones keep every pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz.picture.image import load_image
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.picture.reduction import ENOUGH_PIXELS, reduction_factor
from pictures import draw, draw_quadrants, encode, stored

LARGE = (2400, 1800)


def seen(picture: Image.Image) -> np.ndarray:
    return np.asarray(Preprocessing().resize(picture), int)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_network_sees_nearly_the_same_of_a_shrunk_picture(file_format: str) -> None:
    whole = draw(*LARGE)
    picture = load_image(encode(whole, file_format))
    assert picture.size == (1200, 900)
    assert np.abs(seen(picture) - seen(whole)).max() <= 8


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I", "F", "I;16"])
def test_pictures_of_any_mode_are_shrunk(mode: str) -> None:
    picture = load_image(Image.new(mode, (2003, 1502)))
    assert (picture.size, picture.mode) == ((1002, 751), "RGB")


def test_each_pixel_is_the_mean_of_a_square() -> None:
    values = np.random.default_rng(0).integers(0, 256, (1600, 2000, 3), np.uint8)
    expected = values.reshape(800, 2, 1000, 2, 3).mean((1, 3))
    assert np.abs(np.asarray(load_image(values)) - expected).max() <= 1


def test_transparent_pixels_count_as_white() -> None:
    values = np.zeros((1600, 2000, 4), np.uint8)
    values[:, ::2, 3] = 255
    assert np.abs(np.asarray(load_image(values), int) - 128).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_shrunk_picture_is_upright(orientation: int, file_format: str) -> None:
    upright = draw_quadrants(*LARGE)
    picture = load_image(stored(upright, orientation, file_format))
    assert picture.size == (1200, 900)
    assert np.abs(seen(picture) - seen(upright)).max() <= 12


@pytest.mark.parametrize("size", [(1, 50_000), (9000, 3), (3000, 3000), (12_000, 900), (8000, 6250)])
def test_shrunk_picture_is_not_shrunk_again(size: tuple[int, int]) -> None:
    once = load_image(Image.new("L", size))
    assert reduction_factor(*once.size) == 1
    assert once.width * once.height < 4 * ENOUGH_PIXELS
    assert load_image(once).size == once.size


def test_jpeg_is_decoded_small() -> None:
    content = encode(Image.new("RGB", (6000, 4000)), "JPEG")
    picture = load_image(content)
    assert picture.size == (1500, 1000)
    assert Image.open(io.BytesIO(content)).size == (6000, 4000)
