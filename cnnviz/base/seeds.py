"""Seeds, which make chance repeatable."""

from cnnviz.base.errors import OptionError

NUM_SEEDS = 2**32
"""Keras draws weights by seeds below this."""


def require_seed(seed: int) -> None:
    """Refuse seeds that Keras does not take.

    Args:
        seed: What the user gave.

    Raises:
        OptionError: If it is not from 0 to 2**32 - 1.
    """
    if not 0 <= seed < NUM_SEEDS:
        raise OptionError(f"--seed is a number from 0 to {NUM_SEEDS - 1}. Received: {seed}.")
