"""Uploads stay within a number of bytes, and of what is no picture only the reason is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.base.errors import ImageError
from cnnviz.ui.upload import uploaded_picture
from cnnviz.ui.upload_quota import FOLDER_BYTES, UploadQuota, read_reason
from pictures import draw, encode

PHOTO = encode(draw(), "PNG")
ROOM = len(PHOTO) + FOLDER_BYTES


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def upload(folder: Path, content: bytes = PHOTO, name: str = "photo.png") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_the_oldest_go_when_there_is_no_room(uploads: Path) -> None:
    quota = UploadQuota(3 * ROOM)
    paths = [upload(uploads / str(number)) for number in range(5)]
    for path in paths:
        quota.add([path])
    assert [path.exists() for path in paths] == [False, False, True, True, True]
    assert not paths[0].parent.exists()


def test_an_upload_that_comes_again_is_young_again_and_counts_once(uploads: Path) -> None:
    quota = UploadQuota(2 * ROOM)
    first, second, third = (upload(uploads / name) for name in "abc")
    for path in (first, second, first, third):
        quota.add([path])
    assert [path.exists() for path in (first, second, third)] == [True, False, True]


def test_tiny_uploads_count_with_their_folders(uploads: Path) -> None:
    quota = UploadQuota(10 * FOLDER_BYTES)
    for number in range(30):
        quota.add([upload(uploads / str(number), b"x")])
    assert len(list(uploads.glob("*/"))) <= 10
    assert len(list(uploads.glob("*.reason"))) <= 10


def test_what_was_deleted_by_age_does_not_drive_out_others(uploads: Path) -> None:
    quota = UploadQuota(3 * ROOM)
    paths = [upload(uploads / str(number)) for number in range(5)]
    quota.add(paths[:3])
    for path in paths[:2]:
        path.unlink()
    quota.add(paths[3:])
    assert [path.exists() for path in paths] == [False, False, True, True, True]


def test_an_upload_that_is_gone_already_is_no_error(uploads: Path) -> None:
    UploadQuota(10**9).add([uploads / "gone" / "photo.png"])
    assert list(uploads.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no picture" * 10**5, PHOTO[:9], b"<svg/>"])
def test_of_what_is_no_picture_only_the_reason_is_kept(content: bytes, uploads: Path) -> None:
    path = upload(uploads / "a", content, "holiday in Rome.png")
    UploadQuota(10**9).add([path])
    assert bytes_in(uploads) < 300
    with pytest.raises(ImageError) as told:
        uploaded_picture(str(path))
    assert str(told.value) == read_reason(path)
    assert "Rome" not in str(told.value)


def test_a_picture_is_left_as_it_is(uploads: Path) -> None:
    path = upload(uploads / "a")
    UploadQuota(10**9).add([path])
    assert uploaded_picture(str(path)).read_bytes() == PHOTO  # type: ignore[union-attr]
    assert bytes_in(uploads) == len(PHOTO)
