"""The answer as markup, for notebooks: the most probable classes with a bar each."""

from collections.abc import Mapping

from cnnviz.base.figures import count, percent
from cnnviz.base.markup import Bar, describe, draw_bars
from cnnviz.drawing.answer_bar import MAX_CLASSES
from cnnviz.drawing.class_colors import MIDDLE
from cnnviz.network.head import EACH_ALONE


def show_answer(probabilities: Mapping[str, float], multi_label: bool = False) -> str:
    """Write the probabilities of the classes, the most probable first.

    Args:
        probabilities: Class names and values in [0, 1].
        multi_label: Whether each class is a yes or no of its own.

    Returns:
        Markup: five classes at most, and how many others there are; with a sentence if each is a yes or no of its own.

    Example:
        >>> "97.0%" in show_answer({"cat": 0.03, "dog": 0.97})
        True
    """
    opposites = len(probabilities) == len(MIDDLE) and not multi_label
    colors = dict(zip(probabilities, MIDDLE, strict=True)) if opposites else {}
    ranked = sorted(probabilities, key=lambda name: -probabilities[name])
    shown, others = ranked[:MAX_CLASSES], len(ranked) - MAX_CLASSES
    bars = [Bar(name, probabilities[name], percent(probabilities[name]), colors.get(name, MIDDLE[0])) for name in shown]
    more = describe(f"and {count(others)} other{'s' * (others > 1)}") if others > 0 else ""
    return draw_bars(bars) + more + (describe(EACH_ALONE) if multi_label else "")
