"""What the figures of a test bear out, in sentences for the card and the printed summary."""

from collections.abc import Mapping
from typing import Any

from cnnviz.base.figures import count, share

ABOUT_EQUAL = 0.2
"""Classes count as about equally hard if the 95% intervals of all of them lie within a range of this width."""

FEW_CLASSES = 2
"""With so many classes one says "both", with more "all"."""


def list_confusions(test: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """List which classes are taken for which.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.

    Returns:
        The true class, what its photographs were called, and how many of them: the most frequent confusions first.
    """
    pairs = [
        (name, called, number)
        for name, each in test["classes"].items()
        for called, number in each["called"].items()
        if called != name and number
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def list_hardest(test: Mapping[str, Any]) -> list[str]:
    """List the classes, those with the smallest share of right answers first.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.

    Returns:
        All class names.
    """
    return sorted(test["classes"], key=lambda name: float(test["classes"][name]["accuracy"]))


def describe_majority(test: Mapping[str, Any], digits: int = 1) -> str:
    """Compare the accuracy with what one answer to everything would be worth.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        digits: Decimals of percentages.

    Returns:
        A sentence.
    """
    frequent = max(test["classes"], key=lambda name: int(test["classes"][name]["num_photos"]))
    sentence = f"always answering {frequent} would be right on {share(test['majority_share'], digits)}"
    better = test["accuracy_interval_95"][0] > test["majority_share"]
    return f"{sentence}." if better else f"{sentence}, and these figures do not show that the model does better."


def describe_difference(test: Mapping[str, Any]) -> str:
    """Compare the class that is right least often with the one that is right most often.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.

    Returns:
        A sentence. A difference counts as one if the 95% intervals do not overlap.
    """
    classes, order = test["classes"], list_hardest(test)
    worst, best = order[0], order[-1]
    two = len(order) == FEW_CLASSES
    lows, highs = zip(*(each["accuracy_interval_95"] for each in classes.values()), strict=True)
    shares = ", ".join(
        f"{name} {share(classes[name]['accuracy'], 1)} of {count(classes[name]['num_photos'])} right"
        for name in (worst, best)
    )
    if classes[worst]["accuracy_interval_95"][1] < classes[best]["accuracy_interval_95"][0]:
        finding = f"It is wrong {'more' if two else 'most'} often on photographs of class {worst}"
    elif max(highs) - min(lows) <= ABOUT_EQUAL:
        finding = f"It is wrong about equally often on {'both' if two else 'all'} classes"
    else:
        finding = "Whether one class is harder than another is not known, as the test photographs are too few"
    return f"{finding}: {shares}."
