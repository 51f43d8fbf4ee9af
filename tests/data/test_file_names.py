"""Names of files and folders: pictures, classes and splits."""

import pytest

from cnnviz.data.file_names import classes_by_number, is_ignored, is_plain_role, pictures_among, role_of, split_of


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


@pytest.mark.parametrize(
    ("name", "role", "is_plain"),
    [
        *(
            (name, "train", True)
            for name in ("train", "Training", "trainset", "training_set", "train_data", "TRAIN-images")
        ),
        *((name, "test", True) for name in ("test", "test1", "testing", "Test Set", "evaluation")),
        *((name, "validation", True) for name in ("val", "valid", "dev", "validation_set")),
        ("seg_train", "train", False),
        ("cats_test", "test", False),
        ("train_and_test", None, False),
        ("latest", None, False),
        ("images", None, False),
    ],
)
def test_folders_are_named_after_splits_in_many_ways(name: str, role: str | None, is_plain: bool) -> None:
    assert (role_of(name), is_plain_role(name)) == (role, is_plain)


def test_pictures_are_told_by_their_endings_or_by_having_none() -> None:
    names = ["b.JPG", "a.heic", "c.txt", "README", "f3a9"]
    assert pictures_among(names) == ["a.heic", "b.JPG"]
    assert pictures_among(names, bare=True) == ["a.heic", "b.JPG", "f3a9"]


@pytest.mark.parametrize("name", [".hidden", "._0.jpg", "Thumbs.db", "_DS_Store", "__MACOSX", "Icon\r", "desktop.ini"])
def test_what_systems_leave_behind_is_ignored(name: str) -> None:
    assert is_ignored(name)
    assert not is_ignored("cat.0.jpg")


@pytest.mark.parametrize(
    "names",
    [
        ["cat_1.jpg", "cat_2.jpg"],
        ["cat_1.jpg", "cat_2.jpg", "dog_1.jpg"],
        ["IMG_1.jpg", "IMG_2.jpg", "cat_1.jpg", "cat_2.jpg"],
        ["IMG_2019_1.jpg", "IMG_2019_2.jpg", "IMG_2020_1.jpg", "IMG_2020_2.jpg"],
        ["2019-05_1.jpg", "2019-05_2.jpg", "2019-06_1.jpg", "2019-06_2.jpg"],
        ["a1.jpg", "a2.jpg", "b1.jpg", "b2.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg", "g.jpg"],
    ],
)
def test_numbered_files_of_one_class_of_cameras_or_among_many_others_have_no_classes(names: list[str]) -> None:
    assert classes_by_number(names) == {}
