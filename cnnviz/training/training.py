"""One run of training: epoch after epoch, saved so that it can be killed at any moment and go on."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import StoppedError, TrainingError
from cnnviz.data.dataset import Dataset
from cnnviz.evaluation.evaluation import gather_logits, measure
from cnnviz.evaluation.metrics import balanced_log_loss, class_scores
from cnnviz.model_folder.folder import read_folder, recover_folder, write_folder
from cnnviz.model_folder.manifest import MODEL
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.recording.fixed_photos import FixedPhotos
from cnnviz.recording.recorder import Recorder
from cnnviz.timelines.timeline_folder import FOLDER as TIMELINE
from cnnviz.training.batches import Batches
from cnnviz.training.checkpoint import Checkpoint, read_latest, write_checkpoint
from cnnviz.training.cross_entropy import balance
from cnnviz.training.devices import ONE_DEVICE, Devices
from cnnviz.training.interruption import Interruption
from cnnviz.training.learner import METRICS, Learner
from cnnviz.training.pace import Pace
from cnnviz.training.probing import fit_probes
from cnnviz.training.progress import Clock, Progress, summarize_epoch
from cnnviz.training.recipe import BALANCED, Recipe
from cnnviz.training.run_folder import CHECKPOINTS, History, write_history
from cnnviz.training.settings import TOLD, require_equal
from cnnviz.training.start import require_same_split

CHECKPOINT_SECONDS = 180.0
"""Time between checkpoints within an epoch."""

NUM_MEASURED = 512
"""The number of training photographs on which the means and deviations of normalized channels are measured."""

HEAD_ALONE = 0.2
"""Share of all steps during which a fresh last layer learns alone, behind the layers of a network of other classes."""

STEPS_BETWEEN_LOOKS = 50
"""Steps between checks that the loss is a number: looking at it makes the host wait for an accelerator."""

Report = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch so far.

    Args:
        loss: Log loss on the validation photographs, which is smaller for no other epoch.
        weights: The averaged weights after it.
        record: How the model came about, with best_epoch and validation.
    """

    loss: float
    weights: Sequence[NDArray[np.float32]]
    record: Mapping[str, Any]


