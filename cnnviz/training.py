"""Fit the network, and measure a saved one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import keras
import numpy as np

from cnnviz.dataset import Batches, Dataset, Split
from cnnviz.errors import OptionError
from cnnviz.model import build_model
from cnnviz.network import Network
from cnnviz.preprocessing import Preprocessing

Z_95 = 1.959963984540054
"""The 97.5% point of the normal distribution: 95% lies between its negative and itself."""


@dataclass(frozen=True)
class TrainConfig:
    """The settings of one training run.

    The learning rate rises linearly from 0 during the first epoch and falls to 0 along half a cosine.

    Args:
        epochs: Passes over the training photographs, at least 1.
        batch_size: Photographs per step, at least 1.
        learning_rate: The highest learning rate of RMSprop, above 0.
        seed: Deals the splits, draws the first weights, the order and the flips.

    Raises:
        OptionError: If a setting is out of range.
    """

    epochs: int = 6
    batch_size: int = 20
    learning_rate: float = 5e-4
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot train."""
        if min(self.epochs, self.batch_size) < 1 or not 0 < self.learning_rate < float("inf") or self.seed < 0:
            raise OptionError(
                "Epochs and batch size are at least 1, the learning rate is above 0, the seed is at least 0. "
                f"Received: {asdict(self)}."
            )


def fit(dataset: Dataset, config: TrainConfig, preprocessing: Preprocessing) -> tuple[keras.Model, dict[str, Any]]:
    """Train a fresh network with RMSprop on binary cross-entropy, mirroring photographs at random.

    Args:
        dataset: The photographs, from `read_dataset`.
        config: The settings.
        preprocessing: Scales the photographs' pixels.

    Returns:
        The trained model, and the losses and accuracies after each epoch by name.
    """
    keras.utils.set_random_seed(config.seed)
    train = Batches(dataset.splits["train"], config.batch_size, preprocessing, config.seed)
    validation = Batches(dataset.splits["validation"], config.batch_size, preprocessing)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=config.learning_rate,
        warmup_steps=len(train),
        decay_steps=max((config.epochs - 1) * len(train), 1),
    )
    model = build_model()
    model.compile(keras.optimizers.RMSprop(schedule), loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(train, validation_data=validation, epochs=config.epochs, shuffle=False)
    return model, {name: [float(value) for value in values] for name, values in history.history.items()}


def evaluate(network: Network, split: Split, batch_size: int = 100) -> dict[str, Any]:
    """Measure a network on photographs through the pass that serves them.

    Args:
        network: A two-class network, read back from its folder.
        split: N photographs that it was not trained on.
        batch_size: Photographs per pass, at least 1.

    Returns:
        num_photos; accuracy with its 95% Wilson interval; loss, the mean binary cross-entropy in nats; and by class
        name num_photos, accuracy and, of those, how many were called what. Shares are in [0, 1].
    """
    batches = Batches(split, batch_size, network.preprocessing)
    logits = np.concatenate([network.logits(batches[index][0]) for index in range(len(batches))])
    probabilities = network.head.class_probabilities(logits)
    predicted = probabilities.argmax(axis=-1)
    right = predicted == split.labels
    names = network.class_names
    tiny = np.finfo(np.float64).tiny
    return {
        "num_photos": len(split),
        "accuracy": float(right.mean()),
        "accuracy_interval_95": wilson_interval(int(right.sum()), len(split)),
        "loss": float(-np.log(np.maximum(probabilities[np.arange(len(split)), split.labels], tiny)).mean()),
        "classes": {
            name: {
                "num_photos": int((split.labels == index).sum()),
                "accuracy": float(right[split.labels == index].mean()),
                "called": {other: int((predicted[split.labels == index] == k).sum()) for k, other in enumerate(names)},
            }
            for index, name in enumerate(names)
        },
    }


def wilson_interval(num_right: int, num_photos: int) -> list[float]:
    """Give the 95% interval of a share.

    Args:
        num_right: How many of them were right.
        num_photos: How many there were, at least 1.

    Returns:
        Lower and upper bound, in [0, 1].

    Reference:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927: with share p of n and
        z = 1.96, (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Example:
        >>> [round(bound, 3) for bound in wilson_interval(90, 100)]
        [0.826, 0.945]
    """
    share, z = num_right / num_photos, Z_95
    middle = share + z**2 / (2 * num_photos)
    reach = z * sqrt(share * (1 - share) / num_photos + z**2 / (4 * num_photos**2))
    scale = 1 + z**2 / num_photos
    return [(middle - reach) / scale, (middle + reach) / scale]


def training_record(config: TrainConfig, dataset: Dataset, data_name: str, command: str) -> Mapping[str, Any]:
    """Describe a run as plain JSON values, for the model folder.

    Args:
        config: The settings.
        dataset: The photographs.
        data_name: What the photographs are.
        command: The command line that started it.

    Returns:
        The settings, the recipe, the command, and how many photographs were used and skipped.
    """
    return {
        **asdict(config),
        "command": command,
        "data": data_name,
        "optimizer": "RMSprop, one epoch of linear warm-up, then cosine decay to 0",
        "loss": "binary cross-entropy",
        "augmentation": "half of the photographs mirrored, anew in each epoch",
        "split": dataset.split_rule,
        "num_photos": {name: len(split) for name, split in dataset.splits.items()},
        "num_skipped": len(dataset.skipped),
    }
