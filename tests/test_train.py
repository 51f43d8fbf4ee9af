"""The command line of training, as a person runs it."""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.dataset import read_dataset
from cnnviz.folder import read_folder
from cnnviz.preprocessing import Preprocessing
from cnnviz.training import evaluate
from pictures import write_class, write_kaggle

SCRIPT = Path(__file__).parent.parent / "train.py"
NUM_PHOTOS = 45


def run_train(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety photographs and a corrupt file."""
    folder = write_kaggle(tmp_path_factory.mktemp("photos"), NUM_PHOTOS, seed=5)
    (folder / "cat.999.jpg").write_text("not a picture")
    return folder


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the printed lines of one epoch."""
    home = tmp_path_factory.mktemp("home")
    run = run_train("--data", photos, "--epochs", "1", "--output", "runs/first", "--seed", "2", cwd=home)
    assert run.returncode == 0, run.stderr
    return home / "runs" / "first", run.stdout


def test_corrupt_file_is_skipped_named_and_counted(trained: tuple[Path, str]) -> None:
    folder, printed = trained
    assert re.search(r"^Skipped .*cat\.999\.jpg: .*13 bytes of text", printed, re.MULTILINE)
    assert re.search(
        r"^cat and dog: \d+ train, \d+ validation, \d+ test photographs, 1 skipped$", printed, re.MULTILINE
    )
    assert read_folder(folder).manifest["training"]["num_skipped"] == 1


def test_every_readable_photograph_is_in_one_split(trained: tuple[Path, str]) -> None:
    counts = read_folder(trained[0]).manifest["training"]["num_photos"]
    assert sum(counts.values()) == 2 * NUM_PHOTOS
    assert list(counts) == ["train", "validation", "test"]


def test_printed_and_written_metrics_are_those_of_the_folder_on_the_test_split(
    trained: tuple[Path, str], photos: Path
) -> None:
    folder, printed = trained
    network = read_folder(folder)
    test = evaluate(network, read_dataset(photos, Preprocessing(), seed=2).splits["test"])
    assert network.metrics["test"] == {**test, "loss": pytest.approx(test["loss"], rel=1e-4)}
    accuracy, low, high, count, loss = re.search(
        r"^Test accuracy ([\d.]+)% \(95% interval ([\d.]+)% to ([\d.]+)%\) on (\d+) photographs; loss ([\d.]+)$",
        printed,
        re.MULTILINE,
    ).groups()
    expected = [test["accuracy"], *test["accuracy_interval_95"]]
    assert np.allclose([float(accuracy), float(low), float(high)], np.array(expected) * 100, atol=0.006)
    assert int(count) == test["num_photos"]
    assert float(loss) == pytest.approx(test["loss"], abs=1e-3)


def test_folder_holds_metrics_history_and_a_card(trained: tuple[Path, str]) -> None:
    folder, printed = trained
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert {name: len(values) for name, values in metrics["history"].items()} == {
        "loss": 1,
        "accuracy": 1,
        "val_loss": 1,
        "val_accuracy": 1,
    }
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "# Cat or dog" in card
    assert f"**{metrics['test']['accuracy']:.1%}** of {metrics['test']['num_photos']} test photographs" in card
    assert f"`python train.py --data {photos_argument(card)} --epochs 1 --output runs/first --seed 2`" in card
    assert "Saved runs/first. Look into it: python app.py --model runs/first" in printed
    assert [path.name for path in folder.parent.iterdir()] == ["first"]


def photos_argument(card: str) -> str:
    return re.search(r"--data (\S+)", card)[1]


def test_progress_is_shown(trained: tuple[Path, str]) -> None:
    printed = re.sub(r"\x1b\[\d+m", "", trained[1])
    assert "91/91" in printed  # files read, the corrupt one too
    assert re.search(r"\b(\d+)/\1 .* accuracy: [\d.]+ - loss: [\d.]+ - val_accuracy: [\d.]+ - val_loss: ", printed)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Run the script within this process, which has TensorFlow already, and give its two outputs; status 1 is due."""

    def run(*arguments: str | Path) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        with pytest.raises(SystemExit, match=r"^1$"):
            runpy.run_path(str(SCRIPT), run_name="__main__")
        return capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("empty", r"No photographs in '.*': expected cat\.0\.jpg"),
        ("one class", r"Photographs of two classes are needed: .* of 1 class\(es\) \['cat'\]"),
        ("missing", r"No photographs at '.*': expected a folder or a zip file"),
    ],
)
def test_unusable_photographs_end_with_status_1_and_one_sentence(
    case: str, message: str, failing: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    if case != "missing":
        data.mkdir()
    if case == "one class":
        write_class(data / "cats", 3)
    _, errors = failing("--data", data, "--output", tmp_path / "model")
    assert re.fullmatch(rf"train\.py: {message}.*\n", errors)
    assert not (tmp_path / "model").exists()


def test_output_that_is_no_model_folder_is_refused_before_anything_is_read(
    failing: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    printed, errors = failing("--data", tmp_path, "--output", tmp_path)
    assert re.fullmatch(r"train\.py: '.*' exists and is not a model folder\..*\n", errors)
    assert "Reading" not in printed


def test_settings_that_cannot_train_end_with_status_1(failing: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    _, errors = failing("--data", tmp_path, "--output", tmp_path / "model", "--epochs", "0")
    assert re.fullmatch(r"train\.py: Epochs and batch size are at least 1, .*\n", errors)


def test_help_explains_without_tensorflow(tmp_path: Path) -> None:
    script = (
        "import runpy, sys\n"
        "sys.argv = ['train.py', '--help']\n"
        f"try: runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
        "finally: assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=SCRIPT.parent, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    for flag in ("--data", "--output", "--epochs", "--batch-size", "--learning-rate", "--seed"):
        assert flag in run.stdout
    assert "cat.0.jpg" in run.stdout
