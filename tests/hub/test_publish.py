"""Publishing, as a person does it: the real command, the real client, a server that can misbehave."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard, close_session, constants

import cnnviz
import cnnviz.hub.client
import train
from cnnviz.base.errors import HubError
from cnnviz.explorer.loading import BUNDLED_FOLDER
from cnnviz.hub.client import Reference
from cnnviz.hub.publish import require_access, require_free_tag, require_repository
from cnnviz.hub.pull import pull
from cnnviz.model_folder.manifest import sha256
from folders import tamper
from hub_server import Fault, Hub
from pictures import write_kaggle
from server import ROOT, free_port

REPOSITORY = "user/cats-and-dogs"
TOKEN = "hf_writer"
SECONDS = 300
COMMIT = rf"/api/models/{REPOSITORY}/commit/main"

Publish = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(hub: Hub, tmp_path: Path) -> Publish:
    """Starts train.py against the Hub as a user does, in a process of its own."""

    def start_train(*flags: str | Path, token: str = TOKEN) -> object:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": token}
        command = [sys.executable, ROOT / "train.py", *map(str, flags)]
        return subprocess.run(
            command, env=inherited | own, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    return start_train


@pytest.fixture
def run(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Publish:
    """Runs train.py against the Hub in this process, which has TensorFlow already."""

    def run_train(*flags: str | Path, token: str = TOKEN) -> object:
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, flags)])
        monkeypatch.setenv("HF_TOKEN", token)
        monkeypatch.chdir(tmp_path)
        capfd.readouterr()
        code = train.main()
        return subprocess.CompletedProcess(flags, code, *capfd.readouterr())

    return run_train


@pytest.fixture
def publish(run: Publish, model_folder: Path) -> Publish:
    """Publishes the model folder."""
    return lambda *flags, **options: run("--publish", model_folder, "--push-to-hub", REPOSITORY, *flags, **options)


def sentence_of(done: subprocess.CompletedProcess[str]) -> str:
    """Give the one sentence with which a command refused."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("train.py: ")]
    return line.removeprefix("train.py: ")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def published(hub: Hub, branch: str = "main") -> dict[str, bytes]:
    repository = hub.repositories[REPOSITORY]
    return {name: content for name, content in repository.find(branch).files.items() if name != ".gitattributes"}


def test_one_commit_holds_every_file_and_a_tag_names_it(start: Publish, hub: Hub, model_folder: Path) -> None:
    done = start("--publish", model_folder, "--push-to-hub", REPOSITORY)
    assert done.returncode == 0, done.stderr
    repository = hub.repositories[REPOSITORY]
    assert published(hub) == files_of(model_folder)
    assert len(repository.history) == 2  # that of the Hub itself, and ours
    assert repository.tags == {"v1": repository.branches["main"]}
    assert re.search(rf"^Published {REPOSITORY}@v1, commit [0-9a-f]{{40}}\.$", done.stdout, re.MULTILINE)
    assert not repository.private
    deploy, serve = done.stdout.splitlines()[-2:]
    assert deploy.endswith(f" --model {REPOSITORY}@{repository.branches['main']}")
    assert serve.endswith(f" -e CNNVIZ_MODEL={REPOSITORY}@main")


