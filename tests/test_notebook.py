"""The notebook goes through the whole library, and runs."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import cnnviz

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOK = DOCS / "tour.ipynb"


@pytest.fixture(scope="module")
def stored() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def kinds(cell: nbformat.NotebookNode) -> list[str]:
    """Tell of what kind a cell's outputs are: text, pictures, errors.

    Lossy copies of pictures are not stored, and what is printed may come in one piece or in several.
    """
    outputs = [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]
    data = [set(output.get("data", [output.output_type])) - {"image/jpeg"} for output in outputs]
    return [kind for kind, _ in itertools.groupby(" ".join(sorted(each)) for each in data)]


@pytest.mark.slow
def test_notebook_runs_and_shows_what_is_stored_in_it(stored: nbformat.NotebookNode) -> None:
    fresh = nbformat.from_dict(stored)
    where = {"metadata": {"path": str(DOCS.parent)}}
    NotebookClient(fresh, timeout=300, kernel_name="python3", resources=where).execute()
    for before, after in zip(stored.cells, fresh.cells, strict=True):
        assert kinds(before) == kinds(after), before.source


def test_notebook_goes_through_the_whole_library(stored: nbformat.NotebookNode) -> None:
    code = "\n".join(cell.source for cell in stored.cells if cell.cell_type == "code")
    methods = [
        name
        for kind in (cnnviz.Explorer, cnnviz.Result)
        for name in vars(kind)
        if not name.startswith("_") and callable(getattr(kind, name))
    ]
    for name in methods:
        assert re.search(rf"\.{name}\(", code), name


def test_notebook_keeps_nothing_of_the_machine_that_ran_it(stored: nbformat.NotebookNode) -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert "/root" not in text
    assert "/home/" not in text
    assert "/work" not in text
    assert NOTEBOOK.stat().st_size < 2_000_000
    assert [cell.execution_count for cell in stored.cells if cell.cell_type == "code"] == list(
        range(1, 1 + sum(cell.cell_type == "code" for cell in stored.cells))
    )
