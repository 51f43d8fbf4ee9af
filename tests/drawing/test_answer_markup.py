"""The answer as markup: the most probable classes, and their colours if there are two."""

from cnnviz.drawing.answer_markup import show_answer
from cnnviz.drawing.class_colors import MIDDLE
from markup import Shown


def test_answer_names_the_most_probable_classes_and_how_many_others() -> None:
    texts = Shown(show_answer({"cat": 0.2, "dog": 0.8})).texts
    assert texts == ["dog", "80.0%", "cat", "20.0%"]
    many = {f"class {number}": number / 28 for number in range(8)}
    texts = Shown(show_answer(many)).texts
    assert texts[::2] == ["class 7", "class 6", "class 5", "class 4", "class 3", "and 3 others"]
    assert Shown(show_answer({f"{number}": 1 / 6 for number in range(6)})).texts[-1] == "and 1 other"


def test_two_classes_have_their_colours_whichever_is_first() -> None:
    for cat in (0.1, 0.9):
        markup = show_answer({"cat": cat, "dog": 1 - cat})
        for name, color in zip(("cat", "dog"), MIDDLE, strict=True):
            assert markup.split(f'title="{name}"')[1].split(";background:")[2].startswith(color)
