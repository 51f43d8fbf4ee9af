"""Pictures of a training run and of a test, for the card: as PNG files that are sharp at 700 pixels of width."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from PIL import Image

from cnnviz.base.figures import count, share
from cnnviz.drawing.class_colors import DEEP, PALE
from cnnviz.evaluation.metrics import wilson_interval

WIDTH = 7.0
"""Width of a chart in inches."""

DOTS_PER_INCH = 200
TEXT_SIZE, TITLE_SIZE = 11, 13
NUM_COLORS = 128
HONEST = 0.02
"""Answers count as right about as often as they claim if the expected calibration error is at most this."""


@dataclass(frozen=True)
class Theme:
    """Colours of a chart.

    Args:
        paper: The background.
        ink: Text.
        faint: Axes, and what a curve is compared with.
        accent: The curve that matters.
        classes: Areas of class 0 and class 1, behind text.
    """

    paper: str
    ink: str
    faint: str
    accent: str
    classes: tuple[str, str]


LIGHT = Theme("#ffffff", "#1f2328", "#818b98", "#0b6bcb", PALE)
DARK = Theme("#0d1117", "#ffffff", "#848d97", "#6cb6ff", DEEP)


def draw_charts(metrics: Mapping[str, Any], class_names: Sequence[str]) -> dict[str, bytes]:
    """Draw everything that the card shows of a two-class network, on white and on black.

    Args:
        metrics: Under test what `cnnviz.evaluation.evaluation.evaluate` gave; and, of a model just trained, history.
        class_names: The two classes in index order.

    Returns:
        File names, confusion.png, confusion-dark.png, reliability.png, ..., and their contents.
    """
    test, charts = metrics["test"], {}
    for suffix, dark in (("", False), ("-dark", True)):
        if "history" in metrics:
            charts[f"curves{suffix}.png"] = draw_curves(metrics["history"], dark)
        charts[f"confusion{suffix}.png"] = draw_confusion(test, dark)
        charts[f"reliability{suffix}.png"] = draw_reliability(test, dark)
        charts[f"roc{suffix}.png"] = draw_roc(test, class_names, dark)
    return charts


def draw_curves(history: Mapping[str, Sequence[float]], dark: bool = False) -> bytes:
    """Draw loss and accuracy after each epoch.

    Args:
        history: loss, accuracy, val_loss and val_accuracy, each with one value per epoch, at least one.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, best = _theme(dark), max(history["val_accuracy"])
    epochs = range(1, len(history["val_accuracy"]) + 1)
    reached = history["val_accuracy"].index(best) + 1
    figure = _figure(theme, f"Validation accuracy reached {share(best, 1)} in epoch {reached} of {len(epochs)}", 3.4)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        _style(axes, theme, "epoch", name)
        marker = "o" if len(epochs) == 1 else ""
        axes.plot(epochs, history[name], color=theme.faint, linestyle="--", marker=marker, label="training")
        axes.plot(epochs, history[f"val_{name}"], color=theme.accent, linewidth=2, marker=marker, label="validation")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        if name == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _legend(axes, theme)
    return _encode(figure)


def draw_confusion(test: Mapping[str, Any], dark: bool = False) -> bytes:
    """Draw what the photographs of each class were called.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, classes = _theme(dark), test["classes"]
    num_right = round(test["accuracy"] * test["num_photos"])
    figure = _figure(theme, f"{count(num_right)} of {count(test['num_photos'])} photographs were called right", 2.8)
    axes = figure.subplots()
    _style(axes, theme, "", "")
    for row, (name, each) in enumerate(classes.items()):
        for column, (called, number) in enumerate(each["called"].items()):
            part = number / each["num_photos"]
            axes.fill_between((column, column + 1), row, row + 1, color=theme.classes[column], alpha=part, linewidth=0)
            text = f"{count(number)} ({share(part, 1)})"
            weight = "bold" if name == called else "normal"
            axes.text(column + 0.5, row + 0.5, text, color=theme.ink, ha="center", va="center", weight=weight)
    middles = [index + 0.5 for index in range(len(classes))]
    axes.set_xticks(middles, [f"called {name}" for name in classes], fontsize=TEXT_SIZE)
    axes.set_yticks(
        middles, [f"{name} ({count(each['num_photos'])})" for name, each in classes.items()], fontsize=TEXT_SIZE
    )
    axes.set(xlim=(0, len(classes)), ylim=(len(classes), 0))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return _encode(figure)


def draw_reliability(test: Mapping[str, Any], dark: bool = False) -> bytes:
    """Draw how often answers were right against how sure they were.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, bins = _theme(dark), test["reliability"]
    confidence, accuracy = ([each[name] for each in bins] for name in ("mean_confidence", "accuracy"))
    counts = sorted({each["num_photos"] for each in bins})
    bounds = [wilson_interval(round(each["accuracy"] * each["num_photos"]), each["num_photos"]) for each in bins]
    lows, highs = zip(*bounds, strict=True)
    figure = _figure(theme, _reliability_title(test), 4.2)
    axes = figure.subplots()
    _style(axes, theme, "how sure the answers were", "how many of them were right")
    axes.plot((0, 1), (0, 1), color=theme.faint, linestyle="--", linewidth=1, label="right as often as claimed")
    axes.vlines(confidence, lows, highs, color=theme.accent, linewidth=1)
    label = f"{' or '.join(map(str, counts))} answers, with 95% interval"
    axes.plot(confidence, accuracy, "o", color=theme.accent, markersize=6, label=label)
    axes.set(xlim=(min(0.5, *confidence) - 0.01, 1.01), ylim=(min(0.5, *lows) - 0.02, 1.01))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    _legend(axes, theme)
    return _encode(figure)


