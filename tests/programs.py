"""Programs and modules that tests need, and that whoever runs them may lack."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

import pytest

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def require_program(names: Sequence[str], package: str) -> str:
    """Find the first program that is installed; skip the test where there is none, unless CNNVIZ_REQUIRE_ALL is 1."""
    path = next(filter(None, (shutil.which(name, path=PATH) for name in names)), None)
    if path is None:
        _miss(f"None of {', '.join(names)} was found. Install {package}.")
    return path


def require_module(name: str, package: str) -> ModuleType:
    """Import a module; skip the test where it is not installed, unless CNNVIZ_REQUIRE_ALL is 1."""
    try:
        return importlib.import_module(name)
    except ImportError:
        _miss(f"{name} was not found. Install {package}.")


def _miss(what: str) -> NoReturn:
    (pytest.fail if os.environ.get("CNNVIZ_REQUIRE_ALL") == "1" else pytest.skip)(what)
