"""Photographs in folders and zip files: which files count, and what their places say of them."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.folders import Photo, find_photos, split_of
from cnnviz.picture.image import MAX_MEGABYTES


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def zipped(folder: Path, file: Path) -> zipfile.Path:
    return zipfile.Path(shutil.make_archive(str(file), "zip", folder))


def described(photos: list[Photo]) -> list[tuple[str, str | None, str | None]]:
    """Give the name of each file, its class and its split; each file holds its path."""
    return [(photo.read().decode(), photo.class_name, photo.split) for photo in photos]


FORMS = {
    "Kaggle's": [("cat.0.jpg", "cat", None), ("dog.12.JPEG", "dog", None)],
    "Kaggle's in train": [("train/cat.0.jpg", "cat", None), ("train/dog.0.jpg", "dog", None)],
    "per class": [("Cats/a.png", "cat", None), ("dogs/b", "dog", None)],
    "other classes": [("Ant/1.jpg", "Ant", None), ("zebra/1.jpg", "zebra", None)],
    "wrapped": [("PetImages/Cat/0.jpg", "cat", None), ("PetImages/Dog/0.jpg", "dog", None)],
    "split": [
        ("train/cats/0.jpg", "cat", None),
        ("validation/dogs/0.jpg", "dog", "validation"),
        ("test/dogs/0.jpg", "dog", "test"),
    ],
    "split, wrapped": [("photos/Train/cats/0.jpg", "cat", None), ("photos/val/cats/0.jpg", "cat", "validation")],
    "split, Kaggle's": [("train/cat.0.jpg", "cat", None), ("test/dog.0.jpg", "dog", "test")],
}


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_class_and_split(form: str, as_zip: bool, tmp_path: Path) -> None:
    folder = touch(tmp_path / "photos", *(name for name, _, _ in FORMS[form]))
    photos = find_photos(zipped(folder, tmp_path / "zip") if as_zip else folder)
    assert sorted(described(photos)) == sorted(FORMS[form])
    assert all(photo.name.endswith(photo.read().decode()) for photo in photos)


def test_split_that_is_known_holds_for_all(tmp_path: Path) -> None:
    folder = touch(tmp_path, "cats/0.jpg", "dogs/0.jpg")
    assert {photo.split for photo in find_photos(folder, "test")} == {"test"}


def test_what_is_no_photograph_by_its_place_does_not_count(tmp_path: Path) -> None:
    touch(tmp_path, "cat.0.jpg", "readme.txt", ".cat.1.jpg", "cat.1.jpg.part", "cat.jpg")
    touch(tmp_path, "dogs/0.jpg", "dogs/.DS_Store", "dogs/Thumbs.db", "dogs/more/1.jpg", "__MACOSX/0.jpg")
    (tmp_path / "cat.2.jpg").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "cat.3.jpg")
    assert [name for name, _, _ in described(find_photos(tmp_path))] == ["cat.0.jpg", "dogs/0.jpg"]


def test_film_among_the_photographs_is_not_read_to_its_end(tmp_path: Path) -> None:
    touch(tmp_path, "cats/film.mp4", "dogs/0.jpg")
    os.truncate(tmp_path / "cats" / "film.mp4", 10**12)
    assert len(find_photos(tmp_path)[0].read()) == MAX_MEGABYTES * 10**6 + 1


def test_file_that_has_gone_meanwhile_is_an_error(tmp_path: Path) -> None:
    (photo,) = find_photos(touch(tmp_path, "cat.0.jpg"))
    (tmp_path / "cat.0.jpg").unlink()
    with pytest.raises(DatasetError, match=r"changed while they were read: '.*cat\.0\.jpg' is gone\. Start again"):
        photo.read()


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train-00000-of-00002.parquet", None),
        ("test-00000-of-00001.parquet", "test"),
        ("default/validation/0000.parquet", "validation"),
        ("test-data/train-00000.parquet", None),
        ("latest.parquet", None),
    ],
)
def test_names_of_files_tell_the_split_as_on_the_hub(path: str, split: str | None) -> None:
    assert split_of(path) == split
