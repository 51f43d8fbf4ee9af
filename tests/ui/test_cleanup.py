"""Uploads and pictures are deleted by age, and nothing else is."""

import os
import threading
import time
from pathlib import Path

import pytest

from cnnviz.ui import cleanup
from cnnviz.ui.cleanup import KEPT, keep_clean, remove_old_files, remove_oldest_files

HOUR = 3600
NOTHING: frozenset[Path] = frozenset()


def write(path: Path, age: float = 0) -> Path:
    """Write a file that was last changed some seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    make_older(path, age)
    return path


def make_older(path: Path, age: float) -> None:
    os.utime(path, (time.time() - age,) * 2)


def test_old_files_go_and_young_ones_stay(tmp_path: Path) -> None:
    old, young = write(tmp_path / "one" / "old.png", 2 * HOUR), write(tmp_path / "one" / "young.png", HOUR / 2)
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert not old.exists()
    assert young.read_bytes() == b"picture"


def test_old_empty_folders_go_at_every_depth(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        make_older(folder, 2 * HOUR)
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert not deep.exists()
    assert deep.parent.exists()  # it changed just now, when its folder went


def test_folder_that_was_just_emptied_goes_later(tmp_path: Path) -> None:
    folder = write(tmp_path / "answer" / "conv2d_1.png", 2 * HOUR).parent
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert list(folder.iterdir()) == []  # perhaps someone is about to write into it
    make_older(folder, 2 * HOUR)
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert list(tmp_path.iterdir()) == []


def test_old_folder_of_a_young_file_stays(tmp_path: Path) -> None:
    young = write(tmp_path / "answer" / "conv2d_1.png")
    make_older(young.parent, 2 * HOUR)
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert young.exists()


def test_kept_files_stay_however_old(tmp_path: Path) -> None:
    kept = write(tmp_path / "examples" / "lion.jpg", 100 * HOUR)
    make_older(kept.parent, 100 * HOUR)
    other = write(tmp_path / "examples" / "upload.jpg", 100 * HOUR)
    remove_old_files(tmp_path, HOUR, frozenset({kept, kept.parent}))
    assert kept.exists()
    assert not other.exists()


def test_of_too_many_the_oldest_go(tmp_path: Path) -> None:
    paths = [write(tmp_path / str(age) / "map.png", age) for age in (1, 30, 20, 10)]
    kept = [write(tmp_path / "examples" / "lion.jpg", HOUR), write(tmp_path / KEPT / "report.html", HOUR)]
    size = paths[0].stat().st_size
    remove_oldest_files(tmp_path, 4 * size, frozenset(kept[:1]))
    assert all(path.exists() for path in (*paths, *kept))
    remove_oldest_files(tmp_path, 2 * size, frozenset(kept[:1]))
    assert [path.exists() for path in (*paths, *kept)] == [True, False, False, True, True, True]


def test_sweeping_deletes_the_oldest_of_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "SWEEP_SECONDS", 0.05)
    keep_clean(tmp_path, 10)
    old, young = write(tmp_path / "old.png", 60), write(tmp_path / "young.png")
    deadline = time.monotonic() + 10
    while old.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (old.exists(), young.exists()) == (False, True)


def test_link_goes_without_what_it_points_to(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "private.jpg", 2 * HOUR)
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "link.jpg").symlink_to(outside)
    os.utime(folder / "link.jpg", (0, 0), follow_symlinks=False)
    (folder / "folder").symlink_to(outside.parent, target_is_directory=True)
    os.utime(folder / "folder", (0, 0), follow_symlinks=False)
    remove_old_files(folder, HOUR, NOTHING)
    assert outside.exists()
    assert not (folder / "link.jpg").is_symlink()


def test_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_old_files(tmp_path / "gone", HOUR, NOTHING)
    assert not (tmp_path / "gone").exists()


def test_files_and_folders_that_vanish_meanwhile_are_no_error(tmp_path: Path) -> None:
    young = write(tmp_path / "young.png")
    stopped = threading.Event()

    def come_and_go() -> None:
        while not stopped.is_set():
            path = write(tmp_path / "a" / "b" / "c" / "photo.jpg", 2 * HOUR)
            path.unlink(missing_ok=True)
            for folder in list(path.parents)[:3]:
                folder.rmdir()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(4000):
            remove_old_files(tmp_path, 365 * 24 * HOUR, NOTHING)  # looks at everything, deletes nothing
    finally:
        stopped.set()
        thread.join()
    assert young.exists()


def test_sweeping_keeps_what_lay_there_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "SWEEP_SECONDS", 0.05)
    example = write(tmp_path / "example.jpg", 100 * HOUR)
    keep_clean(tmp_path, 10**6)
    upload, young = write(tmp_path / "upload.jpg", 2 * HOUR), write(tmp_path / "young.jpg")
    deadline = time.monotonic() + 10
    while upload.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [path.exists() for path in (example, upload, young)] == [True, False, True]


def test_a_second_page_in_the_same_folder_keeps_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "SWEEP_SECONDS", 0.05)
    for name in ("first", "second"):
        example = write(tmp_path / name / "examples" / "lion.jpg", 100 * HOUR)
        report = write(tmp_path / name / KEPT / "report.html", 100 * HOUR)
        make_older(example.parent, 100 * HOUR)
        keep_clean(tmp_path, 10**6, tmp_path / name)
    upload = write(tmp_path / "upload.jpg", 2 * HOUR)
    deadline = time.monotonic() + 10
    while upload.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [path.exists() for path in (example, report, upload)] == [True, True, False]


def test_an_upload_of_the_name_of_a_kept_folder_is_not_kept(tmp_path: Path) -> None:
    upload = write(tmp_path / "upload" / KEPT, 2 * HOUR)
    remove_old_files(tmp_path, HOUR, NOTHING)
    assert not upload.exists()
