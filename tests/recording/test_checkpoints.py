"""Timelines of checkpoints that Keras has saved."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import FolderError, OptionError
from cnnviz.model_folder.folder import verify_folder
from cnnviz.timelines.timeline_folder import add_timeline, read_timeline
from networks import build_branches, build_tiny
from pictures import write_class


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
    assert not (tmp_path / "made").exists()


def test_a_timeline_that_is_there_stays_until_the_new_one_is_whole(checkpoints: list[Path], tmp_path: Path) -> None:
    made = cnnviz.timeline(checkpoints[:2], tmp_path / "made")
    build_branches().model.save(tmp_path / "other.keras")
    with pytest.raises(FolderError, match="another architecture"):
        cnnviz.timeline([checkpoints[0], tmp_path / "other.keras"], tmp_path / "made")
    kept = read_timeline(made.network, tmp_path / "made")
    assert [each.name for each in kept] == [path.name for path in checkpoints[:2]]
    assert all(map(np.array_equal, kept.weights(1), made.weights(1)))
    assert len(cnnviz.timeline(checkpoints[:1], tmp_path / "made")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "other.keras"]


def test_the_folder_of_a_model_stays_as_it_is(checkpoints: list[Path], small_folder: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(small_folder, tmp_path / "model"))
    add_timeline(model, cnnviz.timeline(checkpoints[:1], tmp_path / "made").places[0].path.parent)
    with pytest.raises(FolderError, match="is no timeline"):
        cnnviz.timeline(checkpoints[:1], model)
    verify_folder(model)


def test_the_current_folder_has_a_name(small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_folder)
    (snapshot,) = cnnviz.timeline(["."], tmp_path / "made")
    assert snapshot.name == small_folder.name


def test_photographs_of_classes_that_it_does_not_know_are_not_counted_wrong(
    checkpoints: list[Path], tmp_path: Path
) -> None:
    for seed, name in enumerate(("ant", "bee")):
        write_class(tmp_path / "photos" / name, 3, seed=seed)
    (snapshot,) = cnnviz.timeline(checkpoints[:1], tmp_path / "made", tmp_path / "photos", classes=["cat", "dog"])
    assert snapshot.accuracy is None


@pytest.mark.parametrize("number", [0, 21])
def test_from_one_to_twenty_checkpoints(number: int, checkpoints: list[Path], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=f"1 to 20 checkpoints. Received: {number}"):
        cnnviz.timeline(checkpoints[:1] * number, tmp_path / "made")


def test_nothing_is_written_where_a_checkpoint_is_missing(checkpoints: list[Path], tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"nowhere\.keras"):
        cnnviz.timeline([checkpoints[0], tmp_path / "nowhere.keras"], tmp_path / "made")
    assert not (tmp_path / "made").exists()


@pytest.fixture(scope="module")
def weights_alone(checkpoints: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Those that `ModelCheckpoint(save_weights_only=True)` saves: of the same models."""
    folder = tmp_path_factory.mktemp("weights")
    files = [folder / f"{path.stem}.weights.h5" for path in checkpoints]
    for path, file in zip(checkpoints, files, strict=True):
        keras.saving.load_model(path).save_weights(file)
    return files


@pytest.mark.parametrize("in_memory", [True, False])
def test_weights_alone_belong_to_the_model_that_is_said(
    in_memory: bool, checkpoints: list[Path], weights_alone: list[Path], tmp_path: Path
) -> None:
    model = keras.saving.load_model(checkpoints[0]) if in_memory else checkpoints[0]
    before = [weights.copy() for weights in model.get_weights()] if in_memory else []
    made = cnnviz.timeline(weights_alone, tmp_path / "made", model=model, classes=["cat", "dog"])
    whole = cnnviz.timeline(checkpoints, tmp_path / "whole", classes=["cat", "dog"])
    assert [each.title for each in made] == [path.name for path in weights_alone]
    for index in range(3):
        assert all(map(np.array_equal, made.weights(index), whole.weights(index)))
    assert made.network.fingerprint == whole.network.fingerprint
    assert not in_memory or all(map(np.array_equal, before, model.get_weights()))
    mixed = cnnviz.timeline([checkpoints[0], weights_alone[1]], tmp_path / "mixed", classes=["cat", "dog"])
    assert all(map(np.array_equal, mixed.weights(1), whole.weights(1)))


def test_weights_of_nothing_known_or_of_another_model_are_refused(weights_alone: list[Path], tmp_path: Path) -> None:
    with pytest.raises(
        FolderError, match=r"epoch-1\.weights\.h5' holds weights alone\. Name a model that they belong to"
    ):
        cnnviz.timeline(weights_alone, tmp_path / "made")
    with pytest.raises(
        FolderError, match=r"cannot load '.*epoch-1\.weights\.h5' into the model that it is said to belong to"
    ):
        cnnviz.timeline(weights_alone, tmp_path / "made", model=build_branches().model)
    with pytest.raises(FolderError, match=r"nowhere\.weights\.h5"):
        cnnviz.timeline([tmp_path / "nowhere.weights.h5"], tmp_path / "made", model=build_branches().model)
    assert not (tmp_path / "made").exists()
