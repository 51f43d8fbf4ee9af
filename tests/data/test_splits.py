"""Photographs are dealt by what is in them, whatever they are called, and each class goes to every split."""

from collections import Counter
from hashlib import sha256

import pytest

from cnnviz.data.reader import Found
from cnnviz.data.splits import SPLITS, deal, split_seed_of

NUM_PHOTOS = 3000


def found(number: int, split: str | None = None, name: str = "photo", class_name: str = "cat") -> Found:
    return Found(f"{name}-{number}", class_name, split, sha256(f"{class_name}{number}".encode()).hexdigest())


def homes(photos: list[Found], seed: int = 0) -> dict[str, str]:
    """The split of each photograph by its name."""
    return {photo.name: split for split, dealt in deal(photos, seed).splits.items() for photo in dealt}


def sizes(num_photos: int, seed: int, given: set[str] = frozenset()) -> Counter[str]:
    """The number of photographs in each split, of those that no source fixes."""
    fixed = [found(10**6 + number, split) for number, split in enumerate(given)]
    dealt = homes([*fixed, *(found(number) for number in range(num_photos))], seed)
    return Counter(split for name, split in dealt.items() if name not in {photo.name for photo in fixed})


def test_a_photo_is_dealt_by_its_bytes_and_the_seed_alone() -> None:
    one, other = (deal([found(number, name=name) for number in range(50)], seed=3).splits for name in ("a", "b"))
    for split in SPLITS:
        assert [photo.digest for photo in one[split]] == [photo.digest for photo in other[split]]
    assert deal([found(number) for number in range(50)], seed=4).splits != one


def test_the_shares_are_those_that_the_rule_states() -> None:
    photos = [found(number) for number in range(NUM_PHOTOS)]
    dealt, left_out, rule = deal(photos, seed=0)
    assert [len(dealt[split]) / NUM_PHOTOS for split in SPLITS] == pytest.approx([0.8, 0.1, 0.1], abs=0.03)
    assert not left_out
    assert rule == "80% train, 10% validation, 10% test, by sha256 of the file's bytes and the seed"


def test_of_many_photographs_each_is_where_its_hash_puts_it_as_in_all_versions() -> None:
    for digit, split in (("0", "train"), ("c", "validation"), ("2", "test")):
        photo = Found("photo", "cat", None, digit * 64)
        assert deal([photo, *map(found, range(NUM_PHOTOS))], seed=0).splits[split][0] == photo


@pytest.mark.parametrize("num_photos", [3, 10, 11, 37, 100])
@pytest.mark.parametrize("given", [set(), {"validation"}, {"test"}])
def test_small_classes_are_in_every_split_with_about_their_share(num_photos: int, given: set[str]) -> None:
    for seed in range(30):
        counted = sizes(num_photos, seed, given)
        for split in {"validation", "test"} - given:
            assert max(1, round(0.075 * num_photos)) <= counted[split] <= max(1, round(0.125 * num_photos))
        assert counted["train"] >= 1
        assert not set(given) & set(counted)


def test_a_rare_class_is_evened_out_by_itself_and_the_rule_names_it() -> None:
    photos = [found(number) for number in range(NUM_PHOTOS)]
    rare = [found(number, class_name="dog") for number in range(10)]
    alone, together = homes(photos), deal(photos + rare, seed=0)
    assert {name: split for name, split in homes(photos).items() if name in alone} == alone
    assert [sum(photo.class_name == "dog" for photo in together.splits[split]) for split in SPLITS] == [8, 1, 1]
    assert together.rule.endswith("and the seed, evened out for dog")
    many = [found(number, class_name=f"c{number % 6}") for number in range(60)]
    assert deal(many, seed=0).rule.endswith("evened out for 6 classes")


def test_a_photograph_that_comes_moves_few_others_and_only_to_a_neighbour() -> None:
    photos = [found(number) for number in range(400)]
    order = {split: place for place, split in enumerate(SPLITS)}
    for size in range(10, 400):
        before, after = homes(photos[:size]), homes(photos[: size + 1])
        moved = [abs(order[before[name]] - order[after[name]]) for name in before if before[name] != after[name]]
        assert len(moved) <= 3
        assert set(moved) <= {1}


def test_copies_are_one_photograph_and_stay_together_even_in_two_classes() -> None:
    photos = [found(number, name=name) for number in range(10) for name in "abc"]
    photos += [photo._replace(name=f"dog-{photo.name}", class_name="dog") for photo in photos[:6]]
    dealt = deal(photos, seed=0).splits
    assert [len({photo.digest for photo in dealt[split]}) for split in SPLITS] == [8, 1, 1]
    assert sum(map(len, dealt.values())) == 36


def test_one_or_two_photographs_of_a_class_are_left_where_they_are() -> None:
    for size in (1, 2):
        photos = [found(number) for number in range(size)]
        assert sum(sizes(size, 0).values()) == size
        assert deal(photos, 0).rule.endswith("and the seed")


def test_given_splits_stay_and_their_copies_elsewhere_are_left_out() -> None:
    photos = [found(1, "test"), found(1), *(found(number) for number in range(2, 200))]
    dealt, left_out, rule = deal(photos, seed=0)
    assert dealt["test"] == [photos[0]]
    assert left_out == {"photo-1": "The same photograph is in the given test split."}
    assert rule.startswith("test from folders; of the rest 90% train, 10% validation, by")


def test_the_seed_of_a_split_is_that_of_everything_in_models_of_older_versions() -> None:
    assert split_seed_of({"training": {"seed": 3, "split_seed": 4}}) == 4
    assert split_seed_of({"training": {"seed": 3}}) == 3
    assert split_seed_of({}) is None
