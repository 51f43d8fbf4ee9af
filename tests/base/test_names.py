"""What can be the name of anything: text of one line and of a moderate length."""

from typing import Any

import pytest

from cnnviz.base.names import MAX_NAME_LENGTH, is_name, join_names


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