def test_code_of_the_published_card_opens_the_model(
    run: Publish, hub: Hub, photo: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--publish", BUNDLED_FOLDER, "--push-to-hub", REPOSITORY).returncode == 0
    files = published(hub)
    own = files_of(BUNDLED_FOLDER)
    assert {name for name in own if files[name] != own[name]} == {"README.md", "cnnviz.json"}
    ModelCard(files["README.md"].decode()).validate()
    ours, plain = re.findall(r"```python\n(.*?)```", files["README.md"].decode(), re.DOTALL)
    shutil.copy(photo, tmp_path / "photo.jpg")
    expected = cnnviz.load()(photo)
    exec(ours, {})
    assert capfd.readouterr().out == f"{expected.label} {expected.probabilities}\n"
    names: dict[str, Any] = {}
    exec(plain, names)
    assert names["probability"] == pytest.approx(expected.probabilities["dog"], abs=1e-5)
    assert f'load_model("hf://{REPOSITORY}")' in plain


def test_large_file_goes_up_in_parts(publish: Publish, hub: Hub, model_folder: Path) -> None:
    hub.part_size = math.ceil((model_folder / "model.weights.h5").stat().st_size / 3)
    hub.faults = [Fault("PUT", "/lfs/.*/2", status=503)]
    done = publish()
    assert done.returncode == 0, done.stderr
    assert hub.count("PUT", "/lfs/") == 4
    assert published(hub) == files_of(model_folder)


def test_large_file_goes_up_and_comes_down_like_a_small_one(publish: Publish, hub: Hub, model_folder: Path) -> None:
    hub.large = ()
    done = publish()
    assert done.returncode == 0, done.stderr
    assert hub.count("POST", "objects/batch") == 0
    assert published(hub) == files_of(model_folder)
    hub.faults = [Fault("GET", "model.weights.h5", flip=True)]
    assert files_of(pull(Reference(REPOSITORY)).folder) == files_of(model_folder)


def test_large_file_goes_up_and_comes_down_by_xet(
    publish: Publish, hub: Hub, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    hub.xet = tmp_path / "xet"
    hub.xet.mkdir()
    weights = model_folder / "model.weights.h5"
    oid = sha256(weights)
    hub.objects[oid] = weights.read_bytes()  # for the server's list of files: what is sent goes into the folder
    done = publish()
    assert done.returncode == 0, done.stderr
    assert hub.count("PUT", "/lfs/") == hub.count("POST", "objects/batch") == 0
    assert published(hub) == files_of(model_folder)
    snapshot = pull(Reference(REPOSITORY))
    assert files_of(snapshot.folder) == files_of(model_folder)
    assert hub.count("GET", "/storage/") == 0
    (snapshot.folder / weights.name).resolve().write_bytes(b"rotted")
    assert files_of(pull(Reference(REPOSITORY, snapshot.commit)).folder) == files_of(model_folder)


def test_the_same_folder_again_makes_no_commit_and_another_gets_the_next_version(
    publish: Publish, run: Publish, hub: Hub, model_folder: Path, tmp_path: Path
) -> None:
    publish()
    again = publish()
    assert again.returncode == 0
    assert f"Was there already: {REPOSITORY}@v1" in again.stdout
    assert hub.count("POST", COMMIT) == 1
    other = tmp_path / "other"
    other.mkdir()
    for name, content in files_of(model_folder).items():
        (other / name).write_bytes(content)
    card = other / "README.md"
    card.write_text("Another card.\n")
    manifest = json.loads((other / "cnnviz.json").read_text())
    manifest["files"]["README.md"] = {"sha256": hashlib.sha256(card.read_bytes()).hexdigest(), "size": 14}
    (other / "cnnviz.json").write_text(json.dumps(manifest))
    assert run("--publish", other, "--push-to-hub", REPOSITORY).returncode == 0
    repository = hub.repositories[REPOSITORY]
    assert repository.tags["v2"] == repository.branches["main"] != repository.tags["v1"]


def test_private_repositories_branches_and_tags_are_as_asked(publish: Publish, hub: Hub, model_folder: Path) -> None:
    assert publish("--private", "--branch", "next", "--tag", "trial").returncode == 0
    repository = hub.repositories[REPOSITORY]
    assert repository.private
    assert repository.tags == {"trial": repository.branches["next"]}
    assert published(hub) == {}
    assert published(hub, "next") == files_of(model_folder)


def test_tag_of_another_version_is_not_moved(publish: Publish, hub: Hub) -> None:
    publish("--tag", "trial")
    repository = hub.repositories[REPOSITORY]
    old = repository.tags["trial"] = repository.history[0].oid
    assert sentence_of(publish("--tag", "trial")) == (
        f"The tag 'trial' of '{REPOSITORY}' is on another version. Choose another --tag."
    )
    assert repository.tags["trial"] == old


def test_tag_that_is_taken_is_known_before_anything_is_made(
    publish: Publish, run: Publish, hub: Hub, model_folder: Path, tmp_path: Path
) -> None:
    publish("--tag", "trial")
    before = hub.repositories[REPOSITORY].branches["main"]
    other = tamper(model_folder, tmp_path, {"README.md": "Another card."})
    done = run("--publish", other, "--push-to-hub", REPOSITORY, "--tag", "trial")
    assert sentence_of(done).startswith("The tag 'trial'")
    assert hub.repositories[REPOSITORY].branches["main"] == before
    with pytest.raises(HubError, match="on another version"):
        require_free_tag(REPOSITORY, "trial")  # before training
    require_free_tag(REPOSITORY, "v2")
    require_free_tag("user/not-there-yet", "trial")
    with pytest.raises(HubError, match=r"^A tag is made of letters, .* Received: 'a b'"):
        require_access(REPOSITORY, "a b")


def test_dry_run_names_files_sizes_and_hashes_and_asks_nobody(run: Publish, hub: Hub, model_folder: Path) -> None:
    done = run("--publish", model_folder, "--dry-run", token="")
    assert done.returncode == 0, done.stderr
    for name, content in files_of(model_folder).items():
        line = rf"^{hashlib.sha256(content).hexdigest()} +{len(content):,}  {re.escape(name)}$"
        assert re.search(line, done.stdout, re.MULTILINE)
    assert hub.requests == []


def test_dry_run_for_a_repository_tells_what_its_card_will_be(run: Publish, hub: Hub) -> None:
    done = run("--publish", BUNDLED_FOLDER, "--push-to-hub", REPOSITORY, "--dry-run")
    assert run("--publish", BUNDLED_FOLDER, "--push-to-hub", REPOSITORY).returncode == 0
    for name, content in published(hub).items():
        assert f"{hashlib.sha256(content).hexdigest()}  {len(content):>12,}  {name}\n" in done.stdout


# What cannot be


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", r"^Publishing needs a token that may write\. Sign in with `hf auth login`, or set HF_TOKEN"),
        ("hf_nobody", r"^Cannot ask who the token belongs to\. The token is not valid\. .* Received: HTTP 401"),
        ("hf_reader", r"^The token may only read\. Make one that may write"),
    ],
)
def test_token_that_may_not_write_is_told_before_anything_is_sent(
    token: str, message: str, publish: Publish, hub: Hub
) -> None:
    assert re.search(message, sentence_of(publish(token=token)))
    assert hub.count("POST", ".*") == 0


