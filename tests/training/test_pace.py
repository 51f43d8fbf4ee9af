"""How long a run takes, from its first steps."""

import time

import pytest

from cnnviz.training.pace import NUM_TIMED, Pace


@pytest.fixture
def pace() -> Pace:
    """Steps of a second, after one that compiled, in batches of 8, with 40 photographs to measure on."""
    pace = Pace(8, 40)
    pace.steps = [10.0, 1.0, 1.0, 1.0]
    return pace


def test_before_an_epoch_has_ended_its_end_is_estimated_from_the_steps(pace: Pace) -> None:
    assert pace.seconds_left(num_steps=100, num_epochs=2) == 100 + 2 * 40 / 8 / 2


def test_of_two_steps_the_one_that_compiled_does_not_count(pace: Pace) -> None:
    pace.steps = [10.0, 1.0]
    assert pace.seconds_left(num_steps=100, num_epochs=0) == 100


def test_later_the_quickest_end_so_far_counts(pace: Pace) -> None:
    pace.ends = [9.0, 4.0, 5.0]
    assert pace.seconds_left(num_steps=100, num_epochs=2) == 100 + 2 * 4
    assert pace.describe(100, 2) == "It will take about 1 min 48 s for 2 epoch(s), at 8 photographs a second"


def test_steps_and_ends_are_timed_apart() -> None:
    pace = Pace(1, 1)
    time.sleep(0.2)
    pace.begin_epoch()
    assert [pace.end_step() for _ in range(NUM_TIMED + 2)] == [False] * (NUM_TIMED - 1) + [True, False, False]
    time.sleep(0.1)
    pace.end_epoch()
    assert max(pace.steps) < 0.1 <= pace.ends[0]
