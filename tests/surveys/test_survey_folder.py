"""The files of a survey: what comes from a stranger is checked before it is used."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import FolderError
from cnnviz.explorer.explorer import Explorer
from cnnviz.surveys.survey_folder import ABOUT, ARRAYS, PICTURES, read_own_survey, read_survey
from pictures import write_class


@pytest.fixture(scope="module")
def explorer(small_folder: Path) -> Explorer:
    return cnnviz.load(small_folder)


@pytest.fixture(scope="module")
def whole(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    for seed, name in enumerate(("a", "b")):
        write_class(folder / "photos" / name, 8, seed=seed)
    cnnviz.survey(explorer, folder / "photos", folder / "survey", publish="CC0", top=3)
    return folder / "survey"


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "survey")


def change_about(folder: Path, **values: Any) -> None:
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | values))


def change_array(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    with np.load(folder / ARRAYS) as arrays:
        content = {each: arrays[each] for each in arrays.files}
    content[name] = change(content[name].copy())
    np.savez(folder / ARRAYS, **content)


def test_what_was_written_is_read(whole: Path, explorer: Explorer) -> None:
    found = read_survey(whole, explorer.network)
    assert found.num_photos == 16
    assert len(found.pictures) == len(found.photos) > 0
    assert found.licence == "CC0"
    assert not read_survey(whole, explorer.network, with_pictures=False).pictures
    assert repr(found) == f"<Survey of 16 photographs of 2 classes: {len(found.layers)} layers>"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"format_version": 2}, "another version"),
        ({"network": "0" * 64}, "another model"),
        ({"num_photos": -1}, "a number is missing"),
        ({"num_stored": 10**9}, "a number is missing"),
        ({"num_top": 2.5}, "a number is missing"),
        ({"class_names": "ab"}, "is no list"),
        ({"class_names": ["a", "a"]}, "its classes are no names"),
        ({"class_names": [1, 2]}, "its classes are no names"),
        ({"class_sizes": [8]}, "the sizes of its classes"),
        ({"licence": None}, "no licence"),
        ({"licence": "x" * 10**5}, "no licence"),
        ({"is_told_apart": 1}, "a setting is missing"),
        ({"wrong": [10**6]}, "a photograph is missing"),
        ({"unsure": [-1]}, "a photograph is missing"),
        ({"layers": ["nowhere"]}, "its layers are not the model's"),
        ({"layers": [["a"]]}, "its layers are not the model's"),
    ],
)
def test_a_description_that_is_wrong_is_refused(
    values: dict[str, Any], reason: str, folder: Path, explorer: Explorer
) -> None:
    change_about(folder, **values)
    with pytest.raises(FolderError, match=reason):
        read_survey(folder, explorer.network)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("0/mean", lambda values: values * np.nan, "infinite values or NaN"),
        ("0/mean", lambda values: values.astype(np.float64), "another size|another shape"),
        ("0/mean", lambda values: values[:-1], "another shape"),
        ("0/mean", lambda values: np.zeros(10**6, np.float32), "another size"),
        ("0/mean", lambda values: np.array([{"a": 1}] * len(values)), "no array|another size|another shape"),
        ("0/top_photos", lambda values: values + 10**6, "a photograph is missing"),
        ("0/top_units", lambda values: values + 10**6, "a unit is missing"),
        ("0/top_units", lambda values: values - 1, "a unit is missing"),
        ("0/twins", lambda values: values * 0 + len(values), "a channel is missing"),
        ("0/bars", lambda values: -values, "a number is negative"),
        ("confusion", lambda values: values[:1], "another shape"),
        ("photos/class", lambda values: values + 2, "a class is missing"),
        ("photos/answer", lambda values: values + 10, "a class is missing"),
    ],
)
def test_numbers_that_are_wrong_are_refused(
    name: str, change: Callable[[Any], Any], reason: str, folder: Path, explorer: Explorer
) -> None:
    change_array(folder, name, change)
    with pytest.raises(FolderError, match=reason):
        read_survey(folder, explorer.network)


def test_a_bomb_is_not_unpacked(folder: Path, explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.zeros(10**8, np.float32))
    with zipfile.ZipFile(folder / ARRAYS, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0/mean.npy", stream.getvalue())
    read: list[str] = []
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda self, info: read.append(info))
    with pytest.raises(FolderError, match="another size"):
        read_survey(folder, explorer.network)
    assert not read


def test_a_header_that_promises_more_than_there_is_makes_no_room(folder: Path, explorer: Explorer) -> None:
    with zipfile.ZipFile(folder / ARRAYS) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (10**14,)})
    files["0/mean.npy"] = stream.getvalue()
    with zipfile.ZipFile(folder / ARRAYS, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(FolderError, match="another shape"):
        read_survey(folder, explorer.network)


@pytest.mark.parametrize("name", [ARRAYS, PICTURES])
@pytest.mark.parametrize("content", [b"", b"PK\3\4 nothing"], ids=["empty", "cut"])
def test_a_file_that_is_no_archive_is_refused(name: str, content: bytes, folder: Path, explorer: Explorer) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(FolderError, match="cannot be read"):
        read_survey(folder, explorer.network)


def test_a_photograph_that_is_missing_is_refused(folder: Path, explorer: Explorer) -> None:
    with zipfile.ZipFile(folder / PICTURES, "w") as archive:
        archive.writestr("0.jpg", b"")
    with pytest.raises(FolderError, match="damaged"):
        read_survey(folder, explorer.network)


def test_photographs_that_are_packed_are_not_unpacked(folder: Path, explorer: Explorer) -> None:
    with zipfile.ZipFile(folder / PICTURES) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(folder / PICTURES, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    with pytest.raises(FolderError, match="a picture is missing, packed or too large"):
        read_survey(folder, explorer.network)


def test_what_has_changed_since_it_was_added_is_refused(small_folder: Path, tmp_path: Path) -> None:
    own = shutil.copytree(small_folder, tmp_path / "model")
    for seed, name in enumerate(("a", "b")):
        write_class(tmp_path / "photos" / name, 4, seed=seed)
    cnnviz.survey(cnnviz.load(own), tmp_path / "photos", add=True)
    model = cnnviz.load(own)
    (own / ARRAYS).write_bytes(b"something else")
    with pytest.raises(FolderError, match=ARRAYS):
        read_own_survey(model.network)
