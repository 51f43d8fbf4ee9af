"""The table for those who come from other libraries: each of our lines runs."""

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from server import ROOT

TEXT = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
LIBRARIES = ("keract", "tf-keras-vis", "Captum", "keras-vis", "lucent")
MIN_LINES = {"keract": 4, "tf-keras-vis": 4, "Captum": 4, "keras-vis": 4, "lucent": 3}
CODE = re.compile(r"`([^`]+)`")


def tables() -> dict[str, list[tuple[str, str]]]:
    """Read each library's table: its lines, and ours beside them."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 2 and cells[1] == "cnnviz":
            found[cells[0]] = []
        elif len(cells) == 2 and "`" in line:
            [*found.values()][-1].append((cells[0], cells[1]))
    return found


OURS = sorted({CODE.findall(ours)[0] for rows in tables().values() for _, ours in rows})
AFTER_THE_TABLES = CODE.findall(TEXT[TEXT.rindex("|") :])


@pytest.fixture(scope="module")
def names(picture: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the first block defines, where there is a photo."""
    folder = tmp_path_factory.mktemp("photos")
    picture.save(folder / "photo.jpg")
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    defined: dict[str, Any] = {"pickle": pickle, "folder": folder}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(compile(block, "coming-from.md", "exec"), defined)
    return defined


def test_each_library_has_its_table() -> None:
    assert {name: len(rows) for name, rows in tables().items() if len(rows) < MIN_LINES[name]} == {}
    assert tuple(tables()) == LIBRARIES
    assert "(docs/coming-from.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", [*OURS, *AFTER_THE_TABLES])
def test_line_of_ours_runs(line: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = names["folder"]
    monkeypatch.chdir(folder)
    value = eval(compile(line, "coming-from.md", "eval"), names)
    assert value is not None or (line == 'result.save("out")' and (folder / "out" / "result.json").is_file())
