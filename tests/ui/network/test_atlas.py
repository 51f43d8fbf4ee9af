"""What the page is given of an atlas."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.atlas.atlas import LayerAtlas, build_layer_atlas
from cnnviz.explorer.explorer import Explorer
from cnnviz.network import network as network_module
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.channel_data import describe_tile
from cnnviz.ui.component import markup
from cnnviz.ui.network.atlas import describe_atlas
from networks import build_branches
from served_models import serve_model

NAMES = ("conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4")


@pytest.fixture(scope="module")
def trained() -> Explorer:
    """The embedded model, which has an atlas."""
    return cnnviz.load()


@pytest.fixture(scope="module")
def branches() -> Network:
    return build_branches()


@pytest.fixture(scope="module")
def signed(branches: Network) -> LayerAtlas:
    return build_layer_atlas(branches, "signed")


def describe(atlases: list[LayerAtlas], network: Network, folder: Path) -> list[dict[str, Any]]:
    """Describe the layers as their template prints them."""
    model = serve_model(Explorer(network), folder, atlas={atlas.layer_name: atlas for atlas in atlases})
    layers: list[dict[str, Any]] = markup(describe_atlas(model))["layers"]
    return layers


def test_every_channel_has_a_tile_with_its_picture_enlarged_by_whole_factors(trained: Explorer, tmp_path: Path) -> None:
    atlases = [trained.atlas(name) for name in NAMES]
    layers = describe(atlases, trained.network, tmp_path)
    assert [layer["name"] for layer in layers] == list(NAMES)
    for index, (layer, atlas) in enumerate(zip(layers, atlases, strict=True)):
        tiles = [*layer["tiles"], *layer["others"]]
        assert [tile["channel"] for tile in tiles] == list(range(len(atlas.pictures)))
        sheet = np.asarray(Image.open(tmp_path / f"atlas-{index}.png"))
        scale = layer["width"] // atlas.pictures.shape[2]
        assert layer["width"] <= layer["room"] == 76
        for channel, picture in enumerate(atlas.pictures):
            row, column = divmod(channel, layer["columns"])
            top, left = row * layer["height"], column * layer["width"]
            cut = sheet[top : top + layer["height"], left : left + layer["width"]]
            np.testing.assert_array_equal(cut, picture.repeat(scale, axis=0).repeat(scale, axis=1))


def test_a_model_without_an_atlas_has_no_layers(branches: Network, tmp_path: Path) -> None:
    assert describe([], branches, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_many_channels_are_not_all_shown_at_once(trained: Explorer, tmp_path: Path) -> None:
    few, many = describe([trained.atlas(name) for name in NAMES[:2]], trained.network, tmp_path)
    assert (len(few["tiles"]), len(few["others"])) == (32, 0)
    assert (len(many["tiles"]), len(many["others"]), many["more"]) == (30, 34, "The other 34")


def test_a_layer_of_very_many_channels_does_not_make_the_page_large(
    signed: LayerAtlas, branches: Network, tmp_path: Path
) -> None:
    many = replace(signed, pictures=signed.pictures.repeat(100, axis=0), activations=signed.activations.repeat(100))
    (layer,) = describe([many], branches, tmp_path)
    assert layer["text"].startswith("Channels: 300.")
    assert (len(layer["tiles"]), len(layer["others"])) == (30, 226)
    assert layer["more"] == "The next 226; all others stand beside their channels"


def test_only_enlarged_pictures_are_said_to_be_enlarged(signed: LayerAtlas, branches: Network, tmp_path: Path) -> None:
    large = replace(signed, pictures=signed.pictures.repeat(13, axis=1).repeat(13, axis=2))  # 39 pixels a side
    for atlas, text in ((signed, "3×3 pixels, drawn 25 times as large:"), (large, "39×39 pixels:")):  # noqa: RUF001
        (layer,) = describe([atlas], branches, tmp_path)
        assert f"Each picture has {text}" in layer["text"]


def test_a_silent_channel_is_said_to_be_silent(signed: LayerAtlas, branches: Network, tmp_path: Path) -> None:
    atlas = replace(signed, activations=np.array([0, -1234.5, 0.00012], np.float32))
    (layer,) = describe([atlas], branches, tmp_path)
    assert [tile["is_silent"] for tile in layer["tiles"]] == [True, False, False]
    assert layer["tiles"][0]["text"] == "signed, channel 0: nothing was found that excites it"
    assert [tile["reached"] for tile in layer["tiles"]] == ["0", "\N{MINUS SIGN}1,230", "1.20e\N{MINUS SIGN}4"]
    assert describe_tile(atlas, 0)["is_silent"]


def test_names_from_the_model_are_no_html(signed: LayerAtlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "require_compilable", lambda name: None)  # as it is with JAX
    model = keras.Sequential(
        [
            keras.Input((40, 56, 3)),
            keras.layers.Conv2D(3, 3, name="<b>&amp"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    network = Network(model, ("cat", "dog"), Preprocessing(40, 56))
    (layer,) = describe([replace(signed, layer_name="<b>&amp")], network, tmp_path)
    assert layer["name"] == "&lt;b&gt;&amp;amp"
    assert layer["address"] == "?layer=%3Cb%3E%26amp"
    assert layer["tiles"][0]["text"].startswith("&lt;b&gt;&amp;amp, channel 0: reaches ")


def test_one_picture_alone_is_larger(trained: Explorer) -> None:
    for name, side in zip(NAMES, (189, 184, 180, 190), strict=True):
        picture = describe_tile(trained.atlas(name), 5)["picture"]
        assert (picture["width"], picture["height"]) == (side, side)
        assert picture["src"].startswith("data:image/png;base64,")