READ_ONLY = [{"permissions": ["repo.content.read", "discussion.write"]}]
SCOPES = {"role": "fineGrained", "fineGrained": {"scoped": READ_ONLY}}


@pytest.mark.parametrize(
    ("token", "orgs", "repository", "message"),
    [
        ({}, {}, "alice/cats", r"^The token belongs to 'user', who may not write to 'alice/cats'\."),
        ({}, {"zoo": "read"}, "zoo/cats", r"^The token belongs to 'user', who may not write to 'zoo/cats'\."),
        ({}, {"zoo": "write"}, "Zoo/cats", ""),
        (SCOPES, {}, "user/cats", r"^The token may only read\."),
        ({"fineGrained": None}, {}, "user/cats", ""),
        ({**SCOPES, "fineGrained": {"scoped": [{"permissions": ["repo.write"]}]}}, {}, "user/cats", ""),
    ],
)
def test_right_to_write_is_known_before_anything_is_sent(
    token: dict[str, Any], orgs: dict[str, str], repository: str, message: str, hub: Hub
) -> None:
    hub.fine_grained, hub.orgs = token, orgs
    if not message:
        require_access(repository)
        return
    with pytest.raises(HubError, match=message):
        require_access(repository)


@pytest.mark.parametrize("name", ["cats", "a/b/c", "user/cats and dogs", "../x", "user/", "-x/y", "user/a..b", "x" * 9])
def test_name_that_no_repository_can_have_is_refused(name: str) -> None:
    with pytest.raises(HubError, match=r"^A model is published as USER/NAME"):
        require_repository(name)


def test_silent_machine_is_one_sentence(publish: Publish, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(model_folder)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free_port()}")
    done = publish()
    assert re.search(r"^Cannot ask who .* the Hub does not answer\. Check the connection", sentence_of(done))
    assert files_of(model_folder) == before


