"""The settings that training starts from."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import share
from cnnviz.training.augmentation import Augmentation, Draws
from cnnviz.training.dropout import Dropout

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""The names of precisions, and Keras's dtype policy for each."""

FORGETTING = 4
"""Minimum number of time constants of the running average in a run: its start then counts for at most exp(-4)."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    RMSprop on binary cross-entropy. The learning rate rises linearly from 0 during the warm-up and falls to 0 along
    half a cosine; without a warm-up it stays.

    Args:
        name: Of the recipe.
        epochs: Passes over the training photographs, at least 1.
        batch_size: Photographs per step, at least 1.
        learning_rate: The highest learning rate, above 0.
        warm_up: Share of all steps during which the learning rate rises, in [0, 1); 0 keeps it constant.
        label_smoothing: Labels are moved from 0 and 1 towards 0.5 by this share, in [0, 1).
        averaging: Weight of the past in the running average of the weights, per step, in [0, 1); 0 does not average.
            Less in a run so short that the first weights would still count.
        augmentation: How photographs are changed.
        dropout: What is silenced.
        normalization: Whether the channels of each convolution are normalized while the network learns.
        precision: "float32"; or "bfloat16", which computes with 16 bits and keeps the weights in 32.

    Raises:
        OptionError: If a setting is out of range.

    Example:
        >>> recipe = cnnviz.Recipe.named("default", epochs=10)
        >>> recipe.epochs, recipe.batch_size
        (10, 32)
    """

    name: str
    epochs: int
    batch_size: int
    learning_rate: float
    warm_up: float = 0.0
    label_smoothing: float = 0.0
    averaging: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    dropout: Dropout = field(default_factory=Dropout)
    normalization: bool = False
    precision: str = "float32"

    def __post_init__(self) -> None:
        """Refuse settings that cannot train."""
        if min(self.epochs, self.batch_size) < 1 or not 0 < self.learning_rate < float("inf"):
            raise OptionError(
                "Epochs and batch size are at least 1, the learning rate is above 0. Received: "
                f"epochs={self.epochs}, batch_size={self.batch_size}, learning_rate={self.learning_rate}."
            )
        if self.precision not in PRECISIONS:
            raise OptionError(f"Precisions: {', '.join(PRECISIONS)}. Received: precision={self.precision!r}.")

    @classmethod
    def named(cls, name: str, **settings: Any) -> "Recipe":
        """Take a recipe, and change some of its settings.

        Args:
            name: "default"; "refine", to go on from a trained model; or "book", the classic tutorial setting.
            settings: New values of fields, by name.

        Returns:
            The recipe.

        Raises:
            OptionError: If there is no such recipe or setting, or a setting is out of range.
        """
        if name not in RECIPES:
            raise OptionError(f"Recipes: {', '.join(RECIPES)}. Received: {name!r}.")
        known = {each.name for each in fields(cls)} - {"name"}
        if unknown := settings.keys() - known:
            raise OptionError(f"Settings of a recipe: {', '.join(sorted(known))}. Received: {sorted(unknown)}.")
        return replace(RECIPES[name], **settings)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return asdict(self)

    def draw(self, random: np.random.Generator, num_photos: int, size: tuple[int, int]) -> Draws:
        """Draw all that is random in a step.

        Args:
            random: Where the numbers come from.
            num_photos: B, at least 1.
            size: Height and width of the photographs in pixels.

        Returns:
            By name, one row per photo.
        """
        return {**self.augmentation.draw(random, num_photos, size), **self.dropout.draw(random, num_photos)}

    def describe(self) -> dict[str, str]:
        """Put the settings into words.

        Returns:
            optimizer, loss, averaging, augmentation, dropout and normalization, each a phrase.
        """
        rises = (
            f"rising linearly for the first {share(self.warm_up)} of all steps, then falling to 0 along half a cosine"
        )
        smoothed = f", labels smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""
        averaged = f"running average of the weights with {self.averaging:g} of the past per step, less in a short run"
        return {
            "optimizer": f"RMSprop, learning rate {rises if self.warm_up else 'constant'}",
            "loss": f"binary cross-entropy{smoothed}",
            "averaging": averaged if self.averaging else "none",
            "augmentation": self.augmentation.describe(),
            "dropout": self.dropout.describe(),
            "normalization": "the channels of each convolution, per batch" if self.normalization else "none",
        }


def limit_memory(momentum: float, num_steps: int) -> float:
    """Limit a running average's weight of the past, so that a run forgets what it began with.

    Args:
        momentum: The weight that a long run has, in [0, 1).
        num_steps: Of the whole run, at least 1.

    Returns:
        At most momentum. After all steps the first value counts for at most exp(-4), less than 2%.

    Example:
        >>> limit_memory(0.999, 40_000), limit_memory(0.999, 400)
        (0.999, 0.99)
    """
    return min(momentum, max(0.0, 1 - FORGETTING / num_steps))


_DEFAULT = Recipe(
    "default",
    epochs=50,
    batch_size=32,
    learning_rate=1e-3,
    warm_up=0.02,
    averaging=0.999,
    augmentation=Augmentation(
        mirror=0.5,
        smallest_area=0.4,
        aspect=1.5,
        brightness=0.1,
        contrast=0.25,
        saturation=0.4,
        tint=0.1,
        gray=0.05,
        erase=0.25,
    ),
    dropout=Dropout(channels=0.2, units=0.5),
    normalization=True,
)
_MILDER = replace(
    _DEFAULT.augmentation,
    smallest_area=0.36,
    largest_area=1.69,
    aspect=1.33,
    contrast=0.2,
    saturation=0.3,
    erase=0.0,
)

RECIPES = {
    "default": _DEFAULT,
    "refine": replace(
        _DEFAULT, name="refine", epochs=10, batch_size=128, learning_rate=2e-4, warm_up=0.05, augmentation=_MILDER
    ),
    "book": Recipe("book", epochs=30, batch_size=20, learning_rate=1e-4),
}
"""By name. "refine" goes on from a trained model, with photographs shown larger and smaller. "book" is the classic
tutorial setting: no augmentation, a constant learning rate, no averaging."""
