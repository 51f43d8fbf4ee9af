"""Photographs in Parquet files and in data sets on the Hub: their bytes untouched, some rows at a time."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.photos import Photo
from cnnviz.data.sources import open_photos
from dataset_server import serve_dataset
from pictures import write_class
from server import ROOT
from tables import STRUCTURE, write_parquet


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A hundred photographs."""
    return write_class(tmp_path_factory.mktemp("photos"), 100)


def read(path: Path) -> list[Photo]:
    (source,) = open_photos([path])
    rows = list(source)
    assert len(rows) == len(source)
    return rows


def classes(path: Path) -> list[str | None]:
    return [photo.class_name for photo in read(path)]


@pytest.mark.parametrize("image_type", [STRUCTURE, pa.binary(), pa.large_binary()])
def test_rows_are_photographs_whose_bytes_are_untouched(
    image_type: pa.DataType, photos: list[Path], tmp_path: Path
) -> None:
    path = write_parquet(tmp_path / "t.parquet", photos, np.arange(100) % 2, ("Cat", "Dog"), image_type=image_type)
    rows = read(path)
    assert [photo.read() for photo in rows] == [photo.read_bytes() for photo in photos]
    assert [photo.class_name for photo in rows] == ["cat", "dog"] * 50
    assert [photo.name for photo in rows[98:]] == [f"{path} row 98", f"{path} row 99"]


@pytest.mark.parametrize(
    ("labels", "names", "expected"),
    [
        ([1, 0], ("cat", "dog"), ["dog", "cat"]),
        ([1, 0], (), ["1", "0"]),
        (["dogs", "Cat"], (), ["dog", "cat"]),
        ([-1, None], ("cat", "dog"), [None, None]),
        ([None, "cat"], (), [None, "cat"]),
    ],
)
@pytest.mark.parametrize("label_column", ["labels", "label"])
def test_labels_are_names_or_numbers(
    labels: list[Any],
    names: tuple[str, ...],
    expected: list[str | None],
    label_column: str,
    photos: list[Path],
    tmp_path: Path,
) -> None:
    assert classes(write_parquet(tmp_path / "t.parquet", photos[:2], labels, names, label_column)) == expected


def test_label_beyond_the_names_is_an_error(photos: list[Path], tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "t.parquet", photos[:2], [0, 2], ("cat", "dog"))
    with pytest.raises(DatasetError, match=r"t\.parquet' has the label 2, but names only for 0 to 1: cat, dog\."):
        read(path)


def test_missing_picture_is_empty_and_one_in_a_file_is_read(photos: list[Path], tmp_path: Path) -> None:
    images = pa.array([None, {"bytes": None, "path": None}, {"bytes": None, "path": str(photos[0])}], STRUCTURE)
    pa.parquet.write_table(pa.table({"image": images, "label": ["a", "b", "b"]}), tmp_path / "t.parquet")
    assert [photo.read() for photo in read(tmp_path / "t.parquet")] == [b"", b"", photos[0].read_bytes()]


@pytest.mark.parametrize("columns", [{"image": [b"1"]}, {"labels": [1]}, {"image": ["text"], "labels": [1]}])
def test_file_without_the_columns_is_an_error(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    message = rf"t\.parquet' has no photographs: expected a column 'image' of .* Received: {next(iter(columns))} \("
    with pytest.raises(DatasetError, match=message):
        open_photos([tmp_path / "t.parquet"])


@pytest.mark.parametrize("damage", ["end", "middle"])
def test_damaged_file_is_an_error(damage: str, photos: list[Path], tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "t.parquet", photos, [0] * 100)
    content = bytearray(path.read_bytes())
    content[:] = content[:-50] if damage == "end" else content[:4] + bytes(10_000) + content[10_004:]
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"t\.parquet' cannot be read as Parquet\. Received: "):
        read(path)


def test_memory_does_not_grow_with_the_file(photos: list[Path], tmp_path: Path) -> None:
    big = tmp_path / "big.jpg"
    big.write_bytes(np.random.default_rng(0).bytes(10**5))
    path = write_parquet(tmp_path / "t.parquet", [big] * 2000, [0] * 2000)
    script = (
        "import resource, sys; from cnnviz.data.sources import open_photos\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "(photos,) = open_photos([sys.argv[1]]); before = peak()\n"
        "print(sum(len(photo.read()) for photo in photos), peak() - before)"
    )
    size, grown = map(int, run(script, path).stdout.split())
    assert size == 2000 * 10**5
    assert grown < 60  # MB, of 200


def run(script: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    root = ROOT
    return subprocess.run(command, cwd=root, env=os.environ | environment, capture_output=True, text=True, timeout=300)


MISSING = """
import sys
sys.modules[sys.argv[1]] = None  # as if it were not installed
from cnnviz.base.errors import DatasetError
from cnnviz.data.sources import open_photos
try: open_photos([sys.argv[2]])
except DatasetError as error: print(error)
"""


def test_library_that_is_missing_is_named_with_the_command_that_installs_it(photos: list[Path], tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "t.parquet", photos, [0] * 100)
    for place in (str(path), path.as_uri()):
        assert run(MISSING, "pyarrow", place).stdout == f"'{place}' needs pyarrow to be read: pip install pyarrow\n"
    printed = run(MISSING, "datasets", "owner/pets").stdout
    assert (
        printed == "There is no 'owner/pets' here. To look for it on the Hub, install datasets: pip install datasets\n"
    )


FROM_HUB = """
import hashlib, sys
from cnnviz.base.errors import CnnvizError
from cnnviz.data.sources import open_photos
for source in open_photos([sys.argv[1]]):
    for photo in source:
        print(len(source), photo.name, photo.class_name, photo.split, hashlib.sha256(photo.read()).hexdigest())
try: open_photos([sys.argv[2]])
except CnnvizError as error: print(error)
assert not {"tensorflow", "keras", "jax"} & set(sys.modules)
"""


def test_data_set_on_the_hub_has_its_splits_and_untouched_bytes(photos: list[Path], tmp_path: Path) -> None:
    for split, chosen in (("train", photos[:60]), ("test", photos[60:])):
        write_parquet(tmp_path / "hub" / f"{split}.parquet", chosen, np.arange(len(chosen)) % 2, ("cat", "dog"))
    with serve_dataset(tmp_path / "hub", "owner/pets") as endpoint:
        environment = {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
        *lines, missing = run(FROM_HUB, "owner/pets", "owner/pet", **environment).stdout.splitlines()
    expected = [
        f"{count} owner/pets {split} row {row} {('cat', 'dog')[row % 2]} {fixed} "
        + hashlib.sha256(photos[offset + row].read_bytes()).hexdigest()
        for split, fixed, count, offset in (("train", None, 60, 0), ("test", "test", 40, 60))
        for row in range(count)
    ]
    assert sorted(lines) == sorted(expected)
    assert missing.startswith(
        "There is no 'owner/pet' here, and it cannot be loaded from the Hub. Received: Dataset 'owner/pet'"
    )
