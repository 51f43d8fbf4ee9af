"""The learning rate's schedule, and averages that forget their start."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from cnnviz.training.optimizer import AveragingRMSprop, schedule_rate
from cnnviz.training.recipe import Recipe

DEFAULT = Recipe.named("default")


def average_of(values: list[float], averaging: float) -> float:
    """The average after a variable had these values, one per step."""
    variable = keras.Variable([0.0])
    optimizer = AveragingRMSprop(1.0, averaging)
    optimizer.build([variable])
    for value in values:
        variable.assign([value])
        optimizer._update_model_variables_moving_average([variable])
        optimizer.iterations.assign_add(1)
    return float(optimizer.averages[0][0])


def test_averages_forget_what_they_began_with() -> None:
    assert average_of([100.0], 0.999) == 100
    assert average_of([100.0, 1.0], 0.999) == pytest.approx(0.1 * 100 + 0.9)
    assert average_of([100.0] + [1.0] * 100, 0.999) == pytest.approx(1, abs=1e-3)
    assert average_of([100.0] + [1.0] * 100, 0.2) == pytest.approx(1, abs=1e-3)
    assert average_of([1.0] * 1000 + [2.0], 0.9) == pytest.approx(1.1, abs=1e-3)


@pytest.mark.parametrize(
    ("steps_per_epoch", "expected"),
    [(600, 600), (100, 300), (60, 300), (12, 60), (1, 5)],
)
def test_the_learning_rate_rises_for_300_steps_or_5_epochs_at_least(steps_per_epoch: int, expected: int) -> None:
    assert DEFAULT.warm_up_steps(steps_per_epoch) == expected
    rate = schedule_rate(DEFAULT, steps_per_epoch)
    rates = [float(rate(step)) for step in (0, expected // 2, expected, 50 * steps_per_epoch)]
    assert np.allclose(rates, [0, (expected // 2) / expected * 1e-3, 1e-3, 0], atol=1e-9)


def test_half_of_a_short_run_is_no_warm_up() -> None:
    assert replace(DEFAULT, epochs=2).warm_up_steps(10) == 10
    assert replace(DEFAULT, epochs=1).warm_up_steps(1) == 0


def test_a_constant_rate_needs_no_schedule() -> None:
    book = Recipe.named("book")
    assert (book.warm_up_steps(100), schedule_rate(book, 100)) == (0, book.learning_rate)
