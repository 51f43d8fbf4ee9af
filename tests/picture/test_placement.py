"""Which part of a photo lands where in the network's picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.picture.placement import FITS, place_photo

SIDES = st.integers(1, 3000)


@given(st.sampled_from(FITS), SIDES, SIDES, st.integers(1, 200), st.integers(1, 200))
def test_parts_are_inside_and_the_picture_goes_to_the_part_of_the_photo(
    fit: str, photo_width: int, photo_height: int, width: int, height: int
) -> None:
    placed = place_photo(fit, (photo_width, photo_height), (width, height))
    for (left, top, right, bottom), (columns, rows) in (
        (placed.source, (photo_width, photo_height)),
        (placed.target, (width, height)),
    ):
        assert 0 <= left < right <= columns
        assert 0 <= top < bottom <= rows
    assert placed.to_photo((0, 0, width, height)) == pytest.approx(placed.source)
    assert placed.to_photo(placed.target) == pytest.approx(placed.source)


def test_wide_photo_loses_its_sides_or_gets_bars() -> None:
    assert place_photo("stretch", (600, 200), (50, 50)).source == (0, 0, 600, 200)
    assert place_photo("crop", (600, 200), (50, 50)).source == (200, 0, 400, 200)
    assert place_photo("crop", (600, 200), (50, 50)).target == (0, 0, 50, 50)
    assert place_photo("pad", (600, 200), (60, 60)).source == (0, 0, 600, 200)
    assert place_photo("pad", (600, 200), (60, 60)).target == (0, 20, 60, 40)


def test_what_lies_in_a_bar_is_clipped_to_the_photo() -> None:
    placed = place_photo("pad", (600, 200), (60, 60))
    assert placed.to_photo((0, 10, 30, 30)) == (0, 0, 300, 100)
    assert placed.to_photo((0, 0, 6, 6)) == (0, 0, 60, 0)
