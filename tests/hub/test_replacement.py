"""A model of other classes, or a much better one, is not published over unasked."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

from cnnviz.base.errors import HubError
from cnnviz.hub.publish import publish
from cnnviz.model_folder.folder import add_files, write_folder
from cnnviz.picture.preprocessing import Preprocessing
from hub_server import Hub
from measured import of_classes

REPOSITORY = "user/kinds"
THREE = ("ant", "bee", "cow")


def folder_of(parent: Path, names: tuple[str, ...] = THREE, num_right: int | None = None) -> Path:
    """Write a model folder; of its 100 test photographs so many were called right."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(len(names), activation="softmax")]
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), *layers])
    folder = write_folder(parent, model, names, Preprocessing(8, 8), {})
    if num_right is not None:
        test = of_classes({names[0]: {names[0]: num_right, names[1]: 100 - num_right}})
        add_files(folder, {"metrics.json": json.dumps({"test": test}).encode()})
    return folder


def test_a_model_of_other_classes_is_replaced_only_by_force(hub: Hub, tmp_path: Path) -> None:
    first, other = folder_of(tmp_path / "first"), folder_of(tmp_path / "other", ("ant", "bee", "dog"))
    commit = publish(first, REPOSITORY).commit
    message = (
        r"'user/kinds' has on its branch main a model of other classes: ant, bee and cow\. That to publish knows ant, "
        r"bee and dog\. Add --force"
    )
    with pytest.raises(HubError, match=message):
        publish(other, REPOSITORY)
    assert hub.repositories[REPOSITORY].branches["main"] == commit
    assert publish(other, REPOSITORY, branch="dogs").is_new  # a new branch replaces nothing
    assert publish(other, REPOSITORY, force=True).is_new


def test_a_much_better_model_is_replaced_only_by_force(hub: Hub, tmp_path: Path) -> None:
    good, bad, about_as_good = (folder_of(tmp_path / str(right), num_right=right) for right in (90, 50, 85))
    publish(good, REPOSITORY)
    message = r"a much better model: it was right on 90\.0% of 100 test .*, that to publish on 50\.0% of 100 .*--force"
    with pytest.raises(HubError, match=message):
        publish(bad, REPOSITORY)
    assert publish(about_as_good, REPOSITORY).is_new
    assert publish(good, REPOSITORY).is_new
    assert publish(bad, REPOSITORY, force=True).is_new
    assert publish(folder_of(tmp_path / "unmeasured"), REPOSITORY).is_new


@pytest.mark.parametrize(
    "test", ["good", {"accuracy": 1}, {"accuracy": 1, "num_photos": 9, "accuracy_interval_95": ["a"]}]
)
def test_figures_that_cannot_be_compared_keep_nothing(test: object, hub: Hub, tmp_path: Path) -> None:
    there = hub.add(REPOSITORY, folder_of(tmp_path / "there"))
    there.files["metrics.json"] = json.dumps({"test": test}).encode()
    assert publish(folder_of(tmp_path / "new", num_right=50), REPOSITORY).is_new


def test_what_is_no_model_is_replaced(hub: Hub, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("cnnviz.json", "metrics.json"):
        (broken / name).write_text(json.dumps([name]))
    hub.add(REPOSITORY, broken)
    assert publish(folder_of(tmp_path / "model"), REPOSITORY).is_new
