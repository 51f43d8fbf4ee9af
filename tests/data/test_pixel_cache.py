"""Decoded photographs on disk: whole or not at all, found again, and read without growing."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import DatasetError
from cnnviz.data.pixel_cache import INDEX, PIXELS, STAGED, STALE_SECONDS, Decoded, PhotoCache, open_cache
from cnnviz.picture.preprocessing import Preprocessing
from server import ROOT

TINY = Preprocessing(4, 5)
DIGESTS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(9)]
IMAGES = np.random.default_rng(0).integers(0, 256, (9, 4, 5, 3), np.uint8)

SCRIPT = """
import sys, time, hashlib, resource
from pathlib import Path
import numpy as np
from cnnviz.base.errors import DatasetError
from cnnviz.data.pixel_cache import STAGED, open_cache
from cnnviz.picture.preprocessing import Preprocessing
root, size, num_photos = Path(sys.argv[1]), 150, int(sys.argv[2])
digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(num_photos)]
def decode(before=lambda number: None):
    for number, digest in enumerate(digests):
        before(number)
        yield digest, np.full((size, size, 3), number % 251, np.uint8)
def build(before=lambda number: None):
    return open_cache(root, digests, Preprocessing(size, size), lambda: decode(before))
"""


def decode() -> Iterator[Decoded]:
    return zip(DIGESTS, IMAGES, strict=True)


def build(root: Path, decode: Callable[[], Iterator[Decoded]] = decode) -> PhotoCache:
    return open_cache(root, DIGESTS, TINY, decode)


def never() -> Iterator[Decoded]:
    pytest.fail("The photographs are decoded already.")


def start(root: Path, script: str, num_photos: int = 100) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT + script, str(root), str(num_photos)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def printed(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return output


def assert_whole(cache: PhotoCache) -> None:
    rows = np.array([cache.rows[digest] for digest in DIGESTS])
    assert np.array_equal(cache[rows], IMAGES)
    assert np.array_equal(cache[rows[[5, 2, 5]]], IMAGES[[5, 2, 5]])


# Found again


def test_photographs_come_back_by_row_and_are_decoded_once(tmp_path: Path) -> None:
    assert_whole(build(tmp_path / "new" / "root"))
    assert_whole(build(tmp_path / "new" / "root", never))
    assert len(list((tmp_path / "new" / "root").iterdir())) == 1


def test_order_and_copies_do_not_matter(tmp_path: Path) -> None:
    assert_whole(build(tmp_path, lambda: iter([*decode(), ("other", IMAGES[0]), *decode()][::-1])))
    assert_whole(open_cache(tmp_path, DIGESTS[::-1], TINY, never))


def test_read_photographs_are_the_callers_to_change(tmp_path: Path) -> None:
    cache = build(tmp_path)
    cache[np.arange(9)][:] = 0
    assert_whole(cache)


def test_reasons_are_kept(tmp_path: Path) -> None:
    damaged = [(DIGESTS[0], "The picture is empty"), *list(decode())[1:]]
    for cache in (build(tmp_path, lambda: iter(damaged)), build(tmp_path, never)):
        assert cache.unreadable == {DIGESTS[0]: "The picture is empty"}
        assert np.array_equal(cache[np.array([cache.rows[DIGESTS[8]]])], IMAGES[8:])


def test_photographs_of_equal_pixels_are_found_and_those_of_one_equal_row_are_not(tmp_path: Path) -> None:
    images = IMAGES.copy()
    images[[5, 7]] = images[2]
    images[8, 2] = images[2, 2]
    reasons = {0: "The picture is empty.", 1: "No picture."}  # whose pixels are all zero
    decoded = [(digest, reasons.get(row, images[row])) for row, digest in enumerate(DIGESTS)]
    equal = [DIGESTS[row] for row in (2, 5, 7)]
    assert build(tmp_path, lambda: iter(decoded)).twins() == dict.fromkeys(equal, min(equal))


def test_pixels_are_kept_before_they_are_scaled_and_grey_ones_have_one_channel(tmp_path: Path) -> None:
    build(tmp_path)
    scaled = open_cache(tmp_path, DIGESTS, replace(TINY, scaling="caffe"), never)
    assert np.array_equal(scaled[np.arange(9)], build(tmp_path)[np.arange(9)])
    gray = open_cache(
        tmp_path, DIGESTS, replace(TINY, color_mode="L"), lambda: zip(DIGESTS, IMAGES[..., :1], strict=True)
    )
    assert np.array_equal(gray[np.arange(9)], IMAGES[..., :1])


def test_other_photographs_and_other_settings_have_their_own_cache(tmp_path: Path) -> None:
    build(tmp_path)
    fewer = open_cache(tmp_path, DIGESTS[:5], TINY, decode)
    turned = open_cache(
        tmp_path, DIGESTS, Preprocessing(5, 4), lambda: ((digest, image.swapaxes(0, 1)) for digest, image in decode())
    )
    assert len(fewer.rows) == 5
    assert turned[np.arange(2)].shape == (2, 5, 4, 3)
    assert len(list(tmp_path.iterdir())) == 3
    assert_whole(build(tmp_path, never))


# Damage


@pytest.mark.parametrize("name", [PIXELS, INDEX])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "longer", "text", "list"])
def test_damaged_cache_is_built_again(name: str, damage: str, tmp_path: Path) -> None:
    build(tmp_path)
    (folder,) = tmp_path.iterdir()
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage != "missing":
        new = {"empty": b"", "cut": content[:-1], "longer": content + b"0", "text": b"text", "list": b"[1, 2]"}[damage]
        (folder / name).write_bytes(new)
    assert_whole(build(tmp_path))
    assert_whole(build(tmp_path, never))
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("index", [{}, {"digests": DIGESTS[1:], "unreadable": {}}, {"digests": 1, "unreadable": {}}])
def test_cache_with_another_index_is_built_again(index: object, tmp_path: Path) -> None:
    build(tmp_path)
    (folder,) = tmp_path.iterdir()
    (folder / INDEX).write_text(json.dumps(index))
    assert_whole(build(tmp_path))


def test_open_cache_outlives_its_folder(tmp_path: Path) -> None:
    cache = build(tmp_path)
    (folder,) = tmp_path.iterdir()
    shutil.rmtree(folder)
    assert_whole(cache)


# No half cache


def test_photographs_that_change_meanwhile_leave_no_cache(tmp_path: Path) -> None:
    message = r"changed while they were read: 2 of 9 are gone or differ\. Start again"
    with pytest.raises(DatasetError, match=message):
        build(tmp_path, lambda: iter(list(decode())[2:]))
    assert list(tmp_path.iterdir()) == []


def test_interruption_leaves_no_cache(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Decoded]:
        yield DIGESTS[0], IMAGES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, interrupted)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    message = r"Cannot keep the decoded photographs in '.*', which takes 0 MB\. Make room there, or set CNNVIZ_CACHE to"
    with pytest.raises(DatasetError, match=message):
        build(tmp_path / "file" / "root")


def test_too_small_a_disk_is_refused_at_once(tmp_path: Path) -> None:
    message = r"which takes 3,000,000 MB\. Make room there, .* Received: only [\d,]+ MB are free\."
    with pytest.raises(DatasetError, match=message):
        open_cache(tmp_path, DIGESTS[:1], Preprocessing(10**6, 10**6), decode)
    assert list(tmp_path.iterdir()) == []


def test_disk_that_fills_up_is_one_sentence_and_leaves_no_cache(tmp_path: Path) -> None:
    script = """
resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))
try: build()
except DatasetError as error: print(error)
"""
    assert "Received: [Errno 27] File too large." in printed(start(tmp_path, script))
    assert list(tmp_path.iterdir()) == []


def test_killed_build_is_done_again_and_its_traces_go(tmp_path: Path) -> None:
    process = start(tmp_path, "build(lambda number: number < 50 or time.sleep(60))")
    while not any(path.stat().st_size for path in tmp_path.glob(f"{STAGED}*/{PIXELS}")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (left,) = tmp_path.iterdir()
    assert printed(start(tmp_path, "print(build()[np.arange(100)][:, 0, 0, 0].tolist())")) == f"{list(range(100))}\n"
    assert left.exists()  # it might be another run's that is at work
    for path in (left, *left.iterdir()):
        os.utime(path, (time.time() - STALE_SECONDS - 1,) * 2)
    build(tmp_path)
    assert not list(tmp_path.glob(f"{STAGED}*"))
    assert len(list(tmp_path.iterdir())) == 2


def test_two_runs_at_once_share_one_cache(tmp_path: Path) -> None:
    script = """
met = root.parent / "met"
def meet(number):
    while number == 99 and len(list(root.glob(STAGED + "*"))) < 2 and not met.exists():
        time.sleep(0.01)
    if number == 99:
        met.touch()
print(build(meet)[np.arange(100)].sum())
"""
    first, second = (start(tmp_path / "root", script) for _ in range(2))
    assert printed(first) == printed(second) == f"{sum(range(100)) * 150 * 150 * 3}\n"
    (folder,) = (tmp_path / "root").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == [INDEX, PIXELS]


def test_memory_does_not_grow_with_the_photographs(tmp_path: Path) -> None:
    script = """
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
cache = build()
for first in range(0, num_photos, 50): cache[np.arange(first, first + 50)]
assert len(cache.twins()) == num_photos
print((peak() - before) // 1024, "MB")
"""
    grown = int(printed(start(tmp_path, script, num_photos=2000)).split()[0])
    assert grown < 40  # of the 135 MB of pixels
