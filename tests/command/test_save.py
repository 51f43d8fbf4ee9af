"""The command `save`: any Keras model as a model folder."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnviz
from cnnviz.command import main as command
from networks import build_long
from pictures import draw, encode


def test_a_file_becomes_a_folder_that_says_all_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = build_long()
    network.model.save(tmp_path / "long.keras")
    words = ["save", str(tmp_path / "long.keras"), str(tmp_path / "folder"), "--preprocessing", "tf"]
    assert command.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == (
        f"{tmp_path / 'folder'}: {len(network.layers)} layers, {len(network.class_names)} classes. "
        f"See it with: cnnviz serve --model {tmp_path / 'folder'}"
    )
    photo = encode(draw(80, 60, seed=3), "PNG")
    expected = cnnviz.load(tmp_path / "long.keras", preprocessing="tf").predict(photo)
    assert cnnviz.load(tmp_path / "folder").predict(photo) == pytest.approx(expected)


def test_what_is_no_model_folder_is_never_replaced(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    assert command.main(["save", str(small_folder), str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("cnnviz save: ")
    assert (tmp_path / "diary.txt").read_text() == "mine"
