"""The values of the tab with all layers."""

from pathlib import Path
from typing import Any

from cnnviz.drawing.thumbnail import fit
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.ui.layers.layers import describe_layers
from networks import LAYERS, build_branches
from pictures import draw, picture_of
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
                assert picture_of(patch).tobytes() == fit(unit.patch, 84).tobytes()


def test_layers_of_any_network_are_described(tmp_path: Path) -> None:
    network = build_branches()
    described = describe(network, tmp_path, seed=6)
    names = [layer["name"] for stage in described["stages"] for layer in stage["layers"]]
    assert names == [layer.name for layer in network.layers]
