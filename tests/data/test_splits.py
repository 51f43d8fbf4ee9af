"""Photographs are dealt by what is in them, whatever they are called."""

from hashlib import sha256

import pytest

from cnnviz.data.reader import Found
from cnnviz.data.splits import SPLITS, deal, split_rule

NUM_PHOTOS = 3000


def found(number: int, split: str | None = None, name: str = "photo") -> Found:
    return Found(f"{name}-{number}", "cat", split, sha256(str(number).encode()).hexdigest())


def test_a_photo_is_dealt_by_its_bytes_and_the_seed_alone() -> None:
    one, other = (deal([found(number, name=name) for number in range(50)], seed=3)[0] for name in ("a", "b"))
    for split in SPLITS:
        assert [photo.digest for photo in one[split]] == [photo.digest for photo in other[split]]
    assert deal([found(number) for number in range(50)], seed=4)[0] != one


def test_the_shares_are_those_that_the_rule_states() -> None:
    photos = [found(number) for number in range(NUM_PHOTOS)]
    dealt, left_out = deal(photos, seed=0)
    assert [len(dealt[split]) / NUM_PHOTOS for split in SPLITS] == pytest.approx([0.8, 0.1, 0.1], abs=0.03)
    assert not left_out
    assert split_rule(photos).startswith("80% train, 10% validation, 10% test, by sha256")


def test_given_splits_stay_and_their_copies_elsewhere_are_left_out() -> None:
    photos = [found(1, "test"), found(1), *(found(number) for number in range(2, 200))]
    dealt, left_out = deal(photos, seed=0)
    assert dealt["test"] == [photos[0]]
    assert left_out == {"photo-1": "The same photograph is in the given test split."}
    assert split_rule(photos).startswith("test from folders; of the rest 90% train, 10% validation, by")
