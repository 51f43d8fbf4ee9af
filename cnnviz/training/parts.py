"""The parts of a recipe that can be changed one by one, and a table of what each recipe has."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cnnviz.base.errors import OptionError
from cnnviz.training.recipe import RECIPES, Recipe

ON, OFF = "on", "off"
"""What is written for a part that is used or not."""


@dataclass(frozen=True)
class Part:
    """One setting of a recipe.

    Args:
        about: What it does, as a phrase.
        field: The recipe's field.
        setting: The field's own field, if it has several; "" if it has not.
        low: The smallest value; of a part that is on or off, both bounds are None.
        high: The largest value.
    """

    about: str
    field: str
    setting: str = ""
    low: float | None = None
    high: float | None = None

    def of(self, recipe: Recipe) -> float | bool:
        """Return the value that a recipe has."""
        value: Any = getattr(recipe, self.field)
        return getattr(value, self.setting) if self.setting else value  # type: ignore[no-any-return]

    def change(self, recipe: Recipe, value: float | bool) -> Recipe:
        """Return the recipe with another value."""
        changed: Any = replace(getattr(recipe, self.field), **{self.setting: value}) if self.setting else value
        return replace(recipe, **{self.field: changed})

    def read(self, text: str) -> float | bool | None:
        """Read a value as a user writes it; None if it is none."""
        if self.low is None or self.high is None:
            return {ON: True, OFF: False}.get(text)
        try:
            value = float(text)
        except ValueError:
            return None
        return value if self.low <= value <= self.high else None

    def values(self) -> str:
        """Say which values there are."""
        return f"{ON} or {OFF}" if self.low is None else f"{self.low:g} to {self.high:g}"


def _augmentation(setting: str, about: str, low: float = 0, high: float = 1) -> Part:
    return Part(about, "augmentation", setting, low, high)


PARTS = {
    "mirror": _augmentation("mirror", "share of photographs that are mirrored"),
    "smallest_area": _augmentation("smallest_area", "cropping: smallest share of a photo that is shown", 0.05),
    "largest_area": _augmentation("largest_area", "zooming out: largest area that is shown, in photos", 1, 4),
    "aspect": _augmentation("aspect", "largest factor of stretching", 1, 4),
    "brightness": _augmentation("brightness", "largest change of brightness, in shares of the range"),
    "contrast": _augmentation("contrast", "largest change of contrast"),
    "saturation": _augmentation("saturation", "largest change of saturation"),
    "tint": _augmentation("tint", "largest change of each colour"),
    "gray": _augmentation("gray", "share of photographs in black and white"),
    "erase": _augmentation("erase", "share of photographs with a grey box"),
    "dropout_channels": Part("share of the last feature maps that is dropped", "dropout", "channels", 0, 0.95),
    "dropout_units": Part("share of the units of dense_1 that is dropped", "dropout", "units", 0, 0.95),
    "normalization": Part("whether each channel is normalized over a batch", "normalization"),
    "averaging": Part("weight of the past in the running average of weights", "averaging", "", 0, 0.9999),
    "warm_up": Part("share of the steps in which the learning rate rises; 0: constant", "warm_up", "", 0, 0.9),
    "label_smoothing": Part("how far labels are moved towards all being equal", "label_smoothing", "", 0, 0.9),
}
"""By the name with which `--set` changes it."""

FLAGS = {
    "epochs": "passes over the photographs",
    "batch_size": "photographs per step",
    "learning_rate": "the highest learning rate",
    "class_weight": "none, or balanced where one class has most photographs",
    "precision": "float32, bfloat16, or auto for the one that is fast",
    "size": "side of the pictures in pixels",
    "width": "factor of the number of channels",
}
"""What the fields of a recipe do that have a flag of their own."""

RECIPES_ARE = {
    "default": "from random weights",
    "refine": "goes on from a trained model, with --start-from",
    "book": "the classic tutorial setting, for comparison",
}


def set_parts(recipe: Recipe, wishes: Iterable[str]) -> Recipe:
    """Change parts of a recipe.

    Args:
        recipe: The recipe.
        wishes: Texts such as "mirror=0", the last of several for one part counts.

    Returns:
        The changed recipe.

    Raises:
        OptionError: If there is no such part, or it does not have such values.

    Example:
        >>> set_parts(RECIPES["default"], ["mirror=0", "normalization=off"]).normalization
        False
    """
    for wish in wishes:
        name, _, text = wish.partition("=")
        if name not in PARTS:
            flag = f" It has a flag of its own, --{name.replace('_', '-')}." if name in FLAGS else ""
            raise OptionError(f"Parts of a recipe, as name=value: {', '.join(PARTS)}. Received: {wish!r}.{flag}")
        value = PARTS[name].read(text)
        if value is None:
            raise OptionError(f"{name} takes {PARTS[name].values()}: {PARTS[name].about}. Received: {wish!r}.")
        recipe = PARTS[name].change(recipe, value)
    return recipe


def changed_parts(recipe: Recipe) -> list[str]:
    """List the parts that differ from the recipe of that name.

    Args:
        recipe: As it was changed.

    Returns:
        Texts as `set_parts` takes them; none of a recipe with a name of its own.

    Example:
        >>> changed_parts(set_parts(RECIPES["default"], ["mirror=0"]))
        ['mirror=0']
    """
    named = RECIPES.get(recipe.name, recipe)
    changed = {name: part.of(recipe) for name, part in PARTS.items() if part.of(recipe) != part.of(named)}
    return [f"{name}={write_value(value)}" for name, value in changed.items()]


def write_value(value: float | bool | str) -> str:
    """Write a value as a user does.

    Example:
        >>> write_value(True), write_value(0.25)
        ('on', '0.25')
    """
    if isinstance(value, bool):
        return ON if value else OFF
    return value if isinstance(value, str) else f"{value:g}"


def list_recipes() -> str:
    """Return a table: what each recipe has, and what can be changed, with a phrase for each part.

    Example:
        >>> list_recipes().splitlines()[0]
        'default: from random weights'
    """
    rows = [("", *RECIPES, "")]
    for name, about in FLAGS.items():
        values = (write_value(getattr(each, name)) for each in RECIPES.values())
        rows.append((f"--{name.replace('_', '-')}", *values, about))
    for name, part in PARTS.items():
        values = (write_value(part.of(each)) for each in RECIPES.values())
        rows.append((f"--set {name}=", *values, f"{part.about} ({part.values()})"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join([*(f"{name}: {about}" for name, about in RECIPES_ARE.items()), "", *table])
