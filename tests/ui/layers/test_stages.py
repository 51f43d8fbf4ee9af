"""The values of the tab with all layers: stages, blocks, layers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.ui.layers.stages import describe_layers
from cnnviz.ui.shown_photo import ShownPhoto
from networks import LAYERS, build_branches, build_long
from pictures import draw, is_fitted
from served_models import show_photo


def describe(network: Network, folder: Path, seed: int) -> dict[str, Any]:
    """Describe the layers for a picture."""
    return describe_layers(show_photo(network, folder, draw(400, 300, seed=seed)))


def test_every_layer_is_there_in_its_stage_with_its_picture(explorer: Explorer, tmp_path: Path) -> None:
    described = describe(explorer.network, tmp_path, seed=6)
    assert len(described["stages"]) == 6
    layers = [layer for stage in described["stages"] for layer in stage["layers"]]
    assert [layer["name"] for layer in layers] == list(LAYERS)
    pictures = explorer(draw(400, 300, seed=6)).pictures()
    for layer in layers:
        assert Path(layer["file"]["path"]).read_bytes() == pictures[layer["name"]]
    first = "Conv2D, after ReLU · 148×148×32 · each unit sees 3×3 pixels"  # noqa: RUF001
    assert layers[0]["caption"].startswith(first)
    assert layers[0]["caption"].endswith("896 parameters")
    assert "parameters" not in layers[1]["caption"]


def test_convolutions_have_the_three_patches_that_excited_them_most(explorer: Explorer, tmp_path: Path) -> None:
    result = explorer(draw(400, 300, seed=6))
    for stage in describe(explorer.network, tmp_path, seed=6)["stages"]:
        for layer in stage["layers"]:
            if not layer["name"].startswith("conv2d"):
                assert layer["patches"] == []
                continue
            strongest = result[layer["name"]].strongest(3)
            assert [patch["text"] for patch in layer["patches"]] == [f"channel {unit.channel}" for unit in strongest]
            for patch, unit in zip(layer["patches"], strongest, strict=True):
                assert is_fitted(patch, unit.patch, 84)


def test_layers_of_any_network_are_described(tmp_path: Path) -> None:
    network = build_branches()
    described = describe(network, tmp_path, seed=6)
    names = [layer["name"] for stage in described["stages"] for layer in stage["layers"]]
    assert names == [layer.name for layer in network.layers]


def opened(shown: ShownPhoto, *names: str) -> dict[str, Any]:
    """Describe the layers where there are pictures of some."""
    drawn = replace(shown.shown, layers=names)
    return dict(describe_layers(ShownPhoto(shown.model, drawn)))


def test_of_a_long_network_only_what_is_open_is_described(tmp_path: Path) -> None:
    shown = show_photo(build_long(), tmp_path, draw(seed=6))
    described = opened(shown, "stem_relu", "block01_out", "block02_out")
    assert [len(stage["layers"]) for stage in described["stages"]] == [3, 0, 0, 0, 0]
    assert (described["open_stage"], described["open_blocks"]) == (0, [])
    sizes = ["32×32 · 3 blocks", "16×16 · 9 blocks", "8×8 · 3 blocks", "1 block", "1 block"]  # noqa: RUF001
    assert [stage["size"] for stage in described["stages"]] == sizes
    assert described["stages"][0]["layers"][0]["block"] == {
        "number": 0,
        "text": "The end of block 1, of 3 layers: Conv2D, BatchNormalization, ReLU",
        "button": "Show all 3",
        "is_open": False,
    }
    assert opened(shown, "averaged")["stages"][3]["layers"][0]["block"] is None  # which is alone


def test_an_open_block_shows_its_layers_and_can_be_folded(tmp_path: Path) -> None:
    names = ("block12_conv", "block12_norm", "block12_past", "block12_add", "block12_out", "block13_out", "block14>out")
    described = opened(show_photo(build_long(), tmp_path, draw(seed=6)), *names)
    layers = described["stages"][2]["layers"]
    assert [layer["name"] for layer in layers] == list(names)
    assert [layer["block"] and layer["block"]["is_open"] for layer in layers] == [None] * 4 + [True, False, False]
    assert layers[4]["block"]["button"] == "Show only the last"
    assert (described["open_stage"], described["open_blocks"]) == (2, [12])


def test_a_short_network_has_neither_stages_to_choose_nor_blocks_to_open(explorer: Explorer, tmp_path: Path) -> None:
    described = describe(explorer.network, tmp_path, seed=6)
    assert (described["open_stage"], described["open_blocks"], described["places"]) == (None, [], {})
    assert all(layer["block"] is None for stage in described["stages"] for layer in stage["layers"])
