"""The command `cnnviz`: its help, its exit statuses, and that it starts as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.base.errors import StoppedError
from cnnviz.base.version import __version__
from cnnviz.command import main as command
from server import ROOT, clean_environment

SCREEN = 32
"""Lines of a screen."""


def run(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command as a program."""
    order = [sys.executable, "-m", "cnnviz", *map(str, words)]
    return subprocess.run(order, input=stdin, cwd=ROOT, env=clean_environment(), capture_output=True, check=False)


@pytest.mark.parametrize("words", [[], ["serve"], ["look"], ["save"]], ids=str)
def test_help_fits_a_screen(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as stopped:
        command.main([*words, "--help"])
    assert stopped.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(["usage: cnnviz", *words]))
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 80


def test_help_of_all_flags_is_that_of_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["serve", "--help-all"])
    assert "--queue-size" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["dance"], ["look"], ["save", "model.keras"]], ids=str)
def test_what_is_no_command_line_ends_with_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: cnnviz")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--version"])
    assert (stopped.value.code, capsys.readouterr().out) == (0, f"cnnviz {__version__}\n")


@pytest.mark.parametrize("name", ["serve", "look", "save"])
def test_a_model_that_is_not_there_is_one_sentence(name: str, tmp_path: Path) -> None:
    words = {"serve": ["--model", "nowhere"], "look": ["photo.jpg", "--model", "nowhere"], "save": ["nowhere", "out"]}
    done = run(name, *words[name])
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"cnnviz {name}: No model folder at 'nowhere'.")


def test_an_interruption_ends_with_130(
    small_folder: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnviz.command.look._look", interrupt)
    assert command.main(["look", str(photo), "--model", str(small_folder)]) == 130
    assert capsys.readouterr() == ("", "Stopped.\n")


def test_whoever_has_read_enough_gets_no_traceback(photo: Path, small_folder: Path) -> None:
    order = [sys.executable, "-m", "cnnviz", "look", *[str(photo)] * 5000, "--model", str(small_folder)]
    environment = clean_environment()
    with subprocess.Popen(
        order, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stderr is not None
        assert reader.stdout.readline().startswith(f"{photo}: ")
        reader.stdout.close()
        said = reader.stderr.read()
    assert (reader.returncode, "Error" in said) == (141, False), said


def test_a_stopped_survey_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(_: object) -> int:
        raise StoppedError("Stopped after 32 of 81 photographs. The same command goes on.")

    monkeypatch.setattr("cnnviz.command.survey.main", stop)
    assert command.main(["survey", "--data", "photos", "--output", "out"]) == 130
    assert capsys.readouterr().err == "cnnviz survey: Stopped after 32 of 81 photographs. The same command goes on.\n"


@pytest.mark.parametrize("words", [["look", "{photo}"], ["save", "{model}", "{folder}"]], ids=lambda words: words[0])
@pytest.mark.parametrize(("sink", "status"), [("/dev/full", 1), ("closed", 141)])
def test_what_cannot_be_printed_is_no_traceback(
    words: list[str], sink: str, status: int, photo: Path, small_folder: Path, tmp_path: Path
) -> None:
    places = {"photo": photo, "model": small_folder, "folder": tmp_path / "saved"}
    order = [sys.executable, "-m", "cnnviz", *(word.format(**places) for word in words)]
    if sink == "closed":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open(sink, os.O_WRONLY)
    done = subprocess.run(order, cwd=ROOT, env=clean_environment(), stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr


def test_a_closed_standard_input_is_a_sentence(small_folder: Path) -> None:
    order = f"{sys.executable} -m cnnviz look - --model {small_folder} <&-"
    done = subprocess.run(["sh", "-c", order], cwd=ROOT, env=clean_environment(), capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode().splitlines()[-1]) == (
        1,
        "cnnviz look: -: Nothing can be read from there: it is closed.",
    )


def test_a_photo_from_standard_input_by_the_program(photo: Path, small_folder: Path) -> None:
    done = run("look", "-", "--model", small_folder, stdin=photo.read_bytes())
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().startswith("-: ")
