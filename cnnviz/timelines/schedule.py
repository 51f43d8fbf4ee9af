"""The steps of training after which a snapshot is taken, and those that are kept: on a logarithmic scale."""

from collections.abc import Sequence

MAX_SNAPSHOTS = 20


def is_due(before: int, now: int, every: int | None = None) -> bool:
    """Tell whether a snapshot is to be taken.

    Args:
        before: The steps that were complete when this was asked last.
        now: The steps that are complete.
        every: Steps from one snapshot to the next; None for 1, 2, 4, 8 and so on.

    Returns:
        Whether such a step lies after `before`, up to `now`.

    Example:
        >>> [step for step in range(1, 40) if is_due(step - 1, step)]
        [1, 2, 4, 8, 16, 32]
    """
    return now // every > before // every if every else now.bit_length() > before.bit_length()


def thin(steps: Sequence[int], number: int = MAX_SNAPSHOTS) -> list[int]:
    """Choose the steps whose snapshots are kept, without knowing how many will follow.

    As long as there are too many, the one goes that is missed least: that with the shortest way from the step before to
    the step after it, on a logarithmic scale. The first and the last always stay.

    Args:
        steps: Rising.
        number: How many may stay, at least 2.

    Returns:
        The steps that stay.

    Example:
        >>> thin([0, 1, 2, 3, 4, 5, 6, 7, 8], 5)
        [0, 1, 2, 4, 8]
    """
    kept = list(steps)
    while len(kept) > number:
        ratios = [(after + 1) / (before + 1) for before, after in zip(kept, kept[2:], strict=False)]
        del kept[1 + ratios.index(min(ratios))]
    return kept
