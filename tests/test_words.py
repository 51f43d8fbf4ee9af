"""Docstrings say in the usual order of words what a function does and what a constant is."""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COVERED = (
    *("cnnviz/base", "cnnviz/picture", "cnnviz/network", "cnnviz/drawing", "cnnviz/why", "cnnviz/result"),
    *(
        "cnnviz/model_folder",
        "cnnviz/atlas",
        "cnnviz/hub",
        "cnnviz/explorer",
        "cnnviz/data",
        "cnnviz/serving",
        "cnnviz/ui",
        "cnnviz/command",
    ),
    *("benchmarks", "scripts"),
)
"""Folders whose docstrings are checked."""

GIVE = re.compile(r"Gives?\b")
RELATIVE = re.compile(
    r"[a-z]|(That|Of|Between|Beyond|To be|So many|So much|At least|At most|By how much)\b"
    r"|(After|At|By|For|From|In|On|Under|Up to|With) which\b"
)
"""The start of a docstring that only makes sense together with the name before it."""


def begins_with_give(source: str) -> Iterator[str]:
    """Yield the first line of each docstring of a function, method or class that begins with "Give"."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = ast.get_docstring(node) or ""
            if GIVE.match(text):
                yield f"{node.name}: {text.splitlines()[0]}"


def does_not_stand_alone(source: str) -> Iterator[str]:
    """Yield each docstring below an assignment that begins with a relative word or a small letter."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for assignment, below in itertools.pairwise(body) if isinstance(body, list) else ():
            if isinstance(assignment, ast.Assign | ast.AnnAssign) and isinstance(below, ast.Expr):
                text = below.value.value if isinstance(below.value, ast.Constant) else ""
                if isinstance(text, str) and RELATIVE.match(text):
                    yield f"{ast.unparse(assignment).splitlines()[0]}: {text}"


def sources(folder: str) -> list[str]:
    found = [file.read_text(encoding="utf-8") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


@pytest.mark.parametrize("folder", COVERED)
def test_no_docstring_begins_with_give(folder: str) -> None:
    assert [line for source in sources(folder) for line in begins_with_give(source)] == []


@pytest.mark.parametrize("folder", COVERED)
def test_docstring_of_a_constant_stands_alone(folder: str) -> None:
    assert [line for source in sources(folder) for line in does_not_stand_alone(source)] == []


def test_docstring_that_begins_with_give_is_found() -> None:
    source = 'class Lamp:\n    def on(self):\n        """Give light.\n\n        Now.\n        """\n'
    assert list(begins_with_give(source)) == ["on: Give light."]
    assert list(begins_with_give('def tell():\n    """Given a lamp, tell its light."""\n')) == []


@pytest.mark.parametrize(
    "text",
    [
        "That the Hub may be silent.",
        "Of all layers together.",
        "Between two looks.",
        "Beyond it, uploads end.",
        "To be raised.",
        "In which a task is timed.",
        "Up to which share it counts.",
        "at least 1",
    ],
)
def test_docstring_that_needs_the_name_before_it_is_found(text: str) -> None:
    assert list(does_not_stand_alone(f'LIMIT = 5\n"""{text}"""')) == [f"LIMIT = 5: {text}"]
    assert list(does_not_stand_alone(f'LIMIT: int = 5\n"""{text}"""')) == [f"LIMIT: int = 5: {text}"]


@pytest.mark.parametrize("text", ["Timeout of one request.", "How often a page asks.", "`name` of a file."])
def test_docstring_that_stands_alone_is_not_found(text: str) -> None:
    assert list(does_not_stand_alone(f'LIMIT = 5\n"""{text}"""\n')) == []


def test_docstring_of_a_function_is_no_docstring_of_a_constant() -> None:
    assert list(does_not_stand_alone('LIMIT = 5\n\ndef turn():\n    """of a lamp"""\n')) == []
