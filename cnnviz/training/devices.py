"""One batch divided among several devices, by the backend's own engine."""

import hashlib
import json
import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.base.errors import OptionError, TrainingError
from cnnviz.network.backend import require_training_backend

SEVERAL_MACHINES = tuple(f"KERAS_DISTRIBUTION_{name}" for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID"))
"""The environment variables that `keras.distribution.initialize` reads."""

CHOICES = ("one", "all")
"""What a user can train on: one device, or all accelerators of the machine."""

STEPS_BETWEEN_QUESTIONS = 20
"""How many steps pass before processes ask each other again whether to stop: answers must be waited for."""


@dataclass(frozen=True)
class Devices:
    """What a batch is divided among; one device, unless `choose_devices` says otherwise.

    Args:
        number: Devices of all processes.
        num_processes: Processes, one per machine, that train together.
        process: Which of them this is; the first, 0, is the one that prints and writes.
        engine: The backend's own, which divides a batch and adds up what the devices make of it; None for one device.
    """

    number: int = 1
    num_processes: int = 1
    process: int = 0
    engine: Any = None

    @property
    def first(self) -> bool:
        """Whether this process is the one that prints and writes."""
        return self.process == 0

    def scope(self) -> AbstractContextManager[Any]:
        """Within it, models are built for, and fitted on, these devices."""
        return nullcontext() if self.engine is None else self.engine.scope()

    def require_divisible(self, batch_size: int) -> None:
        """Refuse batches that cannot be divided.

        Args:
            batch_size: Photographs per step.

        Raises:
            OptionError: If it is no multiple of the number of devices.
        """
        if batch_size % self.number:
            raise OptionError(
                f"A batch is divided evenly, so --batch-size must be a multiple of the {self.number} devices: "
                f"{max(batch_size // self.number, 1) * self.number}, for example. Received: {batch_size}."
            )

    def batch_size(self, wanted: int, num_photos: int) -> int:
        """Choose the size of the batches.

        Args:
            wanted: Photographs per step.
            num_photos: Photographs in all.

        Returns:
            What is wanted; or, of fewer photographs, as many as can be divided.

        Raises:
            OptionError: If batches cannot be divided, or there are fewer photographs than devices.
        """
        self.require_divisible(wanted)
        if num_photos < self.number:
            raise OptionError(
                f"Each of the {self.number} devices needs a photograph. Received: {num_photos} to train on."
            )
        return min(wanted, num_photos // self.number * self.number)

    def part(self, batch_size: int) -> slice:
        """Return the part of each batch that this process feeds to its devices.

        Args:
            batch_size: Photographs per step, of all processes.

        Returns:
            Where in the batch they are.
        """
        share = batch_size // self.num_processes
        return slice(self.process * share, (self.process + 1) * share)

    def require_equal(self, start: Any) -> None:
        """Refuse to train with processes that start from something else; they would wait for each other forever.

        Args:
            start: What must be equal, as plain JSON values.

        Raises:
            TrainingError: If another process has something else.
        """
        digest = np.frombuffer(hashlib.sha256(json.dumps(start, sort_keys=True).encode()).digest(), np.uint8)
        if (self._gather(digest) != digest).any():
            raise TrainingError(
                "The processes do not start from the same. Give each the same photographs, the same flags and, to "
                f"resume, the same --output on a shared disk. Received in process {self.process}: {start}."
            )

    def agree(self, wish: bool, step: int) -> bool:
        """Tell whether any process wishes to stop, at the same step to all.

        Args:
            wish: Whether this one does.
            step: Of the epoch, from 1. Several processes ask each other after the first and then after every few, since
                answers must be waited for.

        Returns:
            Whether to stop now.
        """
        asking = self.num_processes == 1 or step % STEPS_BETWEEN_QUESTIONS == 1
        return asking and bool(self._gather(np.array(wish)).any())

    def part_ways(self) -> None:
        """Leave the other processes, all at the same time; what follows, the first does alone."""
        if self.num_processes > 1:
            import jax

            jax.distributed.shutdown()  # type: ignore[no-untyped-call]

    def _gather(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of all processes, one row each."""
        if self.num_processes == 1:
            return values[None]
        from jax.experimental import multihost_utils

        return np.asarray(multihost_utils.process_allgather(values))


ONE_DEVICE = Devices()


def joins_machines() -> bool:
    """Tell whether the environment names other machines to train together with."""
    return any(name in os.environ for name in SEVERAL_MACHINES)


def choose_devices(choice: str = "one") -> Devices:
    """Find the devices to train on, and join the other machines where the environment names them.

    Machines train together, on JAX, if each runs the same command with KERAS_DISTRIBUTION_JOB_ADDRESSES (host:port of
    the first), KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID (from 0).

    Args:
        choice: "one", or "all" accelerators of the machine; where there are none, its processor.

    Returns:
        The devices.

    Raises:
        OptionError: If there is no such choice, the environment names machines that cannot train together, or Keras
            has a backend that cnnviz cannot train with.
    """
    if choice not in CHOICES:
        raise OptionError(f"Devices: {', '.join(CHOICES)}. Received: {choice!r}.")
    require_training_backend()
    import keras

    if joins_machines():
        _join_machines(choice)
    if choice == "one":
        return ONE_DEVICE
    return _jax_devices() if keras.backend.backend() == "jax" else _tensorflow_devices()


def _jax_devices() -> Devices:
    import jax
    import keras

    number = jax.device_count()
    if number == 1:
        return ONE_DEVICE
    engine = keras.distribution.DataParallel(auto_shard_dataset=False)  # each process feeds its own part
    return Devices(number, jax.process_count(), jax.process_index(), engine)


def _tensorflow_devices() -> Devices:
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) == 1:
        return ONE_DEVICE
    return Devices(len(devices), engine=tf.distribute.MirroredStrategy([device.name for device in devices]))


def _join_machines(choice: str) -> None:
    """Meet the other processes; nothing may be computed before that."""
    import keras

    names = ", ".join(name for name in SEVERAL_MACHINES if name in os.environ)
    if keras.backend.backend() != "jax":
        raise OptionError(
            "Several machines can train together on JAX only: Keras 3 has no such engine on TensorFlow (keras issue "
            f"20585). Set KERAS_BACKEND=jax, or unset the variables. Received: {names}."
        )
    if choice != "all":
        raise OptionError(f"Several machines train together with --devices all only. Received: {choice!r} and {names}.")
    try:
        keras.distribution.initialize()
    except ValueError as error:
        raise OptionError(
            f"Several machines need all of {', '.join(SEVERAL_MACHINES)}, fitting each other. Received: {error}"
        ) from error
