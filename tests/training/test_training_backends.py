"""Training on JAX where TensorFlow cannot be imported: the same script, and a model that TensorFlow reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.data.dataset import read_dataset
from cnnviz.data.splits import SPLITS
from cnnviz.evaluation.evaluation import evaluate
from cnnviz.model_folder.folder import read_folder
from cnnviz.picture.preprocessing import Preprocessing
from pictures import write_class
from server import ROOT

pytestmark = pytest.mark.slow

NUM_PHOTOS = {"train": 8, "validation": 3, "test": 3}
WITHOUT_TENSORFLOW = """
import runpy, sys
sys.modules["tensorflow"] = None  # as if it were not installed
sys.argv = ["train.py", *sys.argv[1:]]
runpy.run_path("train.py", run_name="__main__")
"""


def run_train(*arguments: str | Path) -> str:
    """Run the script on JAX and give what it printed."""
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, *map(str, arguments)]
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few photographs in given splits."""
    folder = tmp_path_factory.mktemp("photos")
    for seed, (split, name) in enumerate((split, name) for split in SPLITS for name in ("cat", "dog")):
        write_class(folder / split / name, NUM_PHOTOS[split], seed=seed)
    return folder


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The model folder and the printed lines of one epoch."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    flags = ("--epochs", "1", "--batch-size", "8", "--devices", "all", "--size", "64", "--width", "0.25")
    return folder / "model", run_train("--data", photos, "--output", folder, *flags)


def test_the_first_line_is_the_device_and_its_backend(trained: tuple[Path, str]) -> None:
    first = trained[1].splitlines()[0]
    assert first.startswith("Device: ")
    assert " with jax" in first


def test_a_model_from_jax_measures_the_same_on_tensorflow(trained: tuple[Path, str], photos: Path) -> None:
    network = read_folder(trained[0])
    again = evaluate(network, read_dataset(photos, Preprocessing(64, 64)).splits["test"])
    assert network.metrics["test"]["loss"] == pytest.approx(again["loss"], abs=1e-5)
    assert network.metrics["test"]["accuracy"] == again["accuracy"]
    assert " with jax" in network.manifest["training"]["device"]


def test_a_saved_model_is_measured_on_jax(trained: tuple[Path, str], photos: Path) -> None:
    figures = trained[1][trained[1].index("Test accuracy") : trained[1].index("Saved ")].splitlines()
    measured = [line for line in figures if "alibrated" not in line]
    assert len(measured) == len(figures) - 1
    assert run_train("--data", photos, "--evaluate", trained[0]).splitlines() == measured
