"""What happens between the steps of an epoch: it is shown, saved where it is time, and stopped where the user wants."""

import time
from typing import TYPE_CHECKING, Any

import keras

from cnnviz.interruption import Interruption
from cnnviz.progress import Clock, Progress

if TYPE_CHECKING:
    from cnnviz.training import Training

STEPS_BETWEEN_LOOKS = 50
"""Looking at the loss makes the host wait for an accelerator, so it is not done at each step."""


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # keras ships no types
    """Counts the steps of an epoch, and saves, shows and stops.

    Args:
        training: The run.
        clock: Of the epoch.
        progress: Shows the steps.
        interruption: Whether the user wants to stop.
    """

    def __init__(self, training: "Training", clock: Clock, progress: Progress, interruption: Interruption) -> None:
        """Start the time to the next checkpoint."""
        super().__init__()
        self.training, self.clock, self.progress, self.interruption = training, clock, progress, interruption
        self.saved = time.monotonic()
        self.stopping = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Put back the metrics of the epoch's first part, which Keras has just cleared."""
        self.training.learner.restore(self.training.metrics)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step, and save where it is time or the user stops."""
        training = self.training
        training.step += 1
        self.progress.advance(logs)
        self.stopping = training.devices.agree(self.interruption.requested, training.step)
        if training.step == training.steps_per_epoch:
            return  # the epoch's end saves, and a checkpoint before it would leave no step to go on with
        due = time.monotonic() - self.saved >= training.checkpoint_seconds
        if due or self.stopping or training.step % STEPS_BETWEEN_LOOKS == 0:
            training.require_numbers(float(logs["loss"]))
        if due or self.stopping:
            training.seconds = self.clock.seconds
            training.save_checkpoint()
            self.saved = time.monotonic()
        training.stop_if(self.stopping)
