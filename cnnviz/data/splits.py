"""Splitting of photographs into train, validation and test, by their content and with each class in every split."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnviz.base.figures import share
from cnnviz.data.reader import Found

SPLITS = ("train", "validation", "test")
HELD_OUT = SPLITS[1:]
TRAIN_SHARE, VALIDATION_SHARE, TEST_SHARE = 0.8, 0.1, 0.1
SHARES = {"validation": VALIDATION_SHARE, "test": TEST_SHARE}

TOLERANCE = 0.25
"""How far a class's share of a split may be from what is wanted, relative to that, before it is evened out."""

NUM_NAMED = 5
"""How many classes that were evened out the rule names; of more it gives the number."""


class Dealt(NamedTuple):
    """Photographs, split.

    Args:
        splits: The photographs of each split.
        left_out: The names of those that are in none, with the reason.
        rule: The rule of the split, in words.
    """

    splits: dict[str, list[Found]]
    left_out: dict[str, str]
    rule: str


def deal(photos: Sequence[Found], seed: int) -> Dealt:
    """Split photographs by their bytes and the seed, and even out the classes that chance dealt badly.

    A hash of the sha256 and the seed is the photograph's place between 0 and 1: places below 0.8 are for training,
    those from 0.9 on for the test, the others for validation. In large classes that is all. Of a class of n
    photographs, each of these two splits gets 0.075 n to 0.125 n, rounded, and at least 1. Where chance gave more or
    less, the limits between the places are moved for that class, no further than needed. So a photograph that comes
    or goes moves at most three others of its class, each to a neighbouring split.

    Args:
        photos: The photographs. Those of equal digests are copies, and count as one. If a source fixes the split of
            one, its copies in other splits are left out.
        seed: The seed for all photographs whose split is not fixed.

    Returns:
        What is in which split. A class of one or two photographs is missing in some splits.
    """
    given = {photo.split for photo in photos if photo.split}
    fixed = {photo.digest: split for split in HELD_OUT for photo in photos if photo.split == split}
    free = {photo.digest: photo.class_name for photo in reversed(photos) if photo.digest not in fixed}
    members: dict[str, list[str]] = defaultdict(list)
    for digest, class_name in free.items():
        members[class_name].append(digest)
    homes, evened = dict(fixed), []
    for class_name, digests in sorted(members.items()):
        drawn, is_evened = _deal_class(digests, seed, given)
        homes |= drawn
        evened += [class_name] * is_evened
    dealt: dict[str, list[Found]] = {split: [] for split in SPLITS}
    left_out = {}
    for photo in photos:
        if photo.digest in fixed and fixed[photo.digest] != photo.split:
            left_out[photo.name] = f"The same photograph is in the given {fixed[photo.digest]} split."
        else:
            dealt[homes[photo.digest]].append(photo)
    return Dealt(dealt, left_out, _rule(given, evened))


def split_seed_of(manifest: Mapping[str, Any]) -> int | None:
    """Return the seed with which a model's photographs were split.

    Args:
        manifest: The model folder's manifest; models of older versions have one seed for everything.

    Returns:
        The seed; None if the manifest names none.
    """
    training = manifest.get("training", {})
    seed: int | None = training.get("split_seed", training.get("seed"))
    return seed


def _deal_class(digests: Sequence[str], seed: int, given: set[str]) -> tuple[dict[str, str], bool]:
    """Split the photographs of one class; say whether they had to be evened out."""
    places = {digest: _place(digest, seed) for digest in digests}
    drawn = {digest: _draw(place, given) for digest, place in places.items()}
    held_out = [split for split in HELD_OUT if split not in given]
    dealt = list(drawn.values())
    sizes = {split: dealt.count(split) for split in held_out}
    wanted = {split: _within(sizes[split], len(digests), SHARES[split]) for split in held_out}
    if wanted == sizes or len(digests) <= len(held_out):
        return drawn, False
    top = 1.0 if "test" not in given else TRAIN_SHARE + VALIDATION_SHARE  # so that the places held out come last
    ranked = sorted(digests, key=lambda digest: ((places[digest] - top) % 1, digest))
    train = len(ranked) - sum(wanted.values())
    order = ["train"] * train + [split for split in held_out for _ in range(wanted[split])]
    return dict(zip(ranked, order, strict=True)), True


def _within(size: int, num_photos: int, part: float) -> int:
    """Return the number nearest to a split's size that is near enough to its share of the photographs."""
    least, most = (max(1, round(factor * part * num_photos)) for factor in (1 - TOLERANCE, 1 + TOLERANCE))
    return min(max(size, least), most)


def _place(digest: str, seed: int) -> float:
    """Compute the place of a photograph, from 0 to 1, from its sha256 and the seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{digest}".encode()).digest()[:8], "big") / 2**64


def _draw(place: float, given: set[str]) -> str:
    """Choose the split of a photograph by its place; what would go to a split that sources fix is for training."""
    split = "train" if place < TRAIN_SHARE else "validation" if place < TRAIN_SHARE + VALIDATION_SHARE else "test"
    return "train" if split in given else split


def _rule(given: set[str], evened: Sequence[str]) -> str:
    """Describe how photographs are split, in a phrase with the shares of the splits."""
    parts = {split: part for split, part in SHARES.items() if split not in given}
    dealt = [f"{share(part)} {split}" for split, part in parts.items()]
    rest = f"{share(1 - sum(parts.values()))} train"
    rule = ", ".join([rest, *dealt]) + ", by sha256 of the file's bytes and the seed"
    if evened:
        named = ", ".join(evened) if len(evened) <= NUM_NAMED else f"{len(evened)} classes"
        rule += f", evened out for {named}"
    return f"{' and '.join(sorted(given))} from folders; of the rest {rule}" if given else rule
