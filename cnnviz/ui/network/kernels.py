"""What the first layer looks for: its kernels in colour, and what each is mostly made of."""

from typing import TypedDict
from urllib.parse import urlencode

from cnnviz.base.figures import share
from cnnviz.result.kernels import DOMINANT, NAMED_PARTS, ColorKernel, color_kernels
from cnnviz.ui.component import plain
from cnnviz.ui.files import InlinePicture, inline
from cnnviz.ui.network import words
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.view import View

MAX_KERNELS = 256
"""Number of kernels that are shown; more would make the page large."""

FULL_TURN = 360


class KernelPicture(InlinePicture):
    """A kernel in colour, and what it is mostly made of."""

    number: int
    address: str
    label: str
    share: str
    arrow: str
    side: str


class KernelsValue(TypedDict):
    """What the first layer looks for; without a heading if that cannot be shown."""

    heading: str
    summary: str
    about: str
    kernels: list[KernelPicture]
    cut: str


def describe_kernels(model: ServedModel) -> KernelsValue:
    """Describe what kernels.html shows.

    Args:
        model: The model.

    Returns:
        Plain JSON values; without kernels where the first convolution does not read the picture's colours.
    """
    kernels, is_gray = color_kernels(model.network), model.network.preprocessing.num_channels == 1
    return {
        "heading": words.KERNELS_HEADING if kernels else "",
        "summary": _summarize(kernels, is_gray) if kernels else "",
        "about": (words.KERNELS_GRAY if is_gray else words.KERNELS).format(share=share(DOMINANT)),
        "kernels": [_describe(kernel) for kernel in kernels[:MAX_KERNELS]],
        "cut": words.KERNELS_CUT.format(shown=MAX_KERNELS) if len(kernels) > MAX_KERNELS else "",
    }


def _summarize(kernels: tuple[ColorKernel, ...], is_gray: bool) -> str:
    """Count the kernels by what they look for."""
    labels = [kernel.label for kernel in kernels]
    counts = {name: labels.count(name) for name in NAMED_PARTS}
    summary = words.KERNELS_SUMMARY_GRAY if is_gray else words.KERNELS_SUMMARY
    return summary.format(layer=kernels[0].layer_name, number=len(kernels), mix=labels.count(""), **counts)


def _describe(kernel: ColorKernel) -> KernelPicture:
    label = kernel.label
    arrow, side = words.DIRECTIONS[nearest_direction(kernel.angle)] if label == "edge" else ("", "")
    return {
        **inline(kernel.picture()),
        "number": kernel.channel,
        "address": f"?{urlencode({'layer': kernel.layer_name, 'channel': kernel.channel})}",
        "label": words.KERNEL_LABELS[label],
        "share": share(kernel.shares[label]) if label else "",
        "arrow": arrow,
        "side": side,
    }


def nearest_direction(angle: float) -> int:
    """Find the direction in `words.DIRECTIONS` that is nearest to an angle.

    Args:
        angle: In degrees: 0 at the right, 90 at the top.

    Returns:
        Its index, from 0 for the right, counter-clockwise.
    """
    return round(angle * len(words.DIRECTIONS) / FULL_TURN) % len(words.DIRECTIONS)


KERNELS = View("network/kernels", describe_kernels, plain)
