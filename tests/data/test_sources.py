"""What a person names as data: folders, zip files, Parquet files and data sets on the Hub, one or several."""

import shutil
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.sources import as_list, open_local, open_photos
from pictures import write_class, write_kaggle
from tables import write_parquet


def splits(*data: Path) -> list[set[str | None]]:
    return [{photo.split for photo in photos} for photos in open_photos(data)]


@pytest.mark.parametrize("name", ["nowhere", "notes.txt", "cut.zip", "notes.txt/inside", "owner name/pets"])
def test_what_is_not_there_or_nothing_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no zip")
    whole = shutil.make_archive(str(tmp_path / "whole"), "zip", write_kaggle(tmp_path / "photos", 2))
    (tmp_path / "cut.zip").write_bytes(Path(whole).read_bytes()[:-30])
    with pytest.raises(
        DatasetError, match=r"^No photographs at '.*': expected a folder or a zip file \(undamaged\), a"
    ):
        open_photos([tmp_path / name])


def test_what_is_nowhere_is_known_before_anything_is_opened_or_asked_of_the_hub(tmp_path: Path) -> None:
    photos = write_kaggle(tmp_path / "photos", 2)
    assert [len(each) for each in open_local(["microsoft/cats_vs_dogs", photos])] == [4]
    (tmp_path / "notes.txt").write_text("no zip")
    with pytest.raises(DatasetError, match=r"^No photographs at '.*nowhere': expected a folder or a zip file"):
        open_local([tmp_path / "notes.txt", tmp_path / "nowhere"])


def test_one_source_is_a_list_of_one(tmp_path: Path) -> None:
    assert as_list("photos") == ["photos"]
    assert as_list(tmp_path) == [tmp_path]
    assert as_list(("a", "b")) == ["a", "b"]


def test_damaged_zip_is_an_error(tmp_path: Path) -> None:
    path = Path(shutil.make_archive(str(tmp_path / "zip"), "zip", write_kaggle(tmp_path / "photos", 2)))
    path.write_bytes(path.read_bytes().replace(b"PK\1\2", b"PK\1\7"))
    with pytest.raises(DatasetError, match=r"^Cannot read '.*zip\.zip': "):
        open_photos([path])


@pytest.mark.parametrize("kind", ["tar", "gztar"])
def test_tar_file_has_the_photographs_of_its_folder(kind: str, tmp_path: Path) -> None:
    folder = write_kaggle(tmp_path / "photos", 3)
    (photos,) = open_photos([Path(shutil.make_archive(str(tmp_path / "all"), kind, tmp_path, "photos"))])
    expected = {(path.name, path.name[:3], path.read_bytes()) for path in folder.iterdir()}
    for _ in range(2):
        assert {(Path(photo.name).name, photo.class_name, photo.read()) for photo in photos} == expected
    assert len(photos) == 6


def test_several_sources_come_one_after_the_other(tmp_path: Path) -> None:
    folder, zipped = write_kaggle(tmp_path / "a", 2), shutil.make_archive(str(tmp_path / "b"), "zip", tmp_path / "a")
    table = write_parquet(tmp_path / "train.parquet", write_class(tmp_path / "dogs", 3), [1, 1, 0])
    assert [len(photos) for photos in open_photos([folder, zipped, str(table)])] == [4, 4, 3]


def test_of_several_one_called_test_is_that_split_but_alone_it_is_dealt(tmp_path: Path) -> None:
    train, test, other = (write_kaggle(tmp_path / name, 2) for name in ("train", "Test", "test photos"))
    assert splits(train, test, other) == [{None}, {"test"}, {None}]
    assert splits(test) == [{None}]


def test_folder_of_parquet_files_has_the_splits_of_their_names(tmp_path: Path) -> None:
    paths = write_class(tmp_path / "photos", 2)
    for name in ("data/train-00000-of-00002", "data/train-00001-of-00002", "data/test-00000-of-00001", "val/0000"):
        write_parquet(tmp_path / "tables" / f"{name}.parquet", paths, [0, 1])
    assert splits(tmp_path / "tables") == [{"test"}, {None}, {None}, {"validation"}]
