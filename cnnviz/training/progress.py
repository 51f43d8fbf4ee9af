"""What a user sees while the network learns: rate, time left, losses."""

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from tqdm import tqdm

from cnnviz.base.figures import decimals, share

STEPS_BETWEEN_FIGURES = 20
"""Steps between updates of the loss that is shown: reading it makes the host wait for an accelerator."""


class Clock:
    """Seconds since it was made, after those of an earlier part."""

    def __init__(self, earlier: float = 0.0) -> None:
        """Start."""
        self._started = time.monotonic() - earlier

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._started


class Progress:
    """The bar of one epoch, on a terminal; elsewhere the line at the epoch's end is all.

    Args:
        epoch: Which epoch, from 0.
        num_epochs: Epochs in all.
        step: The step that it goes on from.
        num_steps: Steps in all.
        batch_size: Photographs per step.
    """

    def __init__(self, epoch: int, num_epochs: int, step: int, num_steps: int, batch_size: int) -> None:
        """Show the bar."""
        self.batch_size = batch_size
        self.bar = tqdm(
            desc=f"Epoch {epoch + 1}/{num_epochs}",
            initial=step * batch_size,
            total=num_steps * batch_size,
            unit=" photos",
            disable=not sys.stderr.isatty(),
            leave=False,
        )

    def __enter__(self) -> "Progress":
        """Show it within this block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self.bar.close()

    def hide(self) -> None:
        """Make room for a line; the next step shows the bar again."""
        self.bar.clear()

    def advance(self, logs: Mapping[str, Any]) -> None:
        """Count one step.

        Args:
            logs: Loss and accuracy of the epoch so far.
        """
        self.bar.update(self.batch_size)
        if not self.bar.disable and self.bar.n // self.batch_size % STEPS_BETWEEN_FIGURES == 0:
            self.bar.set_postfix(loss=decimals(float(logs["loss"]), 4), accuracy=decimals(float(logs["accuracy"]), 4))


def summarize_epoch(history: Mapping[str, Sequence[float]], num_epochs: int, num_photos: int) -> str:
    """Put the last epoch into a line.

    Args:
        history: One value per epoch, by name.
        num_epochs: Epochs in all.
        num_photos: Photographs in an epoch.

    Returns:
        The line, with the time that is left at the rate of this epoch.
    """
    last = {name: values[-1] for name, values in history.items()}
    done, rate = len(history["loss"]), decimals(num_photos / last["seconds"], 0)
    return (
        f"Epoch {done}/{num_epochs}: loss {decimals(last['loss'], 4)}, accuracy {share(last['accuracy'], 2)}; "
        f"validation loss {decimals(last['val_loss'], 4)}, accuracy {share(last['val_accuracy'], 2)}; "
        f"{rate} photographs a second, {duration(last['seconds'] * (num_epochs - done))} left"
    )


def duration(seconds: float) -> str:
    """Write hours and minutes, or minutes and seconds.

    Example:
        >>> duration(4000), duration(70)
        ('1 h 06 min', '1 min 10 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left:02} min" if hours else f"{minutes} min {rest:02} s"
