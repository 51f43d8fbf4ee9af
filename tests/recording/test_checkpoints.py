"""Timelines of checkpoints that Keras has saved."""

from pathlib import Path

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import FolderError, OptionError
from networks import build_branches, build_tiny


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Those that `ModelCheckpoint` saves in three epochs."""
    folder, random = tmp_path_factory.mktemp("checkpoints"), np.random.default_rng(6)
    model = build_tiny().model
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    saving = keras.callbacks.ModelCheckpoint(folder / "epoch-{epoch}.keras")
    model.fit(random.random((16, 48, 48, 3)), np.arange(16) % 2, epochs=3, verbose=0, callbacks=[saving])
    return sorted(folder.glob("*.keras"))


def test_checkpoints_become_a_timeline_in_their_order(
    checkpoints: list[Path], kaggle_folder: Path, tmp_path: Path
) -> None:
    timeline = cnnviz.timeline(checkpoints, tmp_path / "made", kaggle_folder, classes=["cat", "dog"])
    assert [each.title for each in timeline] == ["epoch-1.keras", "epoch-2.keras", "epoch-3.keras"]
    assert all(each.accuracy is not None and each.step is None for each in timeline)
    assert timeline.num_photos == 32
    for index, path in enumerate(checkpoints):
        saved = keras.saving.load_model(path).get_weights()
        assert all(np.allclose(*pair, atol=1e-3) for pair in zip(timeline.weights(index), saved, strict=True))
    explorer = cnnviz.load(checkpoints[-1], classes=["cat", "dog"])
    assert len(explorer.timeline(tmp_path / "made")) == 3
    assert cnnviz.timeline(checkpoints[:1], tmp_path / "made")[0].accuracy is None  # replaces it


def test_checkpoints_of_one_name_are_called_after_their_folders(tmp_path: Path, small_folder: Path) -> None:
    paths = [cnnviz.save(cnnviz.load(small_folder), tmp_path / name / "model") for name in ("one", "two")]
    timeline = cnnviz.timeline(paths, tmp_path / "made")
    assert [each.name[-9:] for each in timeline] == ["one/model", "two/model"]


def test_another_architecture_is_named(checkpoints: list[Path], tmp_path: Path) -> None:
    build_branches().model.save(tmp_path / "other.keras")
    message = r"other\.keras' has another architecture than 'epoch-1\.keras': .* A timeline is of one network\."
    with pytest.raises(FolderError, match=message):
        cnnviz.timeline([checkpoints[0], tmp_path / "other.keras"], tmp_path / "made")


@pytest.mark.parametrize("number", [0, 21])
def test_from_one_to_twenty_checkpoints(number: int, checkpoints: list[Path], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=f"1 to 20 checkpoints. Received: {number}"):
        cnnviz.timeline(checkpoints[:1] * number, tmp_path / "made")


def test_nothing_is_written_where_a_checkpoint_is_missing(checkpoints: list[Path], tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"nowhere\.keras"):
        cnnviz.timeline([checkpoints[0], tmp_path / "nowhere.keras"], tmp_path / "made")
    assert not (tmp_path / "made").exists()
