"""What is in a tree, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.archives import read_zip
from cnnviz.data.layout import understand
from cnnviz.data.seen import name_strays
from cnnviz.data.tree import read_tree


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_many_strays_of_one_kind_are_one_line(tmp_path: Path) -> None:
    names = ["cat/0.jpg", "dog/0.jpg", "dog/notes.txt", *(f"cat/{number}.xml" for number in range(5))]
    assert name_strays(read_tree(touch(tmp_path, *names), read_zip)) == {
        f"{tmp_path}/cat/*.xml": "5 files that are no pictures by their names, such as 0.xml, 1.xml, 2.xml.",
        f"{tmp_path}/dog/notes.txt": "No picture by its name.",
    }


@pytest.mark.parametrize(
    ("names", "seen"),
    [
        ([], r"Seen: 0 folder\(s\); 0 picture\(s\); 0 other file\(s\)\. Pass the folder, or"),
        (
            ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "notes/n.txt"],
            r"Seen: 1 folder\(s\) \(notes\); 4 picture\(s\) \(a\.jpg, b\.jpg, c\.jpg, \.\.\.\); 1 other file\(s\) "
            r"\(n\.txt\)\. Put the pictures of each class into a folder of its own",
        ),
        (["IMG_1.jpg", "IMG_2.jpg", "DSC_1.jpg", "DSC_2.jpg"], "Put the pictures of each class"),
        (["images/train/1.jpg", "images/val/2.jpg"], "Put the pictures of each class"),
        (["train/0a.jpg", "test/1b.jpg", "labels.csv"], r"Labels in tables are not read: put the pictures"),
        (["cat_1.jpg", "cat_2.jpg"], "Put the pictures of each class"),
        (["x_1.jpg", "y_1.jpg", "y_2.jpg"], "Put the pictures of each class"),
        (
            ["images.tar.gz"],
            r"1 other file\(s\) \(images\.tar\.gz\)\. Unpack the archive with the photographs, or pass",
        ),
    ],
)
def test_what_is_not_understood_is_answered_with_what_was_seen_and_what_to_pass(
    names: list[str], seen: str, tmp_path: Path
) -> None:
    with pytest.raises(
        DatasetError, match=rf"^No photographs in '{tmp_path}': expected cat\.0\.jpg, .* per class\. .*{seen}"
    ):
        understand(read_tree(touch(tmp_path, *names), read_zip))
