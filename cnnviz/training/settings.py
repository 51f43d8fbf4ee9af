"""What a run was started with: it goes on only with the same."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from cnnviz.base.errors import TrainingError
from cnnviz.training.augmentation import Augmentation
from cnnviz.training.dropout import Dropout
from cnnviz.training.recipe import Recipe

DEFAULTS = {each.name: each.default for each in fields(Recipe) if each.default is not MISSING}
"""The settings of a run that began before there was a choice."""


TOLD = ("command", "license", "data_license", "start_commit")
"""What a run keeps besides its settings; it may go on with others."""


def kept_recipe(settings: Mapping[str, Any]) -> Recipe | None:
    """Return the recipe that a run was started with.

    Args:
        settings: Of its checkpoint; empty if there is none.

    Returns:
        The recipe, with every change that was made to it; None if there is no checkpoint.

    Example:
        >>> kept_recipe(Recipe.named("book", epochs=3).to_dict()).epochs
        3
    """
    if not settings:
        return None
    known = {each.name: settings[each.name] for each in fields(Recipe) if each.name in settings}
    parts = {"augmentation": Augmentation(**known["augmentation"]), "dropout": Dropout(**known["dropout"])}
    return Recipe(**known | parts)


def require_equal(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with other settings.

    Args:
        before: What the run was started with, as its checkpoint has it. What an earlier version did not know of had its
            default.
        now: What it is to go on with.

    Raises:
        TrainingError: If they differ; its message names only what does.

    Example:
        >>> require_equal({"epochs": 5}, {"epochs": 5, "width": 1.0})
    """
    old, new = ({name: values.get(name, DEFAULTS.get(name)) for name in now} for values in (before, now))
    changed = list(_differences(old, new))
    if changed:
        was = ", ".join(f"{name}={value}" for name, value, _ in changed)
        received = ", ".join(f"{name}={value}" for name, _, value in changed)
        raise TrainingError(
            f"The run in the folder was started with {was}. Resume it with the same settings, or name another folder. "
            f"Received: {received}."
        )


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, the old and the new value of what differs, within mappings too."""
    for name, value in now.items():
        old = before.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            yield from _differences(old, value)
        elif old != value:
            yield name, old, value
