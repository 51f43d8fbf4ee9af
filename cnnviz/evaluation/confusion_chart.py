"""The confusion matrix as a picture: with numbers for a few classes, as shades for many."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from cnnviz.base.figures import count, share
from cnnviz.evaluation.chart_style import TEXT_SIZE, WIDTH, Theme, choose_theme, encode, start_figure, style_axes

MAX_NUMBERED, MAX_NAMED = 12, 40
"""Up to how many classes cells have numbers, and up to how many rows and columns have names."""

MAX_LETTERS = 20
"""Longer names of classes are cut."""

SPARSE = 3
"""Up to so many classes, cells have room for shares beside the numbers, and columns for level names."""

HEIGHT, ROW, HIGH_ROW = 1.4, 0.45, 0.7
"""Height of a matrix without its rows, of a row, and of a row of a small matrix, in inches."""


def draw_confusion(test: Mapping[str, Any], dark: bool = False) -> bytes:
    """Draw what the photographs of each class were called: each cell the darker, the larger its share of the row.

    Right answers are in colour: for two classes in those of the classes. Wrong ones are grey.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, classes = choose_theme(dark), test["classes"]
    num_right = sum(each["called"].get(name, 0) for name, each in classes.items())
    num_rows = len(classes)
    height = WIDTH if num_rows > MAX_NUMBERED else HEIGHT + num_rows * (HIGH_ROW if num_rows <= SPARSE else ROW)
    title = f"{count(num_right)} of {count(test['num_photos'])} photographs were called right"
    figure = start_figure(theme, title, height)
    axes = figure.subplots()
    style_axes(axes, theme, "", "")
    counts = count_answers(classes)
    axes.imshow(color_cells(counts, theme), aspect="auto", interpolation="nearest", extent=(0, num_rows, num_rows, 0))
    if num_rows <= MAX_NUMBERED:
        _write_numbers(axes, theme, counts)
    if num_rows <= MAX_NAMED:
        _name_classes(axes, classes)
    else:
        axes.set(xticks=[], yticks=[])
        axes.set_ylabel(f"{count(num_rows)} classes from A to Z, each a row", color=theme.ink, fontsize=TEXT_SIZE)
        axes.set_xlabel("what they were called, in the same order", color=theme.ink, fontsize=TEXT_SIZE)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(num_rows > MAX_NUMBERED)
    axes.spines[:].set_color(theme.faint)
    return encode(figure)


def count_answers(classes: Mapping[str, Any]) -> NDArray[np.int64]:
    """Count what the photographs of each class were called.

    Args:
        classes: By class name num_photos and called, of K classes.

    Returns:
        Shape (K, K): photographs of the class of the row that were called the class of the column.
    """
    index = {name: number for number, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for name, each in classes.items():
        for called, number in each["called"].items():
            counts[index[name], index[called]] = number
    return counts


def color_cells(counts: NDArray[np.int64], theme: Theme) -> NDArray[np.float64]:
    """Choose the colours of the cells.

    Args:
        counts: From `count_answers`, of K classes.
        theme: The colours.

    Returns:
        Shape (K, K, 3), in [0, 1]: from the paper's colour for nothing to the full one for a whole row. Without numbers
        in the cells, by the square root of the share, so that rare confusions are seen.
    """
    num_classes = len(counts)
    numbered = num_classes <= MAX_NUMBERED
    right = theme.classes if num_classes == len(theme.classes) else [theme.right if numbered else theme.accent]
    colors = np.full((num_classes, num_classes, 3), to_rgb(theme.wrong if numbered else theme.ink))
    colors[np.arange(num_classes), np.arange(num_classes)] = [to_rgb(color) for color in right]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    strengths = shares if numbered else np.sqrt(shares)
    return np.asarray(to_rgb(theme.paper) + strengths[..., None] * (colors - to_rgb(theme.paper)))


def _write_numbers(axes: Axes, theme: Theme, counts: NDArray[np.int64]) -> None:
    """Write the numbers of photographs into the cells; of few classes, their shares, too."""
    few = len(counts) <= SPARSE
    for row, numbers in enumerate(counts.tolist()):
        for column, number in enumerate(numbers):
            text = f"{count(number)} ({share(number / max(sum(numbers), 1), 1)})" if few else count(number)
            if few or number:
                written = axes.text(column + 0.5, row + 0.5, text, color=theme.ink, fontsize=TEXT_SIZE)
                written.set(ha="center", va="center", weight="bold" if row == column else "normal")


def _name_classes(axes: Axes, classes: Mapping[str, Any]) -> None:
    """Name rows and columns."""
    few, numbered = len(classes) <= SPARSE, len(classes) <= MAX_NUMBERED
    size = TEXT_SIZE if numbered else TEXT_SIZE - 4
    middles = [index + 0.5 for index in range(len(classes))]
    names = [name if len(name) <= MAX_LETTERS else f"{name[: MAX_LETTERS - 1]}…" for name in classes]
    called = [f"called {name}" for name in names] if few else names
    alignment = "left" if numbered and not few else "center"
    axes.set_xticks(middles, called, fontsize=size, rotation=0 if few else 45 if numbered else 90, ha=alignment)
    numbers = [f"{name} ({count(each['num_photos'])})" for name, each in zip(names, classes.values(), strict=True)]
    axes.set_yticks(middles, numbers, fontsize=size)
    axes.xaxis.tick_top()
