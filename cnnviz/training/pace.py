"""How long steps, and what follows each epoch, take on this machine."""

import time
from statistics import median

from cnnviz.base.figures import decimals
from cnnviz.training.progress import duration

NUM_TIMED = 20
"""The number of steps after which a run says how long it will take."""

FORWARD_SHARE = 0.5
"""The time that a photo is looked at in, as a share of the time that it is learned from in, until that is measured."""


class Pace:
    """Takes the time of the steps of a run and of what follows each epoch, since this process began.

    Args:
        batch_size: Photographs per step.
        num_validation: Photographs that the network is measured on after each epoch.
    """

    def __init__(self, batch_size: int, num_validation: int) -> None:
        """Nothing has been timed."""
        self.batch_size, self.num_validation = batch_size, num_validation
        self.steps: list[float] = []
        self.ends: list[float] = []
        self._last = time.monotonic()

    def begin_epoch(self) -> None:
        """Note that the steps of an epoch begin."""
        self._last = time.monotonic()

    def end_step(self) -> bool:
        """Note that a step has ended.

        Returns:
            Whether it is the one after which the run says how long it will take.
        """
        self.steps.append(self._lap())
        return len(self.steps) == NUM_TIMED

    def end_epoch(self) -> None:
        """Note that an epoch is measured and saved."""
        self.ends.append(self._lap())

    def seconds_left(self, num_steps: int, num_epochs: int) -> float:
        """Estimate how long the rest of a run takes.

        A step takes the median of those so far without the first, which compiles. What follows an epoch takes as long
        as it did at best so far or, in the first epoch, as the photographs are likely to take.

        Args:
            num_steps: Steps that are left.
            num_epochs: Epochs whose end is left.

        Returns:
            Seconds.
        """
        looking = self.num_validation / self.batch_size * self._step * FORWARD_SHARE
        return num_steps * self._step + num_epochs * min(self.ends, default=looking)

    def describe(self, num_steps: int, num_epochs: int) -> str:
        """Put into words how long the rest of a run takes.

        Args:
            num_steps: Steps that are left.
            num_epochs: Epochs whose end is left.

        Returns:
            A line for the user.
        """
        rate = decimals(self.batch_size / self._step, 0)
        left = duration(self.seconds_left(num_steps, num_epochs))
        return f"It will take about {left} for {num_epochs} epoch(s), at {rate} photographs a second"

    @property
    def _step(self) -> float:
        """The seconds that a step takes."""
        return median(self.steps[1:])

    def _lap(self) -> float:
        """Return the seconds since the last lap."""
        now = time.monotonic()
        lap, self._last = now - self._last, now
        return lap
