"""Pictures of one size side by side in one file, of which the page shows each by itself."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.drawing.grid import indexed_picture
from cnnviz.drawing.palette import palette
from cnnviz.drawing.thumbnail import draw_map
from cnnviz.result.layer_result import DEFAULT_COLORMAP
from cnnviz.ui.files import InlinePicture, inline


class TileRow(InlinePicture):
    """So many pictures side by side; width and height are those of one of them."""

    number: int


def describe_row(tiles: Sequence[Image.Image]) -> TileRow:
    """Put pictures side by side.

    Args:
        tiles: At least one, of one size and mode.

    Returns:
        Plain JSON values.
    """
    row = Image.new(tiles[0].mode, (sum(tile.width for tile in tiles), tiles[0].height))
    if tiles[0].mode == "P":
        row.putpalette(tiles[0].getpalette() or [])
    for index, tile in enumerate(tiles):
        row.paste(tile, (index * tile.width, 0))
    return {"src": inline(row)["src"], "width": tiles[0].width, "height": tiles[0].height, "number": len(tiles)}


def draw_maps(maps: NDArray[np.float32], edge: int, signed: bool) -> list[Image.Image]:
    """Draw feature maps, each on a scale of its own, from zero to its largest magnitude.

    Args:
        maps: Shape (n, h, w), float32.
        edge: Largest height and width of a picture in pixels.
        signed: Whether they can be negative.

    Returns:
        Pictures of mode "P", one for each; a map that is zero everywhere is hatched.
    """
    colors = palette(DEFAULT_COLORMAP, signed)
    limits = np.abs(maps).max(axis=(1, 2))
    return [
        indexed_picture(draw_map(values, limits[index : index + 1], edge, signed), colors)
        for index, values in enumerate(maps)
    ]
