"""The command line of training: one run in a process of its own, as a person starts it, the rest in this one.

What training makes of photographs is tested in tests/training/test_run.py.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cnnviz
import cnnviz.training.run
import train
from cnnviz.base.figures import share
from cnnviz.data.dataset import read_dataset
from cnnviz.evaluation.evaluation import evaluate
from cnnviz.model_folder.folder import read_folder
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.parts import list_recipes
from pictures import write_class, write_kaggle

SCRIPT = Path(__file__).parent.parent / "train.py"
NUM_PHOTOS = 60
SUMMARY = (
    r"^Test accuracy ([\d.]+)% \(95% interval ([\d.]+)% to ([\d.]+)%\) on (\d+) photographs; loss ([\d.]+)$\n"
    r"^  Balanced accuracy .*\n^  cat: .*\n^  dog: .*\n^  Averaged with the mirror image: .*\n"
    r"(?:^  Photographs .*\n){2}"
    r"^  Expected calibration error .*$"
)
PROBES = r"(?:^  \w+: a linear probe is right on .*; \d+ dead channel\(s\)\n){11}"


Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command within this process, which has TensorFlow already, and gives its two outputs."""

    def run_main(*arguments: str | Path, status: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        assert train.main(list(map(str, arguments))) == status
        return capsys.readouterr()

    return run_main


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred and twenty photographs, a corrupt file, and a folder of something else."""
    folder = write_kaggle(tmp_path_factory.mktemp("photos"), NUM_PHOTOS, seed=5)
    (folder / "cat.999.jpg").write_text("not a picture")
    (folder / "drafts").mkdir()
    return folder


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The run's folder and what one epoch printed."""
    home = tmp_path_factory.mktemp("home")
    flags = ("--data", photos, "--epochs", "1", "--output", "runs/first", "--seed", "2", "--split-seed", "4")
    command = [sys.executable, SCRIPT, *map(str, flags)]
    run = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return home / "runs" / "first", run


def test_the_first_line_is_the_device(trained: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert trained[1].stdout.startswith("Device: ")


def test_corrupt_file_is_skipped_counted_and_listed(trained: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, run = trained
    assert re.search(
        r"^cat and dog: \d+ train, \d+ validation, \d+ test photographs, 1 skipped$", run.stdout, re.MULTILINE
    )
    skipped = (folder / "skipped.txt").read_text()
    assert re.fullmatch(r".*cat\.999\.jpg: .*13 bytes of text.*\n.*drafts: It holds no picture\.\n", skipped)
    assert re.search(r"^Skipped: '.*cat\.999\.jpg': .*13 bytes of text", run.stdout, re.MULTILINE)
    assert re.search(r"^Without pictures in '.*': drafts\.$", run.stdout, re.MULTILINE)
    assert read_folder(folder / "model").manifest["training"]["num_skipped"] == 1


def test_every_readable_photograph_is_in_one_split(trained: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    counts = read_folder(trained[0] / "model").manifest["training"]["num_photos"]
    assert sum(counts.values()) == 2 * NUM_PHOTOS
    assert list(counts) == ["train", "validation", "test"]


def test_printed_and_written_metrics_are_those_of_the_folder_on_the_test_split(
    trained: tuple[Path, subprocess.CompletedProcess[str]], photos: Path
) -> None:
    folder, run = trained
    network = read_folder(folder / "model")
    test = evaluate(network, read_dataset(photos, Preprocessing(), seed=4).splits["test"])
    for name in ("num_photos", "accuracy", "accuracy_interval_95", "classes"):
        assert network.metrics["test"][name] == test[name]
    assert network.metrics["test"]["loss"] == pytest.approx(test["loss"], rel=1e-4)
    accuracy, low, high, count, loss = re.search(SUMMARY, run.stdout, re.MULTILINE).groups()
    expected = [test["accuracy"], *test["accuracy_interval_95"]]
    assert np.allclose([float(accuracy), float(low), float(high)], np.array(expected) * 100, atol=0.006)
    assert int(count) == test["num_photos"]
    assert float(loss) == pytest.approx(test["loss"], abs=1e-3)


def test_the_run_folder_holds_the_model_its_history_and_samples(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run = trained
    names = {"model", "samples", "history.csv", "curves.png", "skipped.txt"}
    assert {path.name for path in folder.iterdir()} == names
    assert [path.name for path in folder.parent.iterdir()] == ["first"]
    samples = [path for path in (folder / "samples").iterdir() if path.suffix == ".png"]
    assert samples
    assert all((path.with_suffix("") / "01_conv2d_1.png").is_file() for path in samples)
    assert "python app.py --model runs/first/model --examples runs/first/samples\n" in run.stdout


def test_the_model_folder_holds_metrics_pictures_and_a_card(
    trained: tuple[Path, subprocess.CompletedProcess[str]], photos: Path
) -> None:
    folder = trained[0] / "model"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics.keys() == {"test", "calibration", "probes", "probe_majority_share", "dead_channels", "history"}
    assert all(len(values) == 1 for values in metrics["history"].values())
    assert metrics["probes"].keys() >= {"conv2d_1", "dense_1"}
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"python train.py --data {photos} --epochs 1 --output runs/first --seed 2 --split-seed 4" in card
    assert share(metrics["test"]["accuracy"], 1) in card
    for name in re.findall(r'(?:src|srcset)="([^"]+)"', card):
        assert (folder / name).is_file()


def test_a_saved_model_is_measured_again_on_the_same_photographs(
    trained: tuple[Path, subprocess.CompletedProcess[str]], photos: Path, tmp_path: Path, run: Run
) -> None:
    folder, first = trained
    report = tmp_path / "report"
    again, _ = run("--evaluate", folder / "model", "--data", photos, "--output", report)
    for lines in (SUMMARY, PROBES):
        assert re.search(lines, first.stdout, re.MULTILINE)[0] in again
    assert again.endswith(f"Saved figures and pictures in {report}.\n")
    measured = read_folder(folder / "model")
    figures = json.loads((report / "metrics.json").read_text(encoding="utf-8"))
    assert figures.pop("measured") == {
        "model": measured.fingerprint,
        "data": [str(photos)],
        "split": "test",
        "seed": 4,
    }
    assert figures == {
        name: measured.metrics[name] for name in ("test", "probes", "probe_majority_share", "dead_channels")
    }
    pictures = {f"{name}{suffix}.png" for name in ("confusion", "reliability", "roc") for suffix in ("", "-dark")}
    assert {path.name for path in report.iterdir()} == {"metrics.json", *pictures}
    for name in pictures:
        assert (report / name).read_bytes() == (folder / "model" / name).read_bytes()


def test_a_saved_model_is_measured_on_all_photographs_of_a_folder(
    trained: tuple[Path, subprocess.CompletedProcess[str]], photos: Path, run: Run
) -> None:
    everything, _ = run("--evaluate", trained[0] / "model", "--data", photos, "--split", "all")
    assert f" on {2 * NUM_PHOTOS} photographs; " in everything
    assert "linear probe" not in everything


def test_a_timeline_is_published_only_if_that_is_asked_for(
    trained: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, run: Run
) -> None:
    model = shutil.copytree(trained[0] / "model", tmp_path / "model")
    cnnviz.timeline([model, model], tmp_path / "timeline")
    without, _ = run("--publish", model, "--dry-run")
    assert "timeline" not in without
    with_it, _ = run("--publish", model, "--dry-run", "--snapshots")
    assert len(re.findall(r"^[0-9a-f]{64} .* timeline", with_it, re.MULTILINE)) == 3
    assert not list(model.glob("timeline*"))  # it only told
    with pytest.raises(SystemExit):
        train.main(["--atlas", str(model), "--snapshots"])


def test_ctrl_c_while_photographs_are_looked_for_is_a_sentence(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cat", "dog"):
        write_class(tmp_path / name, 1)
    monkeypatch.setattr(cnnviz.training.run, "read_dataset", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))
    _, errors = run("--data", tmp_path, "--output", tmp_path / "run", "--resume", status=130)
    expected = rf"Stopped\. Go on with: python train\.py --data {tmp_path} --output {tmp_path / 'run'} --resume"
    assert re.fullmatch(expected, errors.splitlines()[-1])


def test_ctrl_c_while_the_trained_model_is_published_says_how_to_publish_it(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = cnnviz.Run(tmp_path / "run", {"test": {}})
    monkeypatch.setattr(cnnviz, "train", lambda **_: done)  # what is published is tested in tests/hub
    monkeypatch.setattr(train, "require_publishable", lambda *_: None)
    monkeypatch.setattr(train, "publish", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))
    _, errors = run("--data", tmp_path, "--output", done.folder, "--push-to-hub", "alice/cats", status=130)
    expected = f"--publish {done.model} --push-to-hub alice/cats --branch main"
    assert errors == f"Stopped. The model is saved. Publish it later: python train.py {expected}\n"


def test_a_finished_run_is_not_trained_over(
    trained: tuple[Path, subprocess.CompletedProcess[str]], photos: Path, run: Run
) -> None:
    for flags, message in (([], "exists and is not empty"), (["--resume"], "is finished")):
        _, errors = run("--data", photos, "--output", trained[0], *flags, status=1)
        assert message in errors


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("empty", r"No photographs in '.*': expected cat\.0\.jpg"),
        ("one class", r"Photographs of two or more classes are needed: .* of 1 class\(es\) \['cat'\]"),
        ("missing", r"No photographs at '.*': expected a folder or a zip file"),
    ],
)
def test_unusable_photographs_end_with_status_1_and_one_sentence(
    case: str, message: str, run: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    if case != "missing":
        data.mkdir()
    if case == "one class":
        write_class(data / "cats", 3)
    _, errors = run("--data", data, "--output", tmp_path / "model", status=1)
    assert re.search(rf"(^|\n|\r)train\.py: {message}[^\n]*\n$", errors)
    assert "Traceback" not in errors
    assert list((tmp_path / "model").iterdir()) == []


def test_output_that_holds_something_else_is_refused_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    printed, errors = run("--data", tmp_path, "--output", tmp_path, status=1)
    assert re.fullmatch(r"train\.py: '.*' exists and is not empty\..*\n", errors)
    assert "Reading" not in printed


def test_a_report_never_goes_where_something_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    _, errors = run("--data", tmp_path, "--evaluate", tmp_path, "--output", tmp_path, status=1)
    assert re.fullmatch(r"train\.py: '.*' exists and is not an empty folder\..*\n", errors)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--data", "."), "--output is needed to train, --evaluate to measure a model, --publish to publish one."),
        (("--output", "run"), "--data is needed to train and to measure a model."),
        (("--evaluate", "model"), "--data is needed to train and to measure a model."),
        (
            ("--data", ".", "--output", "run", "--epochs", "2", "--minutes", "5"),
            "--minutes decides how many --epochs there are: give one of the two.",
        ),
        (("--publish", "model"), "--publish needs --push-to-hub USER/NAME, or --dry-run."),
    ],
)
def test_flags_that_do_not_say_what_to_do_are_one_sentence(
    flags: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        train.main(flags)
    assert capsys.readouterr().err.endswith(f"train.py: error: {message}\n")


def test_settings_that_cannot_train_end_with_status_1(run: Run, tmp_path: Path) -> None:
    _, errors = run("--data", tmp_path, "--output", tmp_path / "model", "--epochs", "0", status=1)
    assert re.fullmatch(r"train\.py: Epochs and batch size are at least 1, .*\n", errors)


def test_the_recipes_are_listed_with_their_parts(run: Run) -> None:
    assert run("--recipes") == (f"{list_recipes()}\n", "")


def test_a_part_that_does_not_exist_ends_with_status_1(run: Run, tmp_path: Path) -> None:
    _, errors = run("--data", tmp_path, "--output", tmp_path / "model", "--set", "mirrored=1", status=1)
    assert re.fullmatch(r"train\.py: Parts of a recipe, as name=value: mirror, .* Received: 'mirrored=1'\.\n", errors)


def test_help_explains_without_tensorflow(tmp_path: Path) -> None:
    script = (
        "import runpy, sys\n"
        "sys.argv = ['train.py', '--help']\n"
        f"try: runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
        "finally: assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=SCRIPT.parent, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    for flag in ("--data", "--output", "--epochs", "--batch-size", "--learning-rate", "--seed"):
        assert flag in run.stdout
    assert "cat.0.jpg" in run.stdout


def test_keys_of_an_address_are_not_in_the_command_that_is_published() -> None:
    address = "s3://key:secret@bucket/photos?region=eu"
    flags = ["--data", address, f"--data={address}", "--output", "runs/mine", "--resume"]
    told = ["--data", "s3://bucket/photos", "--data=s3://bucket/photos", "--output", "runs/mine"]
    assert train.repeatable(flags, [address]) == told
