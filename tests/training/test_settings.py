"""What a run was started with."""

import json

import pytest

from cnnviz.base.errors import TrainingError
from cnnviz.training.parts import set_parts
from cnnviz.training.recipe import RECIPES
from cnnviz.training.settings import kept_recipe, require_equal

BOOK = RECIPES["book"].to_dict()


def test_a_run_of_an_earlier_version_goes_on_where_later_settings_have_their_defaults() -> None:
    earlier = {name: value for name, value in BOOK.items() if name not in ("size", "width")}
    require_equal(earlier, BOOK)
    with pytest.raises(TrainingError, match=r"started with size=150, width=1\.0\. .* Received: size=96, width=0\.5\.$"):
        require_equal(earlier, BOOK | {"size": 96, "width": 0.5})


def test_the_recipe_of_a_run_is_known_with_every_change() -> None:
    changed = set_parts(RECIPES["default"], ["mirror=0", "dropout_units=0.25", "averaging=0.5"])
    assert kept_recipe(json.loads(json.dumps({**changed.to_dict(), "seed": 3}))) == changed
    assert kept_recipe({}) is None


def test_only_what_differs_is_named() -> None:
    with pytest.raises(TrainingError, match=r"^The run in the folder was started with erase=0\.0\. .* erase=0\.25\.$"):
        require_equal(BOOK, BOOK | {"augmentation": BOOK["augmentation"] | {"erase": 0.25}})
