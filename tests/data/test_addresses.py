"""Photographs by addresses: what lies in a storage is understood as if it lay in a folder."""

import shutil
from pathlib import Path

import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.sources import open_local, open_photos
from pictures import write_class, write_kaggle
from tables import write_parquet


def listed(place: str | Path) -> list[tuple[str, str | None, str | None, bytes]]:
    return [(Path(p.name).name, p.class_name, p.split, p.read()) for source in open_photos([place]) for p in source]


def test_a_folder_is_understood_as_one_on_the_disk(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("cats", "dogs"):
            write_class(tmp_path / "pets" / split / name, 3, seed=len(split + name))
    write_class(tmp_path / "pets/.hidden", 1)
    (tmp_path / "pets/train/notes.txt").write_text("no photograph")
    found = listed((tmp_path / "pets").as_uri() + "/")
    assert found == listed(tmp_path / "pets")
    assert len(found) == 12
    (source,) = open_photos([(tmp_path / "pets").as_uri()])
    assert next(iter(source)).name == f"{tmp_path.as_uri()}/pets/train/cats/0.jpg"


def test_parquet_files_are_read_there(tmp_path: Path) -> None:
    paths = write_class(tmp_path / "photos", 3)
    for name in ("data/train-00000", "data/test-00000"):
        write_parquet(tmp_path / "tables" / f"{name}.parquet", paths, [0, 1, 1], ("cat", "dog"))
    folder = tmp_path / "tables"
    assert [each[1:] for each in listed(folder.as_uri())] == [each[1:] for each in listed(folder)]
    one = folder / "data/test-00000.parquet"
    assert [(label, split) for _, label, split, _ in listed(one.as_uri())] == [
        ("cat", "test"),
        ("dog", "test"),
        ("dog", "test"),
    ]
    (source,) = open_photos([one.as_uri()])
    assert [photo.name for photo in source.after(2)] == [f"{one.as_uri()} row 2"]


def test_of_several_one_called_test_is_that_split(tmp_path: Path) -> None:
    addresses = [write_kaggle(tmp_path / name, 2).as_uri() for name in ("train", "test")]
    assert [{photo.split for photo in source} for source in open_photos(addresses)] == [{None}, {"test"}]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("{folder}/nowhere", r"^No photographs at 'file:///.*/nowhere': expected a folder of pictures, or a Parquet"),
        ("{folder}/empty", r"^No photographs in 'file:///.*/empty': expected cat\.0\.jpg"),
        ("{folder}/all.zip", r"^'file:///.*/all\.zip' is a file: expected a folder of pictures, .* on a disk\.$"),
        ("carrier://user:secret@pigeon/photos", r"^No storage is known for 'carrier://pigeon/photos': expected an ad"),
        ("s3://user:secret@bucket/photos?answer=42", r"^No storage is known for 's3://bucket/photos': expected an add"),
    ],
)
def test_what_is_not_there_is_said_without_secrets(address: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shutil.make_archive(str(tmp_path / "all"), "zip", write_kaggle(tmp_path / "photos", 2))
    with pytest.raises(DatasetError, match=message):
        open_photos([address.format(folder=tmp_path.as_uri())])


def test_a_photograph_that_disappears_ends_the_reading(tmp_path: Path) -> None:
    (source,) = open_photos([write_kaggle(tmp_path / "photos", 2).as_uri()])
    (tmp_path / "photos/dog.1.jpg").unlink()
    with pytest.raises(DatasetError, match=r"^The photographs changed .* 'file:///.*/photos/dog\.1\.jpg' is gone\."):
        [photo.read() for photo in source]


def test_what_is_elsewhere_is_not_asked_for_at_first(tmp_path: Path) -> None:
    photos = write_kaggle(tmp_path / "photos", 2)
    assert [len(each) for each in open_local(["s3://nowhere/photos", photos])] == [4]
