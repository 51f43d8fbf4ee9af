"""The values of the strip: tiles, rows of numbers, and what each layer's strongest unit saw."""

import html
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.component import markup
from cnnviz.ui.story.layer_numbers import probe_names
from cnnviz.ui.strip.strip import TILE_PIXELS, describe_strip
from networks import LAYERS, build_branches, build_long
from pictures import draw, is_fitted, picture_of
from served_models import show_photo


def describe(network: Network, folder: Path, picture: Image.Image, colormap: str = "magma") -> dict[str, Any]:
    """Describe the strip for a picture."""
    described: dict[str, Any] = markup(describe_strip(show_photo(network, folder, picture, colormap)))
    return described


def test_photo_and_eleven_tiles_are_drawn_crisply_in_order(explorer: Explorer, tmp_path: Path) -> None:
    picture = draw(400, 300, seed=3)
    strip = describe(explorer.network, tmp_path, picture, "viridis")
    result = explorer(picture)
    assert is_fitted(strip["photo"], result.seen, TILE_PIXELS)
    assert [tile["name"] for tile in strip["tiles"]] == list(LAYERS)
    for tile, layer in zip(strip["tiles"], result.layers, strict=True):
        drawn = layer.thumbnail(TILE_PIXELS, "viridis")
        assert encode_png(picture_of(tile["picture"])) == encode_png(drawn)
        assert 60 <= max(drawn.size) <= TILE_PIXELS


def test_units_are_the_strongest_with_their_boxes_and_patches(explorer: Explorer, tmp_path: Path) -> None:
    picture = draw(400, 300, seed=3)
    result = explorer(picture)
    for tile, layer in zip(describe(explorer.network, tmp_path, picture)["tiles"], result.layers, strict=True):
        (unit,) = layer.strongest(1)
        top, right, bottom, left = (float(side.rstrip("%")) * 1.5 for side in tile["unit"]["inset"].split())
        assert (left, top, 150 - right, 150 - bottom) == pytest.approx(unit.box, abs=1e-3)
        assert is_fitted(tile["unit"]["patch"], unit.patch, 84)
        assert tile["unit"]["text"] == f"The brightest square of {layer.name} saw this."


def test_signed_layer_is_not_said_to_be_bright_nor_silent_where_it_is_negative(tmp_path: Path) -> None:
    network = build_branches()
    strip = describe(network, tmp_path, draw())
    assert strip["bright"] == ""
    tiles = dict(zip((layer.name for layer in network.layers), strip["tiles"], strict=True))
    assert tiles["signed"]["unit"]["text"] == "The most active unit of signed saw this."
    model = keras.Sequential([keras.Input((20, 20, 3)), keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(1)])
    model.layers[-1].set_weights([np.full((3, 1), -1.0), np.zeros(1)])
    negative = Network(model, ("cat", "dog"), Preprocessing(20, 20))
    unit = describe(negative, tmp_path, draw())["tiles"][-1]["unit"]
    assert re.fullmatch(r"No unit of dense\w* is above zero\.", unit["text"])


def test_two_rows_tell_what_a_square_sees_and_how_many_there_are(explorer: Explorer, tmp_path: Path) -> None:
    picture = draw(seed=4)
    rows = describe(explorer.network, tmp_path, picture)["rows"]
    sides = (3, 4, 8, 10, 18, 22, 38, 46, 46, 142, 142)
    assert [row["label"] for row in rows] == ["one square sees", "squares"]
    assert rows[0]["cells"] == [f"{side}×{side} px" for side in sides]  # noqa: RUF001
    assert rows[1]["cells"] == [f"{n}×{n}" for n in (148, 74, 72, 36, 34, 17, 15, 7, 7, 1, 1)]  # noqa: RUF001


def test_probes_that_training_stored_take_the_place_of_the_squares(explorer: Explorer, tmp_path: Path) -> None:
    probes = {name: {"accuracy": 0.5 + 0.04 * number} for number, name in enumerate(LAYERS)}
    network = Network(
        explorer.network.model, ("cat", "dog"), explorer.network.preprocessing, metrics={"probes": probes}
    )
    _, row = describe(network, tmp_path, draw())["rows"]
    assert row["label"] == "right if asked here"
    assert "right on 50% of them" in row["title"]
    assert row["cells"] == [f"{50 + 4 * number}%" for number in range(11)]


