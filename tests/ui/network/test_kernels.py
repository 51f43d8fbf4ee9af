"""The kernels as the page shows them."""

from pathlib import Path

import keras
import numpy as np
import pytest

from cnnviz.base.figures import share
from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui.network import words
from cnnviz.ui.network.kernels import describe_kernels, nearest_direction
from networks import build_branches, build_network
from pictures import picture_of
from served_models import serve_model


def test_every_kernel_is_shown_with_its_label_and_leads_to_its_channel(tmp_path: Path) -> None:
    explorer = load()
    described = describe_kernels(serve_model(explorer, tmp_path))
    kernels = explorer.kernels()
    assert len(described["kernels"]) == len(kernels)
    for shown, kernel in zip(described["kernels"], kernels, strict=True):
        assert picture_of(shown).tobytes() == kernel.picture().tobytes()
        assert shown["address"] == f"?layer=conv2d_1&channel={kernel.channel}"
        assert shown["label"] == words.KERNEL_LABELS[kernel.label]
        assert shown["share"] == (share(kernel.shares[kernel.label]) if kernel.label else "")
        assert bool(shown["arrow"]) == (kernel.label == "edge")
    labels = [kernel.label for kernel in kernels]
    assert f"Mostly an edge: {labels.count('edge')}." in described["summary"]
    assert f"A mix: {labels.count('')}." in described["summary"]
    assert described["summary"].startswith("conv2d_1 has 32 kernels: ")


@pytest.mark.parametrize(
    ("angle", "side"),
    [(0, "right"), (22, "right"), (23, "top right"), (90, "top"), (180, "left"), (-180, "left"), (-46, "bottom right")],
)
def test_arrow_is_the_one_nearest_to_the_angle(angle: float, side: str) -> None:
    assert words.DIRECTIONS[nearest_direction(angle)][1] == f"bright at the {side}"


def test_random_kernels_are_all_a_mix(explorer: Explorer, tmp_path: Path) -> None:
    described = describe_kernels(serve_model(explorer, tmp_path))
    assert {kernel["label"] for kernel in described["kernels"]} == {"mix"}
    assert "Mostly an edge: 0. Mostly a colour: 0. Mostly brightness: 0. A mix: 32." in described["summary"]


def test_network_without_such_kernels_has_no_section(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    described = describe_kernels(serve_model(Explorer(Network(model, ("cat", "dog"), Preprocessing(8, 8))), tmp_path))
    assert described["heading"] == ""
    assert described["kernels"] == []


def test_kernels_of_any_network_are_shown_and_of_very_many_the_first(tmp_path: Path) -> None:
    assert [
        kernel["number"] for kernel in describe_kernels(serve_model(Explorer(build_branches()), tmp_path))["kernels"]
    ] == [0, 1, 2]
    many = describe_kernels(serve_model(Explorer(build_network(np.ones((2, 2, 3, 300), np.float32))), tmp_path))
    assert len(many["kernels"]) == 256
    assert many["cut"] == "Here are the first 256."
    assert "Mostly brightness: 300." in many["summary"]
