"""Sentences say what the figures bear out, and no more."""

from typing import Any

from cnnviz.model_folder.findings import describe_difference, describe_majority, list_confusions, list_hardest
from measured import TEST, of_classes


def test_confusions_are_listed_with_the_most_frequent_first() -> None:
    assert list_confusions(TEST) == [("dog", "cat", 127), ("cat", "dog", 120)]
    assert list_confusions(of_classes({"ant": {"ant": 3, "bee": 0}, "bee": {"bee": 3}})) == []


def test_the_hardest_classes_come_first() -> None:
    answers = {"ant": {"ant": 3}, "bee": {"ant": 2, "bee": 1}, "cow": {"cow": 2, "bee": 1}}
    assert list_hardest(of_classes(answers)) == ["bee", "cow", "ant"]


def difference(answers: dict[str, dict[str, int]]) -> str:
    return describe_difference(of_classes(answers))


def test_a_class_that_is_wrong_more_often_is_named() -> None:
    two: dict[str, Any] = {"cat": {"cat": 90, "dog": 10}, "dog": {"cat": 50, "dog": 50}}
    expected = "It is wrong {} often on photographs of class dog: dog 50.0% of 100 right, cat 90.0% of 100 right."
    assert difference(two) == expected.format("more")
    assert difference({**two, "elk": {"elk": 80, "dog": 20}}) == expected.format("most")


def test_classes_are_about_equal_only_if_their_figures_are() -> None:
    equal = {"cat": {"cat": 90, "dog": 10}, "dog": {"cat": 12, "dog": 88}}
    assert difference(equal).startswith("It is wrong about equally often on both classes: dog 88.0% of 100 right, ")
    three = {**equal, "elk": {"elk": 89, "cat": 11}}
    assert difference(three).startswith("It is wrong about equally often on all classes: ")


def test_nothing_is_said_of_classes_with_few_photographs() -> None:
    assert difference({"cat": {"cat": 2}, "dog": {"dog": 2}}).startswith("Whether one class is harder than another is ")
    few = {"cat": {"dog": 2}, "dog": {"dog": 2}}
    assert difference(few) == (
        "Whether one class is harder than another is not known, as the test photographs are too few: "
        "cat 0.0% of 2 right, dog 100.0% of 2 right."
    )


def test_who_is_right_by_answering_one_class_only_is_seen_for_what_it_is() -> None:
    lazy = of_classes({"cat": {"cat": 95}, "dog": {"cat": 5}})
    assert describe_majority(lazy) == (
        "always answering cat would be right on 95.0%, and these figures do not show that the model does better."
    )
    assert describe_majority(TEST) == "always answering cat would be right on 60.0%."
