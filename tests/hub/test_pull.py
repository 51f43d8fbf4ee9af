"""Pulling, with the real client over HTTP from a server that can misbehave: whole and verified, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from huggingface_hub import constants
from PIL import Image

import cnnviz
from cnnviz.base.errors import CnnvizError, FolderError, HubError, HubUnreachableError
from cnnviz.hub.client import Reference, read_reference
from cnnviz.hub.pull import find_cached, find_cached_revision, pull
from disks import filled
from folders import tamper
from hub_server import Fault, Hub

REPOSITORY = "alice/cats-and-dogs"
MAIN = Reference(REPOSITORY)
WEIGHTS = "model.weights.h5"
INFO = ("GET", f"/api/models/{REPOSITORY}/revision/")


@pytest.fixture
def commit(hub: Hub, model_folder: Path) -> str:
    """The commit of a model that is published."""
    return hub.add(REPOSITORY, model_folder).oid


@pytest.fixture
def renew(hub: Hub, commit: str, model_folder: Path, tmp_path: Path) -> Callable[[], str]:
    """Publishes the model again with another card."""
    return lambda: hub.add(REPOSITORY, tamper(model_folder, tmp_path, {"README.md": "Another card."})).oid


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What is meant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice/cats", Reference("alice/cats", "main")),
        ("alice/cats@v1.2", Reference("alice/cats", "v1.2")),
        ("alice/cats@refs/pr/3", Reference("alice/cats", "refs/pr/3")),
        ("alice/cats/", Reference("alice/cats", "main")),
        ("alice/resnet-1.5", Reference("alice/resnet-1.5", "main")),
        ("hf://alice/cats", Reference("alice/cats", "main")),
        ("hf://alice/cats@v1/", Reference("alice/cats", "v1")),
        ("hf://alice/cats.keras", Reference("alice/cats.keras", "main")),
        ("https://huggingface.co/alice/cats", Reference("alice/cats", "main")),
        ("https://huggingface.co/alice/cats/tree/main/", Reference("alice/cats", "main")),
        ("https://huggingface.co/alice/cats/blob/refs/pr/3?raw=1", Reference("alice/cats", "refs/pr/3")),
        ("http://hf.co/alice/cats@v1", Reference("alice/cats", "v1")),
        ("alice/cats.keras", None),
        ("alice/cats.h5", None),
        ("hf://alice", None),
        ("hf://alice/cats/model.keras", None),
        ("https://example.com/alice/cats", None),
        ("cats", None),
        ("runs/mine/model", None),
        ("alice/cats@", None),
        ("alice/cats@../main", None),
        ("alice/cats@v1@v2", None),
        ("../cats", None),
        ("alice/ca ts", None),
        ("", None),
    ],
)
def test_reference_is_read(text: str, expected: Reference | None) -> None:
    assert read_reference(text) == expected
    if expected:
        assert read_reference(str(expected)) == expected


def test_folder_that_exists_comes_first(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: Hub
) -> None:
    shutil.copytree(model_folder, tmp_path / "alice" / "cats")
    monkeypatch.chdir(tmp_path)
    source = cnnviz.load("alice/cats").source
    assert (source.kind, source.name) == ("folder", "cats")
    assert hub.requests == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hf://alice", r"Expected hf://USER/NAME or hf://USER/NAME@REVISION on the Hub\. Received: 'hf://alice'\."),
        ("https://example.com/m.keras", r"'https://example\.com/m\.keras' is a web address: download the model"),
        ("models/cats.keras", r"No model folder at 'models/cats\.keras'\. Expected a model folder, a "),
    ],
)
def test_what_is_no_model_of_the_hub_is_not_asked_for(text: str, sentence: str, hub: Hub) -> None:
    with pytest.raises(FolderError, match=f"^{sentence}"):
        cnnviz.load(text)
    assert hub.requests == []


def test_every_way_to_write_its_name_finds_it(hub: Hub, commit: str) -> None:
    for text in (f"{REPOSITORY}/", f"hf://{REPOSITORY}", f"https://huggingface.co/{REPOSITORY}/tree/main"):
        source = cnnviz.load(text).source
        assert (source.kind, source.name, source.commit) == ("hub", f"{REPOSITORY}@main", commit)


# What is fetched


def test_model_is_the_one_that_was_published(hub: Hub, commit: str, model_folder: Path, photo: Path) -> None:
    explorer = cnnviz.load(REPOSITORY)
    assert explorer(photo).probabilities == cnnviz.load(model_folder)(photo).probabilities
    assert (explorer.source.kind, explorer.source.name) == ("hub", f"{REPOSITORY}@main")
    assert explorer.source.commit == commit
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", explorer.source.date)
    assert explorer.source.fallback == ""
    assert hub.leaked == []


def test_only_needed_files_are_fetched_with_a_progress_bar(
    hub: Hub, model_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    commit = hub.add(REPOSITORY, model_folder)
    commit.files["holiday.mp4"] = b"x" * 1000
    commit.files["../escape.txt"] = b"x"
    snapshot = pull(MAIN)
    assert files_of(snapshot.folder) == files_of(model_folder)
    assert hub.count("GET", "holiday|escape") == 0
    assert re.search(r"Fetching \d+ files: 100%", capfd.readouterr().err)


@pytest.mark.parametrize("revision", ["main", "v1", "commit"])
def test_branch_tag_and_commit_name_a_model(revision: str, hub: Hub, commit: str, renew: Callable[[], str]) -> None:
    hub.repositories[REPOSITORY].tags["v1"] = commit
    if revision != "main":
        renew()
    assert pull(Reference(REPOSITORY, commit if revision == "commit" else revision)).commit == commit


def test_cached_commit_costs_no_request_and_a_cached_branch_one(hub: Hub, commit: str) -> None:
    pull(MAIN)
    hub.requests.clear()
    pull(Reference(REPOSITORY, commit))
    assert hub.requests == []
    pull(MAIN)
    assert hub.requests == [("GET", f"/api/models/{REPOSITORY}/revision/main")]


def test_new_commit_fetches_only_what_changed(hub: Hub, commit: str, renew: Callable[[], str]) -> None:
    pull(MAIN)
    second = renew()
    hub.requests.clear()
    snapshot = pull(MAIN)
    assert snapshot.commit == second != commit
    assert (snapshot.folder / "README.md").read_text() == "Another card."
    assert hub.count("GET", "storage") == 0


# What is damaged on the way


@pytest.mark.parametrize("name", ["cnnviz.json", "config.json", WEIGHTS])
def test_flipped_bit_is_fetched_once_more(name: str, hub: Hub, commit: str, model_folder: Path) -> None:
    path = "/storage/" if name == WEIGHTS else name
    hub.faults = [Fault("GET", path, flip=True)]
    assert files_of(pull(MAIN).folder) == files_of(model_folder)
    assert hub.count("GET", path) == 2


@pytest.mark.parametrize("name", ["cnnviz.json", "config.json", WEIGHTS])
def test_file_that_stays_damaged_is_refused_with_both_hashes(name: str, hub: Hub, commit: str) -> None:
    path = "/storage/" if name == WEIGHTS else name
    hub.faults = [Fault("GET", path, times=9, flip=True)]
    with pytest.raises(FolderError) as caught:
        pull(MAIN)
    pattern = rf"^{name} of '{REPOSITORY}@{commit}' is damaged, also when it is downloaded again: "
    assert re.match(pattern + r"expected [\w' ]+ [0-9a-f]{40,64}\. Received: [0-9a-f]{40,64}\.$", str(caught.value))
    assert hub.count("GET", path) == 2
    assert list(find_cached(MAIN)) == []


@pytest.mark.parametrize("fault", [{"halve": True}, {"short": 1000}, {"status": 503}, {"cut": True}])
def test_broken_download_goes_on(fault: dict[str, object], hub: Hub, commit: str, model_folder: Path) -> None:
    hub.faults = [Fault("GET", "/storage/", **fault)]
    assert files_of(pull(MAIN).folder) == files_of(model_folder)


def test_card_that_rotted_in_the_cache_is_mended(hub: Hub, commit: str, model_folder: Path) -> None:
    folder = pull(MAIN).folder
    for name in (WEIGHTS, "README.md", "cnnviz.json"):
        blob = (folder / name).resolve()
        blob.write_bytes(b"\0" + blob.read_bytes()[1:])
        assert list(find_cached(MAIN)) == []
        assert files_of(pull(Reference(REPOSITORY, commit)).folder) == files_of(model_folder)


# When the Hub does not answer


def test_branch_is_what_it_was_last_when_the_hub_is_silent(
    hub: Hub, commit: str, renew: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    pull(MAIN)
    newer = renew()
    pull(Reference(REPOSITORY, newer))  # which is no news of main
    hub.faults = [Fault("GET", "/api/models", times=99, status=503)]
    source = cnnviz.load(REPOSITORY).source
    assert source.commit == commit
    assert source.fallback.startswith(f"Cannot ask the Hub for '{MAIN}'.")
    assert "Using the last known version instead." in caplog.text
    assert find_cached_revision(Reference(REPOSITORY, "v9")) is None


def test_newest_intact_version_of_the_cache_comes_first(hub: Hub, commit: str, renew: Callable[[], str]) -> None:
    pull(MAIN)
    newer = renew()
    pull(MAIN)
    assert [each.commit for each in find_cached(MAIN)] == [newer, commit]
    (next(find_cached(MAIN)).folder / "README.md").resolve().write_text("rotted")
    assert [each.commit for each in find_cached(MAIN)] == [commit]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_hub_that_is_busy_and_knows_nothing_here_is_one_sentence(status: int, hub: Hub, commit: str) -> None:
    hub.faults = [Fault("GET", "/api/models", times=99, status=status)]
    with pytest.raises(HubUnreachableError, match=rf"^Cannot ask .* '{MAIN}'\. The Hub refused.*HTTP {status}"):
        cnnviz.load(REPOSITORY)


def test_machine_that_is_offline_is_one_sentence(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachableError, match="HF_HUB_OFFLINE forbids to ask the Hub"):
        cnnviz.load(REPOSITORY)


def test_cache_that_cannot_be_written_is_one_sentence(monkeypatch: pytest.MonkeyPatch, hub: Hub, commit: str) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", "/dev/null/hub")
    with pytest.raises(HubError, match=r"^Cannot download cnnviz\.json of '.*'\. Received: NotADirectoryError, "):
        cnnviz.load(REPOSITORY)


def test_stalling_hub_ends_in_time(monkeypatch: pytest.MonkeyPatch, hub: Hub, commit: str) -> None:
    monkeypatch.setattr("cnnviz.hub.pull.ANSWER_SECONDS", 0.3)
    hub.faults = [Fault("GET", "/api/models", times=2, stall=12)]
    start = time.monotonic()
    with pytest.raises(HubUnreachableError, match="the Hub does not answer"):
        cnnviz.load(REPOSITORY)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"{}", b"[]", b"null"])
def test_what_is_not_the_hub_is_a_hub_that_does_not_answer(body: bytes, hub: Hub, commit: str) -> None:
    pull(MAIN)
    hub.faults = [Fault("GET", "/api/models", times=9, status=200, body=body)]
    assert cnnviz.load(REPOSITORY).source.fallback == f"Cannot ask for '{MAIN}': the answer is not from the Hub."


def test_refusal_of_a_file_is_told_without_what_its_address_is_signed_with(hub: Hub, commit: str) -> None:
    hub.faults = [Fault("GET", "/storage/", times=9, status=403)]
    with pytest.raises(HubError, match=r"The token may not do this\. .* Received: HTTP 403") as refused:
        pull(MAIN)
    assert "write" not in str(refused.value)
    assert "Signature" not in str(refused.value)
    assert not isinstance(refused.value, HubUnreachableError)


def test_gated_model_says_where_to_ask(hub: Hub, commit: str) -> None:
    gated = {"X-Error-Code": "GatedRepo"}
    for method, path in (("GET", "/api/models"), ("HEAD", "/resolve/")):
        hub.faults = [Fault(method, path, times=99, status=403, headers=gated)]
        with pytest.raises(HubError, match="needs the permission of its owner"):
            pull(MAIN)


# What is not there, or not ours


def test_missing_models_and_revisions_are_one_sentence_each(hub: Hub, commit: str) -> None:
    with pytest.raises(HubError, match=r"^No model at 'alice/none' on the Hub, and no folder of that name here\."):
        cnnviz.load("alice/none")
    with pytest.raises(HubError, match=rf"^The model '{REPOSITORY}' has no branch, tag or commit 'v9'\.$"):
        cnnviz.load(f"{REPOSITORY}@v9")


def test_private_model_needs_a_token(
    hub: Hub, model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub.add(REPOSITORY, model_folder, private=True)
    monkeypatch.setenv("HF_TOKEN", "")
    with pytest.raises(HubError, match="sign in with `hf auth login` if it is private"):
        cnnviz.load(REPOSITORY)
    monkeypatch.setenv("HF_TOKEN", "hf_reader")
    cnnviz.load(REPOSITORY)


def test_repository_of_another_kind_is_not_opened(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    for name in ("a.keras", "b.keras"):
        (tmp_path / "theirs" / name).write_bytes(b"x")
    hub.add(REPOSITORY, tmp_path / "theirs")
    refusal = (
        r"no model that can be opened: expected cnnviz.*, or a single \.keras file\. Received: a\.keras, b\.keras\."
    )
    with pytest.raises(FolderError, match=refusal):
        cnnviz.load(REPOSITORY)
    assert hub.count("GET", "a.keras") == 0


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A model as Keras's own `model.save("hf://…")` writes it."""
    keras.utils.set_random_seed(0)
    steps = [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()]
    model = keras.Sequential([keras.Input((20, 20, 3)), *steps, keras.layers.Dense(3, activation="softmax")])
    model.save(tmp_path / "layout", zipped=False)
    shutil.rmtree(tmp_path / "layout" / "assets", ignore_errors=True)
    return tmp_path / "layout"


