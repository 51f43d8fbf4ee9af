"""The settings that training starts from."""

from dataclasses import replace

import pytest

from cnnviz.base.errors import OptionError
from cnnviz.training.augmentation import Augmentation
from cnnviz.training.recipe import RECIPES, Recipe


def test_the_book_recipe_is_the_classic_tutorial_setting() -> None:
    book = RECIPES["book"]
    assert (book.learning_rate, book.batch_size) == (1e-4, 20)
    assert (book.warm_up, book.label_smoothing, book.averaging, book.precision) == (0, 0, 0, "auto")
    assert book.augmentation == Augmentation()
    assert book.describe() == {
        "optimizer": "RMSprop, learning rate constant",
        "loss": "cross-entropy",
        "averaging": "none",
        "augmentation": "none",
        "dropout": "none",
        "normalization": "none",
    }


def test_a_recipe_is_taken_by_name_with_other_settings() -> None:
    assert Recipe.named("book") == RECIPES["book"]
    assert Recipe.named("default", epochs=3) == replace(RECIPES["default"], epochs=3)
    with pytest.raises(OptionError, match=r"^Recipes: default, refine, book\. Received: 'cookbook'\.$"):
        Recipe.named("cookbook")
    with pytest.raises(OptionError, match=r"^Settings of a recipe: .*epochs.* Received: \['epoch'\]\.$"):
        Recipe.named("book", epoch=3)


def test_the_default_recipe_says_all_that_it_does() -> None:
    words = RECIPES["default"].describe()
    assert words["optimizer"].startswith("RMSprop, learning rate rising linearly for the first ")
    assert words["augmentation"].startswith("50% mirrored; a random part of at least ")
    assert words["dropout"] == "20% of the last feature maps, 50% of the units of dense_1"
    assert "running average" in words["averaging"]
    balanced = replace(RECIPES["default"], class_weight="balanced").describe()["loss"]
    assert balanced == "cross-entropy, each class with the same weight"
    assert "smoothed by 0.1" in replace(RECIPES["default"], label_smoothing=0.1).describe()["loss"]


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"precision": "int8"},
        {"class_weight": "heavy"},
        {"size": 20},
        {"width": 9.0},
    ],
)
def test_settings_that_cannot_train_are_refused_by_name(change: dict[str, float | str]) -> None:
    name, value = next(iter(change.items()))
    with pytest.raises(OptionError, match=f"{name}={value:g}" if name == "width" else f"{name}={value!r}"):
        replace(RECIPES["default"], **change)
