"""The tab on the network itself."""

import shutil
from dataclasses import replace
from pathlib import Path

import keras
import pytest

from cnnviz.evaluation.charts import draw_curves
from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import measured_folder, read_folder
from cnnviz.network import network as network_module
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.component import markup
from cnnviz.ui.network.network import describe_network, read_card
from folders import tamper
from networks import LAYERS
from served_models import serve_model

HISTORY = {name: [0.5, 0.25] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
CARD = """---
library_name: keras
---

# Cat or dog

A network.

<picture><source srcset="curves-dark.png"><img src="curves.png"></picture>

The end.
"""


@pytest.fixture(scope="module")
def carded(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A network with a card and one of its pictures, for light and dark pages."""
    folder = tmp_path_factory.mktemp("models") / "carded"
    pictures = {"curves.png": draw_curves(HISTORY), "curves-dark.png": draw_curves(HISTORY, dark=True)}
    with measured_folder(folder, Network(build_model(), ("cat", "dog"), Preprocessing())) as fresh:
        fresh.describe({}, CARD, pictures)
    return read_folder(folder)


def test_the_table_is_the_networks(network: Network, tmp_path: Path) -> None:
    values = markup(describe_network(serve_model(Explorer(network), tmp_path / "pictures")))
    assert values["heading"] == "11 layers, 3,453,121 parameters"
    assert [row[0] for row in values["rows"]] == [block["name"] for block in values["blocks"]] == list(LAYERS)
    assert values["rows"][2] == ["conv2d_2", "Conv2D, after ReLU", "72×72×64", "18,496", "8×8"]  # noqa: RUF001
    assert values["rows"][-1] == ["dense_2", "Dense, after sigmoid", "1", "513", "142×142"]  # noqa: RUF001
    assert sum(int(row[3].replace(",", "")) for row in values["rows"]) == network.model.count_params()


def test_blocks_are_as_tall_as_pictures_and_wider_with_channels(network: Network, tmp_path: Path) -> None:
    blocks = markup(describe_network(serve_model(Explorer(network), tmp_path / "pictures")))["blocks"]
    assert [block["tall"] for block in blocks[:8]] == [round(96 * side / 150) for side in (148, 74, 72, 36, 34, 17)] + [
        *(round(96 * 15 / 150), 6)
    ]
    assert [block["wide"] for block in blocks[:8]] == [25, 25, 30, 30, 35, 35, 35, 35]
    assert all(block["wide"] == 6 for block in blocks[8:])
    assert blocks[8]["tall"] > blocks[9]["tall"] > blocks[10]["tall"]


def test_pictures_of_the_model_folder_are_copied_to_where_they_are_served(carded: Network, tmp_path: Path) -> None:
    [chart] = markup(describe_network(serve_model(Explorer(carded), tmp_path / "pictures")))["charts"]
    for theme, name in (("light", "curves.png"), ("dark", "curves-dark.png")):
        copy = tmp_path / "pictures" / name
        assert chart[theme]["path"] == str(copy)
        assert copy.read_bytes() == (carded.folder / name).read_bytes()


def test_the_card_comes_without_metadata_and_pictures(carded: Network, tmp_path: Path) -> None:
    assert (
        read_card(serve_model(Explorer(carded), tmp_path))
        == "## The model's card\n\n# Cat or dog\n\nA network.\n\nThe end."
    )


def test_a_strangers_card_shows_its_html_as_text_and_no_picture(network: Network, tmp_path: Path) -> None:
    card = '![a](http://evil.invalid/a.png) <form><input name="password"> <img src="http://evil.invalid/b.png">'
    folder = tamper(network.folder, tmp_path, {"README.md": card})
    text = read_card(serve_model(Explorer(read_folder(folder)), tmp_path))
    assert "<" not in text
    assert "![" not in text
    assert "[a](http://evil.invalid/a.png) &lt;form>" in text


def test_what_is_not_there_is_left_out(network: Network, tmp_path: Path) -> None:
    values = markup(describe_network(serve_model(Explorer(network), tmp_path / "pictures")))
    assert values["charts"] == []
    assert values["charts_heading"] == ""
    assert read_card(serve_model(Explorer(replace(network, folder=None)), tmp_path)) == ""
    assert not (tmp_path / "pictures").exists()


def test_a_layer_that_is_called_twice_counts_once(tmp_path: Path) -> None:
    picture = keras.Input((4, 4, 3))
    twice = keras.layers.Conv2D(3, 1)
    answer = keras.layers.Dense(1, "sigmoid")(keras.layers.Flatten()(twice(twice(picture))))
    network = Network(keras.Model(picture, answer), ("cat", "dog"), Preprocessing(4, 4))
    heading = markup(describe_network(serve_model(Explorer(network), tmp_path)))["heading"]
    assert heading.endswith(f", {12 + 4 * 4 * 3 + 1} parameters")


def test_a_picture_that_the_manifest_does_not_list_is_not_shown(network: Network, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(network.folder, tmp_path / "model"))
    for name in ("curves.png", "curves-dark.png"):
        (folder / name).symlink_to("/etc/hostname")
    assert markup(describe_network(serve_model(Explorer(read_folder(folder)), tmp_path / "pictures")))["charts"] == []
    assert not (tmp_path / "pictures").exists()


def test_names_of_layers_are_no_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "require_compilable", lambda name: None)  # as it is with JAX
    layers = [keras.Input((4, 4, 3)), keras.layers.Flatten(name="<b>"), keras.layers.Dense(1, "sigmoid", name="end")]
    network = Network(keras.Sequential(layers), ("cat", "dog"), Preprocessing(4, 4))
    values = markup(describe_network(serve_model(Explorer(network), tmp_path)))
    assert values["rows"][0][0] == values["blocks"][0]["name"] == "&lt;b&gt;"
