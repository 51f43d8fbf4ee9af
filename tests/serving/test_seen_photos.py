"""A photo has one token: under it the result is found, and computed again from the picture when it is kept no more."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import load_image
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_photos import SeenPhotos
from cnnviz.serving.seen_pictures import SeenPictures
from networks import build_branches
from pictures import draw, encode


@pytest.fixture(scope="module")
def small() -> Explorer:
    return Explorer(build_branches())


def photos_of(explorer: Explorer, max_bytes: int = 2**28) -> SeenPhotos:
    return SeenPhotos(explorer, ResultCache(max_bytes))


def file_of(seed: int) -> bytes:
    return encode(draw(60, 60, seed), "PNG")


def test_same_photo_has_the_same_token_and_no_other_pass(small: Explorer) -> None:
    photos = photos_of(small)
    first, again, other = photos.look(file_of(1)), photos.look(file_of(1)), photos.look(file_of(2))
    assert (first.is_known, again.is_known, other.is_known) == (False, True, False)
    assert again.result is first.result
    assert again.token == first.token != other.token
    assert photos.find(first.token) is first.result


def test_tokens_are_long_and_differ_between_photos_and_between_processes(small: Explorer) -> None:
    photos = photos_of(small)
    tokens = [photos.look(file_of(seed)).token for seed in range(40)]
    assert len(set(tokens)) == 40
    assert all(re.fullmatch(r"[0-9a-f]{64}", token) for token in tokens)
    for place in range(64):  # no part of them stays the same
        assert len({token[place] for token in tokens}) > 5
    assert photos_of(small).look(file_of(0)).token != tokens[0]  # nobody else can work it out from the photo


@pytest.mark.parametrize("unknown", ["", "no such token", "0" * 64])
def test_unknown_token_finds_nothing(unknown: str, small: Explorer) -> None:
    photos = photos_of(small)
    token = photos.look(file_of(1)).token
    assert photos.find(unknown) is photos.find(token[:-1]) is photos.find(token.upper() + "a") is None


def test_result_that_nobody_keeps_is_computed_again_from_the_picture(small: Explorer) -> None:
    photos = photos_of(small, max_bytes=0)
    token = photos.look(file_of(3)).token
    found, expected = photos.find(token), small(file_of(3))
    assert found is not None
    assert found.seen.tobytes() == expected.seen.tobytes()
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-6)
    kept = photos.find(token)
    assert photos.find(token) is kept  # as long as somebody has it


def test_what_was_computed_again_is_not_taken_for_the_whole_photo(small: Explorer) -> None:
    photos, file = photos_of(small, 1), file_of(1)  # there is room for one result
    first = photos.look(file)
    token, whole = first.token, first.result.photo.size
    del first
    photos.look(file_of(2))
    again = photos.find(token)
    assert again is not None
    assert again.photo.size != whole  # it is made of what the network saw
    assert photos.find(token) is again
    assert photos.look(file).result.photo.size == whole


def test_photo_that_was_forgotten_is_not_found(small: Explorer) -> None:
    photos = SeenPhotos(small, ResultCache(2**28), SeenPictures(max_bytes=0))
    seen = photos.look(file_of(4))
    assert photos.find(seen.token) is None
    photos.keep_for_good(seen)
    photos.look(file_of(4))
    assert photos.find(seen.token) is seen.result


def test_photos_of_one_model_are_not_found_by_another(small: Explorer) -> None:
    one, other = photos_of(small), photos_of(small)
    assert other.find(one.look(file_of(5)).token) is None


def test_known_photo_is_not_decoded_again(small: Explorer) -> None:
    decoded: list[bytes] = []

    def decode(content: bytes) -> Image.Image:
        decoded.append(content)
        return load_image(content)

    photos = SeenPhotos(small, ResultCache(2**28), decode=decode)
    for seed in (1, 1, 2, 1):
        photos.look(file_of(seed))
    assert decoded == [file_of(1), file_of(2)]
    assert photos.read(file_of(1)).tobytes() == draw(60, 60, 1).tobytes()
