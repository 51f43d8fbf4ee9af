"""How a model came about, as plain values for its folder and card."""

from typing import Any

from cnnviz.data.dataset import Dataset
from cnnviz.training.recipe import Recipe


def training_record(recipe: Recipe, seed: int, dataset: Dataset, **how: Any) -> dict[str, Any]:
    """Describe a run as plain JSON values, for the model folder and its card.

    Args:
        recipe: The settings.
        seed: Of the run.
        dataset: The photographs.
        how: What else is to be known: data, data_license, command, device, git_commit; None is left out.

    Returns:
        The settings, in numbers and in words, and how many photographs were used and skipped.
    """
    return {
        **{name: value for name, value in recipe.to_dict().items() if name not in ("name", "augmentation", "dropout")},
        "recipe": recipe.name,
        "seed": seed,
        **recipe.describe(),
        "split": dataset.split_rule,
        "num_photos": {name: len(split) for name, split in dataset.splits.items()},
        "num_skipped": len(dataset.skipped),
        **{name: value for name, value in how.items() if value is not None},
    }
