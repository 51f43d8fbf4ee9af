"""The training photographs of one epoch, batch by batch."""

import numpy as np
import pytest

from cnnviz.data.dataset import Split
from cnnviz.training.batches import Batches
from cnnviz.training.recipe import RECIPES

RECIPE = RECIPES["default"]


@pytest.fixture
def split() -> Split:
    """Ten photographs, each of its own number."""
    numbers = np.arange(10)
    return Split(np.broadcast_to(numbers[:, None, None, None], (10, 4, 6, 3)).astype(np.uint8), numbers % 2)


def numbers(batches: Batches) -> list[list[int]]:
    return [batches[index][0]["photos"][:, 0, 0, 0].tolist() for index in range(len(batches))]


def test_an_epoch_shows_every_photograph_at_most_once_in_full_batches(split: Split) -> None:
    shown = numbers(Batches(split, 3, RECIPE, seed=0, epoch=0))
    assert [len(batch) for batch in shown] == [3, 3, 3]
    assert len({number for batch in shown for number in batch}) == 9


def test_labels_belong_to_their_photographs(split: Split) -> None:
    batch, labels = Batches(split, 10, RECIPE, seed=0, epoch=0)[0]
    assert labels.shape == (10, 1)
    assert labels.dtype == np.float32
    assert (labels[:, 0] == batch["photos"][:, 0, 0, 0] % 2).all()


def test_order_and_which_photographs_are_left_out_change_with_epoch_and_seed(split: Split) -> None:
    orders = [numbers(Batches(split, 3, RECIPE, seed, epoch)) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert numbers(Batches(split, 3, RECIPE, 0, 1)) == orders[1]


def test_an_epoch_that_is_taken_up_gives_the_batches_that_were_left(split: Split) -> None:
    whole = Batches(split, 3, RECIPE, seed=5, epoch=2)
    rest = Batches(split, 3, RECIPE, seed=5, epoch=2, first_step=1)
    assert len(rest) == len(whole) - 1 == 2
    for index in range(2):
        (one, labels), (other, other_labels) = whole[index + 1], rest[index]
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)
        assert np.array_equal(labels, other_labels)


def test_changes_differ_from_step_to_step(split: Split) -> None:
    batches = Batches(split, 3, RECIPE, seed=0, epoch=0)
    assert not np.array_equal(batches[0][0]["rows"], batches[1][0]["rows"])


def test_fewer_photographs_than_a_batch_are_one_batch(split: Split) -> None:
    batches = Batches(split, 64, RECIPE, seed=0, epoch=0)
    assert len(batches) == 1
    assert sorted(numbers(batches)[0]) == list(range(10))
