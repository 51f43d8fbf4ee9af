"""One photo or several, told apart by what the caller gave."""

import io
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cnnviz.picture.several import as_photos
from pictures import draw, encode


def test_one_photo_of_any_kind_is_a_single_one(photo: Path) -> None:
    content = photo.read_bytes()
    singles = [photo, str(photo), content, bytearray(content), memoryview(content), io.BytesIO(content), draw()]
    singles += [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.uint8), tf.zeros((8, 8, 3)), None, 5, {"a": photo}]
    for source in singles:
        photos, is_single = as_photos(source)
        assert is_single
        assert len(photos) == 1


def test_opened_file_is_a_photo_though_it_can_be_iterated_over(photo: Path) -> None:
    with photo.open("rb") as file:
        assert as_photos(file) == ([file], True)


@pytest.mark.parametrize("gather", [list, tuple, iter, lambda photos: dict(enumerate(photos)).values()])
def test_photos_in_a_row_are_several(gather: object) -> None:
    photos = [encode(draw(seed=seed), "PNG") for seed in range(3)]
    found, is_single = as_photos(gather(photos))
    assert not is_single
    assert list(found) == photos


@pytest.mark.parametrize("make", [np.asarray, tf.constant])
def test_array_of_four_axes_is_several_also_if_it_holds_one(make: object) -> None:
    for number in (0, 1, 5):
        photos, is_single = as_photos(make(np.zeros((number, 8, 9, 3), np.float32)))
        assert not is_single
        assert [photo.shape for photo in photos] == number * [(8, 9, 3)]
