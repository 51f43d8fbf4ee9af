"""The settings that training starts from."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import share
from cnnviz.base.names import brief
from cnnviz.network.architecture import INPUT_SHAPE, require_architecture
from cnnviz.training.augmentation import Augmentation, Draws
from cnnviz.training.dropout import Dropout

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""The names of precisions, and Keras's dtype policy for each."""

BALANCED = "balanced"
CLASS_WEIGHTS = ("none", BALANCED)
"""How classes are weighted in the loss."""

AUTO = "auto"
"""The precision that is still to be chosen, by what the device is fast at."""

MIN_WARM_UP, WARM_UP_EPOCHS = 300, 5
"""The learning rate rises for at least so many steps, or in so many epochs if these have fewer steps: where it rises in
a few steps, many units are silenced for ever."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    RMSprop on cross-entropy: binary for two classes, categorical for more. The learning rate rises linearly from 0
    during the warm-up and falls to 0 along half a cosine; without a warm-up it stays.

    Args:
        name: Of the recipe.
        epochs: Passes over the training photographs, at least 1.
        batch_size: Photographs per step, at least 1.
        learning_rate: The highest learning rate, above 0.
        warm_up: Share of all steps during which the learning rate rises, in [0, 1); 0 keeps it constant. It rises for
            at least 300 steps or 5 epochs, whichever is less, but these are no more than half of the run.
        label_smoothing: Labels are moved from 0 and 1 towards 1 / number of classes by this share, in [0, 1).
        averaging: Weight of the past in the running average of the weights, per step, in [0, 1); 0 does not average.
            Less in the first steps, so that the first weights are soon forgotten.
        augmentation: How photographs are changed.
        dropout: What is silenced.
        normalization: Whether the channels of each convolution are normalized while the network learns.
        class_weight: "none"; or "balanced", which gives each class the same weight in the loss, however many
            photographs it has: each photograph counts n / (K * n_c), for n photographs of K classes, of which n_c are
            of its class.
        precision: "float32"; or "bfloat16", which computes with 16 bits and keeps the weights in 32; or "auto", which
            `cnnviz.train` replaces by the one that is fast on the device.
        size: Side of the pictures that the network gets, in pixels.
        width: Factor of the number of channels of each convolution and of the units of dense_1.

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
    class_weight: str = "none"
    precision: str = AUTO
    size: int = INPUT_SHAPE[0]
    width: float = 1.0

    def __repr__(self) -> str:
        """Describe the recipe in one line."""
        return f"<Recipe {brief(self.name)}: {self.epochs} epochs, batches of {self.batch_size}, {self.precision}>"

    def __post_init__(self) -> None:
        """Refuse settings that cannot train."""
        if min(self.epochs, self.batch_size) < 1 or not 0 < self.learning_rate < float("inf"):
            raise OptionError(
                "Epochs and batch size are at least 1, the learning rate is above 0. Received: "
                f"epochs={self.epochs}, batch_size={self.batch_size}, learning_rate={self.learning_rate}."
            )
        require_architecture(self.size, self.width)
        if self.class_weight not in CLASS_WEIGHTS:
            raise OptionError(
                f"Weights of classes: {', '.join(CLASS_WEIGHTS)}. Received: class_weight={self.class_weight!r}."
            )
        if self.precision not in (AUTO, *PRECISIONS):
            raise OptionError(f"Precisions: {', '.join((AUTO, *PRECISIONS))}. Received: precision={self.precision!r}.")

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
        return {**self.augmentation.draw(random, num_photos, size), **self.dropout.draw(random, num_photos, self.width)}

    def warm_up_steps(self, steps_per_epoch: int) -> int:
        """Count the steps during which the learning rate rises.

        Args:
            steps_per_epoch: Batches in an epoch, at least 1.

        Returns:
            0 if it is constant.

        Example:
            >>> [cnnviz.Recipe.named("default").warm_up_steps(steps) for steps in (600, 100, 12)]
            [600, 300, 60]
        """
        num_steps = self.epochs * steps_per_epoch
        least = min(MIN_WARM_UP, WARM_UP_EPOCHS * steps_per_epoch, num_steps // 2)
        return max(round(self.warm_up * num_steps), least) if self.warm_up else 0

    def describe(self) -> dict[str, str]:
        """Put the settings into words.

        Returns:
            optimizer, loss, averaging, augmentation, dropout and normalization, each a phrase.
        """
        rises = (
            f"rising linearly for the first {share(self.warm_up)} of all steps (at least {MIN_WARM_UP} steps or "
            f"{WARM_UP_EPOCHS} epochs, whichever is less), then falling to 0 along half a cosine"
        )
        smoothed = f", labels smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""
        balanced = ", each class with the same weight" if self.class_weight == BALANCED else ""
        averaged = (
            f"running average of the weights with {self.averaging:g} of the past per step, less in the first steps"
        )
        return {
            "optimizer": f"RMSprop, learning rate {rises if self.warm_up else 'constant'}",
            "loss": f"cross-entropy{smoothed}{balanced}",
            "averaging": averaged if self.averaging else "none",
            "augmentation": self.augmentation.describe(),
            "dropout": self.dropout.describe(),
            "normalization": "the channels of each convolution, per batch" if self.normalization else "none",
        }


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
