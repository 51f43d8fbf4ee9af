"""Time several things in turn, so that a noisy machine is equally unkind to all."""

import time
from collections.abc import Callable, Mapping
from statistics import median


def time_in_turn(tasks: Mapping[str, Callable[[], object]], rounds: int = 15) -> dict[str, float]:
    """Run every task once per round, after one round that is not counted.

    Args:
        tasks: Names, and what to run.
        rounds: How many rounds count, at least 1.

    Returns:
        The median time of each task, in seconds.
    """
    return {name: median(values) for name, values in time_rounds(tasks, rounds).items()}


def time_rounds(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Do the same, and give the time of each task in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds + 1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows of equal length as aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