def test_damaged_folder_is_not_published(run: Publish, hub: Hub, model_folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for name, content in files_of(model_folder).items():
        (damaged / name).write_bytes(content[:-1] + b"?" if name == "model.weights.h5" else content)
    assert "is damaged: expected sha256" in sentence_of(run("--publish", damaged, "--push-to-hub", REPOSITORY))
    assert hub.count("POST", ".*") == 0


# What goes wrong on the way

STEPS = {
    "whoami": ("GET", "whoami"),
    "create": ("POST", "repos/create"),
    "info": ("GET", f"models/{REPOSITORY}/revision/main"),
    "preupload": ("POST", "preupload"),
    "lfs": ("POST", "objects/batch"),
    "upload": ("PUT", "/lfs/"),
    "commit": ("POST", "/commit/"),
    "refs": ("GET", "/refs"),
    "tag": ("POST", "/tag/"),
}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_hub_that_is_busy_at_every_step_is_asked_again(
    status: int, publish: Publish, hub: Hub, model_folder: Path
) -> None:
    hub.faults = [Fault(*step, status=status) for step in STEPS.values()]
    done = publish()
    assert done.returncode == 0, done.stderr
    assert [fault.times for fault in hub.faults] == [0] * len(STEPS)
    assert published(hub) == files_of(model_folder)
    assert hub.repositories[REPOSITORY].tags.keys() == {"v1"}


@pytest.mark.parametrize("status", [409, 412])
def test_somebody_who_is_a_moment_faster_is_no_reason_to_give_up(
    status: int, publish: Publish, hub: Hub, model_folder: Path
) -> None:
    hub.faults = [Fault(*STEPS[step], status=status) for step in ("commit", "tag")]
    assert publish().returncode == 0
    assert published(hub) == files_of(model_folder)
    assert hub.repositories[REPOSITORY].tags.keys() == {"v1"}


@pytest.mark.parametrize("after", [False, True])
def test_answers_that_are_lost_make_nothing_twice(after: bool, publish: Publish, hub: Hub, model_folder: Path) -> None:
    hub.faults = [Fault(*step, cut=True, after=after) for step in STEPS.values()]
    done = publish()
    assert done.returncode == 0, done.stderr
    assert [fault.times for fault in hub.faults] == [0] * len(STEPS)
    repository = hub.repositories[REPOSITORY]
    assert len(repository.history) == 2
    assert repository.tags == {"v1": repository.branches["main"]}
    assert published(hub) == files_of(model_folder)


def test_hub_that_stalls_does_not_hang_the_command(publish: Publish, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cnnviz.hub.client, "TIMEOUT_SECONDS", 0.5)
    close_session()
    hub.faults = [Fault(*step, stall=1) for step in STEPS.values()]
    hub.faults += [Fault(*STEPS["commit"], status=412)]  # and then somebody else is a moment faster
    start = time.monotonic()
    done = publish()
    assert done.returncode == 0, done.stderr
    assert [fault.times for fault in hub.faults] == [0] * (len(STEPS) + 1)
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(("status", "advice"), [(401, "not valid"), (403, "may not do this")])
def test_refusal_is_told_at_once_and_nothing_is_half_published(
    status: int, advice: str, publish: Publish, hub: Hub
) -> None:
    hub.faults = [Fault(*STEPS["commit"], times=99, status=status)]
    message = sentence_of(publish())
    assert message.startswith("Cannot commit.")
    assert advice in message
    assert hub.faults[0].times == 98
    assert published(hub) == {}
    assert hub.repositories[REPOSITORY].tags == {}


def test_hub_that_stays_broken_ends_in_a_sentence(publish: Publish, hub: Hub) -> None:
    hub.faults = [Fault(*STEPS["commit"], times=99, status=503)]
    assert re.search(r"^Cannot commit\. The Hub refused\. Received: HTTP 503", sentence_of(publish()))


# Training that publishes


def test_training_publishes_and_what_fails_can_be_done_later(run: Publish, hub: Hub, tmp_path: Path) -> None:
    photos = write_kaggle(tmp_path / "photos", 60, seed=5)
    flags = ("--data", photos, "--epochs", "1", "--output", "runs/first", "--push-to-hub", REPOSITORY)
    assert "may only read" in sentence_of(run(*flags, token="hf_reader"))
    assert not (tmp_path / "runs").exists()  # nothing was trained in vain

    hub.faults = [Fault(*STEPS["commit"], times=1, status=403)]
    message = sentence_of(run(*flags))
    command = re.search(r"The model is saved\. Publish it later: python train\.py (.*)$", message)
    assert command
    done = run(*command[1].split())
    assert done.returncode == 0, done.stderr
    saved = files_of(tmp_path / "runs" / "first" / "model")
    assert published(hub).keys() == saved.keys()
    assert {name for name in saved if saved[name] != published(hub)[name]} == {"README.md", "cnnviz.json"}
