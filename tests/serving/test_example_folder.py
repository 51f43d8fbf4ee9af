"""The folder of pictures to try. What app.py refuses of it is tested in test_app_start.py."""

from pathlib import Path

import pytest

from cnnviz.base.errors import OptionError
from cnnviz.serving.example_folder import find_pictures, load_example, require_examples
from pictures import draw


def test_pictures_are_found_by_their_suffixes_and_sorted(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "d.webp", "c.jpeg"):
        draw().save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in find_pictures(tmp_path)] == ["a.JPG", "b.png", "c.jpeg", "d.webp"]
    assert load_example(tmp_path / "a.JPG").mode == "RGB"
    require_examples(tmp_path)


def test_every_picture_is_opened_before_anything_is_served(tmp_path: Path) -> None:
    draw().save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "z.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OptionError, match=r"^The example 'z\.png' cannot be shown\. Cannot read the picture: the file"):
        require_examples(tmp_path)


def test_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(OptionError, match=r"^No examples: expected a folder with \.jpg, .* Received: '.*'\.$"):
            require_examples(folder)
