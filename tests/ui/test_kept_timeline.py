"""The page's timeline: it is opened once, grows, and keeps no page from starting."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import OptionError
from cnnviz.network.network import Network
from cnnviz.timelines.snapshot import Snapshot
from cnnviz.timelines.timeline_folder import ABOUT, FOLDER, add_timeline
from cnnviz.ui.kept_timeline import KeptTimeline, describe_moments, keep_timeline, key_of, title_of
from networks import build_tiny
from timelines_of import add, record


@pytest.fixture(scope="module")
def tiny() -> Network:
    return build_tiny()


def kept(network: Network, folder: Path | None = None) -> KeptTimeline:
    found = keep_timeline(network, folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("snapshot", "title"),
    [
        (Snapshot(64, 0.44), "step 64 · epoch 0.4"),
        (Snapshot(1024, None), "step 1,024"),
        (Snapshot(None, None, "epoch-3.keras"), "epoch-3.keras"),
        (Snapshot(None, 3.0, "epoch-3.keras"), "epoch-3.keras"),
    ],
)
def test_a_moment_has_a_title(snapshot: Snapshot, title: str) -> None:
    assert title_of(snapshot) == title


def test_the_timeline_beside_a_model_or_in_its_folder_is_found(small_folder: Path, tmp_path: Path) -> None:
    model_folder = tmp_path / "model"
    shutil.copytree(small_folder, model_folder)
    assert keep_timeline(cnnviz.load(model_folder).network) is None
    record(cnnviz.load(model_folder).network, tmp_path / FOLDER)
    beside = kept(cnnviz.load(model_folder).network)
    add_timeline(model_folder, tmp_path / FOLDER)
    (tmp_path / FOLDER).rename(tmp_path / "elsewhere")
    inside = kept(cnnviz.load(model_folder).network)
    assert [len(each.read()) for each in (beside, inside)] == [3, 3]
    assert not beside.is_growing


def test_a_damaged_timeline_is_told_in_the_log_and_left_out(
    small_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder = tmp_path / "model"
    shutil.copytree(small_folder, model_folder)
    network = cnnviz.load(model_folder).network
    record(network, tmp_path / FOLDER)
    (tmp_path / FOLDER / ABOUT).write_text("{")
    assert keep_timeline(network) is None
    (told,) = (record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert told.startswith("The page does without the timeline: ")


def test_a_timeline_without_a_snapshot_yet_or_of_an_earlier_training_is_waited_for(
    tiny: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(cnnviz.load().network, tmp_path / "timeline")
    growing = kept(tiny, tmp_path / "timeline")
    assert len(growing.read()) == 0
    assert "another architecture" in caplog.text
    writer = record(tiny, tmp_path / "timeline", [])
    assert len(growing.read()) == 0
    assert "has no snapshot yet" in caplog.text
    add(writer, 1.0)
    assert len(growing.read()) == 1


def test_a_timeline_that_has_not_begun_is_there_as_soon_as_it_begins(
    tiny: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    growing = kept(tiny, tmp_path / "timeline")
    assert (growing.is_growing, len(growing.read())) == (True, 0)
    assert [record.getMessage() for record in caplog.records] == [
        f"No timeline in '{tmp_path / 'timeline'}' yet. The page shows it as soon as it begins."
    ]
    record(tiny, tmp_path / "timeline")
    assert len(growing.read()) == 3


def test_what_is_recorded_meanwhile_is_there_and_what_was_compiled_stays(tiny: Network, tmp_path: Path) -> None:
    writer = record(tiny, tmp_path / "timeline")
    growing, numbers = kept(tiny, tmp_path / "timeline"), np.full((48, 48, 3), 0.5, np.float32)
    before = growing.read()
    first = growing.logits(before, 0, "photo", numbers)
    assert growing.read() is before
    add(writer, 3.0)
    after = growing.read()
    assert (growing.is_growing, len(before), len(after)) == (True, 3, 4)
    assert describe_moments(after)[:3] == describe_moments(before)
    assert after._opened is before._opened
    (_, last) = growing.activations(after, 3, "photo", numbers)
    assert not np.array_equal(first, last)
    assert np.array_equal(growing.logits(after, 0, "another token", numbers), first)  # the weights are set back
    assert np.allclose(last, after.network_at(3).activations(numbers[None])[1][0])


def test_a_timeline_that_breaks_while_it_is_shown_is_shown_as_it_was(
    tiny: Network, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(tiny, tmp_path / "timeline")
    growing = kept(tiny, tmp_path / "timeline")
    assert len(growing.read()) == 3
    (tmp_path / "timeline" / ABOUT).write_text("{}")
    assert [len(growing.read()) for _ in range(2)] == [3, 3]
    assert [record.getMessage()[:33] for record in caplog.records] == ["The timeline is shown as it was: "]
    (tmp_path / "timeline" / ABOUT).unlink()
    assert len(growing.read()) == 3


def test_a_moment_is_found_by_its_key_also_of_a_training_that_was_begun_again(tiny: Network, tmp_path: Path) -> None:
    record(tiny, tmp_path / "timeline")
    growing = kept(tiny, tmp_path / "timeline")
    keys = [key_of(place) for place in growing.read().places]
    assert [growing.find(key)[1] for key in keys] == [0, 1, 2]
    record(tiny, tmp_path / "timeline", [4.0])
    with pytest.raises(OptionError, match="not kept any more"):
        growing.find(keys[0])


def test_kernels_are_those_of_the_moment(tiny: Network, tmp_path: Path) -> None:
    record(tiny, tmp_path / "timeline")
    found = kept(tiny, tmp_path / "timeline")
    kernels, timeline = tiny.model.get_weights()[0], found.read()
    for index, factor in enumerate((0.5, 1.0, 2.0)):
        made = found.kernels(timeline, index)
        assert np.allclose(np.stack([kernel.weights for kernel in made], axis=-1), factor * kernels, rtol=2e-3)
        assert found.kernels(timeline, index) is made


def test_answers_are_forgotten_and_computed_again(
    tiny: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.ui.kept_timeline.MAX_ANSWERS", 2)
    record(tiny, tmp_path / "timeline")
    found, numbers = kept(tiny, tmp_path / "timeline"), np.full((48, 48, 3), 0.5, np.float32)
    timeline = found.read()
    made = [found.logits(timeline, index, "photo", numbers) for index in (0, 1, 2)]
    assert found.logits(timeline, 2, "photo", numbers) is made[2]
    assert found.logits(timeline, 0, "photo", numbers) is not made[0]
    assert np.array_equal(found.logits(timeline, 0, "photo", numbers), made[0])
