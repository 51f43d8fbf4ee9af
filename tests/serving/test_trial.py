"""The trial of a model: bounded in time and memory, remembered, and never a traceback. Here without Keras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnviz.base.errors import NetworkError
from cnnviz.serving.trial import Trial
from folders import tamper

CHILD = """
import json, os, sys, time
print("a library's own words", flush=True)
print("ready", flush=True)
folder, said = json.loads(sys.stdin.readline())
open(os.environ["TRIALS"], "a").write(" ".join([folder, *said]) + os.linesep)
{}
"""
FINE = 'print(json.dumps(""))'


@pytest.fixture(autouse=True)
def trials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file with one line for each trial; and a cache of this test's own."""
    monkeypatch.setenv("CNNVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRIALS", str(tmp_path / "trials.txt"))
    return tmp_path / "trials.txt"


def trial_by(code: str, **limits: float) -> Trial:
    """Try models by a process that does this."""
    return Trial((sys.executable, "-c", CHILD.format(code)), **limits)


def test_model_is_tried_once(small_folder: Path, trials: Path, tmp_path: Path) -> None:
    for _ in range(2):
        trial_by(FINE).require(small_folder)
    assert trials.read_text().splitlines() == [str(small_folder)]
    other = tamper(small_folder, tmp_path, {"README.md": "Another card."})
    trial_by(FINE).require(other)
    assert trials.read_text().splitlines() == [str(small_folder), str(other)]
    for _ in range(2):
        Trial((sys.executable, "-c", CHILD.format(FINE)), said={"fit": "pad"}).require(other)
    assert trials.read_text().splitlines() == [str(small_folder), str(other), f"{other} fit"]


def test_files_are_tried_anew_when_they_change(trials: Path, tmp_path: Path) -> None:
    file = tmp_path / "my.keras"
    for content in (b"1", b"1", b"2"):
        file.write_bytes(content)
        trial_by(FINE).require(file)
    assert trials.read_text().splitlines() == [str(file)] * 2


def test_process_that_waits_is_the_one_that_is_asked(small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = trial_by(FINE)
    trial.begin(small_folder)
    monkeypatch.setattr(subprocess, "Popen", None)  # no other is started
    trial.require(small_folder)
    trial.begin(small_folder)  # which has passed
    trial.close()


REFUSED = {
    'print(json.dumps("The model cannot be shown."))': r"^The model cannot be shown\.$",
    "os.abort()": r"^The model is not shown: it ended the process in which it was tried\. Received: exit status -6\.$",
    "print('no JSON')": r"^The model is not shown: it ended the process",
    "time.sleep(60)": r"^The model is not shown: its first page takes longer than 0\.2 seconds\.$",
    "while True: pass": r"^The model is not shown: its first page takes longer than 0\.2 seconds\.$",
    "x = bytearray(200 * 2**20); x[::4096] = bytes(51200); time.sleep(60)": "takes more than 100 MiB of memory",
}


@pytest.mark.parametrize("code", REFUSED)
def test_model_that_fails_takes_too_long_or_too_much_is_refused_each_time(
    code: str, small_folder: Path, trials: Path
) -> None:
    start = time.monotonic()
    for _ in range(2):
        with pytest.raises(NetworkError, match=REFUSED[code]):
            trial_by(code, seconds=0.2, mebibytes=100).require(small_folder)
    assert time.monotonic() - start < 10
    assert len(trials.read_text().splitlines()) == 2


def test_process_that_does_not_start_is_one_sentence(small_folder: Path) -> None:
    message = r"^The model cannot be tried: the process for it does not start\. Received: exit status 3\.$"
    with pytest.raises(NetworkError, match=message):
        Trial((sys.executable, "-c", "raise SystemExit(3)")).require(small_folder)
    with pytest.raises(NetworkError, match=r"no process can be started for it\. Received: FileNotFoundError, "):
        Trial(("/nowhere/python",)).require(small_folder)


def test_model_is_tried_again_where_the_cache_cannot_be_written(
    small_folder: Path, trials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_CACHE", "/dev/null/cache")
    for _ in range(2):
        trial_by(FINE).require(small_folder)
    assert len(trials.read_text().splitlines()) == 2


def test_files_of_a_trial_are_gone_and_its_process_too(small_folder: Path, tmp_path: Path) -> None:
    code = 'open(os.environ["GRADIO_TEMP_DIR"] + "/page.png", "w"); time.sleep(60)'
    noted = (
        f"open({str(tmp_path / 'process.txt')!r}, 'w').write(json.dumps([os.getpid(), os.environ['GRADIO_TEMP_DIR']]))"
    )
    with pytest.raises(NetworkError):
        trial_by(f"{noted}; {code}", seconds=0.1).require(small_folder)
    pid, folder = json.loads((tmp_path / "process.txt").read_text())
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
