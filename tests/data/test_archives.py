"""Archives: those of all systems are read, and hostile ones do no harm."""

import gzip
import io
import stat
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError, StorageError
from cnnviz.data import archives
from cnnviz.data.archives import read_tar, read_zip, stream_tar
from cnnviz.data.tree import Folder


def files(top: Folder) -> dict[str, bytes]:
    """The path of each file below the top, and its content."""
    return {
        f"{folder.path}/{name}".removeprefix(f"{top.path}/"): read()
        for folder in top.walk()
        for name, read in folder.files.items()
    }


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """Write a zip file with names as they are, also with those that zipfile would mend."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def write_tar(path: Path, members: Iterable[tuple[str, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_backslashes_part_folders_as_windows_writes_them(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip", [("photos\\", b""), ("photos\\cats\\0.jpg", b"cat"), ("photos\\dogs\\0.jpg", b"dog")]
    )
    assert files(read_zip(path)) == {"photos/cats/0.jpg": b"cat", "photos/dogs/0.jpg": b"dog"}


def test_names_that_lead_out_and_links_are_named_and_not_followed(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip", [("../../etc/0.jpg", b"out"), ("/abs/0.jpg", b"abs"), ("cats/.hidden/1.jpg", b"")]
    )
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("cats/1.jpg")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    top = read_zip(path)
    assert files(top) == {"abs/0.jpg": b"abs"}
    assert top.left_out == {
        f"{path}/../../etc/0.jpg": "Its name leads out of the archive.",
        f"{path}/cats/1.jpg": "It is a link, and links in archives are not followed.",
    }
    tar = write_tar(tmp_path / "a.tar", [("../0.jpg", b"out"), ("/abs/0.jpg", b"abs")])
    with tarfile.open(tar, "a") as archive:
        for name, kind in (("s.jpg", tarfile.SYMTYPE), ("h.jpg", tarfile.LNKTYPE), ("fifo.jpg", tarfile.FIFOTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    top = read_tar(tar)
    assert files(top) == {"abs/0.jpg": b"abs"}
    assert sorted(top.left_out) == [f"{tar}/{name}" for name in ("../0.jpg", "h.jpg", "s.jpg")]


@pytest.mark.parametrize("ending", ["", ":gz", ":bz2", ":xz"])
def test_tar_files_are_read_in_one_go_however_they_are_compressed(ending: str, tmp_path: Path) -> None:
    members = [(f"cats/{number}.jpg", bytes([number]) * 3000) for number in range(20)]
    path = write_tar(tmp_path / "a.tar", members, f"w{ending}")
    top = read_tar(path)
    assert [name for name, _ in stream_tar(path)] == [f"{path}/{name}" for name, _ in members]
    assert {name.removeprefix(f"{path}/"): content for name, content in stream_tar(path)} == dict(members)
    assert top.folders["cats"].files["7.jpg"]() == members[7][1]


@pytest.mark.parametrize("size", [600, 3000])
def test_damaged_archives_are_one_sentence(size: int, tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar.gz", [(f"{number}.jpg", bytes(range(256)) * 40) for number in range(9)], "w:gz")
    path.write_bytes(path.read_bytes()[: size // 4])
    with pytest.raises(DatasetError, match=r"^Cannot read '.*a\.tar\.gz': .*\. Download or copy it again\.$"):
        read_tar(path)
    (tmp_path / "b.tar").write_bytes(b"no tar file at all" * size)
    with pytest.raises(DatasetError, match=r"^Cannot read '.*b\.tar': "):
        read_tar(tmp_path / "b.tar")


def test_archives_that_unfold_to_more_than_photographs_do_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ORDINARY_BYTES", 10**6)
    zeros = [("cats/0.jpg", bytes(2 * 10**6))]
    message = r"unfolds from 0\.0 MB to 0 GB, which photographs never do\. If you trust it, unpack it"
    with pytest.raises(DatasetError, match=message):
        read_zip(write_zip(tmp_path / "a.zip", zeros))
    with pytest.raises(DatasetError, match=message):
        read_tar(write_tar(tmp_path / "a.tar.gz", zeros, "w:gz"))


def test_a_name_of_gigabytes_does_not_fill_the_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("name")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 10**8
    path = tmp_path / "a.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(header.tobuf())
        stream.writelines(bytes(10**6) for _ in range(100))
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError, match=r"^Cannot read '.*': a name or a note of \d+ bytes"):
            read_tar(path)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


def test_a_list_of_names_that_fills_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "a.zip", [(f"cats/{number}.jpg", b"") for number in range(50)])
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 1000)
    with pytest.raises(DatasetError, match=r"has too many files: its list of names alone has \d+ MB\. Unpack it\."):
        read_zip(path)


def test_a_zip_file_in_a_zip_file_is_opened_and_no_deeper(tmp_path: Path) -> None:
    third = write_zip(tmp_path / "third.zip", [("a.jpg", b"a")])
    inner = write_zip(tmp_path / "inner.zip", [("b.jpg", b"b"), ("third.zip", third.read_bytes())])
    outer = read_zip(write_zip(tmp_path / "outer.zip", [("inner.zip", inner.read_bytes())]))
    opened = outer.archives["inner.zip"]()
    assert files(opened)["b.jpg"] == b"b"
    assert opened.archives == {}


def test_a_zip_file_in_a_zip_file_needs_room(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = write_zip(small_disk / "inner.zip", [("b.jpg", b"b")])
    outer = read_zip(write_zip(small_disk / "outer.zip", [("inner.zip", inner.read_bytes() + bytes(40 * 10**6))]))
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with pytest.raises(StorageError, match="disk"):
        outer.archives["inner.zip"]()
