"""How charts look: size, colours on white and on black, and the PNG file."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from cnnviz.drawing.class_colors import DEEP, PALE
from cnnviz.drawing.lettering import find_font

WIDTH = 7.0
"""Width of a chart in inches."""

DOTS_PER_INCH = 200
TEXT_SIZE, TITLE_SIZE = 11, 13
NUM_COLORS = 128


@dataclass(frozen=True)
class Theme:
    """Colours of a chart.

    Args:
        paper: The background.
        ink: Text.
        faint: Axes, and what a curve is compared with.
        accent: The curve that matters.
        classes: Areas of right answers for class 0 and class 1, behind text.
        right: The same where there are more classes.
        wrong: Areas of wrong answers, behind text: a grey, which no right answer has.
    """

    paper: str
    ink: str
    faint: str
    accent: str
    classes: tuple[str, str]
    right: str
    wrong: str


LIGHT = Theme("#ffffff", "#1f2328", "#818b98", "#0b6bcb", PALE, "#8ec5ff", "#a8aeb6")
DARK = Theme("#0d1117", "#ffffff", "#848d97", "#6cb6ff", DEEP, "#1c5ea8", "#6b727c")


def choose_theme(dark: bool) -> Theme:
    """Return the colours on black, or on white."""
    return DARK if dark else LIGHT


@contextmanager
def writing(names: Iterable[str]) -> Iterator[None]:
    """Write names as they are: with fonts of this machine if ours lacks their letters, and "$" as no formula.

    Args:
        names: What is written within.
    """
    others = dict.fromkeys(found.name for name in names if (found := find_font(name)))
    family = [*rcParams["font.family"], *others]
    with rc_context({"font.family": family, "text.parse_math": False}):
        yield


def start_figure(theme: Theme, title: str, height: float) -> Figure:
    """Make an empty figure.

    Args:
        theme: Its colours.
        title: Says what it shows.
        height: In inches.

    Returns:
        The figure, in which whatever is added finds room.
    """
    figure = Figure((WIDTH, height), dpi=DOTS_PER_INCH, facecolor=theme.paper, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1, wspace=0.05)  # type: ignore[union-attr, call-arg]
    figure.suptitle(title, x=0.01, ha="left", color=theme.ink, fontsize=TITLE_SIZE, weight="bold")
    return figure


def style_axes(axes: Axes, theme: Theme, horizontal: str, vertical: str) -> None:
    """Colour the axes, name them, and leave out what carries nothing."""
    axes.set_facecolor(theme.paper)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(theme.faint)
    axes.tick_params(colors=theme.faint, labelcolor=theme.ink, labelsize=TEXT_SIZE - 1)
    axes.set_xlabel(horizontal, color=theme.ink, fontsize=TEXT_SIZE)
    axes.set_ylabel(vertical, color=theme.ink, fontsize=TEXT_SIZE)


def add_legend(axes: Axes, theme: Theme) -> None:
    """Explain the curves of an axes below the whole figure, where they cover nothing."""
    figure, (handles, labels) = axes.get_figure(), axes.get_legend_handles_labels()
    options = {"frameon": False, "labelcolor": theme.ink, "fontsize": TEXT_SIZE - 1}
    figure.legend(handles, labels, loc="outside lower left", ncols=len(labels), **options)  # type: ignore[union-attr]


def encode(figure: Figure) -> bytes:
    """Encode a figure as an indexed PNG file, a fifth of the usual size, without anything but the picture."""
    drawn, stream = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(NUM_COLORS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()
