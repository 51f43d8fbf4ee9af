"""The whole way: train.py publishes, app.py serves it, open pages are told; all but the first in processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pytest
from playwright.sync_api import Browser, expect

import cnnviz
import train as train_command
from browsing import (
    choose_layer,
    open_channels,
    open_comparison,
    open_why,
    visiting,
    wait_for_maps,
    wait_for_pairs,
)
from cnnviz.atlas.atlas import build_atlas
from cnnviz.atlas.atlas_folder import write_atlas
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.network.architecture import build_model
from cnnviz.picture.preprocessing import Preprocessing
from folders import tamper
from hub_server import Fault, Hub, serve_models
from networks import build_branches
from server import ROOT, Server, free_port, serve, serve_here

REPOSITORY = "alice/cats-and-dogs"
SECONDS = 300
NUM_CLIENTS = 8


@dataclass(frozen=True)
class Followed:
    """A running app that follows a branch, and how it started.

    Args:
        server: The app.
        hub: What it asks.
        first: What `/model` said of the source while the Hub was silent.
    """

    server: Server
    hub: Hub
    first: dict[str, Any]

    def source(self) -> dict[str, Any]:
        """Ask which model answers."""
        event, data = self.server.call("model")
        assert event == "complete"
        return dict(data[0]["source"])

    def wait_for(self, commit: str) -> dict[str, Any]:
        """Return once a commit is served."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            source = self.source()
            if source["commit"] == commit:
                return source
            time.sleep(0.2)
        raise TimeoutError(f"{commit} is not served.\n{self.server.log()}")


def environment(hub: Hub, folder: Path) -> dict[str, str]:
    """Give what points a process to a Hub and a cache of its own."""
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "hf_writer"}


