"""The steps of which snapshots are taken and kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.timelines.schedule import MAX_SNAPSHOTS, is_due, thin


def kept_of(num_steps: int, every: int | None = None) -> list[int]:
    """Take and thin snapshots of a whole training, as a recorder does."""
    steps, before = [0], 0
    for step in range(1, num_steps + 1):
        if is_due(before, step, every) or step == num_steps:
            steps = thin([*steps, step])
        before = step
    return steps


def test_a_run_keeps_its_begin_its_end_and_the_powers_of_two() -> None:
    assert kept_of(5080) == [0, *(2**power for power in range(13)), 5080]


def test_steps_that_are_passed_in_one_go_give_one_snapshot() -> None:
    assert [step for step in range(0, 100, 10) if is_due(step, step + 10)] == [0, 10, 30, 60]
    assert [step for step in range(0, 100, 10) if is_due(step, step + 10, every=25)] == [20, 40, 70, 90]


@given(st.integers(1, 3000), st.integers(1, 50))
def test_any_training_keeps_at_most_twenty_with_both_ends(num_steps: int, every: int) -> None:
    steps = kept_of(num_steps, every)
    assert len(steps) <= MAX_SNAPSHOTS
    assert (steps[0], steps[-1]) == (0, num_steps)
    assert steps == sorted(set(steps))


def test_of_equal_steps_those_stay_that_are_spread_on_a_logarithmic_scale() -> None:
    steps = np.array(kept_of(20_000, every=10))
    assert len(steps) == MAX_SNAPSHOTS
    ratios = (steps[2:] + 1) / (steps[1:-1] + 1)
    assert ratios.max() < 3  # even ones would be 1.5
    assert steps[-2] < 17_000
