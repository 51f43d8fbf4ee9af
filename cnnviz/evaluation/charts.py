"""Pictures of a training run and of a test, for the card: as PNG files that are sharp at 700 pixels of width."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.ticker import MaxNLocator, PercentFormatter

from cnnviz.base.figures import decimals, share
from cnnviz.evaluation.chart_style import add_legend, choose_theme, encode, start_figure, style_axes, writing
from cnnviz.evaluation.confusion_chart import draw_confusion
from cnnviz.evaluation.metrics import wilson_interval

HONEST = 0.02
"""Answers count as right about as often as they claim if the expected calibration error is at most this."""

WHOLE: Mapping[str, Any] = {"clip_on": False, "zorder": 3}
"""Settings of dots that are drawn whole where they lie on the edge of the axes, and over those."""


def draw_charts(metrics: Mapping[str, Any], class_names: Sequence[str]) -> dict[str, bytes]:
    """Draw everything that the card shows of a network, on white and on black.

    Args:
        metrics: Under test what `cnnviz.evaluation.evaluation.evaluate` gave; and, of a model just trained, history.
        class_names: The classes in index order.

    Returns:
        File names, confusion.png, confusion-dark.png, reliability.png, ..., and their contents. The ROC curve is drawn
        for two classes only.
    """
    test, charts = metrics["test"], {}
    with writing(class_names):
        for suffix, dark in (("", False), ("-dark", True)):
            if "history" in metrics:
                charts[f"curves{suffix}.png"] = draw_curves(metrics["history"], dark)
            charts[f"confusion{suffix}.png"] = draw_confusion(test, dark)
            charts[f"reliability{suffix}.png"] = draw_reliability(test, dark)
            if "roc_curve" in test:
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
    theme, best = choose_theme(dark), min(history["val_loss"])
    epochs = range(1, len(history["val_loss"]) + 1)
    reached = history["val_loss"].index(best)
    right = share(history["val_accuracy"][reached], 1)
    title = f"Validation loss was lowest in epoch {reached + 1} of {len(epochs)}: {decimals(best)}, {right} right"
    figure = start_figure(theme, title, 3.4)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        style_axes(axes, theme, "epoch", name)
        marker = "o" if len(epochs) == 1 else ""
        axes.plot(epochs, history[name], color=theme.faint, linestyle="--", marker=marker, label="training", **WHOLE)
        axes.plot(
            epochs, history[f"val_{name}"], color=theme.accent, linewidth=2, marker=marker, label="validation", **WHOLE
        )
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        if name == "accuracy":
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")  # 96.5%, where ticks are so close
    add_legend(axes, theme)
    return encode(figure)


def draw_reliability(test: Mapping[str, Any], dark: bool = False) -> bytes:
    """Draw how often answers were right against how sure they were.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, bins = choose_theme(dark), test["reliability"]
    confidence, accuracy = ([each[name] for each in bins] for name in ("mean_confidence", "accuracy"))
    counts = sorted({each["num_photos"] for each in bins})
    bounds = [wilson_interval(round(each["accuracy"] * each["num_photos"]), each["num_photos"]) for each in bins]
    lows, highs = zip(*bounds, strict=True)
    figure = start_figure(theme, _reliability_title(test), 4.2)
    axes = figure.subplots()
    style_axes(axes, theme, "how sure the answers were", "how many of them were right")
    axes.plot((0, 1), (0, 1), color=theme.faint, linestyle="--", linewidth=1, label="right as often as claimed")
    axes.vlines(confidence, lows, highs, color=theme.accent, linewidth=1)
    label = f"{' or '.join(map(str, counts))} answer{'s' * (counts[-1] > 1)}, with 95% interval"
    axes.plot(confidence, accuracy, "o", color=theme.accent, markersize=6, label=label, **WHOLE)
    axes.set(xlim=(min(0.5, *confidence) - 0.01, 1.01), ylim=(min(0.5, *lows) - 0.02, 1.01))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    add_legend(axes, theme)
    return encode(figure)


def draw_roc(test: Mapping[str, Any], class_names: Sequence[str], dark: bool = False) -> bytes:
    """Draw the ROC curve: what calling more photographs class 1 brings, and what it costs.

    Args:
        test: What `cnnviz.evaluation.evaluation.evaluate` gave.
        class_names: The two classes in index order.
        dark: Whether to draw on black.

    Returns:
        The bytes of a PNG file.
    """
    theme, (first, second), curve = choose_theme(dark), class_names, test["roc_curve"]
    title = f"The {second} scores higher than the {first} in {share(test['roc_auc'], 1)} of all pairs"
    figure = start_figure(theme, title, 4.2)
    axes = figure.subplots()
    style_axes(axes, theme, f"{first} photographs called {second}", f"{second} photographs called {second}")
    axes.plot((0, 1), (0, 1), color=theme.faint, linestyle="--", linewidth=1, label="guessing")
    shares = [[number / counts[-1] for number in counts] for counts in (curve["false_alarms"], curve["hits"])]
    axes.plot(*shares, color=theme.accent, linewidth=2, label="from ever lower scores on")
    classes = [test["classes"][name] for name in class_names]
    called = [each["called"].get(second, 0) / each["num_photos"] for each in classes]
    axes.plot(*called, "o", color=theme.accent, markersize=8, label="as it calls them, from 50% on", **WHOLE)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    add_legend(axes, theme)
    return encode(figure)


def _reliability_title(test: Mapping[str, Any]) -> str:
    """Say what the bins bear out."""
    error, bins = test["expected_calibration_error"], test["reliability"]
    lead = sum((each["accuracy"] - each["mean_confidence"]) * each["num_photos"] for each in bins)
    how_often = "about as" if error <= HONEST else "more" if lead > 0 else "less"
    as_or_than = "as" if error <= HONEST else "than"
    return f"Answers are right {how_often} often {as_or_than} they claim (off by {share(error, 1)})"
