"""`train.py --atlas`: for a model folder, after training, and on to the Hub."""

import re
from pathlib import Path

import numpy as np
import pytest

import cnnviz
import cnnviz.atlas.atlas
import train
from cnnviz.atlas.atlas import build_layer_atlas
from cnnviz.atlas.atlas_folder import list_atlas
from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import write_folder
from hub_server import Hub
from networks import build_branches
from pictures import write_kaggle

NAMES = ["signed", "left", "right", "block/depthwise", "last"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    network = build_branches()
    return write_folder(tmp_path / "model", network.model, network.class_names, network.preprocessing, {})


def test_a_model_folder_gets_its_atlas_without_training(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--atlas", str(folder), "--seed", "3"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    for name, line in zip(NAMES, lines, strict=True):
        assert re.fullmatch(rf"Atlas: {name}, \d+ channels, \d+ silent; \d+ s", line)
    assert last == f"Saved the atlas in {folder}."
    network = build_branches()
    for name in NAMES:
        np.testing.assert_array_equal(
            cnnviz.load(folder).atlas(name).pictures, build_layer_atlas(network, name, 3).pictures
        )


def test_a_trained_model_has_an_atlas_that_is_published(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = write_kaggle(tmp_path / "photos", 60)
    monkeypatch.setattr(cnnviz.atlas.atlas, "NUM_STEPS", 1)  # it is the way that is tested: climbing takes minutes
    flags = ["--data", str(photos), "--epochs", "1", "--output", str(tmp_path / "run"), "--atlas"]
    assert train.main([*flags, "--push-to-hub", "user/pets"]) == 0
    assert capsys.readouterr().out.count("\nAtlas: conv2d_") == 4
    here, there = cnnviz.load(tmp_path / "run" / "model"), cnnviz.load("user/pets")
    assert list_atlas(there.network) == ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4"]
    for name in list_atlas(there.network):
        np.testing.assert_array_equal(there.atlas(name).pictures, here.atlas(name).pictures)
    atlas = there.atlas("conv2d_3")
    reached = Explorer(there.network)(atlas.on_gray(9))["conv2d_3"].feature_maps[9].max()
    assert reached == atlas.activations[9]


def test_a_run_without_the_flag_has_no_atlas_and_no_folder_is_made(
    model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_atlas(cnnviz.load(model_folder).network) == []
    assert train.main(["--atlas", str(tmp_path / "nowhere")]) == 1
    assert re.search(r"train\.py: No model folder at '.*nowhere'", capsys.readouterr().err)
    assert train.main(["--atlas", str(model_folder), "--seed", "-1"]) == 1
    assert "train.py: --seed is a number from 0 to 4294967295. Received: -1." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--atlas",), "--data is needed to train and to measure a model."),
        (("--atlas", "model", "--data", "."), "--atlas takes no FOLDER while training: it is of the trained model."),
        (("--atlas", "model", "--push-to-hub", "alice/cats"), "--atlas FOLDER does not publish."),
        (("--atlas", "--publish", "model", "--dry-run"), "--atlas goes with training, or names a model folder"),
    ],
)
def test_flags_that_do_not_go_together_are_one_sentence(
    flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        train.main(flags)
    assert f"train.py: error: {message}" in capsys.readouterr().err
