"""Pictures side by side: each is found again where the page cuts it out."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from cnnviz.ui.tile_row import describe_row, draw_maps


def test_each_map_is_found_in_its_place_on_its_own_scale() -> None:
    maps = np.random.default_rng(2).random((3, 5, 4)).astype(np.float32)
    maps[1] *= 100
    maps[2] = 0
    tiles = draw_maps(maps, 20, signed=False)
    row = describe_row(tiles)
    assert (row["width"], row["height"], row["number"]) == (16, 20, 3)
    picture = Image.open(io.BytesIO(base64.b64decode(row["src"].partition(",")[2]))).convert("RGB")
    assert picture.size == (48, 20)
    for index, tile in enumerate(tiles):
        cut = picture.crop((16 * index, 0, 16 * (index + 1), 20))
        assert np.array_equal(np.asarray(cut), np.asarray(tile.convert("RGB")))
    brightest = [np.asarray(tile.convert("L")).max() for tile in tiles]
    assert brightest[0] == brightest[1] > brightest[2]
