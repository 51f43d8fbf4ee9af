"""Files of snapshots: what is stored, and what is refused of a stranger's."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.base.errors import FolderError, NetworkError
from cnnviz.timelines.short_form import Factors
from cnnviz.timelines.snapshot_file import SnapshotFile, encode_in_short, encode_snapshot, largest_size

LIKE = [np.zeros((3, 4), np.float32), np.zeros(4, np.float32), np.zeros((2,), np.int64)]
FIGURES = {name: np.arange(5, dtype=np.float32) for name in ("mean", "maximum", "silent_share")}


def write(folder: Path, content: bytes) -> SnapshotFile:
    path = folder / "snapshot.npz"
    path.write_bytes(content)
    return SnapshotFile(path)


def archive(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_kernels_take_sixteen_bits_and_vectors_and_whole_numbers_stay_exact(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    weights = [
        random.normal(size=(3, 4)).astype(np.float32),
        random.normal(size=4).astype(np.float32),
        np.array([7, 9]),
    ]
    file = write(tmp_path, encode_snapshot(weights, FIGURES))
    read = file.weights(LIKE)
    assert [values.dtype for values in read] == [values.dtype for values in LIKE]
    assert np.array_equal(read[0], weights[0].astype(np.float16).astype(np.float32))
    assert np.array_equal(read[1], weights[1])
    assert np.array_equal(read[2], weights[2])
    assert all(np.array_equal(values, FIGURES[name]) for name, values in file.figures(5).items())
    assert file.path.stat().st_size <= largest_size(LIKE, 5)


def test_weights_that_sixteen_bits_cannot_hold_are_stored_in_thirty_two(tmp_path: Path) -> None:
    kernel = np.full((3, 4), 70000, np.float32)
    assert np.array_equal(write(tmp_path, encode_snapshot([kernel], {})).weights(LIKE[:1])[0], kernel)


def test_an_array_in_the_order_of_fortran_is_read_as_it_is(tmp_path: Path) -> None:
    kernel = np.asfortranarray(np.arange(12, dtype=np.float16).reshape(3, 4))
    assert np.array_equal(write(tmp_path, archive(**{"weights/0": kernel})).weights(LIKE[:1])[0], kernel)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_neither_written_nor_read(value: float, tmp_path: Path) -> None:
    kernel = np.full((3, 4), value, np.float32)
    with pytest.raises(NetworkError, match="infinite values or NaN"):
        encode_snapshot([kernel], {})
    with pytest.raises(FolderError, match="infinite values or NaN"):
        write(tmp_path, archive(**{"weights/0": kernel})).weights(LIKE[:1])


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (np.zeros((4, 3), np.float16), "another shape"),
        (np.zeros((3, 4), np.float64), "another shape or type"),
        (np.zeros((3, 4), np.int32), "another shape or type"),
        (np.zeros((300, 400), np.float16), "larger than"),
        (np.array([[{}]], object), "another shape or type|missing or no array"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(kernel: np.ndarray, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=reason):
        write(tmp_path, archive(**{"weights/0": kernel})).weights(LIKE[:1])


def test_a_header_that_promises_terabytes_makes_no_room_for_them(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f2", "fortran_order": False, "shape": (10**12, 4)})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("weights/0.npy", header.getvalue() + bytes(24))
    with pytest.raises(FolderError, match="another shape"):
        write(tmp_path, stream.getvalue()).weights(LIKE[:1])


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("weights/0.npy", bytes(50_000_000))
    assert len(stream.getvalue()) < 100_000
    with pytest.raises(FolderError, match="larger than"):
        write(tmp_path, stream.getvalue()).weights(LIKE[:1])


@pytest.mark.parametrize("content", [b"", b"no archive", archive(other=np.zeros(3)), b"PK\x03\x04" + bytes(40)])
def test_what_is_no_snapshot_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"The snapshot '.*' is damaged: .* Record the timeline again\."):
        write(tmp_path, content).weights(LIKE)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    content = encode_snapshot([np.ones((3, 4), np.float32)], FIGURES)
    with pytest.raises(FolderError, match="is damaged"):
        write(tmp_path, content[:-100]).figures(5)


LARGE = [np.zeros((3, 3, 2, 4), np.float32), np.zeros((30, 20), np.float32), np.zeros(20, np.float32), np.zeros(2, int)]
LEFT, RIGHT = np.ones((30, 2), np.float16), np.ones((2, 20), np.float16)


def test_in_short_form_kernels_take_eight_bits_and_a_matrix_is_a_product(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    kernel, vector = random.normal(size=(3, 3, 2, 4)).astype(np.float32), random.normal(size=20).astype(np.float32)
    factors = Factors(*(random.normal(size=shape).astype(np.float32) for shape in ((30, 2), (2, 20))))
    content = encode_in_short([kernel, factors, vector, np.array([7, 9])], FIGURES)
    file = write(tmp_path, content)
    read = file.weights(LARGE)
    assert [(values.dtype, values.shape) for values in read] == [(values.dtype, values.shape) for values in LARGE]
    assert (np.abs(read[0] - kernel) <= np.abs(kernel).max(axis=(0, 1, 2)) / 253).all()
    assert np.allclose(read[1], factors.product, atol=0.05)
    assert np.array_equal(read[2], vector)
    assert np.array_equal(read[3], [7, 9])
    assert all(np.array_equal(values, FIGURES[name]) for name, values in file.figures(5).items())
    assert len(content) <= largest_size(LARGE, 5)


def test_a_matrix_in_sixteen_bits_may_be_a_product_too(tmp_path: Path) -> None:
    file = write(tmp_path, archive(**{"weights/0/left": LEFT, "weights/0/right": RIGHT}))
    assert np.array_equal(file.weights(LARGE[1:2])[0], np.full((30, 20), 2))


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"left": LEFT}, "'weights/0/right' is missing"),
        ({"left": LEFT, "right": np.ones((3, 20), np.float16)}, "'weights/0/right' has another shape"),
        ({"left": LEFT.T, "right": RIGHT}, "'weights/0/left' has another shape"),
        ({"left": np.ones((30, 12), np.float16), "right": np.ones((12, 20), np.float16)}, "another shape than a part"),
        ({"left": np.ones((30, 0), np.float16), "right": np.ones((0, 20), np.float16)}, "another shape than a part"),
        ({"left": np.float16(1), "right": RIGHT}, "another shape than a part"),
        ({"left": LEFT.astype(np.int8), "right": RIGHT}, "'weights/0/left/scale' is missing"),
        ({"left": LEFT.astype(np.int8), "left/scale": np.ones(3, np.float32), "right": RIGHT}, "another shape"),
        ({"left": LEFT.astype(np.int8), "left/scale": np.full(2, np.nan, np.float32), "right": RIGHT}, "NaN"),
        ({"left": np.full((30, 2), 3e38, np.float32), "right": RIGHT * 9}, "infinite"),
        ({"left": LEFT.astype(object), "right": RIGHT}, "another shape or type|missing or no array"),
    ],
)
def test_products_that_do_not_fit_are_refused(arrays: dict[str, Any], reason: str, tmp_path: Path) -> None:
    file = write(tmp_path, archive(**{f"weights/0/{name}": values for name, values in arrays.items()}))
    with pytest.raises(FolderError, match=reason):
        file.weights(LARGE[1:2])


def test_only_a_matrix_is_a_product(tmp_path: Path) -> None:
    file = write(tmp_path, archive(**{"weights/0/left": LEFT, "weights/0/right": RIGHT}))
    with pytest.raises(FolderError, match="'weights/0' is missing"):
        file.weights(LARGE[:1])
