"""The answer as a labelled bar, checked pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnviz.drawing.answer_bar import (
    BACKGROUND_COLOR,
    BAR_HEIGHT,
    BAR_WIDTH,
    CLASS_COLORS,
    LABEL_HEIGHT,
    TRACK_COLOR,
    draw_bar,
)

CAT_COLOR, DOG_COLOR = CLASS_COLORS


def bar_colors(picture: Image.Image, row: int = 0) -> np.ndarray:
    """Give the colours of a row's bar along its length; all its pixel rows are equal."""
    pixels = np.asarray(picture.convert("RGB"))
    top = row * (LABEL_HEIGHT + BAR_HEIGHT) + LABEL_HEIGHT
    bar = pixels[top : top + BAR_HEIGHT]
    assert (bar == bar[0]).all()
    return bar[0]


def lengths(picture: Image.Image, row: int = 0) -> tuple[int, int]:
    """Count the pixels in the colours of class 0 and class 1."""
    colors = bar_colors(picture, row)
    return int((colors == CAT_COLOR).all(axis=1).sum()), int((colors == DOG_COLOR).all(axis=1).sum())


def label_ink(picture: Image.Image, row: int = 0) -> np.ndarray:
    """Give the columns in which a row's label has ink."""
    pixels = np.asarray(picture.convert("RGB"))
    top = row * (LABEL_HEIGHT + BAR_HEIGHT)
    return np.flatnonzero((pixels[top : top + LABEL_HEIGHT] != BACKGROUND_COLOR).any(axis=(0, 2)))


@given(st.floats(0, 1))
def test_boundary_between_the_two_colours_stands_at_the_probability(probability: float) -> None:
    cat, dog = lengths(draw_bar({"cat": probability, "dog": 1 - probability}))
    assert cat + dog == BAR_WIDTH
    assert abs(cat - probability * BAR_WIDTH) <= 0.5


@pytest.mark.parametrize(("probability", "expected"), [(0.0, 0), (1e-12, 0), (1 - 1e-12, BAR_WIDTH), (1.0, BAR_WIDTH)])
def test_certain_answer_fills_the_bar(probability: float, expected: int) -> None:
    assert lengths(draw_bar({"cat": probability, "dog": 1 - probability})) == (expected, BAR_WIDTH - expected)


def test_class_0_is_orange_at_the_left_and_class_1_purple_at_the_right_however_probable() -> None:
    for probability in (0.25, 0.75):
        colors = bar_colors(draw_bar({"cat": probability, "dog": 1 - probability}))
        assert tuple(colors[0]) == CAT_COLOR
        assert tuple(colors[-1]) == DOG_COLOR


def test_two_labels_stand_at_their_own_ends() -> None:
    ink = label_ink(draw_bar({"cat": 0.25, "dog": 0.75}))
    assert ink.min() < 40
    assert ink.max() > BAR_WIDTH - 40
    assert not ((ink > 300) & (ink < BAR_WIDTH - 300)).any()


def test_label_names_class_and_probability() -> None:
    def label(name: str, probability: float) -> bytes:
        picture = draw_bar({name: probability, "dog": 1 - probability})
        return picture.crop((0, 0, 400, LABEL_HEIGHT)).tobytes()

    assert label("cat", 0.25) != label("cow", 0.25)
    assert label("cat", 0.251) != label("cat", 0.252)
    assert label("cat", 0.25101) == label("cat", 0.25102)


@pytest.mark.parametrize("name", ["caf\u00e9", "\u043a\u043e\u0448\u043a\u0430", "\u00df\u03a9"])
def test_letters_of_other_languages_are_no_boxes(name: str) -> None:
    def label(name: str) -> bytes:
        return draw_bar({name: 0.25, "dog": 0.75}).crop((0, 0, 150, LABEL_HEIGHT)).tobytes()

    boxes = "".join("\U0010fffd" if not letter.isascii() else letter for letter in name)  # which no font has
    assert label(name) != label(boxes)


def test_names_that_are_too_long_leave_room_for_each_other() -> None:
    long = "a dog of a breed whose name is longer than any other that anybody has ever heard of"
    ink = label_ink(draw_bar({long: 0.4, f"{long}, too": 0.6}))
    middle = (ink > BAR_WIDTH / 2 - 10) & (ink < BAR_WIDTH / 2 + 10)
    assert not middle.any()
    assert label_ink(draw_bar({long: 0.4, "b": 0.3, "c": 0.3})).max() < BAR_WIDTH


def test_more_than_two_classes_have_one_bar_each_the_most_probable_first() -> None:
    picture = draw_bar({"ant": 0.2, "bee": 0.5, "cow": 0.3})
    assert picture.size == (BAR_WIDTH, 3 * (LABEL_HEIGHT + BAR_HEIGHT))
    for row, probability in enumerate([0.5, 0.3, 0.2]):
        assert lengths(picture, row) == (round(probability * BAR_WIDTH), 0)
        assert tuple(bar_colors(picture, row)[-1]) == TRACK_COLOR
        assert label_ink(picture, row).max() < 400


def test_of_many_classes_the_five_most_probable_are_drawn() -> None:
    probabilities = {f"class {number}": (number + 1) / 5050 for number in range(100)}
    picture = draw_bar(probabilities)
    assert picture.height == 5 * (LABEL_HEIGHT + BAR_HEIGHT)
    assert lengths(picture)[0] == round(100 / 5050 * BAR_WIDTH)


def test_bar_is_indexed_and_only_as_high_as_its_rows() -> None:
    picture = draw_bar({"cat": 0.5, "dog": 0.5})
    assert (picture.mode, picture.size) == ("P", (BAR_WIDTH, LABEL_HEIGHT + BAR_HEIGHT))


def test_two_classes_that_are_a_yes_or_no_each_have_one_bar_each() -> None:
    picture = draw_bar({"indoors": 0.9, "person": 0.8}, multi_label=True)
    assert picture.size == (BAR_WIDTH, 2 * (LABEL_HEIGHT + BAR_HEIGHT))
    assert [lengths(picture, row) for row in (0, 1)] == [(round(share * BAR_WIDTH), 0) for share in (0.9, 0.8)]
