"""Following a model on the Hub: what stands in, what comes next, and what is kept out."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, HubUnreachableError, NetworkError
from cnnviz.explorer.explorer import Explorer
from cnnviz.hub.client import Reference
from cnnviz.hub.pull import pull
from cnnviz.serving.follow import Follower
from folders import tamper
from hub_server import Fault, Hub

REPOSITORY = "alice/cats-and-dogs"
MAIN = Reference(REPOSITORY)
WAIT = 20.0
SILENT = Fault("GET", "/api/models", times=999, status=503)

Renew = Callable[..., str]


@pytest.fixture
def model_folder(small_folder: Path) -> Path:
    """A model of few weights as a folder; not to be changed."""
    return small_folder


@pytest.fixture
def commit(hub: Hub, model_folder: Path) -> str:
    """The commit of a model that is published."""
    return hub.add(REPOSITORY, model_folder).oid


@pytest.fixture
def renew(hub: Hub, model_folder: Path, tmp_path: Path) -> Renew:
    """Publishes the model again with other contents of files."""

    def add(name: str = "README.md", content: str = "Another card.") -> str:
        return hub.add(REPOSITORY, tamper(model_folder, tmp_path, {name: content})).oid

    return add


@pytest.fixture
def swapped() -> list[Explorer]:
    """What was swapped in so far."""
    return []


def unchanged(explorer: Explorer) -> Explorer:
    """Make nothing else of a model."""
    return explorer


def follow(reference: Reference = MAIN, interval: float = 300) -> Follower[Explorer]:
    return Follower(reference, interval, unchanged)


def started(reference: Reference = MAIN, interval: float = 300) -> tuple[Follower[Explorer], Explorer]:
    follower = follow(reference, interval)
    return follower, follower.start(WAIT)


def require_answer(explorer: Explorer) -> Explorer:
    """Refuse what gives no numbers, as the page does."""
    explorer.predict(Image.new("RGB", (200, 200), "white"))
    return explorer


# What is served first


def test_asked_revision_comes_first(hub: Hub, commit: str) -> None:
    _, explorer = started()
    assert (explorer.source.commit, explorer.source.fallback) == (commit, "")


def test_newest_intact_version_stands_in_and_then_the_embedded_model(
    hub: Hub, commit: str, renew: Renew, caplog: pytest.LogCaptureFixture
) -> None:
    hub.faults = [SILENT]
    _, explorer = started()
    assert explorer.source.kind == "embedded"
    assert explorer.source.fallback.startswith(f"Cannot ask the Hub for '{MAIN}'.")
    assert "Serving instead: the embedded model." in caplog.text
    hub.faults = []
    for _ in range(2):
        pull(MAIN)
        newest = renew()
    pull(MAIN)
    hub.faults = [SILENT]
    _, explorer = started()
    assert explorer.source.commit == newest
    assert explorer.source.fallback.startswith(f"Cannot ask the Hub for '{MAIN}'.")


def test_what_is_intact_but_hostile_does_not_stand_in(hub: Hub, commit: str, renew: Renew) -> None:
    pull(MAIN)
    renew("config.json", '{"class_name": "Lambda"}')
    _, explorer = started()
    assert explorer.source.commit == commit
    assert "it describes no Sequential or functional model" in explorer.source.fallback


def test_strict_refuses_instead(hub: Hub, commit: str, renew: Renew) -> None:
    pull(MAIN)
    renew("config.json", "{}")
    with pytest.raises(FolderError):
        follow().start(WAIT, strict=True)
    hub.faults = [SILENT]
    with pytest.raises(HubUnreachableError):
        follow().start(WAIT, strict=True)


def test_silent_hub_is_not_waited_for_longer_than_asked(hub: Hub, commit: str) -> None:
    hub.faults = [Fault("GET", "/api/models", stall=12)]
    start = time.monotonic()
    explorer = follow().start(wait=0.5)
    assert time.monotonic() - start < 10
    assert explorer.source.kind == "embedded"
    assert explorer.source.fallback == f"'{MAIN}' did not arrive within 0.5 seconds."


# What comes next


def test_new_commit_is_swapped_in_once(hub: Hub, commit: str, renew: Renew, swapped: list[Explorer]) -> None:
    follower, _ = started()
    hub.requests.clear()
    follower.look(swapped.append)
    assert swapped == []
    assert len(hub.requests) == 1
    newer = renew()
    follower.look(swapped.append)
    follower.look(swapped.append)
    assert [explorer.source.commit for explorer in swapped] == [newer]
    assert swapped[0].network.manifest["files"]["README.md"]["size"] == len("Another card.")


def test_right_model_comes_when_the_hub_answers_again(
    hub: Hub, commit: str, swapped: list[Explorer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    hub.faults = [SILENT]
    follower, _ = started()
    follower.look(swapped.append)
    follower.look(swapped.append)
    assert swapped == []
    assert caplog.text.count("The next tries follow every 30 seconds.") == 1
    hub.faults = []
    follower.look(swapped.append)
    assert [(explorer.source.commit, explorer.source.fallback) for explorer in swapped] == [(commit, "")]
    assert "The Hub answers again." in caplog.text


def test_version_that_stood_in_is_served_as_what_was_asked_for(hub: Hub, commit: str, swapped: list[Explorer]) -> None:
    pull(MAIN)
    hub.faults = [SILENT]
    follower, explorer = started()
    assert explorer.source.commit == commit
    hub.faults = []
    follower.look(swapped.append)
    assert [explorer.source.fallback for explorer in swapped] == [""]


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "metrics.json"])
def test_broken_version_is_skipped_kept_out_and_logged_once(
    name: str, hub: Hub, commit: str, renew: Renew, swapped: list[Explorer], caplog: pytest.LogCaptureFixture
) -> None:
    follower, _ = started()
    broken = renew(name, "[]")
    hub.requests.clear()
    for _ in range(3):
        follower.look(swapped.append)
    assert swapped == []
    assert caplog.text.count(f"Commit {broken} of '{MAIN}' is not served: ") == 1
    assert hub.count("GET", f"/revision/{broken}") == 1
    mended = renew()
    follower.look(swapped.append)
    assert [explorer.source.commit for explorer in swapped] == [mended]


def infinite_weights(folder: Path, file: Path) -> bytes:
    """Write weights that are finite, with which the network's answers are not."""
    model = keras.saving.load_model(folder)
    model.layers[-1].kernel.assign(np.full(model.layers[-1].kernel.shape, 3e38, np.float32))
    model.layers[0].bias.assign(np.full(model.layers[0].bias.shape, 1e6, np.float32))
    model.save_weights(file)
    return file.read_bytes()