def test_model_that_keras_saved_there_is_opened_and_known_without_the_hub(
    hub: Hub, layout: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.add(REPOSITORY, layout).oid
    explorer = cnnviz.load(f"hf://{REPOSITORY}", classes=["ant", "bee", "cow"])
    source = explorer.source
    assert (source.kind, source.name, source.commit) == ("hub", f"{REPOSITORY}@main", commit)
    assert explorer.predict(photo) == cnnviz.load(layout, classes=["ant", "bee", "cow"]).predict(photo)
    assert explorer.network.preprocessing.scaling == "0-255"
    known = find_cached_revision(MAIN)
    assert known and [each.commit for each in find_cached(MAIN)] == [commit]
    weights = (known.folder / WEIGHTS).resolve()
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + b"x")
    assert find_cached_revision(MAIN) is None
    assert cnnviz.load(REPOSITORY).predict(photo)  # it is downloaded once more
    assert weights.read_bytes() == content


def test_single_keras_file_is_opened_and_known_without_the_hub(
    hub: Hub, layout: Path, tmp_path: Path, photo: Path
) -> None:
    theirs, classes = tmp_path / "theirs", ["ant", "bee", "cow"]
    theirs.mkdir()
    with zipfile.ZipFile(theirs / "mine.keras", "w") as archive:
        for name in ("config.json", "metadata.json", WEIGHTS):
            archive.write(layout / name, name)
    (theirs / "README.md").write_text("A model.")
    commit = hub.add(REPOSITORY, theirs).oid
    pinned = Reference(REPOSITORY, commit)
    for reference in (REPOSITORY, str(pinned)):
        explorer = cnnviz.load(reference, classes=classes)
        assert (explorer.source.commit, bool(explorer.source.date)) == (commit, True)
        assert explorer.predict(photo) == cnnviz.load(layout, classes=classes).predict(photo)
    assert hub.count("GET", "README.md") == 0
    known = find_cached_revision(MAIN)
    assert known is not None
    assert known.folder.name == "mine.keras"
    assert list(find_cached(MAIN)) == [known]
    with zipfile.ZipFile(theirs / "mine.keras", "w") as archive:
        archive.writestr("notes.txt", "no model")
    newer = hub.add(REPOSITORY, theirs).oid
    with pytest.raises(FolderError, match=rf"^'{REPOSITORY}@{newer}' is no model of Keras: expected config\.json and"):
        cnnviz.load(REPOSITORY)


