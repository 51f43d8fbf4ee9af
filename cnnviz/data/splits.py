"""Splitting of photographs into train, validation and test, by their content."""

import hashlib
from collections.abc import Sequence

from cnnviz.base.figures import share
from cnnviz.data.reader import Found

SPLITS = ("train", "validation", "test")
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1


def deal(photos: Sequence[Found], seed: int) -> tuple[dict[str, list[Found]], dict[str, str]]:
    """Split photographs by their bytes and the seed.

    Args:
        photos: The photographs. If a source fixes the split of one, its copies in other splits are left out.
        seed: The seed for all photographs whose split is not fixed.

    Returns:
        The photographs of each split; and the names of those that are left out, with the reason.
    """
    given = _given(photos)
    fixed = {photo.digest: split for split in ("validation", "test") for photo in photos if photo.split == split}
    dealt: dict[str, list[Found]] = {split: [] for split in SPLITS}
    left_out = {}
    for photo in photos:
        home = fixed.get(photo.digest)
        if home != photo.split:
            left_out[photo.name] = f"The same photograph is in the given {home} split."
        else:
            dealt[home or _draw(photo.digest, seed, given)].append(photo)
    return dealt, left_out


def _draw(digest: str, seed: int, given: set[str]) -> str:
    """Choose the split of a photograph from its sha256 and the seed."""
    place = int.from_bytes(hashlib.sha256(f"{seed}:{digest}".encode()).digest()[:8], "big") / 2**64
    split = "train" if place < TRAIN_SHARE else "validation" if place < TRAIN_SHARE + VALIDATION_SHARE else "test"
    return "train" if split in given else split


def _given(photos: Sequence[Found]) -> set[str]:
    """Return the names of the splits that sources fix."""
    return {photo.split for photo in photos if photo.split}


def split_rule(photos: Sequence[Found]) -> str:
    """Describe how photographs are split.

    Args:
        photos: All photographs that can be read.

    Returns:
        A phrase with the shares of the splits.
    """
    given = _given(photos)
    shares = {"validation": VALIDATION_SHARE, "test": 1 - TRAIN_SHARE - VALIDATION_SHARE}
    dealt = [f"{share(part)} {split}" for split, part in shares.items() if split not in given]
    rest = 1 - sum(part for split, part in shares.items() if split not in given)
    rule = ", ".join([f"{share(rest)} train", *dealt]) + ", by sha256 of the file's bytes and the seed"
    return f"{' and '.join(sorted(given))} from folders; of the rest {rule}" if given else rule