@dataclass
class Training:
    """One run of training, in a folder of its own.

    The folder gets checkpoints/, from which a killed run goes on; history.csv and curves.png, which grow; and model/,
    the best model so far by its loss on the validation photographs, with averaged weights.

    Args:
        folder: The run's folder.
        dataset: The photographs.
        recipe: The settings.
        seed: Draws the first weights, the order and the changes of photographs.
        start: A trained network whose weights come first, instead of fresh ones. If it knows other classes, the last
            layer is fresh, and learns alone for the first fifth of all steps.
        record: How the model came about, for its folder; plain JSON values.
        report: Shows a line to the user.
        checkpoint_seconds: Time between checkpoints within an epoch.
        devices: What a batch is divided among; of several processes, only the first writes.
        snapshots: Whether to keep a timeline in the folder's timeline/: snapshots of the averaged weights, see
            `cnnviz.timelines`. They change nothing that is learned.
    """

    folder: Path
    dataset: Dataset
    recipe: Recipe
    seed: int = 0
    start: Network | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    report: Report = print
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    devices: Devices = ONE_DEVICE
    snapshots: bool = False

    def __post_init__(self) -> None:
        """Build the network that learns, and the one that is measured and saved."""
        photos, size, width = len(self.dataset.splits["train"]), self.recipe.size, self.recipe.width
        self.preprocessing = Preprocessing(size, size)
        self.batch_size = self.devices.batch_size(self.recipe.batch_size, photos)
        self.steps_per_epoch = photos // self.batch_size
        self.devices.require_equal(self._settings())
        build = partial(build_model, len(self.dataset.class_names), size, width)
        self.balanced = self.recipe.class_weight == BALANCED
        labels, num_classes = self.dataset.splits["train"].labels, len(self.dataset.class_names)
        weights = balance(labels, num_classes) if self.balanced else None
        self.learner = Learner(self.recipe, self.steps_per_epoch, self.seed, self.devices, build, weights)
        self.measured = self.dataset.splits["train"].sample(NUM_MEASURED)
        if self.start:
            others = self.start.class_names != self.dataset.class_names
            if not others:
                require_same_split(self.start, self.dataset)
            alone = round(HEAD_ALONE * self.recipe.epochs * self.steps_per_epoch) if others else None
            self.learner.start_from(self.start.model.get_weights(), self.measured, alone)
        self.averaged = Network(build(), self.dataset.class_names, self.preprocessing)
        self.epoch, self.step, self.seconds = 0, 0, 0.0
        self.metrics: dict[str, Any] = {}
        self.history: History = {}
        self.best: Best | None = None
        self.pace = Pace(self.batch_size, len(self.dataset.splits["validation"]))
        self.recorder = self._recorder() if self.snapshots else None

    def _recorder(self) -> Recorder:
        """Prepare the timeline."""
        splits = self.dataset.splits
        probe = fit_probes(splits["train"], splits["validation"], len(self.dataset.class_names))
        return Recorder(self.folder / TIMELINE, self.averaged, FixedPhotos.of_split(splits["validation"]), None, probe)

    def fit(self, resume: bool = False) -> History:
        """Train until the last epoch.

        Args:
            resume: Go on from the newest whole checkpoint in the folder, where there is one.

        Returns:
            One value per epoch of loss, accuracy, val_loss, val_accuracy, learning_rate and seconds. The figures on
            validation photographs are those of the averaged weights.

        Raises:
            TrainingError: If the loss is no longer a number, or the run in the folder had other settings.
            StoppedError: If the user stopped it; it can be resumed.
            CheckpointError: If a checkpoint cannot be written.
        """
        checkpoint = read_latest(self.folder / CHECKPOINTS, self.report) if resume else None
        self.devices.require_equal({"resume": resume, "from": checkpoint and [checkpoint.epoch, checkpoint.step]})
        if checkpoint:
            self._resume(checkpoint)
        elif resume:
            self.report(f"No checkpoint in '{self.folder}' yet: starting at the beginning.")
        self._begin_timeline()
        with Interruption() as interruption:
            while self.epoch < self.recipe.epochs:
                self._fit_epoch(interruption)
        self.stop_if(interruption.requested and self.devices.num_processes == 1)
        return self.history

    def _fit_epoch(self, interruption: Interruption) -> None:
        """Run what is left of an epoch; then measure, save, and show it."""
        recipe, split = self.recipe, self.dataset.splits["train"]
        part = self.devices.part(self.batch_size)
        batches = Batches(split, self.batch_size, recipe, self.seed, self.epoch, self.step, part)
        clock = Clock(self.seconds)
        with Progress(self.epoch, recipe.epochs, self.step, self.steps_per_epoch, self.batch_size) as progress:
            keeper = _Keeper(self, clock, progress, interruption)
            figures = self.learner.fit(batches, keeper)
        weights = self.learner.saved_weights(self.measured)
        self.require_numbers(figures["loss"], weights)
        self.averaged.model.set_weights(weights)
        split = self.dataset.splits["validation"]
        logits = gather_logits(self.averaged, split)
        validation = measure(self.averaged.head, logits, split.labels)
        loss = balanced_log_loss(class_scores(logits), split.labels) if self.balanced else validation["loss"]
        figures |= {"val_loss": loss, "val_accuracy": validation["accuracy"]}
        figures |= {"learning_rate": self.learner.learning_rate, "seconds": clock.seconds}
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        is_last = self.epoch + 1 == recipe.epochs
        if self.recorder and (self.recorder.is_due(self.steps_done) or is_last):
            self._record({name: value for name, value in figures.items() if name != "seconds"})
        self.epoch, self.step, self.seconds, self.metrics = self.epoch + 1, 0, 0.0, {}
        if self.devices.first:
            self._save_epoch()
        self.pace.end_epoch()
        self.stop_if(keeper.stopping)

    @property
    def steps_done(self) -> int:
        """Steps that are complete, of all epochs."""
        return self.epoch * self.steps_per_epoch + self.step

    def _begin_timeline(self) -> None:
        """Begin the timeline, or go on with it where the run goes on."""
        if not self.recorder:
            return
        self.recorder.seen = self.steps_done  # in all processes, which take snapshots together
        if self.devices.first:
            self.recorder.begin(self.steps_done)
        if not self.steps_done:
            self.take_snapshot({})

    def take_snapshot(self, figures: Mapping[str, Any]) -> None:
        """Take a snapshot of the averaged weights.

        Args:
            figures: What is known of the moment.

        Raises:
            FolderError: If it cannot be written.
        """
        weights = self.learner.saved_weights(self.measured)  # all processes compute them together
        self.require_numbers(0.0, weights)
        self.averaged.model.set_weights(weights)
        self._record(figures)

    def _record(self, figures: Mapping[str, Any]) -> None:
        """Write a snapshot of the weights that the measured network has."""
        if self.recorder and self.devices.first:
            epoch = self.steps_done / self.steps_per_epoch
            self.recorder.record(self.steps_done, self.averaged.model.get_weights(), figures, epoch)

    def _save_epoch(self) -> None:
        """Write the history, the best model and, after them, the checkpoint that counts them as done."""
        self.report(summarize_epoch(self.history, self.recipe.epochs, len(self.dataset.splits["train"])))
        write_history(self.folder, self.history)
        accuracy, loss = self.history["val_accuracy"][-1], self.history["val_loss"][-1]
        if self.best is None or loss < self.best.loss:
            validation = {"accuracy": accuracy, "loss": loss}
            record = {**self.record, "best_epoch": self.epoch, "validation": validation}
            self.best = Best(loss, self.averaged.model.get_weights(), record)
            names = self.dataset.class_names
            write_folder(self.folder / MODEL, self.averaged.model, names, self.preprocessing, record)
        self.save_checkpoint()

    def best_network(self) -> Network:
        """Return the best network so far, as its folder holds it, with its record in the manifest.

        Raises:
            TrainingError: If no epoch was completed.
        """
        if self.best is None:
            raise TrainingError(f"No epoch was completed in '{self.folder}'.")
        model = keras.Sequential.from_config(self.averaged.model.get_config())
        model.set_weights(self.best.weights)
        return Network(model, self.dataset.class_names, self.preprocessing, manifest={"training": self.best.record})

    def save_checkpoint(self) -> None:
        """Write all that it takes to go on from here."""
        if not self.devices.first:
            return
        state = self.learner.state()
        self.require_numbers(0.0, state["weights"])
        settings = self._settings() | {name: self.record.get(name) for name in TOLD}
        checkpoint = Checkpoint(self.epoch, self.step, self.seconds, state, self.history, settings)
        write_checkpoint(self.folder / CHECKPOINTS, checkpoint)

    def _resume(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint."""
        require_equal(checkpoint.settings, self._settings())
        self.learner.restore({group: values for group, values in checkpoint.arrays.items() if group != METRICS})
        self.epoch, self.step, self.seconds = checkpoint.epoch, checkpoint.step, checkpoint.seconds
        self.history = {name: list(values) for name, values in checkpoint.history.items()}
        self.metrics = {METRICS: checkpoint.arrays[METRICS]} if self.step else {}  # each epoch starts its own
        recover_folder(self.folder / MODEL)
        if (self.folder / MODEL).exists():
            network = read_folder(self.folder / MODEL)
            record = network.manifest["training"]
            self.best = Best(record["validation"]["loss"], network.model.get_weights(), record)
        self.report(f"Going on after {self.epoch} epoch(s) and {self.step} step(s).")

    def _settings(self) -> dict[str, Any]:
        """List what must be equal for a run to go on."""
        return {
            **self.recipe.to_dict(),
            "seed": self.seed,
            "classes": list(self.dataset.class_names),
            "photographs": {name: split.fingerprint() for name, split in self.dataset.splits.items()},
            "start": self.start.fingerprint if self.start else None,
            "backend": keras.backend.backend(),
        }

    def stop_if(self, stopping: bool) -> None:
        """Stop here, where everything is saved."""
        if stopping:
            raise StoppedError(
                f"Stopped after {self.epoch} of {self.recipe.epochs} epoch(s) and {self.step} of "
                f"{self.steps_per_epoch} steps; everything is saved in '{self.folder}'."
            )

    def require_numbers(self, loss: float, weights: Sequence[NDArray[np.float32]] = ()) -> None:
        """Stop where loss or weights are not numbers any more, before a checkpoint or the model keeps that."""
        if not (math.isfinite(loss) and all(np.isfinite(values).all() for values in weights)):
            kept = f"The best weights are in '{self.folder / MODEL}'" if self.best else "No epoch was completed"
            raise TrainingError(
                f"Training left the range of numbers in epoch {self.epoch + 1}, at step {self.step}: the loss is "
                f"{loss}, or weights are no numbers. {kept}. Train with a lower --learning-rate than "
                f"{self.recipe.learning_rate:g}."
            )


class _Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # keras ships no types
    """Keras callback: updates the progress bar, saves checkpoints when due, stops on request.

    Args:
        training: The run.
        clock: Of the epoch.
        progress: Shows the steps.
        interruption: Whether the user wants to stop.
    """

    def __init__(self, training: Training, clock: Clock, progress: Progress, interruption: Interruption) -> None:
        """Start the time to the next checkpoint."""
        super().__init__()
        self.training, self.clock, self.progress, self.interruption = training, clock, progress, interruption
        self.saved = time.monotonic()
        self.stopping = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Put back the metrics of the epoch's first part, which Keras has just cleared."""
        self.training.learner.restore(self.training.metrics)
        self.training.pace.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step, and save where it is time or the user stops."""
        training = self.training
        training.step += 1
        self.progress.advance(logs)
        if training.pace.end_step():
            epochs = training.recipe.epochs - training.epoch
            self.progress.hide()
            training.report(training.pace.describe(epochs * training.steps_per_epoch - training.step, epochs))
        self.stopping = training.devices.agree(self.interruption.requested, training.step)
        if training.step == training.steps_per_epoch:
            return  # the epoch's end saves, and a checkpoint before it would leave no step to go on with
        if training.recorder and training.recorder.is_due(training.steps_done):
            training.take_snapshot(logs)
        due = time.monotonic() - self.saved >= training.checkpoint_seconds
        if due or self.stopping or training.step % STEPS_BETWEEN_LOOKS == 0:
            training.require_numbers(float(logs["loss"]))
        if due or self.stopping:
            training.seconds = self.clock.seconds
            training.save_checkpoint()
            self.saved = time.monotonic()
        training.stop_if(self.stopping)
