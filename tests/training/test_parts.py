"""The parts of a recipe that can be changed one by one."""

from dataclasses import fields

import pytest

from cnnviz.base.errors import OptionError
from cnnviz.training.augmentation import Augmentation
from cnnviz.training.dropout import Dropout
from cnnviz.training.parts import FLAGS, PARTS, RECIPES_ARE, changed_parts, list_recipes, set_parts
from cnnviz.training.recipe import RECIPES, Recipe

DEFAULT = RECIPES["default"]


def test_every_setting_of_a_recipe_can_be_changed_by_a_part_or_a_flag() -> None:
    reached = {(part.field, part.setting) for part in PARTS.values()} | {(name, "") for name in FLAGS}
    inner = {"augmentation": Augmentation, "dropout": Dropout}
    plain = {(each.name, "") for each in fields(Recipe)} - {("name", ""), *((name, "") for name in inner)}
    assert reached == plain | {(name, each.name) for name, kind in inner.items() for each in fields(kind)}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_what_was_changed_makes_the_same_recipe_again(recipe: Recipe) -> None:
    assert changed_parts(recipe) == []
    wishes = [
        "mirror=0.75",
        "dropout_units=0.125",
        "normalization=on",
        "normalization=off",
        "warm_up=0.5",
        "averaging=0.9",
    ]
    changed = set_parts(recipe, wishes)
    assert (changed.augmentation.mirror, changed.dropout.units, changed.normalization) == (0.75, 0.125, False)
    assert set_parts(recipe, changed_parts(changed)) == changed
    assert changed.epochs == recipe.epochs


def test_a_part_that_has_its_value_already_is_not_changed() -> None:
    assert changed_parts(set_parts(DEFAULT, ["mirror=0.50"])) == []


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ("mirorr=0", r"^Parts of a recipe, as name=value: mirror, smallest_area, .* Received: 'mirorr=0'\.$"),
        ("epochs=3", r"Received: 'epochs=3'\. It has a flag of its own, --epochs\.$"),
        ("mirror", r"^mirror takes 0 to 1: share of photographs that are mirrored\. Received: 'mirror'\.$"),
        ("mirror=two", r"Received: 'mirror=two'"),
        ("mirror=1.01", r"Received: 'mirror=1\.01'"),
        ("erase=nan", r"Received: 'erase=nan'"),
        ("smallest_area=0", r"^smallest_area takes 0\.05 to 1: "),
        ("normalization=1", r"^normalization takes on or off: .* Received: 'normalization=1'\.$"),
    ],
)
def test_names_and_values_that_do_not_exist_are_answered_with_those_that_do(wish: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        set_parts(DEFAULT, ["tint=0", wish])


def test_the_table_has_every_recipe_with_its_values_and_every_part_with_its_range() -> None:
    lines = list_recipes().splitlines()
    assert list(RECIPES_ARE) == list(RECIPES)
    assert lines[len(RECIPES) + 1].split() == list(RECIPES)
    assert len(lines) == len(RECIPES) + 2 + len(FLAGS) + len(PARTS)
    assert "--set erase=             0.25     0       0       share of photographs with a grey box (0 to 1)" in lines
    assert max(map(len, lines)) <= 140
