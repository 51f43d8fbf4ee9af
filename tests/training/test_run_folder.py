"""The folder of one training run."""

import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.base.errors import FolderError
from cnnviz.model_folder.manifest import METRICS
from cnnviz.training.run_folder import CHECKPOINTS, MODEL, SAMPLES, finish_run, open_run
from server import ROOT

CHECKPOINT = "epoch-00001-step-0000000.checkpoint"
HOLDING = """
import sys, time
from pathlib import Path
from cnnviz.training.run_folder import open_run

with open_run(Path(sys.argv[1]), resume=False):
    print("open", flush=True)
    time.sleep(600)
"""


def open_and_close(folder: Path, resume: bool) -> None:
    with open_run(folder, resume):
        pass


def unfinished(folder: Path) -> Path:
    for name in (CHECKPOINTS, MODEL, SAMPLES):
        (folder / name).mkdir(parents=True)
    (folder / CHECKPOINTS / CHECKPOINT).write_bytes(b"")
    return folder


@pytest.mark.parametrize("resume", [False, True])
def test_a_new_run_gets_its_folder(tmp_path: Path, resume: bool) -> None:
    open_and_close(tmp_path / "runs" / "first", resume)
    assert list((tmp_path / "runs" / "first").iterdir()) == []


def test_a_folder_with_something_in_it_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match=r"exists and is not empty\. Name another folder"):
        open_and_close(tmp_path, resume=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_that_came_to_nothing_is_no_obstacle(tmp_path: Path) -> None:
    for _ in range(2):
        open_and_close(tmp_path / "run", resume=False)


def test_a_run_killed_before_its_first_checkpoint_can_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "run" / MODEL).mkdir(parents=True)
    open_and_close(tmp_path / "run", resume=True)


def test_a_model_that_is_measured_is_not_trained_over_where_samples_and_checkpoints_are_gone(tmp_path: Path) -> None:
    metrics = tmp_path / "run" / MODEL / METRICS
    metrics.parent.mkdir(parents=True)
    metrics.write_text("{}")
    open_and_close(tmp_path / "run", resume=True)
    metrics.write_text('{"test": {"accuracy": 0.9}}')
    with pytest.raises(FolderError, match="is finished"):
        open_and_close(tmp_path / "run", resume=True)


def test_resuming_touches_nothing_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match="holds something else than a run"):
        open_and_close(tmp_path, resume=True)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(FolderError, match="is a file"):
        open_and_close(tmp_path / "run", resume=True)


def test_an_unfinished_run_is_only_gone_on_with_when_asked(tmp_path: Path) -> None:
    run = unfinished(tmp_path / "run")
    with pytest.raises(FolderError, match="Add --resume to go on with the run in it"):
        open_and_close(run, resume=False)
    open_and_close(run, resume=True)


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    run = unfinished(tmp_path / "run")
    finish_run(run)
    for resume, message in ((True, "is finished"), (False, "is not empty")):
        with pytest.raises(FolderError, match=message):
            open_and_close(run, resume)


def test_a_folder_that_cannot_be_written_is_known_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="Cannot write in"):
        open_and_close(tmp_path / "file" / "run", resume=False)


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_that_a_run_is_using_is_refused_to_others_until_its_end(tmp_path: Path, resume: bool) -> None:
    run = tmp_path / "run"
    with open_run(run, resume=False), pytest.raises(FolderError, match="Another run is using"):
        open_and_close(run, resume)
    with pytest.raises(ZeroDivisionError), open_run(run, resume=False):
        raise ZeroDivisionError
    open_and_close(run, resume)
    assert list(run.iterdir()) == []


def test_a_run_that_is_killed_leaves_its_folder_to_others(tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-c", HOLDING, str(run)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(FolderError, match="Another run is using"):
            open_and_close(run, resume=True)
        other.kill()
    open_and_close(run, resume=False)
    assert list(run.iterdir()) == []
