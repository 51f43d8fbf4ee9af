"""The confusion matrix: right answers in colour, wrong ones in grey, readable for any number of classes."""

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz.evaluation import chart_style
from cnnviz.evaluation.chart_style import DARK, LIGHT, Theme
from cnnviz.evaluation.confusion_chart import color_cells, count_answers, draw_confusion
from measured import of_classes


def answers(num_classes: int) -> dict[str, dict[str, int]]:
    """Nine photographs of each class; one is taken for the next class."""
    names = [f"kind {number:03}" for number in range(num_classes)]
    return {name: {name: 8, names[index - 1]: 1} for index, name in enumerate(names)}


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_two_classes_have_their_colours_and_wrong_answers_neither() -> None:
    test = of_classes({"cat": {"cat": 60, "dog": 40}, "dog": {"cat": 40, "dog": 60}})
    picture = opened(draw_confusion(test))
    cat, as_dog, as_cat, dog = (picture[y, x] for y in (230, 400) for x in (400, 1200))
    assert cat[0] > cat[1] > cat[2]  # orange
    assert dog[2] > dog[0] > dog[1]  # purple
    for wrong in (as_dog, as_cat):
        assert np.ptp(wrong) < 12  # grey
        assert wrong.max() < 245


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("num_classes", [2, 5, 50])
def test_no_wrong_cell_has_the_colour_of_a_right_one(num_classes: int, theme: Theme) -> None:
    shares = np.arange(1, 101)
    counts = np.zeros((num_classes, num_classes), np.int64)
    right, wrong = [], []
    for share in shares:
        counts[:] = 0
        counts[0, 0], counts[0, 1] = share, 101 - share
        counts[1, 1], counts[1, 0] = share, 101 - share
        cells = color_cells(counts, theme)
        right += [cells[0, 0], cells[1, 1]]
        wrong += [cells[0, 1], cells[1, 0]]
    strong = [cell for cell, share in zip(right, np.repeat(shares, 2), strict=True) if share > 25]
    assert min(np.abs(one - other).max() for one in strong for other in wrong) > 0.01


def test_answers_are_counted_by_true_and_called_class() -> None:
    classes = of_classes({"ant": {"ant": 3, "cow": 2}, "bee": {"bee": 1}, "cow": {"ant": 4}})["classes"]
    assert count_answers(classes).tolist() == [[3, 0, 2], [0, 1, 0], [4, 0, 0]]


@pytest.mark.parametrize("num_classes", [2, 3, 4, 12, 13, 40, 41, 1000])
def test_any_number_of_classes_is_drawn(num_classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_style, "DOTS_PER_INCH", 40)
    picture = opened(draw_confusion(of_classes(answers(num_classes)), dark=True))
    assert picture.shape[1] == 40 * chart_style.WIDTH
    assert picture.shape[0] <= picture.shape[1]
    assert (picture[:, -1] == picture[0, 0]).all()  # nothing runs off


def test_long_names_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_style, "DOTS_PER_INCH", 40)
    long = "a kind of orchid with a name that never ends"
    one, other = (of_classes({"ant": {"ant": 2}, "bee": {"bee": 2}, long + end: {long + end: 2}}) for end in ("", "s"))
    assert draw_confusion(one) == draw_confusion(other)
