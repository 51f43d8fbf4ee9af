"""The command `survey`: what it prints, and what it leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import cnnviz
from cnnviz.base.figures import percent
from cnnviz.command import main as command
from pictures import write_class


@pytest.fixture
def photos(small_folder: Path, tmp_path: Path) -> Path:
    for seed, name in enumerate(cnnviz.load(small_folder).network.class_names):
        write_class(tmp_path / "photos" / name, 6, seed=seed)
    return tmp_path / "photos"


def test_it_tells_of_answers_and_layers(
    small_folder: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(small_folder, tmp_path / "model")
    (photos / "none.jpg").write_bytes(b"no picture, and no class")
    words = ["survey", "--model", str(own), "--data", str(photos), "--output", str(tmp_path / "survey"), "--add"]
    assert command.main(words) == 0
    first, *told, last = capsys.readouterr().out.splitlines()
    found = cnnviz.load(own).survey()
    photos_told, layers = told[: -len(found.layers)], told[-len(found.layers) :]
    assert [line.split(": ")[0] for line in photos_told] == ["Most wrong"] * bool(found.wrong) + ["Least sure"]
    names = (tmp_path / "survey" / "photos.txt").read_text().splitlines()
    least = found.photos[found.unsure[0]]
    assert f": {names[found.unsure[0]]} ({least.answer} {percent(least.probability)})" in photos_told[-1]
    assert first.startswith("12 photographs of 2 classes; ")
    assert first.endswith("% answered right.")
    assert [line.split()[0] for line in layers] == list(found.layers)
    layer = next(iter(found.layers.values()))
    best = layer.ranked()[0]
    assert layers[0].endswith(
        f" {len(layer)} channels, {layer.dead.sum()} dead, {len(layer.duplicates)} near-duplicate pair(s), "
        f"tells classes best: {best}, AUC {layer.telling[best]:.2f}"
    )
    assert last == f"{tmp_path / 'survey'}: all numbers, in NPZ and JSON."
    assert command.main(words) == 0  # it is read, and told again
    assert capsys.readouterr().out.splitlines()[0] == first


def test_what_cannot_be_is_a_sentence(small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["survey", "--model", str(small_folder), "--output", str(tmp_path / "survey"), "--data"]
    assert command.main([*words, str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.startswith("cnnviz survey: No photographs at ")
