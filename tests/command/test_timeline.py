"""The command `timeline`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.command import main as command
from networks import build_branches, build_tiny


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two checkpoints of one network."""
    model, names = build_tiny().model, []
    for number in (1, 2):
        names.append(str(tmp_path / f"epoch-{number}.keras"))
        model.set_weights([values * np.float32(0.5) for values in model.get_weights()])
        model.save(names[-1])
    return names


def test_checkpoints_become_a_timeline(
    files: list[str], kaggle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classes = tmp_path / "classes.txt"
    classes.write_text("cat\ndog\n")
    made = str(tmp_path / "made")
    words = ["timeline", "--output", made, "--classes", str(classes), "--data", str(kaggle_folder), "--", *files]
    assert command.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch-1.keras", "epoch-2.keras", made]
    assert lines[0].endswith("% right")
    assert lines[-1] == f"{made}: 2 snapshots of 5 layers"
    assert len(cnnviz.load(files[1]).timeline(made)) == 2


def test_several_architectures_end_with_a_sentence(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_branches().model.save(tmp_path / "other.keras")
    words = ["timeline", *files, str(tmp_path / "other.keras"), "--output", str(tmp_path / "made")]
    assert command.main(words) == 1
    assert "has another architecture than 'epoch-1.keras'" in capsys.readouterr().err


def test_checkpoints_and_output_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["timeline", "a.keras"], ["timeline", "--output", "made"]):
        with pytest.raises(SystemExit):
            command.main(words)
        assert "required" in capsys.readouterr().err
