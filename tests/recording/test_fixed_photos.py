"""The photographs that every snapshot is measured on."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import DatasetError, OptionError
from cnnviz.data.dataset import Split
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.recording.fixed_photos import NUM_PHOTOS, UNKNOWN, FixedPhotos

SMALL = Preprocessing(20, 30)


def test_photographs_of_a_split_are_spread_over_it_with_their_classes() -> None:
    labels = np.arange(100) % 3
    images = np.broadcast_to(np.arange(100, dtype=np.uint8)[:, None, None, None], (100, 4, 4, 3))
    chosen = FixedPhotos.of_split(Split(images, labels))
    assert len(chosen) == NUM_PHOTOS
    rows = chosen.pixels[:, 0, 0, 0]
    assert (rows[0], rows[-1]) == (0, 99)
    assert chosen.labels is not None
    assert np.array_equal(chosen.labels, labels[rows])


def test_a_folder_of_classes_gives_the_same_ones_each_time(kaggle_folder: Path) -> None:
    first, again = (FixedPhotos.of_data([kaggle_folder], SMALL, ("dog", "wolf")) for _ in range(2))
    assert first.pixels.shape == (NUM_PHOTOS, 20, 30, 3)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.labels is not None
    assert set(first.labels.tolist()) == {0, UNKNOWN}  # cats are not known


def test_equal_photographs_have_one_sha256_and_others_another() -> None:
    pixels, labels = np.arange(192, dtype=np.uint8).reshape(4, 4, 4, 3), np.arange(4)
    others = [pixels[::-1], pixels.reshape(4, 8, 2, 3), pixels[:2]]
    different = [FixedPhotos(pixels), FixedPhotos(pixels, labels), FixedPhotos(pixels, labels % 2)]
    different += [FixedPhotos(each, labels[: len(each)]) for each in others]
    assert len({each.sha256 for each in different}) == len(different)
    assert FixedPhotos(pixels.copy(), labels.copy()).sha256 == FixedPhotos(pixels, labels).sha256


def test_photographs_without_classes_have_no_labels(photo: Path) -> None:
    assert FixedPhotos.of_data([photo.parent], SMALL, ("cat", "dog")).labels is None


def test_a_folder_without_photographs_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no photo")
    with pytest.raises(DatasetError, match="None of 1 photographs can be read"):
        FixedPhotos.of_data([tmp_path], SMALL, ("cat", "dog"))


@pytest.mark.parametrize("labels", [np.arange(50) % 2, (np.arange(50) % 2)[:, None], np.eye(2)[np.arange(50) % 2]])
def test_a_batch_is_taken_with_labels_as_keras_takes_them(labels: np.ndarray) -> None:
    photos = FixedPhotos.of_pictures(np.random.default_rng(0).random((50, 20, 30, 3)), labels, SMALL)
    assert photos.pixels.shape == (NUM_PHOTOS, 20, 30, 3)
    assert photos.labels is not None
    assert photos.labels.tolist() == [int(number) % 2 for number in np.linspace(0, 49, NUM_PHOTOS)]


def test_grey_networks_get_grey_photographs(photo: Path) -> None:
    grey = Preprocessing(20, 30, color_mode="L")
    assert FixedPhotos.of_pictures([photo, photo], None, grey).pixels.shape == (2, 20, 30, 1)


def test_labels_that_do_not_fit_are_refused(photo: Path) -> None:
    with pytest.raises(OptionError, match=r"one label for each of 1 photos.* Received: an array of the shape \(2,\)"):
        FixedPhotos.of_pictures(photo, [0, 1], SMALL)
    with pytest.raises(OptionError, match="at least one photo"):
        FixedPhotos.of_pictures([], None, SMALL)