def draw_roc(test: Mapping[str, Any], class_names: Sequence[str], dark: bool = False) -> bytes:
    """Draw the ROC curve: what calling more photographs class 1 brings, and what it costs.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        class_names: The two classes in index order.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, (first, second), curve = _theme(dark), class_names, test["roc_curve"]
    title = f"The {second} scores higher than the {first} in {share(test['roc_auc'], 1)} of all pairs"
    figure = _figure(theme, title, 4.2)
    axes = figure.subplots()
    _style(axes, theme, f"{first} photographs called {second}", f"{second} photographs called {second}")
    axes.plot((0, 1), (0, 1), color=theme.faint, linestyle="--", linewidth=1, label="guessing")
    shares = [[number / counts[-1] for number in counts] for counts in (curve["false_alarms"], curve["hits"])]
    axes.plot(*shares, color=theme.accent, linewidth=2, label=f"calling {second} from ever lower scores on")
    called = [test["classes"][name]["called"][second] / test["classes"][name]["num_photos"] for name in class_names]
    axes.plot(*called, "o", color=theme.accent, markersize=8, label="as it calls them: from 50% on")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    _legend(axes, theme)
    return _encode(figure)


def _reliability_title(test: Mapping[str, Any]) -> str:
    """Say what the bins bear out."""
    error, bins = test["expected_calibration_error"], test["reliability"]
    lead = sum((each["accuracy"] - each["mean_confidence"]) * each["num_photos"] for each in bins)
    how_often = "about as" if error <= HONEST else "more" if lead > 0 else "less"
    as_or_than = "as" if error <= HONEST else "than"
    return f"Answers are right {how_often} often {as_or_than} they claim (off by {share(error, 1)})"


def _theme(dark: bool) -> Theme:
    return DARK if dark else LIGHT


def _figure(theme: Theme, title: str, height: float) -> Figure:
    """Make an empty figure with a title that says what it shows."""
    figure = Figure((WIDTH, height), dpi=DOTS_PER_INCH, facecolor=theme.paper, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1, wspace=0.05)  # type: ignore[union-attr, call-arg]
    figure.suptitle(title, x=0.01, ha="left", color=theme.ink, fontsize=TITLE_SIZE, weight="bold")
    return figure


def _style(axes: Axes, theme: Theme, horizontal: str, vertical: str) -> None:
    """Colour the axes and leave out what carries nothing."""
    axes.set_facecolor(theme.paper)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(theme.faint)
    axes.tick_params(colors=theme.faint, labelcolor=theme.ink, labelsize=TEXT_SIZE - 1)
    axes.set_xlabel(horizontal, color=theme.ink, fontsize=TEXT_SIZE)
    axes.set_ylabel(vertical, color=theme.ink, fontsize=TEXT_SIZE)


def _legend(axes: Axes, theme: Theme) -> None:
    axes.legend(loc="lower right", frameon=False, labelcolor=theme.ink, fontsize=TEXT_SIZE - 1)


def _encode(figure: Figure) -> bytes:
    """Encode a figure as an indexed PNG file, a fifth of the usual size, without anything but the picture."""
    drawn, stream = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(NUM_COLORS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()
