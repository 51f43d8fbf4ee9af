"""Timing of several tasks in turn, so that disturbances of the machine affect all of them equally."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

MAX_REPEATS, MAX_ROUNDS = 20, 15
TASK_SECONDS = 3.0
"""Time during which a task is repeated and timed."""


def time_in_turn(tasks: Mapping[str, Callable[[], object]], rounds: int = 15) -> dict[str, float]:
    """Run every task once per round, after one round that does not count.

    Args:
        tasks: The tasks by name.
        rounds: Number of rounds that count, at least 1.

    Returns:
        The median time of each task, in seconds.
    """
    return {name: median(values) for name, values in time_rounds(tasks, rounds).items()}


def time_rounds(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Do the same as `time_in_turn`, but return the time of each task in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds + 1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def time_beside(
    floor: Callable[[], object], tasks: Mapping[str, Callable[[], object]]
) -> dict[str, tuple[float, float]]:
    """Time each task in turn with another task, the floor, which is repeated until it takes about as long.

    Args:
        floor: The task to compare with.
        tasks: The tasks by name.

    Returns:
        The median time of each task in seconds, and its multiple of the floor's time.
    """
    found = {}
    for name, task in tasks.items():
        once = time_in_turn({"floor": floor, "task": task}, rounds=1)
        number = min(max(round(once["task"] / once["floor"]), 1), MAX_REPEATS)
        rounds = min(max(int(TASK_SECONDS / once["task"]), 1), MAX_ROUNDS)
        many = partial(_repeat, floor, number)
        seconds = time_in_turn({"floor": many, "task": task}, rounds)
        found[name] = seconds["task"], number * seconds["task"] / seconds["floor"]
    return found


def _repeat(task: Callable[[], object], number: int) -> None:
    for _ in range(number):
        task()


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows of equal length as aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
