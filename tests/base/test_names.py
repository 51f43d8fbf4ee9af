"""What can be the name of anything: text of one line and of a moderate length."""

from pathlib import Path
from typing import Any

import pytest

from cnnviz.base.names import MAX_IN_FILE_NAME, MAX_NAME_LENGTH, file_names, is_name, join_names


@pytest.mark.parametrize("value", ["", "conv2d_1", "grün", "a b", "x" * MAX_NAME_LENGTH])
def test_moderate_text_of_one_line_is_a_name(value: str) -> None:
    assert is_name(value)


@pytest.mark.parametrize("value", ["x" * (MAX_NAME_LENGTH + 1), "a\nb", "a\x1b[31m", None, 5, b"a", ["a"]])
def test_long_text_line_breaks_control_characters_and_anything_else_are_no_names(value: Any) -> None:
    assert not is_name(value)


def test_names_are_joined_to_a_phrase_that_never_grows_long() -> None:
    assert [join_names("abc"[:number], "or") for number in (1, 2, 3)] == ["a", "a or b", "a, b or c"]
    assert join_names("abcdefghij") == "a, b, c, d, e, f, g, h, i and j"
    assert join_names("abcdefghijk") == "a, b, c, d, e, f, g, h, i and 2 others"


def test_names_that_files_can_have_stay_as_they_are() -> None:
    names = ["cat", "Ankle boot", "n01440764", "grün", "猫", "St. Bernard", "C#", "x" * MAX_IN_FILE_NAME, "a_b-2"]
    assert file_names(names) == names


@pytest.mark.parametrize(
    "name", ["..", "../../cat", "/", "C:\\cat", "a\0b", "a\nb", ".cat", "cat ", "x" * 200, "é" * 99]
)
def test_other_names_are_written_so_that_a_file_of_the_folder_can_have_them(name: str, tmp_path: Path) -> None:
    (written,) = file_names([name])
    (tmp_path / written).write_text(name)
    assert [path.name for path in tmp_path.iterdir()] == [written]
    assert not written.startswith(".")
    assert len(written.encode()) <= MAX_IN_FILE_NAME


def test_no_two_names_of_files_are_equal() -> None:
    names = ["a/b", "a_b-2", "a:b", "A?B", "a_b", "x" * 150, "x" * 151]
    written = file_names(names)
    assert written == ["a_b-3", "a_b-2", "a_b-4", "A_B-5", "a_b", "x" * 100, "x" * 100 + "-2"]
