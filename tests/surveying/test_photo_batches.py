"""Photographs in batches, whatever their source: always the same ones in the same places."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from cnnviz.data.sources import open_photos
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.surveying.photo_batches import NO_LABEL, read_batches
from cnnviz.surveys.photo_batch import PhotoBatch
from pictures import write_class

PREPROCESSING, SIZE, NUM_EACH = Preprocessing(24, 16), 4, 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed, name in enumerate(("ant", "bee")):
        write_class(folder / name, NUM_EACH, seed=seed)
    (folder / "ant" / "3.jpg").write_bytes(b"no picture")
    return folder


def read(path: Path, after: int = 0, until: int | None = None) -> list[PhotoBatch]:
    sources = open_photos([path], needs_classes=False)
    return list(read_batches(sources, PREPROCESSING, SIZE, True, after, until, text=""))


def test_batches_follow_each_other_and_gaps_stay_black(folder: Path) -> None:
    batches = read(folder)
    assert [batch.first for batch in batches] == [0, 4, 8, 12]
    assert [batch.number for batch in batches] == [4, 4, 4, 2]
    assert all(batch.pixels.shape == (SIZE, 24, 16, 3) for batch in batches)
    assert list(batches[0].names) == [0, 1, 2]
    assert not batches[0].pixels[3].any()
    assert list(batches[0].skipped) == [str(folder / "ant" / "3.jpg")]
    assert not batches[3].pixels[2:].any()
    with Image.open(folder / "bee" / "0.jpg") as photo:
        expected = np.asarray(PREPROCESSING.resize(photo.convert("RGB")))
    assert (batches[1].names[3], batches[1].classes[3]) == (str(folder / "bee" / "0.jpg"), "bee")
    np.testing.assert_array_equal(batches[1].pixels[3], expected)


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "parquet"])
def test_parts_of_any_source_are_the_whole(kind: str, folder: Path, tmp_path: Path) -> None:
    path = folder
    if kind in ("zip", "tar"):
        path = Path(shutil.make_archive(str(tmp_path / "photos"), kind, folder))
    if kind == "parquet":
        files = sorted(folder.rglob("*.jpg"))
        table = pa.table(
            {"image": [file.read_bytes() for file in files], "label": [file.parent.name for file in files]}
        )
        path = tmp_path / "photos.parquet"
        parquet.write_table(table, path, row_group_size=3)
    whole = read(path)
    parts = [batch for after in (0, 4, 8, 12) for batch in read(path, after, after + SIZE)]
    assert [batch.first for batch in parts] == [batch.first for batch in whole] == [0, 4, 8, 12]
    for part, batch in zip(parts, whole, strict=True):
        assert (part.names, part.classes, part.skipped) == (batch.names, batch.classes, batch.skipped)
        np.testing.assert_array_equal(part.pixels, batch.pixels)


def test_a_photograph_without_a_class_is_told_of_where_others_have_one(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(stream, "PNG")
    table = pa.table({"image": [stream.getvalue()] * 3, "label": ["ant", None, "bee"]})
    parquet.write_table(table, tmp_path / "photos.parquet")
    (batch,) = read(tmp_path / "photos.parquet")
    assert list(batch.classes.values()) == ["ant", "bee"]
    assert batch.skipped == {f"{tmp_path / 'photos.parquet'} row 1": NO_LABEL}


def test_a_grey_network_sees_one_channel(folder: Path) -> None:
    sources = open_photos([folder])
    batch = next(read_batches(sources, Preprocessing(24, 16, color_mode="L"), SIZE, True, text=""))
    assert batch.pixels.shape == (SIZE, 24, 16, 1)
