"""The strip has a tile for each layer or block, in the very pixels of its thumbnails, and fits where it is put."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.result.journey_strip import MAX_TILES, _spread, arrange_strip
from networks import LAYERS, build_branches, build_long, build_tiny
from pictures import draw


def test_tiles_of_a_short_network_are_its_layers_pixel_for_pixel(explorer: Explorer) -> None:
    result = explorer(draw(300, 200, seed=4))
    strip = arrange_strip(result.network, result.layers, 1504, 452)
    assert [layer.name for layer, _ in strip.tiles] == list(LAYERS)
    assert strip.note == ""
    assert strip.edge >= 148  # a pixel for each activation of the widest map
    picture = Image.new("RGB", (1504, 452), "white")
    strip.draw(picture, (0, 0), "viridis", result.probabilities)
    for index, (layer, _) in enumerate(strip.tiles[:-1]):
        tile = layer.thumbnail(strip.edge, "viridis").convert("RGB")
        left, top = strip.place(index)
        top += (strip.edge - tile.height) // 2
        shown = picture.crop((left, top, left + tile.width, top + tile.height))
        np.testing.assert_array_equal(np.asarray(shown), np.asarray(tile))


@pytest.mark.parametrize("build", [build_tiny, build_branches, build_long])
def test_strip_fits_whatever_the_network(build: Callable[[], Network]) -> None:
    network = build()
    result = Explorer(network)(draw())
    strip = arrange_strip(network, result.layers, 1504, 452)
    assert strip.height <= 452
    assert max(strip.place(index)[0] for index in range(len(strip.tiles))) + strip.edge <= 1504
    picture = Image.new("RGB", (1600, 500), "white")
    strip.draw(picture, (20, 20), "magma", result.probabilities)
    pixels = np.asarray(picture)
    assert (pixels[:18] == 255).all()
    assert (pixels[:, :18] == 255).all()
    assert (pixels[20 + strip.height :] == 255).all()
    names = [layer.name for layer, _ in strip.tiles]
    order = [layer.name for layer in network.layers]
    assert sorted(names, key=order.index) == names
    assert names[-1] == order[-1]


def test_network_of_many_layers_has_a_tile_for_each_block() -> None:
    network = build_long()
    result = Explorer(network)(draw())
    strip = arrange_strip(network, result.layers, 1504, 452)
    assert [layer.name for layer, _ in strip.tiles] == [block.name for block in network.blocks]


def test_of_too_many_blocks_as_many_as_have_room_are_shown_evenly() -> None:
    assert _spread(5) == [0, 1, 2, 3, 4]
    assert _spread(1) == [0]
    chosen = _spread(109)
    assert (len(chosen), chosen[0], chosen[-1]) == (MAX_TILES, 0, 108)
    assert set(np.diff(chosen)) == {3, 4}