def test_version_whose_answers_are_no_numbers_is_never_served(
    hub: Hub, commit: str, model_folder: Path, tmp_path: Path, swapped: list[Explorer]
) -> None:
    follower = Follower(MAIN, 300, require_answer)
    follower.start(WAIT)
    weights = infinite_weights(model_folder, tmp_path / "model.weights.h5")
    broken = hub.add(REPOSITORY, tamper(model_folder, tmp_path, {"model.weights.h5": weights})).oid
    follower.look(swapped.append)
    follower.look(swapped.append)
    assert swapped == []
    assert pull(MAIN).commit == broken  # now it is in the cache, intact

    restarted = Follower(MAIN, 300, require_answer)
    explorer = restarted.start(WAIT)
    assert explorer.source.commit == commit
    assert "produced infinite values or NaN" in explorer.source.fallback


def test_reason_is_that_of_the_last_look(hub: Hub, renew: Renew, swapped: list[Explorer]) -> None:
    hub.faults = [SILENT]
    renew("config.json", "{}")
    follower, explorer = started()
    assert "The Hub refused" in explorer.source.fallback
    hub.faults = []
    follower.look(swapped.append)
    follower.look(swapped.append)
    assert [each.source.kind for each in swapped] == ["embedded"]
    assert f"config.json in '{REPOSITORY}@" in swapped[0].source.fallback  # which names no folder of this machine


def test_what_a_tag_was_comes_before_what_was_fetched_last(hub: Hub, commit: str, renew: Renew) -> None:
    tag = Reference(REPOSITORY, "v1")
    hub.repositories[REPOSITORY].tags["v1"] = commit
    pull(tag)
    renew()
    pull(MAIN)
    hub.faults = [SILENT]
    _, explorer = started(tag)
    assert explorer.source.commit == commit


def test_what_is_followed_is_noted_for_when_the_hub_is_silent(
    hub: Hub, commit: str, renew: Renew, swapped: list[Explorer]
) -> None:
    follower, _ = started()
    newer = renew()
    follower.look(swapped.append)
    hub.faults = [SILENT]
    assert cnnviz.load(REPOSITORY).source.commit == newer


def test_only_the_hub_is_waited_for(hub: Hub, commit: str) -> None:
    pull(MAIN)

    def prepare(explorer: Explorer) -> Explorer:
        time.sleep(1)
        return explorer

    explorer = Follower(Reference(REPOSITORY, commit), 300, prepare).start(wait=0.5)
    assert explorer.source.fallback == ""


