"""What app.py refuses before it imports Keras and Gradio, which takes many seconds."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cnnviz.command.serve import OTHER_FOLDER
from cnnviz.explorer.loading import BUNDLED_FOLDER
from cnnviz.model_folder.manifest import sha256
from disks import filled
from pictures import draw
from server import APP, ROOT, START_SECONDS, clean_environment, free_port

ROOM = 2**16
"""Bytes of a full disk that are left: enough to find out that it can be written, too few for the examples."""

SLOW = ("gradio", "jax", "keras", "matplotlib", "tensorflow")

START_EACH = """
import contextlib, io, json, os, sys
sys.path.insert(0, sys.argv[1])
from cnnviz.command import serve

def start(flags, environment):
    before = dict(os.environ)
    sys.argv = ["app.py", *flags]
    os.environ.update(environment)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = serve.main("app.py")
        except SystemExit as stop:
            status = stop.code
    os.environ.clear()
    os.environ.update(before)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue(), "slow": [*{*SLOW} & {*sys.modules}]}

print(json.dumps([start(*each) for each in json.load(sys.stdin)]))
""".replace("SLOW", repr(SLOW))


@dataclass(frozen=True)
class Case:
    """One start that is refused.

    Args:
        message: The last line of stderr, a pattern; {files} is the folder of the test's files, {port} a port in use.
        flags: The command line, with the same two in it.
        environment: Variables, with the same two in them.
        status: The exit status.
    """

    message: str
    flags: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    status: int = 1


def number(flag: str, received: str, smallest: int = 1) -> str:
    return f"app.py: error: argument --{flag}: expected a whole number, at least {smallest}. Received: {received}"


EXPECTED = r"Expected a model folder, a \.keras or \.h5 file, or USER/NAME on the Hub\."
NO_EXAMPLES = r"app\.py: No examples: expected a folder with \.jpg, \.jpeg, \.png, \.webp files\. Received: "
CANNOT_LISTEN = r"app\.py: Cannot listen at {address}\. Choose another --port or --host\. Received: {reason}\."
CASES = {
    "backend that Keras has and cnnviz has not": Case(
        r"app\.py: cnnviz computes with TensorFlow, JAX or PyTorch: set KERAS_BACKEND .* torch\. Received: 'numpy'\.",
        environment={"KERAS_BACKEND": "numpy"},
    ),
    "model that is not there": Case(
        r"app\.py: No model folder at '{files}/none'\. " + EXPECTED,
        ("--model", "{files}/none"),
    ),
    "model by its variable": Case(
        r"app\.py: No model folder at 'nowhere'\. " + EXPECTED,
        environment={"CNNVIZ_MODEL": "nowhere"},
    ),
    "name that the Hub does not allow": Case(
        r"app\.py: No model folder at 'alice/\.\.cats'\. " + EXPECTED,
        ("--model", "alice/..cats", "--strict"),
    ),
    "folder that is no model": Case(
        r"app\.py: '{files}/empty' is no model folder: expected cnnviz\.json, or config\.json and model\.weights\.h5.*",
        ("--model", "{files}/empty"),
    ),
    "file that is no folder": Case(
        r"app\.py: '{files}/text\.txt' is no model of Keras: expected a \.keras or \.h5 file, or a model folder\.",
        ("--model", "{files}/text.txt"),
    ),
    "file of another library": Case(
        r"app\.py: '{files}/model\.pt' is a file of PyTorch\. Expected a model of Keras: a \.keras or \.h5 file\.",
        ("--model", "{files}/model.pt"),
    ),
    "code of strangers": Case(
        r"app\.py: Code from the Hub is never run\. Download 'alice/cats@main', look at it, and give its path\.",
        ("--model", "alice/cats", "--trust-code"),
    ),
    "classes of the embedded model": Case(
        r"app\.py: The embedded model is known\. Name another one with --model\. Received: classes, fit\.",
        ("--classes", "imagenet"),
        {"CNNVIZ_FIT": "pad"},
    ),
    "classes that are not there": Case(
        r"app\.py: `classes` is imagenet, names, or a text or JSON file of them: '{files}/none' cannot be read\. .*",
        ("--model", "alice/cats", "--classes", "{files}/none"),
    ),
    "tools without their package": Case(
        r"app\.py: --mcp needs the package mcp\. Install it with: pip install '\.\[mcp\]'\.",
        ("--mcp",),
    ),
    "size that is none": Case(
        r"app\.py: error: argument --size: expected pixels, such as 224 or 224x160\. Received: 0x20",
        ("--size", "0x20"),
        status=2,
    ),
    "weights cut short": Case(
        r"app\.py: '{files}/short/model\.weights\.h5' is damaged: expected \d+ bytes\. Received: \d+ bytes\.",
        ("--model", "{files}/short"),
    ),
    "weights changed": Case(
        r"app\.py: '{files}/changed/model\.weights\.h5' is damaged: expected sha256 \w+\. Received: \w+\.",
        ("--model", "{files}/changed"),
    ),
    "file missing": Case(
        r"app\.py: The model folder '{files}/incomplete' is incomplete: metrics\.json is missing\.",
        ("--model", "{files}/incomplete"),
    ),
    "manifest that is no JSON": Case(
        r"app\.py: '{files}/garbled/cnnviz\.json' is damaged: it is not JSON\. Received: .*\.",
        ("--model", "{files}/garbled"),
    ),
    "format of another version": Case(
        r"app\.py: '{files}/newer' has the format version 2; this version of cnnviz reads 1\. Update cnnviz, .*\.",
        ("--model", "{files}/newer"),
    ),
    "classes without names": Case(
        r"app\.py: cnnviz\.json in '{files}/nameless' is damaged: class_names missing or wrong\.",
        ("--model", "{files}/nameless"),
    ),
    "preprocessing that is not known": Case(
        r"app\.py: This version cannot preprocess pictures as the model requires\. Expected: .*bicubic.*\.",
        ("--model", "{files}/bicubic"),
    ),
    "metrics out of range": Case(
        r"app\.py: metrics\.json in '{files}/boasting' is damaged: figures are missing or out of range\. .*\.",
        ("--model", "{files}/boasting"),
    ),
    "examples that are not there": Case(NO_EXAMPLES + r"'{files}/none'\.", ("--examples", "{files}/none")),
    "examples without pictures": Case(
        NO_EXAMPLES + r"'{files}/empty'\.", environment={"CNNVIZ_EXAMPLES": "{files}/empty"}
    ),
    "example that is no picture": Case(
        r"app\.py: The example 'b\.png' cannot be shown\. Cannot read the picture: expected JPEG, .* of text\. .*\.",
        ("--examples", "{files}/pictures"),
    ),
    "port in use": Case(
        CANNOT_LISTEN.format(address=r"127\.0\.0\.1:{port}", reason=".*in use.*"), ("--port", "{port}")
    ),
    "port that there is not": Case(
        CANNOT_LISTEN.format(address=r"127\.0\.0\.1:65536", reason=".*0-65535"), environment={"CNNVIZ_PORT": "65536"}
    ),
    "host of another machine": Case(
        CANNOT_LISTEN.format(address=r"192\.0\.2\.1:{port}", reason=".+"), ("--host", "192.0.2.1", "--port", "{port}")
    ),
    "port that is no number": Case(
        re.escape(number("port", "eighty")), environment={"CNNVIZ_PORT": "eighty"}, status=2
    ),
    "port below 0": Case(re.escape(number("port", "-1")), environment={"CNNVIZ_PORT": "-1"}, status=2),
    "queue of nothing": Case(re.escape(number("queue-size", "0")), environment={"CNNVIZ_QUEUE_SIZE": "0"}, status=2),
    "proxy that is no address": Case(
        r"app\.py: error: argument --trusted-proxies: expected addresses or networks, .*\. Received: 10\.0\.0\.0/8,me",
        ("--trusted-proxies", "10.0.0.0/8,me"),
        status=2,
    ),
    "uploads without room for a photo": Case(
        re.escape(number("upload-mb", "19", 20)), environment={"CNNVIZ_UPLOAD_MB": "19"}, status=2
    ),
    "root path that is none": Case(
        r"app\.py: error: argument --root-path: expected a path, such as /cnnviz, .* Received: cnnviz",
        environment={"GRADIO_ROOT_PATH": "cnnviz"},
        status=2,
    ),
    "policy after who may frame": Case(
        r"app\.py: error: argument --frame-ancestors: expected addresses .* Received: 'none'; script-src \*",
        ("--frame-ancestors", "'none'; script-src *"),
        status=2,
    ),
    "half a look": Case(re.escape(number("look-every", "0.5", 0)), ("--look-every", "0.5"), status=2),
    "neither yes nor no": Case(
        r"app\.py: error: argument --strict: expected yes or no\. Received: maybe", ("--strict", "maybe"), status=2
    ),
}


def write_model(folder: Path, **changes: Any) -> Path:
    """Copy the embedded model, with other values in its manifest."""
    shutil.copytree(BUNDLED_FOLDER, folder)
    manifest = json.loads((folder / "cnnviz.json").read_text(encoding="utf-8"))
    (folder / "cnnviz.json").write_text(json.dumps({**manifest, **changes}), encoding="utf-8")
    return folder


def write_files(folder: Path) -> None:
    """Write models and examples that cannot be served."""
    (folder / "empty").mkdir()
    (folder / "text.txt").write_text("no folder")
    (folder / "model.pt").write_text("no model of Keras")
    (folder / "pictures").mkdir()
    draw().save(folder / "pictures" / "a.png")
    (folder / "pictures" / "b.png").write_text("no picture")

    for name, change in (("short", lambda content: content[:-1]), ("changed", lambda content: b"x" + content[1:])):
        weights = write_model(folder / name) / "model.weights.h5"
        weights.write_bytes(change(weights.read_bytes()))
    (write_model(folder / "incomplete") / "metrics.json").unlink()
    (write_model(folder / "garbled") / "cnnviz.json").write_text("{")
    write_model(folder / "newer", format_version=2)
    write_model(folder / "nameless", class_names=["cat", ""])
    manifest = json.loads((BUNDLED_FOLDER / "cnnviz.json").read_text(encoding="utf-8"))
    write_model(folder / "bicubic", preprocessing={**manifest["preprocessing"], "interpolation": "bicubic"})
    boasting = write_model(folder / "boasting")
    metrics = boasting / "metrics.json"
    metrics.write_text('{"probes": {"conv2d_1": {"accuracy": 2}}}')
    about = {"size": metrics.stat().st_size, "sha256": sha256(metrics)}
    (boasting / "cnnviz.json").write_text(
        json.dumps({**manifest, "files": {**manifest["files"], "metrics.json": about}}), encoding="utf-8"
    )


@dataclass(frozen=True)
class Place:
    """What the cases have in common."""

    files: Path
    port: int

    def fill(self, text: str) -> str:
        """Put folder and port in; a pattern has other braces, too."""
        return text.replace("{files}", str(self.files)).replace("{port}", str(self.port))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A folder of files that cannot be served, and a port that is in use."""
    files = tmp_path_factory.mktemp("files")
    write_files(files)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Place(files, listener.getsockname()[1])


