"""The training photographs of one epoch, batch by batch."""

from typing import Any

import keras
import numpy as np

from cnnviz.data.dataset import Split
from cnnviz.training.recipe import Recipe

Batch = tuple[dict[str, Any], np.ndarray]
WHOLE = slice(None)
"""The part of a batch that one process feeds to its devices where it trains alone: all of it."""

NUM_WORKERS = 2
"""Threads that prepare batches. With one, tf.data takes over, and its tuning thread delays the end of an epoch."""


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # keras ships no types
    """One epoch of (photographs and draws, labels), a pure function of the seed, the epoch and the step.

    Photographs that do not fill the last batch are left out; the order, and so which ones, is new in each epoch.

    Args:
        split: The photographs, at least one.
        batch_size: B, photographs per batch; all of them where there are fewer.
        recipe: What is drawn for each photo.
        seed: Determines the order and the draws.
        epoch: Which epoch, from 0.
        first_step: The first batch to give, to go on within an epoch.
        part: Where in each batch the photographs are that are given, if it is divided among processes.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        recipe: Recipe,
        seed: int,
        epoch: int,
        first_step: int = 0,
        part: slice = WHOLE,
    ) -> None:
        """Shuffle."""
        super().__init__(workers=NUM_WORKERS)
        self.split, self.recipe, self.seed = split, recipe, seed
        self.epoch, self.first_step, self.part = epoch, first_step, part
        self.batch_size = min(batch_size, len(split))
        self.order = np.random.default_rng([seed, epoch]).permutation(len(split))

    def __len__(self) -> int:
        """Return the number of batches that are left in the epoch."""
        return len(self.split) // self.batch_size - self.first_step

    def __getitem__(self, index: int) -> Batch:
        """Build one batch.

        Args:
            index: Counted from the first step.

        Returns:
            `photos` (B, height, width, 3), uint8, with the draws of `Recipe.draw`; and labels (B, 1), float32.
        """
        step = self.first_step + index
        chosen = self.order[step * self.batch_size : (step + 1) * self.batch_size][self.part]
        photos = self.split[chosen]
        random = np.random.default_rng([self.seed, self.epoch, step])
        draws = self.recipe.draw(random, self.batch_size, photos.shape[1:3])
        draws = {name: values[self.part] for name, values in draws.items()}
        return {"photos": photos, **draws}, self.split.labels[chosen, None].astype(np.float32)
