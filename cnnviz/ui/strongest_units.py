"""The strongest units of a layer: where they are on the picture, and what they saw of the photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from PIL import Image

from cnnviz.picture.placement import Box
from cnnviz.result.layer_result import LayerResult, Strongest
from cnnviz.ui import words
from cnnviz.ui.files import InlinePicture, inline_fitted

PATCH_PIXELS = 84
SLIVER = 3
"""A patch of the photo that is this many times as long as wide, or more, is shown as the network saw it."""

NUM_PATCHES = 3
"""Number of patches beside the grid of a layer with maps."""


@dataclass(frozen=True)
class Unit:
    """One of a layer's strongest units.

    Args:
        channel: Index of its channel.
        box: What it saw: left, top, right and bottom edge in pixels of the network's picture.
        patch: What it saw of the photo, as `inline_fitted`, at most 84 pixels high and wide.
    """

    channel: int
    box: Box
    patch: InlinePicture


class UnitLook(TypedDict):
    """Where a layer's strongest unit looked, as CSS's `inset` has it, and what it saw there."""

    text: str
    inset: str
    patch: InlinePicture | None


def strongest_units(layer: LayerResult, seen: Image.Image) -> list[Unit]:
    """Find the strongest units that the page shows of a layer, and draw what they saw.

    Args:
        layer: The layer.
        seen: The picture that the network saw.

    Returns:
        Units of different channels, the strongest first: three of a layer with maps of its own, one of any other; fewer
        if fewer channels are above zero. A pooling's maps are those of its convolution.
    """
    has_own_maps = layer.layer.places and not ("Pooling" in layer.kind and layer.source)
    return [
        Unit(unit.channel, unit.box, inline_fitted(_patch(unit, seen).convert("RGB"), PATCH_PIXELS))
        for unit in layer.strongest(NUM_PATCHES if has_own_maps else 1)
    ]


def _patch(unit: Strongest, seen: Image.Image) -> Image.Image:
    """Cut what a unit saw from the photo, or, where that would be a sliver, from what the network saw."""
    if max(unit.patch.size) < SLIVER * min(unit.patch.size):
        return unit.patch
    left, top, right, bottom = unit.box
    return seen.crop((max(left, 0), max(top, 0), min(right, seen.width), min(bottom, seen.height)))


def default_tile(layers: Sequence[LayerResult]) -> int:
    """Choose the layer whose unit the page shows at first: the last one whose units see only a part of the photo.

    Args:
        layers: All layers.

    Returns:
        An index; that of the last layer with places, if all see the whole.
    """
    spatial = [index for index, layer in enumerate(layers) if layer.layer.places not in (None, (1, 1))]
    partial = [index for index in spatial if not _sees_all(layers[index])]
    return (partial or spatial or [0])[-1]


def _sees_all(layer: LayerResult) -> bool:
    axes = layer.receptive_field.rows, layer.receptive_field.columns
    return all(axis.num_pixels == axis.extent for axis in axes)


def describe_unit(layer: LayerResult, units: Sequence[Unit]) -> UnitLook:
    """Describe where a layer's strongest unit looked, and what it saw there.

    Args:
        layer: The layer.
        units: Its strongest units.

    Returns:
        text; inset, the distances of what it saw from the picture's edges, as CSS has them; patch, None if no unit
        is above zero.
    """
    if not units:
        silent = layer.statistics.num_silent == len(layer.feature_maps)
        text = words.SAW_NOTHING if silent else words.SAW_NEGATIVE
        return {"text": text.format(layer=layer.name), "inset": "", "patch": None}
    rows, columns = layer.receptive_field.rows, layer.receptive_field.columns
    text = words.SAW if layer.layer.non_negative else words.SAW_MOST
    note = layer.receptive_field.note
    return {
        "text": " ".join([text.format(layer=layer.name), *([words.ALSO_WEIGHED.format(note=note)] if note else [])]),
        "inset": inset(units[0].box, (columns.extent, rows.extent)),
        "patch": units[0].patch,
    }


def inset(box: Box, size: tuple[int, int]) -> str:
    """Compute a box's distances from the edges of its picture.

    Args:
        box: Left, top, right and bottom edge in pixels.
        size: Width and height of the picture.

    Returns:
        Top, right, bottom and left in percent, as CSS's `inset` has them.

    Example:
        >>> inset((10, 20, 70, 40), (100, 50))
        '40% 30% 20% 10%'
    """
    left, top, right, bottom = box
    width, height = size
    shares = top / height, 1 - right / width, 1 - bottom / height, left / width
    return " ".join(f"{100 * share:.6g}%" for share in shares)
