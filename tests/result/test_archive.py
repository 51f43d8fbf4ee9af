"""The archive holds what the library gives, bit for bit, and says what it leaves out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.result import archive
from cnnviz.result.archive import activation_bytes, choose_layers, write_archive
from cnnviz.result.result import Result
from networks import LAYERS, build_long
from pictures import draw


def contents(result: Result, path: Path) -> dict[str, bytes]:
    """Write an archive, and read all its files."""
    write_archive(path, result, "viridis", "layer")
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_archive_holds_pictures_activations_and_statistics(explorer: Explorer, tmp_path: Path) -> None:
    result = explorer(draw(400, 300, seed=6))
    files = contents(result, tmp_path / "all.zip")
    assert list(files.values())[: len(LAYERS)] == list(result.pictures("viridis", "layer").values())
    assert files["seen.png"] == encode_png(result.seen)
    assert json.loads(files["statistics.json"]) == result.to_dict("layer")
    with np.load(io.BytesIO(files["activations.npz"])) as activations:
        assert activations.files == list(LAYERS)
        for layer in result.layers:
            assert activations[layer.name].dtype == np.float32
            np.testing.assert_array_equal(activations[layer.name], layer.activation)
    assert "left out" not in files["README.txt"].decode()
    assert 'activations["dense_2"].shape  # (1,)' in files["README.txt"].decode()


def test_activations_beyond_the_limit_are_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = build_long()
    result = Explorer(network)(draw())
    everything = activation_bytes([layer.shape for layer in network.layers])
    monkeypatch.setattr(archive, "MAX_BYTES", everything // 2)
    kept = choose_layers(network)
    files = contents(result, tmp_path / "all.zip")
    with np.load(io.BytesIO(files["activations.npz"])) as activations:
        assert activations.files == kept
        assert sum(activations[name].nbytes for name in kept) <= everything // 2
    without = [layer.name for layer in network.layers if layer.name not in kept]
    assert without
    readme = files["README.txt"].decode()
    assert f"{len(without)} of {len(network.layers)} layers are left out" in readme
    assert readme.split()[-len(without) :] == without
    assert len([name for name in files if name.endswith(".png")]) == len(network.layers) + 1


def test_layers_that_blocks_are_shown_by_are_kept_first(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build_long()
    shown = [block.shown for block in network.blocks]
    monkeypatch.setattr(archive, "MAX_BYTES", activation_bytes([layer.shape for layer in shown]))
    assert choose_layers(network) == [layer.name for layer in shown]
