"""A survey from photographs to its files: it goes on after interruptions, and says what it cannot use."""

from __future__ import annotations

import _thread
import dataclasses
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import DatasetError, FolderError, OptionError, StoppedError
from cnnviz.base.source import Source
from cnnviz.data.sources import open_photos
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveying import run
from cnnviz.surveying.survey_store import NAMES, PARTIAL, UNREADABLE
from cnnviz.surveys.layer_tally import LayerTally
from cnnviz.surveys.photo_batch import PhotoBatch, batch_size
from cnnviz.surveys.survey import Survey
from cnnviz.surveys.survey_folder import ABOUT, ARRAYS, PICTURES, add_survey, read_survey
from cnnviz.surveys.tally import Tally
from networks import build_long
from pictures import draw, encode, write_class

NUM_EACH = 40


@pytest.fixture(scope="module")
def explorer(small_folder: Path) -> Explorer:
    return cnnviz.load(small_folder)


@pytest.fixture(scope="module")
def photos(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of the network's classes, one of which is damaged."""
    folder = tmp_path_factory.mktemp("photos")
    for seed, name in enumerate(explorer.network.class_names):
        write_class(folder / name, NUM_EACH, seed=seed)
    (folder / explorer.network.class_names[0] / "damaged.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def surveyed(explorer: Explorer, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Survey, Path]:
    folder = tmp_path_factory.mktemp("survey") / "survey"
    return cnnviz.survey(explorer, photos, folder, publish="CC0"), folder


def same(one: Survey, other: Survey) -> bool:
    """Tell whether two surveys say the same, bit for bit."""
    names = ("num_photos", "num_unreadable", "class_names", "class_sizes", "photos", "wrong", "unsure", "pictures")
    arrays = all(
        np.array_equal(getattr(layer, each.name), getattr(other[name], each.name), equal_nan=each.name not in NUMBERED)
        for name, layer in one.layers.items()
        for each in dataclasses.fields(layer)
    )
    return arrays and all(getattr(one, name) == getattr(other, name) for name in names)


NUMBERED = ("bars", "top_photos", "top_units", "twins")


def test_every_photograph_counts_once_and_the_damaged_one_is_listed(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path
) -> None:
    found, folder = surveyed
    assert (found.num_photos, found.num_unreadable) == (2 * NUM_EACH, 1)
    assert found.class_sizes == (NUM_EACH, NUM_EACH)
    (line,) = (folder / UNREADABLE).read_text().splitlines()
    assert line.startswith(str(photos / found.class_names[0] / "damaged.jpg"))
    answers = {path: explorer(path).label for path in photos.rglob("*.jpg") if path.name != "damaged.jpg"}
    assert found.num_right == sum(path.parent.name == label for path, label in answers.items())
    assert int(found.confusion.sum()) == 2 * NUM_EACH


def test_favourites_are_real_photographs_with_their_patches(surveyed: tuple[Survey, Path], explorer: Explorer) -> None:
    found, _ = surveyed
    layer = explorer.network.layers[0]
    favourite = found[layer.name].favourites(1)[0]
    photo = found.photos[favourite.photo]
    result = explorer(photo.name)
    channel = result[layer.name].feature_maps[1]
    assert channel.max() == pytest.approx(favourite.activation, rel=1e-4)
    assert channel[favourite.row, favourite.column] == pytest.approx(favourite.activation, rel=1e-4)
    patch, box = found.patch(layer, favourite)
    assert box == layer.receptive_field.box(favourite.row, favourite.column)
    expected = np.asarray(result.seen.crop(box), int)
    assert np.abs(np.asarray(patch, int) - expected).mean() < 12  # JPEG


def test_what_is_finished_is_read(surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path) -> None:
    found, folder = surveyed
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    again = cnnviz.survey(explorer, photos, folder, publish="CC0")
    assert same(found, again)
    assert {each.name: each.stat().st_mtime_ns for each in folder.iterdir()} == before
    assert sorted(before) == sorted([ABOUT, ARRAYS, PICTURES, NAMES, UNREADABLE, "identity.txt"])


@pytest.mark.parametrize("num_batches", [0, 1, 2])
def test_an_interrupted_survey_goes_on_to_the_same_numbers(
    num_batches: int,
    surveyed: tuple[Survey, Path],
    explorer: Explorer,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []
    add = Tally.add

    def interrupted(self: Tally, batch: PhotoBatch, *rest: Iterable[None]) -> None:
        if len(done) == num_batches:
            raise KeyboardInterrupt
        add(self, batch, *rest)  # type: ignore[arg-type]
        done.append(batch.first)

    with monkeypatch.context() as patch:
        patch.setattr(Tally, "add", interrupted)
        with pytest.raises(StoppedError, match=f"after {num_batches * batch_size(explorer.network)} of 81"):
            cnnviz.survey(explorer, photos, tmp_path / "survey")
    assert (tmp_path / "survey" / PARTIAL).is_file()
    counted: list[int] = []
    monkeypatch.setattr(
        Tally, "add", lambda self, batch, *rest: (counted.append(batch.first), add(self, batch, *rest))[1]
    )
    found = cnnviz.survey(explorer, photos, tmp_path / "survey", publish="CC0")
    assert not set(counted) & set(done)
    assert same(found, surveyed[0])
    assert not (tmp_path / "survey" / PARTIAL).exists()


def test_ctrl_c_in_the_middle_of_a_batch_counts_no_photograph_twice(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    add = LayerTally.add

    def interrupted(self: LayerTally, *rest: Any) -> None:
        calls.append(1)
        if len(calls) == len(surveyed[0].layers) + 2:  # the second batch, its second layer
            _thread.interrupt_main()
        add(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(LayerTally, "add", interrupted)
        with pytest.raises(StoppedError, match=f"after {2 * batch_size(explorer.network)} of 81"):
            cnnviz.survey(explorer, photos, tmp_path / "survey")
    assert same(cnnviz.survey(explorer, photos, tmp_path / "survey", publish="CC0"), surveyed[0])


def test_ctrl_c_after_the_last_photograph_loses_nothing(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "finish", interrupted)
        with pytest.raises(StoppedError, match="after 81 of 81"):
            cnnviz.survey(explorer, photos, tmp_path / "survey")
    with monkeypatch.context() as patch:
        patch.setattr(Tally, "add", interrupted)  # nothing is measured again
        assert same(cnnviz.survey(explorer, photos, tmp_path / "survey", publish="CC0"), surveyed[0])


def test_other_photographs_of_the_same_names_are_refused(explorer: Explorer, tmp_path: Path) -> None:
    write_class(tmp_path / "photos" / "cat", 3, seed=0)
    cnnviz.survey(explorer, tmp_path / "photos", tmp_path / "survey")
    write_class(tmp_path / "photos" / "cat", 3, seed=1)
    with pytest.raises(FolderError, match="of other photographs"):
        cnnviz.survey(explorer, tmp_path / "photos", tmp_path / "survey")


def test_a_survey_among_its_photographs_is_read_again(explorer: Explorer, tmp_path: Path) -> None:
    write_class(tmp_path / "cat", 3, seed=0)
    found = cnnviz.survey(explorer, tmp_path, tmp_path / "survey")
    assert same(cnnviz.survey(explorer, tmp_path, tmp_path / "survey"), found)


def test_another_table_of_as_many_rows_is_refused(explorer: Explorer, tmp_path: Path) -> None:
    pixels = [encode(draw(40, 40, seed=seed), "PNG") for seed in range(2)]
    for name in ("one", "other"):
        table = pa.table({"image": [{"bytes": each, "path": None} for each in pixels], "label": [0, 1]})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    cnnviz.survey(explorer, tmp_path / "one.parquet", tmp_path / "survey")
    with pytest.raises(FolderError, match="of other photographs"):
        cnnviz.survey(explorer, tmp_path / "other.parquet", tmp_path / "survey")


def test_a_model_s_folder_is_no_place_for_a_survey(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path
) -> None:
    assert explorer.network.folder is not None
    folder = Path(shutil.copytree(explorer.network.folder, tmp_path / "model"))
    add_survey(folder, surveyed[0])
    with pytest.raises(FolderError, match=r"holds something else than a survey: README\.md"):
        cnnviz.survey(explorer, photos, folder)


def test_what_is_left_out_is_told(explorer: Explorer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("cat", "dog"):
        write_class(tmp_path / "photos" / name, 3, seed=0)
    write_class(tmp_path / "photos", 3, seed=1)
    sources = open_photos([tmp_path / "photos"], needs_classes=False)
    cnnviz.survey(explorer, tmp_path / "photos")
    notes = [note for source in sources for note in source.notes]
    assert [record.getMessage() for record in caplog.records if record.name == "cnnviz"] == notes


def test_what_is_kept_while_it_runs_is_enough_after_the_power_fails(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Tally.add

    def failing(self: Tally, batch: PhotoBatch, *rest: Iterable[None]) -> None:
        if batch.first == 2 * batch_size(explorer.network):
            raise MemoryError  # nothing is saved on the way out
        add(self, batch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "SAVE_SECONDS", 0)
    with monkeypatch.context() as patch:
        patch.setattr(Tally, "add", failing)
        with pytest.raises(MemoryError):
            cnnviz.survey(explorer, photos, tmp_path / "survey")
    counted: list[int] = []
    monkeypatch.setattr(
        Tally, "add", lambda self, batch, *rest: (counted.append(batch.first), add(self, batch, *rest))[1]
    )
    assert same(cnnviz.survey(explorer, photos, tmp_path / "survey", publish="CC0"), surveyed[0])
    assert counted == [2 * batch_size(explorer.network)]


def test_photographs_need_no_classes(explorer: Explorer, photos: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(photos.rglob("*.jpg"))[:5]):
        shutil.copy(path, tmp_path / f"holiday-{'abcde'[number]}.jpg")
    found = cnnviz.survey(explorer, tmp_path)
    assert (found.class_names, found.num_right, found.num_photos) == ((), None, 5)
    layer = found[explorer.network.layers[0].name]
    assert layer.class_means.shape[0] == 0
    assert np.isnan(layer.telling).all()
    assert [favourite.photo for favourite in layer.favourites(0)] != []
    assert len(layer.favourites(0)) == 5


def test_photographs_of_archives_are_the_same(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in sorted(photos.rglob("*.jpg")):
            archive.write(path, path.relative_to(photos))
    shutil.make_archive(str(tmp_path / "photos"), "tar", photos)
    for name in ("photos.zip", "photos.tar"):
        found = cnnviz.survey(explorer, tmp_path / name, publish="CC0")
        assert sorted(map(hash, found.pictures.values())) == sorted(map(hash, surveyed[0].pictures.values()))
        for layer_name, layer in found.layers.items():
            np.testing.assert_allclose(layer.mean, surveyed[0][layer_name].mean, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(layer.top_values, surveyed[0][layer_name].top_values, rtol=1e-5, atol=1e-6)


def test_another_survey_is_never_mixed_in(
    surveyed: tuple[Survey, Path], explorer: Explorer, photos: Path, tmp_path: Path
) -> None:
    _, folder = surveyed
    with pytest.raises(FolderError, match="with other settings"):
        cnnviz.survey(explorer, photos, folder, top=3)
    with pytest.raises(FolderError, match="with other settings"):
        cnnviz.survey(explorer, photos, folder)  # without showing photographs
    with pytest.raises(FolderError, match="of other photographs"):
        cnnviz.survey(explorer, photos / explorer.network.class_names[1], folder)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(FolderError, match="something else"):
        cnnviz.survey(explorer, photos, tmp_path)
    other = cnnviz.load(build_long().model, preprocessing="tf")
    with pytest.raises(FolderError, match="of another model"):
        read_survey(folder, other.network)


def test_it_is_added_to_the_model_s_folder_without_names(
    explorer: Explorer, small_folder: Path, photos: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(small_folder, tmp_path / "model")
    model = cnnviz.load(own)
    with pytest.raises(FolderError, match="has no survey"):
        model.survey()
    found = cnnviz.survey(model, photos, add=True)
    again = cnnviz.load(own)
    assert again.predict(next(photos.rglob("0.jpg"))) == model.predict(next(photos.rglob("0.jpg")))
    assert same(again.survey(), dataclasses.replace(found, photos=tuple(p._replace(name="") for p in found.photos)))
    name = explorer.network.layers[0].name
    assert again.survey(name).mean.tolist() == found[name].mean.tolist()
    assert str(photos) not in "".join(path.read_text(errors="replace") for path in own.iterdir())
    with pytest.raises(OptionError, match="may not be shown"):
        again.survey().picture(0)
    with pytest.raises(cnnviz.LayerNotFoundError, match="no layer 'nowhere'"):
        again.survey("nowhere")
    cnnviz.survey(cnnviz.load(own), photos, tmp_path / "survey")
    finished = cnnviz.survey(cnnviz.load(own), photos, tmp_path / "survey", add=True)
    assert cnnviz.load(own).survey(name).mean.tolist() == finished[name].mean.tolist()
    assert (own / "README.md").read_text().count("What a data set tells") == 1


@pytest.mark.parametrize("options", [{"top": 0}, {"top": 101}, {"top": 2.5}, {"publish": 3}])
def test_settings_that_are_none_are_refused(options: dict[str, object], explorer: Explorer, photos: Path) -> None:
    with pytest.raises(OptionError):
        cnnviz.survey(explorer, photos, **options)  # type: ignore[arg-type]


def test_a_model_in_memory_has_no_folder_to_add_to(photos: Path) -> None:
    with pytest.raises(OptionError, match="save it first"):
        cnnviz.survey(cnnviz.load(build_long().model, preprocessing="tf"), photos, add=True)


def test_nothing_is_added_to_the_cache_of_the_hub(explorer: Explorer, photos: Path) -> None:
    pulled = dataclasses.replace(explorer, source=Source("hub", "alice/cats"))
    with pytest.raises(OptionError, match="cache that all programs share"):
        cnnviz.survey(pulled, photos, add=True)


def test_photographs_of_which_none_can_be_read_are_refused(explorer: Explorer, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.jpg").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="None of 2 photographs can be read"):
        cnnviz.survey(explorer, tmp_path)


def test_batches_are_smaller_where_activations_are_large() -> None:
    network = cnnviz.load().network
    assert batch_size(network) == 32
    wide = dataclasses.replace(network.layers[0], shape=(1000, 1000, 32))
    network.layers = (wide, *network.layers[1:])  # type: ignore[misc]
    assert batch_size(network) == 2


def test_a_picture_is_what_the_network_sees(surveyed: tuple[Survey, Path], explorer: Explorer) -> None:
    found, _ = surveyed
    shown = found.picture(0)
    with Image.open(found.photos[0].name) as photo:
        expected = explorer.network.preprocessing.resize(photo.convert("RGB"))
    assert shown.size == expected.size
    assert np.abs(np.asarray(shown, int) - np.asarray(expected, int)).mean() < 12
