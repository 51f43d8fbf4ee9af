"""The package as its user meets it: public names, their documentation, and a light import."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cnnviz

ROOT = Path(__file__).parent.parent
HEAVY = ("keras", "tensorflow", "jax", "gradio", "matplotlib")
IMPORT = f"""
import sys
import cnnviz
loaded = [name for name in {HEAVY} if name in sys.modules]
sys.exit(f"loaded: {{loaded}}" if loaded else 0)
"""
MODULES = [module.name for module in pkgutil.walk_packages(cnnviz.__path__, "cnnviz.") if not module.ispkg]


def documented(item: object) -> Iterator[tuple[str, object]]:
    """Give a public class or function, and the public methods and properties of a class."""
    yield "", item
    if inspect.isclass(item):
        for name, member in vars(item).items():
            is_method = isinstance(member, types.FunctionType | classmethod | staticmethod | property)
            if is_method and not name.startswith("_"):
                yield f".{name}", member


def test_all_names_exactly_the_public_names_that_exist() -> None:
    exist = {name for name, value in vars(cnnviz).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert exist == set(cnnviz.__all__)
    assert sorted(cnnviz.__all__) == cnnviz.__all__


@pytest.mark.parametrize("name", cnnviz.__all__)
def test_public_name_and_its_methods_are_documented(name: str) -> None:
    for suffix, item in documented(getattr(cnnviz, name)):
        assert inspect.getdoc(item), f"{name}{suffix} has no docstring"


@pytest.mark.parametrize("name", cnnviz.__all__)
def test_public_name_has_a_runnable_example(name: str) -> None:
    text = getattr(cnnviz, name).__doc__ or ""  # its own: Python does not inherit docstrings
    assert "Example:" in text
    assert doctest.DocTestParser().get_examples(text)


def test_every_error_is_a_cnnviz_error() -> None:
    errors = [value for name, value in vars(cnnviz).items() if name.endswith("Error")]
    assert len(errors) >= 7
    assert all(issubclass(error, cnnviz.CnnvizError) for error in errors)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_modules_give_what_they_say(
    name: str, picture: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    for photo in ("photo.jpg", "photos/photo.jpg"):
        picture.save(tmp_path / photo)
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    names = {"cnnviz": cnnviz, "np": np, "Image": Image}
    assert doctest.testmod(module, extraglobs=names).failed == 0


def test_import_loads_no_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