def test_old_models_go(hub: Hub, commit: str, renew: Renew) -> None:
    follower, explorer = started()
    networks = [weakref.ref(explorer.network)]
    del explorer
    for _ in range(3):
        renew()
        current: list[Explorer] = []
        follower.look(current.append)
        networks.append(weakref.ref(current[0].network))
    del current
    gc.collect()
    assert [network() for network in networks] == [None] * 4


def test_the_first_model_goes_though_the_collector_was_told_that_it_stays(
    hub: Hub, commit: str, renew: Renew, swapped: list[Explorer]
) -> None:
    follower, explorer = started()
    model = weakref.ref(explorer.network.model)
    gc.collect()
    gc.freeze()  # as `launch` does
    del explorer
    renew()
    follower.look(swapped.append)
    assert model() is None
    assert gc.get_freeze_count() > 0


def test_hub_that_knows_less_for_a_moment_does_not_bring_the_old_version_back(
    hub: Hub, commit: str, renew: Renew, swapped: list[Explorer]
) -> None:
    follower, _ = started()
    newer = renew()
    follower.look(swapped.append)
    for _ in range(3):
        hub.faults = [Fault("GET", "/api/models", stale=True)]
        follower.look(swapped.append)  # is told of the first commit again
        follower.look(swapped.append)
    assert [explorer.source.commit for explorer in swapped] == [newer]
    hub.repositories[REPOSITORY].branches["main"] = commit  # which its owner may do
    follower.look(swapped.append)
    follower.look(swapped.append)
    assert [explorer.source.commit for explorer in swapped] == [newer, commit]


def test_commit_is_never_asked_for_again(hub: Hub, commit: str, swapped: list[Explorer]) -> None:
    follower, _ = started(Reference(REPOSITORY, commit))
    hub.requests.clear()
    follower.follow(swapped.append)
    wait_until_no_thread_follows()
    assert hub.requests == []


def wait_for_looks(hub: Hub, number: int) -> None:
    """Return once the Hub was asked some more times which version is the newest."""
    before, deadline = hub.count("GET", "/revision/main"), time.monotonic() + WAIT
    while hub.count("GET", "/revision/main") < before + number:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_no_thread_follows() -> None:
    for thread in threading.enumerate():
        if thread.name == "cnnviz-follow":
            thread.join(WAIT)
            assert not thread.is_alive()


def test_commit_that_was_late_is_swapped_in_by_itself(
    hub: Hub, commit: str, swapped: list[Explorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.serving.follow.RETRY_SECONDS", 0.05)
    hub.faults = [Fault("GET", "/api/models", stall=1)]
    follower = follow(Reference(REPOSITORY, commit), 0)
    assert follower.start(wait=0.1).source.kind == "embedded"
    follower.follow(swapped.append)
    wait_until_no_thread_follows()
    assert [explorer.source.commit for explorer in swapped] == [commit]


def test_bug_is_logged_once_and_does_not_end_the_looks(
    hub: Hub, commit: str, renew: Renew, caplog: pytest.LogCaptureFixture
) -> None:
    follower = follow(interval=0.05)
    follower.start(WAIT)
    renew()
    done = threading.Event()
    calls = []
    is_called = threading.Event()

    def swap(explorer: Explorer) -> None:
        calls.append(explorer)
        is_called.set()
        if len(calls) == 1:
            raise ZeroDivisionError
        assert explorer.source.commit == newer
        follower.interval = 0  # so that the looks end
        done.set()

    follower.follow(swap)
    assert is_called.wait(WAIT)
    wait_for_looks(hub, 3)  # at the same version
    assert len(calls) == 1
    newer = renew()
    assert done.wait(WAIT)
    wait_until_no_thread_follows()
    assert "ZeroDivisionError" in caplog.text


def test_version_that_does_not_stand_its_trial_is_never_loaded(
    hub: Hub, commit: str, renew: Renew, swapped: list[Explorer]
) -> None:
    tried: list[Path] = []

    def require(folder: Path) -> None:
        tried.append(folder)
        if folder.name != commit:
            raise NetworkError(f"The model in '{folder}' takes longer than 60 seconds.")

    follower = Follower(MAIN, 300, unchanged, require)
    assert follower.start(WAIT).source.commit == commit
    hostile = renew()
    follower.look(swapped.append)
    assert swapped == []
    explorer = Follower(MAIN, 300, unchanged, require).start(WAIT)
    assert [folder.name for folder in tried] == [commit, hostile, hostile, hostile, commit]
    assert explorer.source.commit == commit
    assert explorer.source.fallback == f"The model in '{REPOSITORY}@{hostile}' takes longer than 60 seconds."
