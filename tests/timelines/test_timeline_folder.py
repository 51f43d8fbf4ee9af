"""The folder of a timeline: where it is found, and what is refused of a stranger's."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.base.errors import FolderError
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.model_folder.manifest import verify_folder
from cnnviz.network.network import Network
from cnnviz.timelines.timeline_folder import ABOUT, add_timeline, find_timeline, read_timeline
from folders import tamper
from networks import build_branches


@pytest.fixture
def run(tiny: Network, recorded: Path, tmp_path: Path) -> Path:
    """A run's folder with a model and its timeline."""
    write_folder(tmp_path / "run" / "model", tiny.model, tiny.class_names, tiny.preprocessing, {})
    shutil.copytree(recorded, tmp_path / "run" / "timeline")
    return tmp_path / "run"


def change(folder: Path, where: Path, change: Any) -> Path:
    """Copy a timeline with another description."""
    copy = Path(shutil.copytree(folder, where / "changed"))
    about = json.loads((copy / ABOUT).read_text(encoding="utf-8"))
    change(about)
    (copy / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    return copy


def test_the_timeline_beside_a_model_is_its_own(run: Path) -> None:
    network = read_folder(run / "model")
    assert find_timeline(network) == run / "timeline"
    assert len(read_timeline(network)) == 3


def test_a_timeline_in_the_models_folder_is_listed_verified_and_first(run: Path, tmp_path: Path) -> None:
    add_timeline(run / "model", run / "timeline")
    add_timeline(run / "model", run / "timeline")  # a second time replaces the first
    manifest = verify_folder(run / "model")
    assert {ABOUT, "timeline-0000000020.npz"} <= set(manifest["files"])
    assert (run / "model" / "README.md").read_text(encoding="utf-8").count("## How it learned") == 1
    network = read_folder(run / "model")
    timeline = read_timeline(network)
    assert (find_timeline(network), timeline.places[0].path.parent) == (run / "model", run / "model")
    assert all(map(np.array_equal, timeline.weights(1), read_timeline(network, run / "timeline").weights(1)))
    (run / "model" / ABOUT).write_text("{}")
    with pytest.raises(FolderError, match="is damaged: expected"):
        read_timeline(network)


def test_a_tampered_model_folder_with_right_hashes_is_still_checked(run: Path, tmp_path: Path) -> None:
    add_timeline(run / "model", run / "timeline")
    about = json.loads((run / "model" / ABOUT).read_text(encoding="utf-8"))
    about["snapshots"][0]["file"] = "../../../etc/passwd"
    network = read_folder(tamper(run / "model", tmp_path, {ABOUT: json.dumps(about)}))
    with pytest.raises(FolderError, match="a file has no name"):
        read_timeline(network)


def test_without_a_timeline_it_is_said_how_to_make_one(tiny: Network, small_folder: Path, tmp_path: Path) -> None:
    for network in (tiny, read_folder(small_folder)):
        with pytest.raises(FolderError, match=r"This model has no timeline\. Train with `python train.py --snapshots`"):
            read_timeline(network)
    with pytest.raises(FolderError, match=r"No timeline in '.*': expected a folder with timeline\.json"):
        read_timeline(tiny, tmp_path)


def test_a_timeline_of_another_architecture_is_refused(recorded: Path) -> None:
    with pytest.raises(FolderError, match="another architecture"):
        read_timeline(build_branches(), recorded)


FIRST = "snapshots", 0


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("format_version",), 99, "another version"),
        (("layers",), [0, 99], "layers are not"),
        (("layers",), [2, 0], "layers are not"),
        (("layers",), "conv2d_1", "layers are not"),
        (("num_photos",), -1, "number of photographs"),
        (("snapshots",), [], "has no snapshot yet"),
        (("snapshots",), [{}] * 21, "at most 20 snapshots"),
        (("snapshots",), [None], "a snapshot is missing"),
        ((*FIRST, "step"), 10, "steps are not in order"),
        ((*FIRST, "step"), 1e9, "steps are not in order"),
        ((*FIRST, "epoch"), -1.0, "epoch"),
        ((*FIRST, "name"), "a\nb", "no name"),
        ((*FIRST, "name"), 5, "no name"),
        ((*FIRST, "accuracy"), 1.5, "accuracy"),
        ((*FIRST, "accuracy"), True, "accuracy"),
        ((*FIRST, "answer_error"), -0.1, "error of answers"),
        ((*FIRST, "figures"), {"loss": "low"}, "figure"),
        ((*FIRST, "figures"), {str(number): 1.0 for number in range(99)}, "figure"),
        ((*FIRST, "figures"), {"loss": 10**400}, "figure"),
        ((*FIRST, "probes"), {"conv2d_1": 0.5}, "probes"),
        ((*FIRST, "probes"), {"0": 7}, "probes"),
        ((*FIRST, "file"), "/etc/passwd", "no name"),
        ((*FIRST, "file"), 7, "no name"),
        ((*FIRST, "size"), 10**9, "larger than the model's weights"),
        ((*FIRST, "sha256"), None, "hash"),
    ],
)
def test_a_description_that_is_not_right_is_refused(
    place: tuple[Any, ...], value: Any, reason: str, tiny: Network, recorded: Path, tmp_path: Path
) -> None:
    def put(about: Any) -> None:
        *way, last = place
        for part in way:
            about = about[part]
        about[last] = value

    with pytest.raises(FolderError, match=reason):
        read_timeline(tiny, change(recorded, tmp_path, put))


@pytest.mark.parametrize("content", ["", "[]", '{"format_version": NaN}', "{" * 100_000])
def test_what_is_no_description_is_refused(content: str, tiny: Network, tmp_path: Path) -> None:
    (tmp_path / ABOUT).write_text(content)
    with pytest.raises(FolderError, match="is damaged"):
        read_timeline(tiny, tmp_path)
