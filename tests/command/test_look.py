"""The command `look`: answers and files are the library's, and one photo that cannot be read stops nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.base.figures import share
from cnnviz.command import main as command
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from networks import build_multi_label
from pictures import draw, encode


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos in a folder, two of one name, with what is none."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "more").mkdir()
    (folder / ".trash").mkdir()
    for seed, name in enumerate(("a.png", "b.PNG", "more/a.png", ".trash/c.png")):
        (folder / name).write_bytes(encode(draw(90, 60, seed=seed), "PNG"))
    (folder / "notes.txt").write_text("no photo")
    (folder / "broken.jpg").write_bytes(b"no photo either")
    return folder


@pytest.fixture(scope="module")
def explorer(small_folder: Path) -> Explorer:
    return cnnviz.load(small_folder)


def test_a_line_for_each_photo_and_a_sentence_for_what_is_none(
    folder: Path, small_folder: Path, explorer: Explorer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["look", str(folder), "--model", str(small_folder)]) == 1
    told = capsys.readouterr()
    photos = [folder / name for name in ("a.png", "b.PNG", "more/a.png")]
    assert told.out.splitlines() == [f"{photo}: {explorer(photo).answer}" for photo in photos]
    (sentence,) = told.err.splitlines()
    assert sentence.startswith(f"cnnviz look: {folder / 'broken.jpg'}: Cannot read the picture")


def test_lines_of_json_with_layers(
    folder: Path, small_folder: Path, explorer: Explorer, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = folder / "a.png"
    words = ["look", str(photo), "--json", "--model", str(small_folder)]
    assert command.main(words) == command.main([*words, "--layers"]) == 0
    brief, whole = map(json.loads, capsys.readouterr().out.splitlines())
    result = explorer(photo)
    assert brief["labels"] == [result.label]
    assert brief["probabilities"] == pytest.approx(result.probabilities)
    layers: list[dict[str, Any]] = whole.pop("layers")
    assert whole["photo"] == brief["photo"] == str(photo)
    assert layers == [layer.summary for layer in result]


def test_a_line_for_each_layer(
    folder: Path, small_folder: Path, explorer: Explorer, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = folder / "a.png"
    assert command.main(["look", str(photo), "--layers", "--model", str(small_folder)]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    result = explorer(photo)
    assert [line.split()[0] for line in lines] == [layer.name for layer in result]
    for line, layer in zip(lines, result, strict=True):
        assert f"{layer.statistics.num_silent} of {len(layer.feature_maps)} silent" in line
        assert f" {share(layer.statistics.layer_zero_share)} zeros" in line


def test_files_of_each_photo_in_a_folder_of_its_own(
    folder: Path, small_folder: Path, explorer: Explorer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["look", str(folder), "--output", str(tmp_path), "--model", str(small_folder)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a-2", "b"]
    result = explorer(folder / "more" / "a.png")
    result.save(tmp_path / "expected")
    for path in (tmp_path / "expected").iterdir():
        assert (tmp_path / "a-2" / path.name).read_bytes() == path.read_bytes()
    assert "</html>" in (tmp_path / "a-2" / "report.html").read_text(encoding="utf-8")
    with np.load(tmp_path / "a-2" / "activations.npz") as activations:
        assert list(activations) == [layer.name for layer in result]
        for layer in result:
            assert (activations[layer.name] == layer.activation).all()


def test_what_is_said_of_a_model_counts(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network: Network = build_multi_label()
    network.model.save(tmp_path / "several.keras")
    names = [f"kind {number}" for number in range(len(network.class_names))]
    (tmp_path / "names.txt").write_text("\n".join(names))
    said = ["--model", str(tmp_path / "several.keras"), "--classes", str(tmp_path / "names.txt"), "--fit", "pad"]
    assert command.main(["look", str(folder / "a.png"), "--json", *said, "--preprocessing", "tf"]) == 0
    expected = cnnviz.load(tmp_path / "several.keras", classes=names, fit="pad", preprocessing="tf")
    told = json.loads(capsys.readouterr().out)
    assert told["probabilities"] == pytest.approx(expected.predict(folder / "a.png"))
    assert command.main(["look", str(folder / "a.png"), *said, "--preprocessing", "tf"]) == 0
    assert capsys.readouterr().out == f"{folder / 'a.png'}: {expected(folder / 'a.png').answer}\n"


def test_the_embedded_model_is_not_described(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["look", str(folder), "--fit", "pad", "--model-output", "dense"]) == 1
    sentence = "The embedded model is known. Name another one with --model. Received: fit, output."
    assert capsys.readouterr().err == f"cnnviz look: {sentence}\n"


def test_a_folder_without_photos_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["look", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cnnviz look: There are no photos in: {tmp_path}.\n"


def test_files_that_cannot_be_written_are_a_sentence(
    folder: Path, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(folder / "a.png", tmp_path / "file")
    words = ["look", str(folder / "a.png"), "--output", str(tmp_path / "file"), "--model", str(small_folder)]
    assert command.main(words) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("cnnviz look: Cannot write")