@pytest.fixture(scope="module")
def followed(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """The app on a branch, started while the Hub was silent."""
    folder = tmp_path_factory.mktemp("followed")
    flags = ("--model", REPOSITORY, "--look-every", "1", "--hub-wait", "1", "--port", free_port())
    with serve_models() as hub:
        hub.orgs = {"alice": "write"}
        commit = hub.add(REPOSITORY, model_folder).oid
        hub.faults = [Fault("GET", "/api/models", times=9999, status=503)]
        with serve(folder, *flags, **environment(hub, folder)) as server:
            first = Followed(server, hub, {}).source()
            hub.faults = []
            running = Followed(server, hub, first)
            running.wait_for(commit)
            yield running


def train(hub: Hub, folder: Path, *flags: str | Path) -> str:
    """Run train.py, and give what it printed."""
    done = subprocess.run(
        [sys.executable, ROOT / "train.py", *flags],
        env={**os.environ, **environment(hub, folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same architecture with other random weights."""
    keras.utils.set_random_seed(11)
    path = tmp_path_factory.mktemp("other") / "model"
    return write_folder(path, build_model(), ("cat", "dog"), Preprocessing(), {"epochs": 0})


def test_model_that_train_publishes_is_pulled_and_served(
    hub: Hub, small_folder: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.orgs = {"alice": "write"}
    monkeypatch.setattr(sys, "argv", ["train.py", "--publish", str(small_folder), "--push-to-hub", REPOSITORY])
    assert train_command.main() == 0
    with serve_here(tmp_path, cnnviz.load(REPOSITORY)) as server:
        event, data = server.call("model")
        assert event == "complete"
        source = data[0]["source"]
        assert (source["kind"], source["name"], source["fallback"]) == ("hub", f"{REPOSITORY}@main", None)
        assert source["commit"] == hub.repositories[REPOSITORY].branches["main"]
        expected = cnnviz.load(small_folder)(photo).probabilities
        assert server.predict(photo.read_bytes()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_app_started_on_the_embedded_model_said_why_and_took_the_right_one(followed: Followed) -> None:
    assert followed.first["kind"] == "embedded"
    assert re.match(
        rf"Cannot ask the Hub for '{REPOSITORY}@main'|'{REPOSITORY}@main' did not arrive within 1 seconds",
        followed.first["fallback"],
    )
    assert f"{followed.first['fallback']} Serving instead: the embedded model." in followed.server.log()
    source = followed.source()
    assert (source["kind"], source["name"], source["fallback"]) == ("hub", f"{REPOSITORY}@main", None)


@pytest.mark.slow
def test_published_model_is_served_within_seconds(
    followed: Followed, other: Path, model_folder: Path, photo: Path, tmp_path: Path
) -> None:
    followed.hub.add(REPOSITORY, model_folder)  # over a model of other classes, nothing is published
    printed = train(followed.hub, tmp_path, "--publish", other, "--push-to-hub", REPOSITORY)
    (commit,) = re.findall(r"^Published .*, commit ([0-9a-f]{40})\.$", printed, re.MULTILINE)
    followed.wait_for(commit)
    expected = cnnviz.load(other)(photo).probabilities
    assert followed.server.predict(photo.read_bytes()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_broken_version_is_not_served(followed: Followed, other: Path, tmp_path: Path) -> None:
    before = followed.source()
    broken = followed.hub.add(REPOSITORY, tamper(other, tmp_path, {"config.json": "{}"})).oid
    wait_until(lambda: f"Commit {broken}" in followed.server.log())
    looks = followed.hub.count("GET", "/revision/main")
    wait_until(lambda: followed.hub.count("GET", "/revision/main") >= looks + 2)
    assert followed.source() == before
    assert followed.server.log().count(f"Commit {broken}") == 1


@pytest.mark.slow
def test_no_request_is_lost_and_each_is_answered_by_one_model(
    followed: Followed, other: Path, model_folder: Path, photo: Path, tmp_path: Path
) -> None:
    content, server = photo.read_bytes(), followed.server
    followed.wait_for(followed.hub.add(REPOSITORY, other).oid)
    answers = {folder: cnnviz.load(folder)(photo).probabilities["cat"] for folder in (other, model_folder)}
    assert abs(answers[other] - answers[model_folder]) > 1e-4
    pictures: list[tuple[float, float]] = []
    is_over = False

    def visit(_: int) -> None:
        while not is_over:
            path = server.upload(content)
            _, data = server.call("visualize", {"path": path}, "magma", "channel", ["dense_2"])
            pictures.append((data[0]["probabilities"]["cat"], data[2]["probabilities"]["cat"]))
            for picture in data[1]:
                server.fetch(picture)

    with ThreadPoolExecutor(NUM_CLIENTS) as pool:
        visitors = [pool.submit(visit, number) for number in range(NUM_CLIENTS)]
        followed.wait_for(followed.hub.add(REPOSITORY, model_folder).oid)
        answered = len(pictures)
        wait_until(lambda: len(pictures) >= answered + 2 * NUM_CLIENTS)
        is_over = True
        for visitor in visitors:
            visitor.result()
    seen = {min(answers, key=lambda folder: abs(answers[folder] - answer)) for answer, _ in pictures}
    assert seen == {other, model_folder}
    for answer, counted in pictures:
        assert answer == counted
        assert min(abs(answer - each) for each in answers.values()) < 1e-6


@pytest.mark.slow
def test_open_page_is_told_and_shows_another_architecture(
    followed: Followed, browser: Browser, model_folder: Path, tmp_path: Path
) -> None:
    followed.wait_for(followed.hub.add(REPOSITORY, tamper(model_folder, tmp_path, {"README.md": "A card."})).oid)
    network = build_branches()
    folder = write_folder(tmp_path / "branches", network.model, network.class_names, network.preprocessing, {})
    write_atlas(folder, build_atlas(read_folder(folder), 0, print))
    with visiting(browser, followed.server) as visit:
        page, looker, comparer, asker = visit(), visit(), visit(), visit()
        open_channels(looker, "conv2d_2")
        open_comparison(comparer)
        open_why(asker)
        answer = page.locator("#answer .label").inner_text()
        page.get_by_role("tab", name="The network").click()
        expect(page.locator("#network")).to_contain_text("conv2d_1")
        expect(page.locator("#atlas h2")).to_have_count(0)  # this model has none
        assert page.locator("#news p").count() == 0
        commit = followed.hub.add(REPOSITORY, folder).oid
        followed.wait_for(commit)
        expect(page.locator("#news p")).to_contain_text("A new version of the model is in.")
        assert page.locator("#answer .label").inner_text() == answer  # still what the visitor looked at
        choose_layer(looker, "conv2d_3")  # of the photo, which the model that is in now was not shown
        assert looker.locator(".channels [name=layer] option").all_inner_texts() == [
            layer.name for layer in network.layers
        ]
        choose_layer(looker, "block/depthwise")
        expect(looker.locator(".channels .tile")).to_have_count(8)
        comparer.locator(".comparison [name=layer]").select_option("conv2d_3")
        expect(comparer.locator(".comparison [name=layer] option")).to_have_count(len(network.layers))
        wait_for_pairs(comparer)
        expect(comparer.locator(".comparison [name=layer]")).to_have_value("last")
        expect(comparer.locator(".comparison .second .legend")).to_contain_text("bee")
        asker.get_by_label("Saliency", exact=True).check()  # the same
        expect(asker.locator(".why [name=layer] option").last).to_have_text("last")
        wait_for_maps(asker)
        expect(asker.locator(".why .trouble")).to_be_hidden()
        page.locator("#news button").click()
        for other in (page, page.context.new_page()):
            if other is not page:
                other.goto(followed.server.url)
            expect(other.locator("#header .model")).to_contain_text(f"version {commit[:7]}")
            expect(other.locator("#answer .label")).to_contain_text(re.compile("Ant|Bee|Cow", re.IGNORECASE))
            expect(other.locator('.layer[data-name="block/depthwise"]')).to_have_count(1)
            expect(other.locator('.layer[data-name="conv2d_1"]')).to_have_count(0)
            expect(other.locator("#news p")).to_have_count(0)
            other.get_by_role("tab", name="The network").click()
            for part in ("#network", "#evidence"):
                expect(other.locator(part)).to_contain_text("block/depthwise")
            expect(other.locator("#kernels")).to_contain_text("signed has 3 kernels")
            expect(other.locator('#atlas [data-name="block/depthwise"] a')).to_have_count(8)
    info = followed.server.http.get("/gradio_api/info").json()["named_endpoints"]["/visualize"]
    assert info["parameters"][3]["type"]["items"]["enum"] == [layer.name for layer in network.layers]


@pytest.mark.slow
def test_strict_app_refuses_to_start_on_another_model(followed: Followed, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "app.py", "--strict", "--port", free_port()],
        env={**os.environ, **environment(followed.hub, tmp_path), "CNNVIZ_MODEL": "alice/none"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "app.py: No model at 'alice/none' on the Hub, and no folder of that name here." in done.stderr
