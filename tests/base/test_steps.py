"""Work in steps: its shares and what comes of it."""

from __future__ import annotations

import pytest

from cnnviz.base.errors import StoppedError
from cnnviz.base.steps import Steps, finish, part, within


def work(number: int) -> Steps[str]:
    for done in range(number):
        yield done / number
    return "done"


def test_work_that_is_not_wanted_is_left_off() -> None:
    done = []

    def endless() -> Steps[None]:
        while True:
            done.append(None)
            yield 0

    with pytest.raises(StoppedError, match=r"^Nobody waits"):
        finish(endless(), lambda: len(done) < 3)
    assert len(done) == 3


def test_finished_work_gives_what_it_was_done_for() -> None:
    assert finish(work(4)) == finish(work(0)) == "done"


def test_work_that_takes_too_long_is_left_off() -> None:
    assert finish(within(work(4), 60)) == "done"
    with pytest.raises(StoppedError, match=r"^This takes more than 0 seconds"):
        finish(within(work(4), 0))


def test_a_part_tells_shares_of_the_whole() -> None:
    shares = []

    def whole() -> Steps[list[str]]:
        return [(yield from part(work(2), 0, 0.5)), (yield from part(work(4), 0.5, 1))]

    steps = whole()
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as end:
            assert end.value == ["done", "done"]
            break
    assert shares == [0, 0.25, 0.5, 0.625, 0.75, 0.875]
