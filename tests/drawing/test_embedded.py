"""Pictures within markup: every pixel, sharp where it is enlarged, averaged where it is shrunk."""

import numpy as np
import pytest
from PIL import Image

from cnnviz.drawing.embedded import CRISP, FITTING, embed
from markup import Shown
from pictures import noise_pictures


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
@pytest.mark.parametrize(
    ("edge", "size"), [(0, (30, 20)), (30, (30, 20)), (59, (30, 20)), (60, (60, 40)), (95, (90, 60))]
)
def test_picture_is_there_whole_and_enlarged_by_a_whole_factor(mode: str, edge: int, size: tuple[int, int]) -> None:
    picture = noise_pictures((30, 20))[mode]
    shown = Shown(embed(picture, "a <photo>", edge))
    ((there, *shown_size),) = shown.pictures
    assert there.convert("RGB").tobytes() == picture.convert("RGB").tobytes()
    assert tuple(shown_size) == size
    assert shown.titles == ["a <photo>", "a <photo>"]
    assert shown.styles[0].endswith(CRISP if edge else FITTING)


def test_larger_picture_is_averaged() -> None:
    picture = noise_pictures((400, 200))["RGB"]
    ((there, width, height),) = Shown(embed(picture, "", 100)).pictures
    assert there.size == (width, height) == (100, 50)
    expected = np.asarray(picture, float).reshape(50, 4, 100, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(np.asarray(there), expected, atol=1)


def test_picture_of_one_pixel_is_shown() -> None:
    ((_, width, height),) = Shown(embed(Image.new("RGB", (1, 1)), "", 16)).pictures
    assert (width, height) == (16, 16)
