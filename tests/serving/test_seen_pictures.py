"""What visitors look into is found again under its token, for a while, without keeping anything alive."""

from __future__ import annotations

import gc
import secrets
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.serving.seen_pictures import SeenPictures
from pictures import draw

EDGE = 10
NUM_BYTES = 4 * EDGE * EDGE
NUM_THREADS = 8
NUM_PICTURES = 1000
WHILE_SECONDS = 0.6


@pytest.fixture(scope="module")
def make(explorer: Explorer) -> Callable[..., Result]:
    """Gives a result of its own each time, with a picture of 300 bytes."""
    result = explorer(draw())

    def make_result(color: int = 0, edge: int = EDGE) -> Result:
        return replace(result, seen=Image.new("RGB", (edge, edge), (color, 0, 0)))

    return make_result


@pytest.fixture
def hurried() -> Iterator[None]:
    """Makes threads interrupt each other all the time."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def put(pictures: SeenPictures, result: Result, for_good: bool = False) -> str:
    """Keep a picture under a token of its own."""
    token = secrets.token_urlsafe()
    pictures.put(token, result, for_good)
    return token


def are_there(pictures: SeenPictures, tokens: list[str]) -> list[bool]:
    return [pictures.get(token) is not None for token in tokens]


def test_picture_and_result_are_found_while_somebody_keeps_the_result(make: Callable[..., Result]) -> None:
    pictures, result = SeenPictures(), make()
    token = put(pictures, result)
    found = pictures.get(token)
    assert found is not None
    assert found[0] is result.seen
    assert found[1] is result


def test_only_the_picture_is_found_when_nobody_keeps_the_result(make: Callable[..., Result]) -> None:
    pictures, result = SeenPictures(), make(7)
    token, alive = put(pictures, result), weakref.ref(result)
    del result
    gc.collect()
    assert alive() is None
    found = pictures.get(token)
    assert found is not None
    assert found[0].getpixel((0, 0)) == (7, 0, 0)
    assert found[1] is None


def test_result_that_was_computed_again_is_found_again(make: Callable[..., Result]) -> None:
    pictures = SeenPictures()
    token, other = put(pictures, make(1)), put(pictures, make(2))
    gc.collect()
    again = make(1)
    pictures.put(token, again)
    found, untouched = pictures.get(token), pictures.get(other)
    assert found is not None
    assert untouched is not None
    assert found[0].getpixel((0, 0)) == (1, 0, 0)
    assert found[1] is again
    assert untouched[1] is None


def test_unknown_token_finds_nothing(make: Callable[..., Result]) -> None:
    pictures, result = SeenPictures(), make()
    token = put(pictures, result)
    for unknown in ("", "no such token", token[:-1], token + "a", token.swapcase()):
        assert pictures.get(unknown) is None
    assert len(pictures) == 1


def test_oldest_are_forgotten_when_all_take_too_much(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_bytes=3 * NUM_BYTES)
    tokens = [put(pictures, make()) for _ in range(5)]
    assert are_there(pictures, tokens) == [False, False, True, True, True]
    assert len(pictures) == 3


def test_picture_that_was_looked_into_is_not_the_oldest(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_bytes=3 * NUM_BYTES)
    tokens = [put(pictures, make()) for _ in range(3)]
    pictures.get(tokens[0])
    tokens.append(put(pictures, make()))
    assert are_there(pictures, tokens) == [True, False, True, True]


def test_large_picture_takes_the_place_of_several_small_ones(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_bytes=5 * NUM_BYTES)
    tokens = [put(pictures, make()) for _ in range(4)]
    tokens.append(put(pictures, make(edge=2 * EDGE)))  # four times as many bytes
    assert are_there(pictures, tokens) == [False, False, False, True, True]
    tokens.append(put(pictures, make(edge=3 * EDGE)))  # more than all may take
    assert are_there(pictures, tokens) == [False] * 6
    assert len(pictures) == 0


def test_picture_that_nobody_looked_into_for_long_is_forgotten(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_seconds=0)
    token = put(pictures, make())
    assert pictures.get(token) is None
    assert len(pictures) == 0


def test_looking_into_a_picture_makes_it_young_again(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_seconds=WHILE_SECONDS)
    used, unused = put(pictures, make()), put(pictures, make())
    until = time.monotonic() + 1.5 * WHILE_SECONDS
    while time.monotonic() < until:
        assert pictures.get(used) is not None
        time.sleep(WHILE_SECONDS / 20)
    assert pictures.get(unused) is None


def test_picture_that_is_kept_for_good_outlives_time_and_memory(make: Callable[..., Result]) -> None:
    pictures, result = SeenPictures(max_bytes=0, max_seconds=0), make(3)
    token = put(pictures, result, for_good=True)
    pictures.put(token, result)  # somebody looks at it once more
    mortal = [put(pictures, make()) for _ in range(3)]
    assert are_there(pictures, mortal) == [False] * 3
    for _ in range(2):
        found = pictures.get(token)
        assert found is not None
        assert found == (result.seen, result)


def test_pictures_that_are_kept_for_good_take_no_others_place(make: Callable[..., Result]) -> None:
    pictures = SeenPictures(max_bytes=2 * NUM_BYTES)
    kept = [put(pictures, make(), for_good=True) for _ in range(4)]
    mortal = [put(pictures, make()) for _ in range(3)]
    assert are_there(pictures, kept) == [True] * 4
    assert are_there(pictures, mortal) == [False, True, True]


@pytest.mark.parametrize("num_kept", [NUM_PICTURES, NUM_THREADS])
def test_threads_find_their_own_pictures_within_the_memory(
    num_kept: int, make: Callable[..., Result], hurried: None
) -> None:
    pictures = SeenPictures(max_bytes=num_kept * NUM_BYTES)

    def look(number: int) -> bool:
        result = make(number % 256)
        token = put(pictures, result)
        pictures.put(token, result)
        found = pictures.get(token)
        if found is None:  # others put so many meanwhile
            return num_kept < NUM_PICTURES
        return found[0].getpixel((0, 0)) == (number % 256, 0, 0) and found[1] is result

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        assert all(pool.map(look, range(NUM_PICTURES)))
    assert len(pictures) == num_kept
