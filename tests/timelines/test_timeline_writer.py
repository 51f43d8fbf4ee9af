"""Writing of a timeline: what stays, whatever happens."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import FolderError, NetworkError
from cnnviz.network.network import Network
from cnnviz.timelines.schedule import MAX_SNAPSHOTS
from cnnviz.timelines.snapshot import ChannelFigures, Snapshot
from cnnviz.timelines.timeline_folder import ABOUT, read_about, read_timeline, write_about
from cnnviz.timelines.timeline_writer import TimelineWriter
from networks import build_branches


def begun(folder: Path, network: Network, step: int = 0) -> TimelineWriter:
    writer = TimelineWriter(folder, network)
    writer.begin(step)
    return writer


def test_at_most_twenty_snapshots_and_their_files_stay(tiny: Network, tmp_path: Path) -> None:
    folder, weights = tmp_path / "timeline", tiny.model.get_weights()
    writer = begun(folder, tiny)
    for step in range(0, 3000, 100):
        writer.add(Snapshot(step), weights, {})
        timeline = read_timeline(tiny, folder)
        assert (timeline[0].step, timeline[-1].step) == (0, step)
        assert len([*folder.glob("*.npz")]) == len(timeline) <= MAX_SNAPSHOTS
    assert len(timeline) == MAX_SNAPSHOTS


def test_who_goes_on_keeps_what_is_not_after_the_step(tiny: Network, tmp_path: Path) -> None:
    folder, weights = tmp_path / "timeline", tiny.model.get_weights()
    writer = begun(folder, tiny)
    for step in (0, 1, 2, 4):
        writer.add(Snapshot(step), weights, {})
    assert begun(folder, tiny, step=2).last_step == 2
    assert [each.name for each in sorted(folder.iterdir())] == [
        *(f"timeline-{step:010}.npz" for step in (0, 1, 2)),
        ABOUT,
    ]
    assert begun(folder, build_branches(), step=2).last_step is None  # another network begins anew
    assert [each.name for each in folder.iterdir()] == [ABOUT]


def test_who_measures_on_other_photographs_begins_anew(tiny: Network, tmp_path: Path) -> None:
    folder = tmp_path / "timeline"
    layers, figures = ["conv2d_1"], {"conv2d_1": ChannelFigures(*np.zeros((3, 4), np.float32))}

    def going_on(photos_sha256: str) -> TimelineWriter:
        writer = TimelineWriter(folder, tiny, layers, 8, photos_sha256)
        writer.begin(step=1)
        return writer

    going_on("a" * 64).add(Snapshot(0), tiny.model.get_weights(), figures)
    assert going_on("a" * 64).last_step == 0
    about = read_about(folder)
    del about["photos_sha256"]  # as older timelines are
    write_about(folder, about)
    assert len(read_timeline(tiny, folder)) == 1
    assert going_on("a" * 64).last_step is None
    going_on("a" * 64).add(Snapshot(0), tiny.model.get_weights(), figures)
    assert going_on("b" * 64).last_step is None
    assert [each.name for each in folder.iterdir()] == [ABOUT]


def test_files_of_a_snapshot_that_was_interrupted_are_removed(tiny: Network, tmp_path: Path) -> None:
    folder = tmp_path / "timeline"
    begun(folder, tiny).add(Snapshot(0), tiny.model.get_weights(), {})
    (folder / "timeline-0000000001.npz").write_bytes(b"cut short")
    assert begun(folder, tiny, step=1).last_step == 0
    assert len(read_timeline(tiny, folder)) == 1
    assert not (folder / "timeline-0000000001.npz").exists()


def test_a_folder_of_something_else_is_never_touched(tiny: Network, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "diary.txt"):
        with pytest.raises(FolderError, match="exists and is no timeline"):
            TimelineWriter(place, tiny)


def test_figures_that_are_no_numbers_are_left_out(tiny: Network, tmp_path: Path) -> None:
    figures = {"loss": np.float32(0.5), "auc": float("nan"), "text": "high", "bad\nname": 1.0, "accuracy": 1}
    begun(tmp_path / "timeline", tiny).add(Snapshot(0, figures=figures), tiny.model.get_weights(), {})  # type: ignore[arg-type]
    assert read_timeline(tiny, tmp_path / "timeline")[0].figures == {"loss": 0.5, "accuracy": 1.0}


def test_weights_that_are_no_numbers_leave_the_timeline_as_it_was(tiny: Network, tmp_path: Path) -> None:
    writer = begun(tmp_path / "timeline", tiny)
    writer.add(Snapshot(0), tiny.model.get_weights(), {})
    with pytest.raises(NetworkError, match="infinite values or NaN"):
        writer.add(Snapshot(1), [values * np.float32(np.nan) for values in tiny.model.get_weights()], {})
    assert len(read_timeline(tiny, tmp_path / "timeline")) == 1


def test_a_full_disk_is_told_of_and_leaves_the_timeline_as_it_was(tiny: Network, small_disk: Path) -> None:
    writer = begun(small_disk / "timeline", tiny)
    writer.add(Snapshot(0), tiny.model.get_weights(), {})
    with (small_disk / "large").open("wb") as stream, pytest.raises(OSError, match="space"):
        while stream.write(bytes(1_000_000)):
            stream.flush()
    with pytest.raises(FolderError, match="Cannot write the timeline"):
        writer.add(Snapshot(1), tiny.model.get_weights(), {})
    assert [each.step for each in read_timeline(tiny, small_disk / "timeline")] == [0]
