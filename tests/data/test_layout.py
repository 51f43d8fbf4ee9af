"""Layouts of photographs as people have them: which files count, and what their places say of them."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.base.errors import DatasetError
from cnnviz.data.archives import read_zip
from cnnviz.data.layout import Layout, understand
from cnnviz.data.photos import Photo
from cnnviz.data.tree import Folder, read_tree

SPLIT_FOLDERS = {"train": None, "validation": "validation", "test": "test"}


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def zipped(folder: Path, file: Path) -> Path:
    return Path(shutil.make_archive(str(file), "zip", folder))


def look(folder: Path, split: str | None = None) -> Layout:
    return understand(read_tree(folder, read_zip), split)


def described(photos: Iterable[Photo]) -> list[tuple[str, str | None, str | None]]:
    """Give the name of each file, its class and its split; each file holds its path."""
    return [(photo.read().decode(), photo.class_name, photo.split) for photo in photos]


def sizes(layout: Layout) -> Counter[tuple[str | None, str | None]]:
    """The number of photographs of each class and split."""
    return Counter((photo.class_name, photo.split) for photo in layout.photos)


def of_each(
    *classes: str, splits: Iterable[str | None] = (None,), number: int = 2
) -> dict[tuple[str, str | None], int]:
    return {(name, split): number for name in classes for split in splits}


def left_out(layout: Layout, folder: Path) -> dict[str, str]:
    return {name.removeprefix(f"{folder}/"): reason for name, reason in layout.left_out.items()}


FORMS = {
    "Kaggle's": [("cat.0.jpg", "cat", None), ("dog.12.JPEG", "dog", None)],
    "Kaggle's, drawn": [("cat.0.png", "cat", None), ("dog.0.png", "dog", None)],
    "Kaggle's in train": [("train/cat.0.jpg", "cat", None), ("train/dog.0.jpg", "dog", None)],
    "per class": [("Cats/a.png", "cat", None), ("dogs/b.webp", "dog", None)],
    "without endings": [("Cats/a", "cat", None), ("dogs/b", "dog", None)],
    "other classes": [("Ant/1.jpg", "Ant", None), ("zebra/1.jpg", "zebra", None)],
    "capitals": [("CATS/IMG_1.JPG", "cat", None), ("DOGS/IMG_1.JPG", "dog", None)],
    "wrapped": [("PetImages/Cat/0.jpg", "cat", None), ("PetImages/Dog/0.jpg", "dog", None)],
    "split": [
        ("train/cats/0.jpg", "cat", None),
        ("validation/dogs/0.jpg", "dog", "validation"),
        ("train/dogs/0.jpg", "dog", None),
        ("test/dogs/0.jpg", "dog", "test"),
    ],
    "split, wrapped": [("photos/Train/cats/0.jpg", "cat", None), ("photos/val/cats/0.jpg", "cat", "validation")],
    "split, wrapped twice": [
        ("training_set/training_set/cats/0.jpg", "cat", None),
        ("test_set/test_set/cats/0.jpg", "cat", "test"),
    ],
    "split, by other words": [("seg_train/seg_train/ice/0.jpg", "ice", None), ("seg_test/ice/0.jpg", "ice", "test")],
    "split, Kaggle's": [
        ("train/cat.0.jpg", "cat", None),
        ("train/dog.0.jpg", "dog", None),
        ("test/dog.0.jpg", "dog", "test"),
    ],
    "split, beside the classes": [
        ("cat/0.jpg", "cat", None),
        ("dog/0.jpg", "dog", None),
        ("test/cat/1.jpg", "cat", "test"),
    ],
    "split, in each class": [
        ("cat/train/0.jpg", "cat", None),
        ("cat/val/0.jpg", "cat", "validation"),
        ("dog/train/0.jpg", "dog", None),
    ],
    "without a training folder": [("val/cat/0.jpg", "cat", "validation"), ("test/cat/0.jpg", "cat", "test")],
    "a class that is called like a split": [("bus/0.jpg", "bus", None), ("train/0.jpg", "train", None)],
    "a class alone": [("cats/IMG_1.jpg", "cat", None)],
    "three classes": [
        (f"{split}/{name}/x1.jpg", name, given) for split, given in SPLIT_FOLDERS.items() for name in "abc"
    ],
}


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_class_and_split(form: str, as_zip: bool, tmp_path: Path) -> None:
    folder = touch(tmp_path / "photos", *(name for name, _, _ in FORMS[form]))
    layout = understand(read_zip(zipped(folder, tmp_path / "zip"))) if as_zip else look(folder)
    assert sorted(described(layout)) == sorted(FORMS[form])
    assert all(photo.name.endswith(photo.read().decode()) for photo in layout)
    assert (layout.left_out, layout.notes) == ({}, [])


def test_split_that_is_known_holds_for_all(tmp_path: Path) -> None:
    folder = touch(tmp_path, "cats/0.jpg", "dogs/0.jpg")
    assert {photo.split for photo in look(folder, "test")} == {"test"}


def test_photographs_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = [f"cat.{number}.jpg" for number in (10, 9, 100, 1)]
    assert [name for name, _, _ in described(look(touch(tmp_path, *names)))] == sorted(names)


def test_what_is_no_photograph_by_its_place_or_name_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "cat.0.jpg", "readme.txt", ".cat.1.jpg", "cat.1.jpg.part", "cat.jpg", "LICENSE")
    touch(
        tmp_path, "dogs/0.jpg", "dogs/.DS_Store", "dogs/Thumbs.db", "dogs/_DS_Store", "__MACOSX/0.jpg", "dogs/._0.jpg"
    )
    touch(tmp_path, ".ipynb_checkpoints/cat.7.jpg", "dogs/ehthumbs.db", "dogs/Icon\r")
    (tmp_path / "cat.2.jpg").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "cat.3.jpg")
    layout = look(tmp_path)
    assert [name for name, _, _ in described(layout)] == ["dogs/0.jpg", "cat.0.jpg"]
    strays = dict.fromkeys(("readme.txt", "cat.1.jpg.part", "LICENSE"), "No picture by its name.")
    assert left_out(layout, tmp_path) == {"cat.jpg": "1 picture without a class.", **strays}
    assert layout.notes == [f"Left out: 1 picture without a class in '{tmp_path}': cat.jpg."]


def test_a_stray_beside_the_splits_changes_nothing(tmp_path: Path) -> None:
    names = [
        f"pets/{split}/{name}s/{name}.{n}.jpg"
        for split in ("train", "validation")
        for name in ("cat", "dog")
        for n in "01"
    ]
    layout = look(touch(tmp_path, *names, "pets/vectorize.py"))
    assert sizes(layout) == of_each("cat", "dog", splits=(None, "validation"))
    assert left_out(layout, tmp_path) == {"pets/vectorize.py": "No picture by its name."}
    assert layout.notes == []


def test_pictures_without_a_class_beside_the_splits_are_named(tmp_path: Path) -> None:
    names = [
        f"{split}/{name}/{n}.jpg" for split in ("training_set", "test_set") for name in ("cats", "dogs") for n in "01"
    ]
    layout = look(touch(tmp_path, *names, "single_prediction/cat_or_dog_1.jpg", "single_prediction/cat_or_dog_2.jpg"))
    assert sizes(layout) == of_each("cat", "dog", splits=(None, "test"))
    assert left_out(layout, tmp_path) == {"single_prediction": "2 pictures without a class."}
    assert layout.notes == [f"Left out: '{tmp_path}/single_prediction': 2 pictures without a class."]


@pytest.mark.parametrize(
    "names", [["1.jpg", "2.jpg"], ["a/1.jpg"], ["ape_1.jpg", "ape_2.jpg", "bat_1.jpg", "bat_2.jpg"]]
)
@pytest.mark.parametrize("train", ["train/", ""])
def test_an_unlabelled_test_folder_is_left_out_and_that_is_said(train: str, names: list[str], tmp_path: Path) -> None:
    touch(tmp_path, *(f"{train}{name}/{number}.jpg" for name in ("cats", "dogs") for number in range(2)))
    layout = look(touch(tmp_path, *(f"test/{name}" for name in names)))
    assert sizes(layout) == of_each("cat", "dog")
    reason = f"{len(names)} picture{'s' if len(names) > 1 else ''} without a class."
    assert left_out(layout, tmp_path) == {"test": reason}
    assert layout.notes == [f"Left out: '{tmp_path}/test': {reason}"]


def test_annotations_are_no_class_with_or_without_endings(tmp_path: Path) -> None:
    names = [f"Images/{name}/{number}.jpg" for name in ("beagle", "pug") for number in range(2)]
    touch(tmp_path, *names, "Annotation/beagle/0", "Annotation/beagle/1", "annotations/trimaps/beagle_1.png")
    layout = look(tmp_path)
    assert sizes(layout) == of_each("beagle", "pug")
    assert left_out(layout, tmp_path)["annotations"] == "1 picture in a folder of annotations."
    assert left_out(layout, tmp_path)["Annotation"] == "It holds no picture."


def test_what_lies_beside_the_splits_in_class_folders_is_left_out(tmp_path: Path) -> None:
    names = [f"{around}{split}/{name}/0.jpg" for around in ("", "xray/") for split in ("train", "val") for name in "ab"]
    layout = look(touch(tmp_path, *names))
    assert sizes(layout) == of_each("a", "b", splits=(None, "validation"), number=1)
    assert left_out(layout, tmp_path) == {"xray": "4 pictures in a folder named after no split."}


def test_a_folder_without_pictures_beside_the_classes_is_named(tmp_path: Path) -> None:
    layout = look(touch(tmp_path, "cats/0.jpg", "dogs/0.jpg", "notebooks/train.ipynb", "README.md"))
    assert sizes(layout) == of_each("cat", "dog", number=1)
    stray = "No picture by its name."
    expected = {"notebooks": "It holds no picture.", "README.md": stray, "notebooks/train.ipynb": stray}
    assert left_out(layout, tmp_path) == expected
    assert layout.notes == [f"Without pictures in '{tmp_path}': notebooks."]


def test_zip_files_in_a_zip_file_or_a_folder_are_like_folders(tmp_path: Path) -> None:
    train = zipped(touch(tmp_path / "1", "train/cat.0.jpg", "train/dog.0.jpg"), tmp_path / "parts" / "train")
    zipped(touch(tmp_path / "2", "test1/1.jpg", "test1/2.jpg"), tmp_path / "parts" / "test1")
    touch(tmp_path / "parts", "sampleSubmission.csv")
    outer = zipped(tmp_path / "parts", tmp_path / "outer")
    for path, layout in ((tmp_path / "parts", look(tmp_path / "parts")), (outer, understand(read_zip(outer)))):
        assert described(layout) == [("train/cat.0.jpg", "cat", None), ("train/dog.0.jpg", "dog", None)]
        expected = {"test1.zip": "2 pictures without a class.", "sampleSubmission.csv": "No picture by its name."}
        assert left_out(layout, path) == expected
        assert layout.photos[0].name == f"{path}/{train.name}/train/cat.0.jpg"


@pytest.mark.parametrize("names", ["cat ({}).jpg", "cat-{}.png", "cat_{:03}.jpg", "cat{}.jpg"])
def test_numbered_files_are_of_the_classes_before_their_numbers_and_that_is_said(names: str, tmp_path: Path) -> None:
    files = [
        names.format(number).replace("cat", name)
        for name in ("Abyssinian", "great_pyrenees")
        for number in "12"
        if number
    ]
    layout = look(touch(tmp_path, *(f"images/{name}" for name in files), "images/cover.jpg"))
    assert sizes(layout) == of_each("Abyssinian", "great_pyrenees")
    assert left_out(layout, tmp_path) == {"images/cover.jpg": "1 picture without a class."}
    assert layout.notes[0] == (
        f"The classes are what stands before the numbers of the files in '{tmp_path}/images': "
        "Abyssinian, great_pyrenees."
    )


def test_folders_within_class_folders_are_not_told_apart_and_that_is_said(tmp_path: Path) -> None:
    names = ("cats/persian/0.jpg", "cats/siamese/0.jpg", "dogs/beagle/0.jpg", "dogs/1.jpg")
    layout = look(touch(tmp_path, *names))
    assert sizes(layout) == of_each("cat", "dog")
    assert layout.notes == [
        f"The classes are the folders in '{tmp_path}': cats, dogs. The folders in cats, dogs are not told apart; "
        f"if they are the classes, pass instead: {tmp_path}/cats {tmp_path}/dogs."
    ]


def test_a_folder_that_repeats_those_beside_it_is_left_out(tmp_path: Path) -> None:
    names = ("daisy", "rose", "tulip")
    layout = look(touch(tmp_path, *(f"{around}{name}/0.jpg" for around in ("", "flowers/") for name in names)))
    assert sizes(layout) == of_each(*names, number=1)
    assert left_out(layout, tmp_path) == {"flowers": "3 pictures that repeat the folders beside it."}


def test_linked_folders_and_names_of_all_languages_count(tmp_path: Path) -> None:
    touch(tmp_path / "real", "cats/été 0 猫.jpg", "dogs/été 0 犬.jpg")
    (tmp_path / "linked").mkdir()
    for name in ("cats", "dogs"):
        (tmp_path / "linked" / name).symlink_to(tmp_path / "real" / name)
    assert sizes(look(tmp_path / "linked")) == of_each("cat", "dog", number=1)


@pytest.mark.parametrize("names", [("Cat", "cats", "Dog"), ("Rose", "rose", "tulip")])
def test_two_spellings_of_one_class_side_by_side_are_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/0.jpg" for name in names))
    with pytest.raises(DatasetError, match=rf"^Two spellings of one class in '.*': {names[0]} and {names[1]}\. Which"):
        look(tmp_path)


def test_more_zip_files_than_anybody_has_are_not_opened(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number}.zip" for number in range(51)))
    with pytest.raises(DatasetError, match="has 51 zip files in it, and no picture"):
        look(tmp_path)


WORDS = ("train", "test", "val", "cats", "dogs", "images", "ant", "bee", "test1", "seg_train", "annotations")
FILES = ("cat.0.jpg", "dog.0.jpg", "1.jpg", "ant_1.jpg", "ant_2.jpg", "bee_1.jpg", "bee_2.jpg", "bare", "notes.txt")
PATHS = st.tuples(st.lists(st.sampled_from(WORDS), max_size=3), st.sampled_from(FILES)).map(
    lambda each: (*each[0], each[1])
)


def planted(paths: Iterable[tuple[str, ...]]) -> Folder:
    top = Folder("top")
    for *folders, name in paths:
        folder = top
        for part in folders:
            folder = folder.within(part)
        folder.files[name] = bytes
    return top


@given(st.sets(PATHS, min_size=1, max_size=14))
@settings(max_examples=100)
def test_every_picture_is_used_once_or_named_as_left_out(paths: set[tuple[str, ...]]) -> None:
    try:
        layout = understand(planted(paths))
    except DatasetError as error:
        assert re.match("No photographs in 'top'|Two spellings", str(error))
        return
    used = [photo.name for photo in layout.photos]
    assert len(used) == len(set(used))
    bare = all(path[-1] in ("bare", "notes.txt") for path in paths)
    pictures = {
        "/".join(("top", *path)) for path in paths if path[-1].endswith(".jpg") or (bare and path[-1] == "bare")
    }
    assert set(used) <= pictures
    for name in pictures - set(used):
        parents = {str(parent) for parent in PurePosixPath(name).parents}
        assert (parents | {name, f"{PurePosixPath(name).parent}/*.jpg"}) & layout.left_out.keys(), name
    assert not set(used) & layout.left_out.keys()
    assert not {str(parent) for name in used for parent in PurePosixPath(name).parents} & layout.left_out.keys()
