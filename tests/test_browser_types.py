"""What the server gives is declared for the page's scripts and templates, and a renamed field is found in them."""

import re
import shutil
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

import pytest

from scripts.browser_types import FILE, VIEWS, Declarations, declare, shape_of
from scripts.check_javascript import UI, check

Edge = TypedDict("Edge", {"class": str, "places": tuple[int, float], "names": tuple[str, ...]})


class Inner(TypedDict):
    """What is fixed, and what may be missing."""

    kind: Literal["wide", "tall", 3]
    share: NotRequired[float | None]


class Outer(Inner):
    """More than the other, and others in it."""

    edges: list[Edge]
    by_name: dict[str, list[bool | str]]
    inner: Inner | None


INTERFACES = """
export interface Edge {
  class: string;
  places: [number, number];
  names: string[];
}

export interface Inner {
  kind: "wide" | "tall" | 3;
  share?: number | null;
}

export interface Outer {
  kind: "wide" | "tall" | 3;
  share?: number | null;
  edges: Edge[];
  by_name: Record<string, (boolean | string)[]>;
  inner: Inner | null;
}
"""


def test_typed_dictionaries_become_interfaces_with_those_in_them() -> None:
    found = Declarations()
    assert found.write(list[Outer]) == "Outer[]"
    assert str(found) == INTERFACES


def test_two_typed_dictionaries_of_one_name_are_refused() -> None:
    found = Declarations()
    found.write(Inner)
    with pytest.raises(TypeError, match="one name"):
        found.write(TypedDict("Inner", {"kind": str}))


@pytest.mark.parametrize("hint", [Path, dict[int, str], set[str]], ids=str)
def test_what_is_no_plain_json_value_is_refused(hint: object) -> None:
    with pytest.raises(TypeError, match="No rule"):
        Declarations().write(hint)


def test_words_have_the_shape_that_they_are_written_in() -> None:
    words = {
        "title": "Title",
        "orders": [("a", "first"), ("b", "second")],
        "some": ["{{}} {x}", "y"],
        "in": {"a": "{b} {a}"},
    }
    assert (
        shape_of(words)
        == "{ title: string; orders: [string, string][]; some: (Text<'x'> | string)[]; in: { a: Text<'a' | 'b'> } }"
    )


def test_the_file_is_what_would_be_written_now() -> None:
    assert FILE.read_text(encoding="utf-8") == declare(VIEWS), "run `python scripts/browser_types.py`"


def test_every_template_and_script_reads_what_there_is() -> None:
    assert check() == ""


RENAMED = {
    "can_switch: boolean": "channels/channel_explorer.js",  # a value
    "limits: number[]": "shared/sheet.js",  # an answer
    "ranking: RankingAnswer & Reply": "channels/channels.js",  # the prop of an answer
    "gone?: true": "comparison/comparison.js",  # what may come instead of an answer
    "readsLayer: boolean": "why/why.html",  # a setting
    "no_layers: string": "why/methods.js",  # a word
    "place: Text<'column' | 'row'>": "comparison/pairs.js",  # one with values to fill in
    "file_name: string": "layers/layers.html",
    "recognisable: string": "strip/strip.html",
    "activation_name: string": "channels/facts.js",
    "reached: string": "network/atlas.html",
}
"""Fields, and a file that reads each."""


def test_renamed_fields_are_found_where_scripts_and_templates_read_them(tmp_path: Path) -> None:
    page = tmp_path / "ui"
    shutil.copytree(UI, page, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    declared = page / FILE.relative_to(UI)
    text = declared.read_text(encoding="utf-8")
    for field in RENAMED:
        assert f"  {field};" in text
        text = text.replace(f"  {field};", f"  other_{field};")
    declared.write_text(text, encoding="utf-8")
    found = check(page)
    for field, file in RENAMED.items():
        name = re.match(r"\w+", field)[0]
        lines = [number for number, line in enumerate((page / file).read_text().splitlines(), 1) if name in line]
        places = "|".join(map(str, lines))
        assert re.search(rf"^{re.escape(str(page / file))}\(({places}),\d+\): error .*\b{name}\b", found, re.M), field
