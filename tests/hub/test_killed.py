"""Killed while a model is published or pulled, as by a power cut: the next try ends as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

from cnnviz.hub.client import Reference
from cnnviz.hub.publish import publish
from cnnviz.hub.pull import find_cached, pull
from hub_server import Fault, Hub
from server import ROOT

pytestmark = pytest.mark.slow
REPOSITORY = "user/cats-and-dogs"
MAIN = Reference(REPOSITORY)
SECONDS = 300
PULL = "from cnnviz.hub.pull import pull; from cnnviz.hub.client import Reference; pull(Reference(*sys.argv[1:]))"
PUBLISH = """
from pathlib import Path
from cnnviz.hub import publish
publish.require_working = lambda folder: publish.verify_folder(folder)["files"]  # without Keras, which takes seconds
publish.publish(Path(sys.argv[2]), sys.argv[1])
"""


def kill_at(hub: Hub, code: str, *arguments: str) -> None:
    """Run code in a process of its own, and kill it while the Hub stalls; it must get so far."""
    environment = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": constants.HF_HUB_CACHE, "HF_HUB_DISABLE_XET": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys\n{code}", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    (fault,) = hub.faults
    deadline = time.monotonic() + SECONDS
    while fault.times:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)  # so that what the Hub has sent is written
    process.kill()
    process.wait()


@pytest.mark.parametrize("path", [r"resolve/\w+/cnnviz\.json", r"resolve/\w+/config\.json", "/storage/"])
def test_model_is_pulled_whole_after_the_process_that_pulled_it_was_killed(
    path: str, hub: Hub, model_folder: Path
) -> None:
    commit = hub.add(REPOSITORY, model_folder).oid
    hub.faults = [Fault("GET", path, stall=1)]
    kill_at(hub, PULL, REPOSITORY)
    assert list(find_cached(MAIN)) == []  # half a model does not stand in
    snapshot = pull(MAIN)
    assert snapshot.commit == commit
    for file in model_folder.iterdir():
        assert (snapshot.folder / file.name).read_bytes() == file.read_bytes()
    assert [each.commit for each in find_cached(MAIN)] == [commit]


STEPS = {
    "upload": Fault("PUT", "/storage/|lfs", stall=1),
    "commit": Fault("POST", "/commit/main", stall=1),
    "commit that is made": Fault("POST", "/commit/main", stall=1, after=True),
    "tag": Fault("POST", "/tag/", stall=1),
}


@pytest.mark.parametrize("step", STEPS)
def test_model_is_published_once_after_the_process_that_published_it_was_killed(
    step: str, hub: Hub, model_folder: Path
) -> None:
    hub.faults = [STEPS[step]]
    kill_at(hub, PUBLISH, REPOSITORY, str(model_folder))
    while hub.num_busy:  # it does what it was asked to
        time.sleep(0.02)
    publish(model_folder, REPOSITORY)
    repository = hub.repositories[REPOSITORY]
    assert len(repository.history) == 2  # that of the Hub itself, and ours
    assert repository.tags == {"v1": repository.branches["main"]}
    files = repository.find("main").files
    assert {name: files[name] for name in files if name != ".gitattributes"} == {
        file.name: file.read_bytes() for file in model_folder.iterdir()
    }
