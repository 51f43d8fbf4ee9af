"""The strongest units of a layer: where they are on the picture, and what they saw of the photo."""

from collections.abc import Sequence
from typing import Any

from cnnviz.drawing.thumbnail import fit
from cnnviz.network.receptive_field import SPATIAL
from cnnviz.picture.preprocessing import Box
from cnnviz.result.layer_result import LayerResult, Strongest
from cnnviz.ui import words
from cnnviz.ui.files import inline

PATCH_PIXELS = 84


def default_tile(layers: Sequence[LayerResult]) -> int:
    """Choose the layer whose unit the page shows at first: the last one whose units see a part of the photo.

    Args:
        layers: All layers.

    Returns:
        An index.
    """
    spatial = [index for index, layer in enumerate(layers) if len(layer.shape) == SPATIAL]
    return spatial[-1] if spatial else 0


def describe_unit(layer: LayerResult) -> dict[str, Any]:
    """Tell where a layer's strongest unit looked, and show what it saw there; as text, not as HTML.

    Args:
        layer: The layer.

    Returns:
        text; inset, the distances of what it saw from the picture's edges, as CSS has them; patch, None if no unit
        is above zero.
    """
    strongest = layer.strongest(1)
    if not strongest:
        silent = layer.statistics.num_silent == len(layer.feature_maps)
        text = words.SAW_NOTHING if silent else words.SAW_NEGATIVE
        return {"text": text.format(layer=layer.name), "inset": "", "patch": None}
    (unit,) = strongest
    rows, columns = layer.receptive_field.rows, layer.receptive_field.columns
    text = words.SAW if layer.layer.non_negative else words.SAW_MOST
    return {
        "text": text.format(layer=layer.name),
        "inset": inset(unit.box, (columns.extent, rows.extent)),
        "patch": describe_patch(unit),
    }


def describe_patch(unit: Strongest) -> dict[str, Any]:
    """Show what a unit saw of the photo.

    Args:
        unit: The unit.

    Returns:
        As `inline`, at most 84 pixels high and wide.
    """
    return inline(fit(unit.patch.convert("RGB"), PATCH_PIXELS))


def inset(box: Box, size: tuple[int, int]) -> str:
    """Give a box's distances from the edges of its picture.

    Args:
        box: Left, top, right and bottom edge in pixels.
        size: Width and height of the picture.

    Returns:
        Top, right, bottom and left in percent, as CSS's `inset` has them.

    Example:
        >>> inset((0, 0, 75, 150), (150, 150))
        '0% 50% 0% 0%'
    """
    left, top, right, bottom = box
    width, height = size
    shares = top / height, 1 - right / width, 1 - bottom / height, left / width
    return " ".join(f"{100 * share:.6g}%" for share in shares)
