"""Where this package is, for other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.base.package import importing_environment
from server import ROOT


@pytest.mark.parametrize("before", [None, "/nowhere"])
def test_another_process_imports_this_very_package(
    before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before:
        monkeypatch.setenv("PYTHONPATH", before)
    environment = importing_environment()
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(ROOT), *([before] if before else [])]
    command = [sys.executable, "-P", "-c", "import cnnviz.base.package as it; print(it.__file__)"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(ROOT)