@pytest.fixture(scope="module")
def refusals(place: Place) -> dict[str, dict[str, Any]]:
    """All cases, started one after the other in one fresh process."""
    asked = [
        ([*map(place.fill, case.flags)], {name: place.fill(value) for name, value in case.environment.items()})
        for case in CASES.values()
    ]
    done = subprocess.run(
        [sys.executable, "-c", START_EACH, ROOT],
        input=json.dumps(asked),
        env=clean_environment(CNNVIZ_PORT=free_port()),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,  # what is not refused is served for ever
        check=True,
    )
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_served_is_refused_before_anything_slow_is_imported(
    name: str, place: Place, refusals: dict[str, dict[str, Any]]
) -> None:
    case, refusal = CASES[name], refusals[name]
    assert refusal["status"] == case.status
    assert "Traceback" not in refusal["err"]
    assert re.fullmatch(place.fill(case.message), refusal["err"].splitlines()[-1])
    assert refusal["out"] == ""
    assert refusal["slow"] == []


def test_refusal_ends_the_process_with_its_status(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", APP, "--model", "nowhere", "--port", free_port()],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    imports, others = [], []
    for line in done.stderr.splitlines():
        (imports if line.startswith("import time:") else others).append(line)
    assert others == ["app.py: No model folder at 'nowhere'. " + EXPECTED.replace("\\", "")]
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in imports}
    assert {"cnnviz", "numpy"} <= imported
    assert not imported & {*SLOW}


WITHOUT_TEMPORARY_FOLDER = """
import sys, tempfile
sys.path.insert(0, sys.argv[1])
from cnnviz.command import serve
tempfile.tempdir = "nowhere"
sys.exit(serve.main("app.py", []))
"""
"""Starts app.py where no folder is there for temporary files; root could write to every one that is."""


def test_a_temporary_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TEMPORARY_FOLDER, ROOT],
        cwd=tmp_path,
        env=clean_environment(CNNVIZ_PORT=free_port()),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"app.py: Cannot make a temporary folder. {OTHER_FOLDER} Received: [Errno 2]")
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_at_the_start_is_a_sentence(small_disk: Path) -> None:
    with filled(small_disk) as filler:
        os.truncate(filler, filler.stat().st_size - ROOM)
        done = subprocess.run(
            [sys.executable, APP],
            env=clean_environment(CNNVIZ_PORT=free_port(), TMPDIR=str(small_disk)),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,  # if there is room, it serves for ever
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    message = done.stderr.splitlines()[-1]
    assert message.startswith(f"app.py: Cannot write to the temporary folder '{small_disk}/cnnviz-")
    assert f"the disk is full. {OTHER_FOLDER} Received: [Errno 28]" in message
