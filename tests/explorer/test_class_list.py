"""The names of classes, as users give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnviz.base.errors import OptionError
from cnnviz.explorer.class_list import read_classes

NAMES = ("cat", "dog", "Käfer")
FILES: dict[str, Any] = {
    "lines.txt": "cat\n dog \r\n\nKäfer\n",
    "labels": "\ufeffcat\ndog\nKäfer",
    "list.json": list(NAMES),
    "by index.json": {"2": "Käfer", "0": "cat", "1": "dog"},
    "by name.json": {"dog": 1, "cat": 0, "Käfer": 2},
    "with identifiers.json": {"0": ["n01", "cat"], "1": ["n02", "dog"], "2": ["n03", "Käfer"]},
}


@pytest.mark.parametrize("name", FILES)
def test_every_usual_file_is_read(name: str, tmp_path: Path) -> None:
    content = FILES[name]
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_classes(tmp_path / name) == read_classes(str(tmp_path / name)) == NAMES


def test_names_and_imagenet() -> None:
    assert read_classes(list(NAMES)) == NAMES
    names = read_classes("imagenet")
    assert len(set(names)) == len(names) == 1000
    assert (names[0], names[281], names[999]) == ("tench", "tabby", "toilet tissue")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gap.json", {"0": "cat", "2": "dog"}),
        ("twice.json", {"cat": 0, "dog": 0}),
        ("number.json", 3),
        ("deep.json", {"cat": {"index": 0}}),
        ("text.json", "{"),
        ("none.txt", None),
    ],
)
def test_what_is_no_list_is_refused_by_its_path(name: str, content: Any, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(OptionError, match=rf"'.*{name}'.*Received: "):
        read_classes(tmp_path / name)


@pytest.mark.parametrize("names", [["cat", ""], ["cat", 5], ["a\nb"], ["x" * 201]])
def test_what_is_no_name_is_refused(names: Any) -> None:
    with pytest.raises(OptionError, match=r"^The name of a class is a line of up to 200 characters\. Received: "):
        read_classes(names)