def test_code_in_a_model_that_keras_saved_there_does_not_run(hub: Hub, layout: Path) -> None:
    config = json.loads((layout / "config.json").read_text())
    config["config"]["layers"][1] = {"module": "keras.layers", "class_name": "Lambda", "config": {}}
    (layout / "config.json").write_text(json.dumps(config))
    hub.add(REPOSITORY, layout)
    with pytest.raises(FolderError, match=rf"^config\.json in '{REPOSITORY}@\w+' is refused: it names something other"):
        cnnviz.load(REPOSITORY)


def test_declared_sizes_are_checked_before_anything_large_is_fetched(
    hub: Hub, model_folder: Path, tmp_path: Path
) -> None:
    huge = 10 * 2**30
    files = json.loads((model_folder / "cnnviz.json").read_text())["files"]
    folder = tamper(model_folder, tmp_path, files=files | {WEIGHTS: files[WEIGHTS] | {"size": huge}})
    commit = hub.add(REPOSITORY, folder)
    with pytest.raises(FolderError, match=rf"lists {WEIGHTS} with {huge} bytes\. Received: \d+ bytes"):
        pull(MAIN)
    commit.declared[WEIGHTS] = huge
    with pytest.raises(FolderError, match=r"is refused: it has 10,7\d\d,\d{3},\d{3} bytes, at most"):
        pull(MAIN)
    commit.declared["cnnviz.json"] = huge
    with pytest.raises(FolderError, match=r"its cnnviz\.json has 10,7\d\d,\d{3},\d{3} bytes"):
        pull(MAIN)
    assert hub.count("GET", "storage") == 0


