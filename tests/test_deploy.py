"""Deploying to a Space: the script of the workflow, against a server that speaks the Hub's protocol."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cnnviz.explorer.loading import BUNDLED_FOLDER
from hub_server import Fault, Hub
from server import ROOT

SPACE, MODEL = "user/look-inside", "user/cats-and-dogs"
SCRIPT = ROOT / "scripts" / "deploy.py"
WORKFLOW = ROOT / ".github" / "workflows" / "space.yml"

Deploy = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(hub: Hub, tmp_path: Path) -> Deploy:
    """Starts the script as a workflow does, in a process of its own."""

    def run(*flags: str, token: str = "hf_writer") -> object:
        own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": token}
        return subprocess.run(
            [sys.executable, SCRIPT, *flags],
            env={**os.environ, **own},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def deploy(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Deploy:
    """Runs the script in this process, which has the libraries already."""

    def run(*flags: str, token: str = "hf_writer") -> object:
        monkeypatch.setattr(sys, "argv", ["deploy.py", *flags])
        monkeypatch.setenv("HF_TOKEN", token)
        monkeypatch.chdir(tmp_path)
        capfd.readouterr()
        code = runpy.run_path(str(SCRIPT))["main"]()
        return subprocess.CompletedProcess(flags, code, *capfd.readouterr())

    return run


def uploaded(hub: Hub) -> dict[str, bytes]:
    """Give the files of the Space."""
    files = hub.repositories[SPACE].find("main")
    assert files
    return {name: content for name, content in files.files.items() if name != ".gitattributes"}


def front_matter(card: bytes) -> dict[str, object]:
    return dict(yaml.safe_load(card.decode().split("---\n")[1]))


def test_space_holds_what_the_page_needs_and_nothing_else(start: Deploy, deploy: Deploy, hub: Hub) -> None:
    listed = deploy(SPACE, "--dry-run", token="")
    assert listed.returncode == 0, listed.stderr
    assert hub.requests == []
    done = start(SPACE)
    assert done.returncode == 0, done.stderr
    files = uploaded(hub)
    assert re.findall(r"^ +[\d,]+  (.+)$", listed.stdout, re.MULTILINE) == sorted(files)
    assert {name.split("/")[0] for name in files} == {"README.md", "LICENSE", "app.py", "requirements.txt", "cnnviz"}
    assert not [name for name in files if "__pycache__" in name]
    for name, content in files.items():
        assert content == (ROOT / name).read_bytes()
    for path in BUNDLED_FOLDER.iterdir():
        assert f"cnnviz/bundled/{path.name}" in files
    assert hub.count("POST", "/commit/main") == 1


@pytest.mark.slow
def test_space_that_was_uploaded_starts(deploy: Deploy, hub: Hub, tmp_path: Path) -> None:
    deploy(SPACE)
    for name, content in uploaded(hub).items():
        path = tmp_path / "space" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "smoke.py", tmp_path / "space"],
        env={**os.environ, "SPACE_ID": SPACE, "SYSTEM": "spaces"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/predict answered: " in done.stdout


def test_same_files_make_no_commit_and_others_go(deploy: Deploy, hub: Hub) -> None:
    deploy(SPACE)
    repository = hub.repositories[SPACE]
    made = hub.count("POST", "repos/create")
    assert "Already up to date: " in deploy(SPACE).stdout
    assert hub.count("POST", "repos/create") == made == 1  # a workflow's token may not
    assert hub.count("POST", "/commit/main") == 1
    old = repository.find("main")
    assert old
    repository.add("main", old.files | {"left.py": b"over"}, "by hand")
    hub.faults = [Fault("POST", "/commit/", status=503)]
    done = deploy(SPACE)
    assert done.returncode == 0, done.stderr
    assert uploaded(hub) == {name: content for name, content in old.files.items() if name != ".gitattributes"}


def test_space_fetches_the_model_when_it_is_built(deploy: Deploy, hub: Hub) -> None:
    commit = hub.add(MODEL, BUNDLED_FOLDER).oid
    hub.repositories[MODEL].tags["v1"] = commit
    done = deploy(SPACE, "--model", f"{MODEL}@v1")
    assert done.returncode == 0, done.stderr
    values = front_matter(uploaded(hub)["README.md"])
    assert values["models"] == [MODEL]
    (fetched,) = values["preload_from_hub"]  # type: ignore[misc]
    repository, names, revision = fetched.split(" ")
    assert (repository, revision) == (MODEL, commit)
    assert set(names.split(",")) == {path.name for path in BUNDLED_FOLDER.iterdir()}
    own = front_matter((ROOT / "README.md").read_bytes())
    assert {name: values[name] for name in own} == own
    text = uploaded(hub)["README.md"].decode().split("---\n", 2)[2]
    assert text == (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]


@pytest.mark.parametrize(
    ("flags", "token", "message"),
    [
        (["my space"], "hf_writer", r"A Space is named USER/NAME"),
        ([SPACE, "--model", "cats"], "hf_writer", r"A model is named USER/NAME or .* Received: 'cats'"),
        ([SPACE, "--model", "user/none"], "hf_writer", r"No model at 'user/none' on the Hub"),
        ([SPACE], "hf_reader", r"Cannot make the Space\. The token may not do this"),
        ([SPACE], "hf_nobody", r"Cannot make the Space\. The token is not valid"),
    ],
)
def test_what_cannot_be_is_one_sentence(flags: list[str], token: str, message: str, deploy: Deploy, hub: Hub) -> None:
    done = deploy(*flags, token=token)
    assert done.returncode == 1
    assert re.match(f"deploy.py: {message}", done.stderr)
    assert SPACE not in hub.repositories


def test_account_without_spaces_is_told(deploy: Deploy, hub: Hub) -> None:
    hub.faults = [Fault("POST", "repos/create", status=402, times=9)]
    assert "Cannot make the Space. The account's plan does not include this" in deploy(SPACE).stderr


# The workflow


def test_workflow_deploys_after_the_tests_and_a_smoke_test_without_a_token_in_an_address() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    trigger = workflow[True]["workflow_run"]  # YAML 1.1 reads "on" as true
    assert (trigger["workflows"], trigger["branches"], trigger["types"]) == (["tests"], ["main"], ["completed"])
    (job,) = workflow["jobs"].values()
    assert "conclusion == 'success'" in job["if"]
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["environment"]
    commands = [step.get("run", "") for step in job["steps"]]
    smoke = next(index for index, command in enumerate(commands) if "tests/smoke.py" in command)
    upload = next(index for index, command in enumerate(commands) if "scripts/deploy.py" in command)
    assert smoke < upload
    for step in job["steps"]:
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
    assert "@huggingface.co" not in text
    assert yaml.safe_load((WORKFLOW.parent / "tests.yml").read_text(encoding="utf-8"))["name"] == "tests"
