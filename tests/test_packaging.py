"""The wheel: what `pip install .` puts on a machine, tried from another directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.base.version import __version__
from server import clean_environment, free_port, stop, wait_for_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PACKAGED = ("cnnviz", "pyproject.toml", "requirements.txt", "README.md", "LICENSE")
MODEL_FILES = ("config.json", "metadata.json", "model.weights.h5", "cnnviz.json", "metrics.json", "README.md")

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")

LOOK_AT_A_PICTURE = """
import sys
sys.modules["gradio"] = None  # as if it were not installed
import numpy as np
import cnnviz
result = cnnviz.load()(np.zeros((30, 40, 3), np.uint8))
print(cnnviz.__file__, len(result.layers))
"""

IMPORT_ONLY = """
import sys
for name in ("tensorflow", "jax", "gradio"):
    sys.modules[name] = None  # as if it were not installed
import cnnviz
print(cnnviz.__version__)
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command and return what it printed; a failure shows what it wrote to stderr."""
    done = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout stays clean."""
    source = tmp_path_factory.mktemp("source")
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    wheels = source / "wheels"
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source, cwd=source)
    (built,) = wheels.glob("cnnviz-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A folder with the package as the wheel brings it."""
    target = wheel.parent / "installed"
    run(*PIP, "install", "--no-deps", "--target", target, wheel, cwd=wheel.parent)
    return target


def test_wheel_carries_every_file_of_the_package(installed: Path) -> None:
    def files(package: Path) -> set[str]:
        paths = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(package).as_posix() for path in paths}

    for_checkers_alone = {path for path in files(ROOT / "cnnviz") if path.endswith(".d.ts")}
    assert for_checkers_alone
    assert files(installed / "cnnviz") == files(ROOT / "cnnviz") - for_checkers_alone


def test_wheel_carries_the_embedded_model_unchanged(installed: Path) -> None:
    for name in MODEL_FILES:
        carried = installed / "cnnviz" / "bundled" / name
        assert carried.read_bytes() == (ROOT / "cnnviz" / "bundled" / name).read_bytes()


def test_wheel_works_from_another_directory_without_gradio(installed: Path, tmp_path: Path) -> None:
    printed = run(sys.executable, "-c", LOOK_AT_A_PICTURE, cwd=tmp_path, PYTHONPATH=str(installed))
    file, num_layers = printed.split()[-2:]
    assert Path(file).parent == installed / "cnnviz"
    assert int(num_layers) > 0


def test_wheel_brings_the_command(installed: Path, tmp_path: Path, photo: Path) -> None:
    environment = {"PYTHONPATH": str(installed)}
    assert run(installed / "bin" / "cnnviz", "--version", cwd=tmp_path, **environment) == f"cnnviz {__version__}\n"
    (line,) = run(installed / "bin" / "cnnviz", "look", photo, cwd=tmp_path, **environment).splitlines()
    assert line.startswith(f"{photo}: ")


@pytest.mark.sweep
def test_wheel_brings_all_of_the_page_into_an_empty_environment(wheel: Path, tmp_path: Path, photo: Path) -> None:
    run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
    programs = tmp_path / "environment" / "bin"
    run(programs / "pip", "--disable-pip-version-check", "--quiet", "install", f"{wheel}[app]", cwd=tmp_path)
    assert run(programs / "cnnviz", "look", photo, cwd=tmp_path).startswith(f"{photo}: ")
    port = free_port()
    page = subprocess.Popen([programs / "cnnviz", "serve", "--port", port], cwd=tmp_path, env=clean_environment())
    try:
        wait_for_port(port, page)
    finally:
        stop(page)


def test_import_needs_no_tensorflow(tmp_path: Path) -> None:
    assert run(sys.executable, "-c", IMPORT_ONLY, cwd=tmp_path, PYTHONPATH=str(ROOT))