HOSTILE_MANIFESTS = {
    "../../etc/cron.d/x": r"lists a file named '\.\./\.\./etc/cron\.d/x'",
    "/etc/passwd": "lists a file named '/etc/passwd'",
    "a\nb": r"lists a file named 'a\\nb'",
}


@pytest.mark.parametrize("name", HOSTILE_MANIFESTS)
def test_names_that_lead_elsewhere_are_refused(name: str, hub: Hub, model_folder: Path, tmp_path: Path) -> None:
    files = json.loads((model_folder / "cnnviz.json").read_text())["files"]
    about = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1}
    hub.add(REPOSITORY, tamper(model_folder, tmp_path, files=files | {name: about})).files[name] = b"x"
    with pytest.raises(FolderError, match=HOSTILE_MANIFESTS[name]):
        pull(MAIN)
    assert hub.count("GET", "resolve") == 1  # the manifest


def write_nan_weights(folder: Path, file: Path) -> bytes:
    """Write the model's weights, of which one is no number."""
    model = keras.saving.load_model(folder)
    kernel = model.layers[0].kernel.numpy()
    kernel[0, 0, 0, 0] = np.nan
    model.layers[0].kernel.assign(kernel)
    model.save_weights(file)
    return file.read_bytes()


def test_hostile_models_are_refused_before_they_answer(hub: Hub, model_folder: Path, tmp_path: Path) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    lambda_layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "x"}}
    config["config"]["layers"].insert(1, lambda_layer)
    nan = write_nan_weights(model_folder, tmp_path / WEIGHTS)
    folders = {
        "something other than the layers of Keras": tamper(model_folder, tmp_path, {"config.json": json.dumps(config)}),
        "hold infinite values or NaN": tamper(model_folder, tmp_path, {WEIGHTS: nan}),
        "needs 2 different class names": tamper(model_folder, tmp_path, class_names=["cat", "dog", "cow"]),
        "is damaged: it is not JSON": tamper(model_folder, tmp_path, {"metrics.json": "{"}),
        "has the format version 99": tamper(model_folder, tmp_path, format_version=99),
    }
    for reason, folder in folders.items():
        hub.add(REPOSITORY, folder)
        with pytest.raises(CnnvizError, match=reason):
            cnnviz.load(REPOSITORY)


def test_published_repository_opens_with_plain_keras(hub: Hub, commit: str, model_folder: Path, photo: Path) -> None:
    batch = np.asarray(Image.open(photo).resize((48, 48)), np.float32)[None] / 255
    theirs = keras.saving.load_model(f"hf://{REPOSITORY}")
    np.testing.assert_allclose(theirs(batch), keras.saving.load_model(model_folder)(batch), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Not enough free disk space")  # the client's own, before it tries
def test_a_full_disk_is_said_and_the_next_pull_is_whole(
    hub: Hub, commit: str, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(small_disk / "hub"))
    with filled(small_disk), pytest.raises(HubError, match="No space left on device"):
        pull(MAIN)
    assert find_cached_revision(MAIN) is None
    assert pull(MAIN).commit == commit
