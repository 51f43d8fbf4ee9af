"""Files that were skipped: listed, counted by reason, and refused if they are many."""

from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.skipped import describe_skipped, write_skipped


def test_skipped_files_are_listed_with_their_reasons(tmp_path: Path) -> None:
    for skipped in ({"a/é.jpg": "The picture is empty.", "b.jpg": "No\nsense."}, {}):
        write_skipped(tmp_path / "skipped.txt", skipped)
        lines = (tmp_path / "skipped.txt").read_text(encoding="utf-8").splitlines()
        assert lines == ["a/é.jpg: The picture is empty.", "b.jpg: No sense."][: len(skipped)]
    assert [path.name for path in tmp_path.iterdir()] == ["skipped.txt"]


def test_a_list_that_cannot_be_written_is_one_sentence_and_odd_names_are_no_trouble(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Cannot write '.*nowhere.*'\. Received: .*No such file"):
        write_skipped(tmp_path / "nowhere" / "skipped.txt", {})
    write_skipped(tmp_path / "skipped.txt", {"odd\udcff.jpg": "The picture is empty."})
    assert (tmp_path / "skipped.txt").read_text(encoding="utf-8").startswith("odd\\udcff.jpg: ")


def test_reasons_are_counted_by_kind_the_most_frequent_first_with_an_example() -> None:
    skipped = {"a.jpg": "The picture is empty: expected JPEG. Received: 0 bytes."}
    for number in range(2000):
        name = f"{number}.png"
        skipped[name] = f"The picture has too many pixels: at most 50 megapixels.\nReceived: {number} x 9."
    assert describe_skipped({}) == []
    assert describe_skipped(skipped) == [
        "2,000 such as '0.png': The picture has too many pixels: at most 50 megapixels. Received: 0 x 9.",
        "'a.jpg': The picture is empty: expected JPEG. Received: 0 bytes.",
    ]
    many = {str(number): f"Input/output error {number}" for number in range(9)}
    assert describe_skipped(many)[4:] == ["'4': Input/output error 4", "4 for other reasons."]