def test_guessing_among_very_many_classes_is_not_never_right(explorer: Explorer) -> None:
    base = explorer.network
    names = probe_names(Network(base.model, ("cat", "dog"), base.preprocessing))
    assert names == {"classes": "cat / dog", "guessing": "50%"}
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(300)])
    many = Network(model, tuple(f"class {number}" for number in range(300)), Preprocessing(8, 8))
    assert probe_names(many) == {"classes": "the classes", "guessing": "<1%"}


def test_silent_layer_is_hatched_and_shows_no_box(explorer: Explorer, tmp_path: Path) -> None:
    model = keras.models.clone_model(explorer.network.model)
    model.set_weights([np.full_like(weights, -1) for weights in explorer.network.model.get_weights()])
    network = Network(model, ("cat", "dog"), explorer.network.preprocessing)
    tile = describe(network, tmp_path, draw())["tiles"][0]
    assert tile["unit"]["patch"] is None
    assert "silent" in tile["unit"]["text"]
    assert 1 in np.asarray(picture_of(tile["picture"]))


def test_strip_of_any_network_has_a_tile_per_layer_and_escapes_names(tmp_path: Path) -> None:
    network = build_branches()
    network.class_names = ("<b>ant", "bee", "cow")
    network.head = type(network.head)(network.class_names, 3)
    strip = describe(network, tmp_path, draw())
    assert len(strip["tiles"]) == len(network.layers) == sum(stage["span"] for stage in strip["stages"])
    assert strip["label"] == html.escape(Explorer(network)(draw()).label)


def test_strip_of_a_long_network_of_few_blocks_fits_on_a_screen(tmp_path: Path) -> None:
    layers = [keras.Input((32, 32, 3))]
    for number in range(13):
        layers += [keras.layers.Conv2D(2, 3, 2 if number == 6 else 1, "same"), keras.layers.ReLU()]
    model = keras.Sequential([*layers, keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(1)])
    strip = describe(Network(model, ("cat", "dog"), Preprocessing(32, 32)), tmp_path, draw(seed=3))
    assert [stage["span"] for stage in strip["stages"]] == [6, 1, 1, 1]


def test_strip_of_a_long_network_has_a_tile_per_block_and_folds_the_longest_stage(tmp_path: Path) -> None:
    network = build_long()
    strip = describe(network, tmp_path, draw(seed=3))
    assert [stage["span"] for stage in strip["stages"]] == [3, 1, 3, 1, 1]
    names = ["stem_relu", "block01_out", "block02_out", "block11_out"]
    names += ["block12_out", "block13_out", "block14>out", "averaged", "answer"]
    assert [html.unescape(tile["name"]) for tile in strip["tiles"]] == names
    assert [tile["text"] for tile in strip["tiles"]][2:5] == ["block02_<wbr>out", "9 blocks", "block12_<wbr>out"]
    assert strip["tiles"][3]["layers"] == [f"block{number:02}_out" for number in range(3, 12)]
    assert all(len(row["cells"]) == 9 for row in strip["rows"])
    assert strip["rows"][1]["cells"] == ["32×32"] * 3 + ["16×16"] + ["8×8"] * 3 + ["1×1"] * 2  # noqa: RUF001
    assert strip["tiles"][strip["selected"]]["name"] == "block02_out"  # later units see the whole picture


def test_patches_of_a_very_wide_photo_are_drawn_from_what_the_network_saw(explorer: Explorer, tmp_path: Path) -> None:
    picture = draw(1200, 150, seed=3)
    result = explorer(picture)
    for tile, layer in zip(describe(explorer.network, tmp_path, picture)["tiles"], result.layers, strict=True):
        (unit,) = layer.strongest(1)
        assert max(unit.patch.size) >= 3 * min(unit.patch.size)
        left, top, right, bottom = np.clip(unit.box, 0, 150).tolist()
        assert is_fitted(tile["unit"]["patch"], result.seen.crop((left, top, right, bottom)), 84)
