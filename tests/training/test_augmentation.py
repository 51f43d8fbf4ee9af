"""Random changes of training photographs."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from cnnviz.training.augmentation import Augmentation, Draws, apply

SIZE = (20, 30)
STRONG = Augmentation(0.5, 0.3, 1.5, 0.2, 0.3, 0.5, 0.2, 0.1, 0.5)


def photos(num_photos: int = 3) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (num_photos, *SIZE, 3), np.uint8)


def draws(augmentation: Augmentation, num_photos: int = 3, seed: int = 0) -> Draws:
    return augmentation.draw(np.random.default_rng(seed), num_photos, SIZE)


def changed(augmentation: Augmentation, batch: np.ndarray, seed: int = 0) -> np.ndarray:
    return ops.convert_to_numpy(apply(batch, draws(augmentation, len(batch), seed)))


def interpolate(places: np.ndarray, line: np.ndarray) -> np.ndarray:
    return np.interp(places, np.arange(len(line)), line)


def expected(batch: np.ndarray, drawn: Draws) -> np.ndarray:
    """The same changes with numpy, photo by photo."""
    results = []
    for number, photo in enumerate(batch.astype(np.float64)):
        for axis, name in enumerate(("rows", "columns")):
            start, step = drawn[name][number].astype(np.float64)
            places = start + step * np.arange(SIZE[axis])
            photo = np.apply_along_axis(partial(interpolate, places), axis, photo)
        photo = np.clip(photo / 255 @ drawn["color"][number] + drawn["offset"][number], 0, 1)
        top, left, bottom, right = drawn["erased"][number]
        rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
        photo[(rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)] = 0.5
        results.append(photo)
    return np.stack(results)


def test_without_changes_pixels_are_only_divided_by_255() -> None:
    batch = photos()
    assert np.allclose(changed(Augmentation(), batch), batch / 255, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_changes_are_those_of_an_independent_implementation(seed: int) -> None:
    batch, drawn = photos(8), draws(STRONG, 8, seed)
    assert np.allclose(ops.convert_to_numpy(apply(batch, drawn)), expected(batch, drawn), atol=1e-4)


def test_a_photo_shown_smaller_lies_within_the_picture() -> None:
    drawn = draws(Augmentation(mirror=0.5, smallest_area=0.36, largest_area=1.69, aspect=1.3), 2000)
    for name, length in (("rows", SIZE[0]), ("columns", SIZE[1])):
        start, step = drawn[name].T
        ends = np.sort([start, start + step * (length - 1)], axis=0)
        smaller = np.abs(step) > 1
        assert 0.3 < smaller.mean() < 0.7
        assert np.abs(step).max() <= 1.3 + 1e-6
        assert (ends[0, smaller] <= 1e-3).all() and (ends[1, smaller] >= length - 1 - 1e-3).all()
        assert (ends[0, ~smaller] >= -1e-3).all() and (ends[1, ~smaller] <= length - 1 + 1e-3).all()


def test_a_photo_shown_smaller_is_averaged_and_mirrored_beyond_its_edge() -> None:
    batch = photos()
    half = {**draws(Augmentation()), "rows": np.float32([[-6, 2]] * 3), "columns": np.float32([[-8, 2]] * 3)}
    got = ops.convert_to_numpy(apply(batch, half))
    padded = np.pad(batch / 255, ((0, 0), (31, 31), (31, 31), (0, 0)), "reflect")
    for axis in (1, 2):  # an average of three neighbours: a quarter, a half, a quarter
        padded = (np.roll(padded, 1, axis) + 2 * padded + np.roll(padded, -1, axis)) / 4
    rows, columns = -6 + 2 * np.arange(SIZE[0]), -8 + 2 * np.arange(SIZE[1])
    mirrored = padded[:, 31 + rows][:, :, 31 + columns]
    inner = [[place % (length - 1) != 0 for place in places] for places, length in ((rows, 20), (columns, 30))]
    assert np.allclose(got[:, inner[0]][:, :, inner[1]], mirrored[:, inner[0]][:, :, inner[1]], atol=1e-5)


def test_mirroring_is_exact() -> None:
    batch = photos()
    assert np.allclose(changed(Augmentation(mirror=1), batch), batch[:, :, ::-1] / 255, atol=1e-6)


def test_half_of_the_photographs_are_mirrored() -> None:
    steps = draws(Augmentation(mirror=0.5), 10_000)["columns"][:, 1]
    assert set(steps) == {1, -1}
    assert 0.48 < (steps < 0).mean() < 0.52


def test_photographs_without_colours_are_grey() -> None:
    gray = changed(Augmentation(gray=1), photos())
    assert np.allclose(gray, gray[..., :1], atol=1e-6)
    assert np.allclose(gray[..., 0], photos() / 255 @ [0.299, 0.587, 0.114], atol=1e-5)


def test_brightness_is_added_and_nothing_leaves_the_range() -> None:
    batch = photos(50)
    difference = changed(Augmentation(brightness=0.2), batch) - batch / 255
    assert 0.15 < np.abs(difference).max() < 0.2 + 1e-6
    values = changed(STRONG, batch)
    assert 0 <= values.min() < values.max() <= 1


def test_a_box_of_at_most_a_quarter_turns_grey() -> None:
    drawn = draws(Augmentation(erase=0.5), 2000)
    top, left, bottom, right = drawn["erased"].T
    shares = (bottom - top) * (right - left) / np.prod(SIZE)
    assert 0.45 < (shares > 0).mean() < 0.55
    assert shares.max() <= 0.25 + 1e-6
    assert (bottom <= SIZE[0] + 1e-4).all() and (right <= SIZE[1] + 1e-4).all()


@settings(max_examples=50)
@given(
    smallest_area=st.floats(0.05, 1),
    aspect=st.floats(1, 3),
    mirror=st.floats(0, 1),
    size=st.tuples(st.integers(2, 200), st.integers(2, 200)),
    seed=st.integers(0, 2**32),
)
def test_the_part_lies_within_the_photograph(
    smallest_area: float, aspect: float, mirror: float, size: tuple[int, int], seed: int
) -> None:
    augmentation = Augmentation(mirror=mirror, smallest_area=smallest_area, aspect=aspect)
    drawn = augmentation.draw(np.random.default_rng(seed), 20, size)
    for name, length in zip(("rows", "columns"), size, strict=True):
        start, step = drawn[name].T
        ends = np.stack([start, start + step * (length - 1)])
        assert ends.min() >= -1e-3
        assert ends.max() <= length - 1 + 1e-3


def test_equal_generators_draw_equal_changes() -> None:
    one, same, other = (draws(STRONG, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not any(np.array_equal(one[name], other[name]) for name in ("rows", "columns", "color", "offset"))


def test_16_bits_give_the_same_picture_roughly() -> None:
    batch, drawn = photos(), draws(STRONG)
    half = ops.convert_to_numpy(ops.cast(apply(batch, drawn, "bfloat16"), "float32"))
    assert np.abs(half - expected(batch, drawn)).max() < 0.02


def test_description_names_what_is_done_and_nothing_else() -> None:
    assert Augmentation().describe() == "none"
    assert Augmentation(gray=0.05).describe() == "5% in black and white"
    assert STRONG.describe().count(";") == 8
    both_ways = Augmentation(smallest_area=0.36, largest_area=1.69).describe()
    assert both_ways == "36% to 169% of the area shown, mirrored beyond the edge"
