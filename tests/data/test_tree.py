"""Folders on a disk as trees: bounded, without circles, and read no further than a picture may go."""

import os
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data import tree
from cnnviz.data.archives import read_zip
from cnnviz.data.tree import MAX_DEPTH, Folder, read_tree
from cnnviz.picture.image import MAX_MEGABYTES


def write(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(path: Path) -> Folder:
    return read_tree(path, read_zip)


def test_a_tree_has_paths_as_people_write_them_and_counts_its_pictures(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "a/b/2.png", "a/b/notes.txt", "3"):
        write(tmp_path / name)
    top = read(tmp_path)
    assert [folder.path for folder in top.walk()] == [str(tmp_path), f"{tmp_path}/a", f"{tmp_path}/a/b"]
    assert (top.num_pictures, top.folders["a"].num_pictures) == (2, 2)
    top.count_bare()
    assert (top.num_pictures, top.pictures) == (3, ["3"])
    assert [folder.name for folder in top.with_pictures] == ["a"]


def test_film_among_the_photographs_is_not_read_to_its_end(tmp_path: Path) -> None:
    os.truncate(write(tmp_path / "film.jpg"), 10**12)
    assert len(read(tmp_path).files["film.jpg"]()) == MAX_MEGABYTES * 10**6 + 1


def test_file_that_has_gone_meanwhile_is_an_error(tmp_path: Path) -> None:
    top = read(write(tmp_path / "cat.0.jpg").parent)
    (tmp_path / "cat.0.jpg").unlink()
    with pytest.raises(DatasetError, match=r"changed while they were read: '.*cat\.0\.jpg' is gone\. Start again"):
        top.files["cat.0.jpg"]()


def test_a_link_to_a_folder_around_it_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "cats" / "1.jpg")
    (tmp_path / "cats" / "up").symlink_to(tmp_path)
    assert read(tmp_path).num_pictures == 1


def test_a_tree_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / Path(*["deep"] * (MAX_DEPTH + 1)) / "1.jpg")
    with pytest.raises(DatasetError, match=rf"is more than {MAX_DEPTH} folders deep\. Pass the folder"):
        read(tmp_path)
    monkeypatch.setattr(tree, "MAX_FILES", 2)
    for number in range(3):
        write(tmp_path / "flat" / f"{number}.jpg")
    with pytest.raises(DatasetError, match=r"has more than 2 files\. Pass the folder in which"):
        read(tmp_path / "flat")
