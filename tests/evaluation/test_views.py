"""Other views of a photograph: a bright square lies where geometry puts it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.evaluation.views import VIEWS, View, as_they_are, cut, mirror, zoom_out

SIDE = 120


def square(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """Two pictures with a white square on black."""
    photos = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    photos[:, top:bottom, left:right] = 255
    return photos


def box_of(photo: np.ndarray) -> list[int]:
    rows, columns = (np.flatnonzero((photo[..., 0] > 127).any(axis=axis)) for axis in (1, 0))
    return [int(each) for each in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (as_they_are, [30, 40, 60, 100]),
        (mirror, [60, 40, 90, 100]),
        (cut, [60 + (each - 60) / 0.85 for each in (30, 40, 60, 100)]),
        (zoom_out, [60 + (each - 60) / 1.2 for each in (30, 40, 60, 100)]),
    ],
)
def test_a_view_moves_what_is_seen_to_its_place(view: View, expected: list[float]) -> None:
    photos = square(30, 40, 60, 100)
    for seen in view(photos):
        assert box_of(seen) == pytest.approx(expected, abs=1)
        assert seen.shape == photos.shape[1:]
    assert box_of(photos[0]) == [30, 40, 60, 100]


def test_beyond_its_edge_a_photo_goes_on_as_its_mirror_image() -> None:
    seen = zoom_out(square(0, 0, SIDE, SIDE))
    assert (seen == 255).all()
    half = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    half[:, :, : SIDE // 2, 0] = 200
    assert (zoom_out(half)[0, :, :10] == [200, 0, 0]).all()


@pytest.mark.parametrize("name", VIEWS)
def test_photos_that_are_not_square_keep_their_shape(name: str) -> None:
    photos = np.random.default_rng(0).integers(0, 256, (3, 40, 90, 3), np.uint8)
    assert VIEWS[name](photos).shape == photos.shape
