"""The model that a run starts from: what cannot be gone on from is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.base.errors import TrainingError
from cnnviz.explorer.loading import load
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.start import describe_start, require_same_shape
from networks import build_tiny


@pytest.mark.parametrize("other", [{"scaling": "tf"}, {"fit": "crop"}])
def test_model_of_pictures_that_are_preprocessed_in_another_way_is_no_start(other: dict[str, str]) -> None:
    network = build_tiny()
    require_same_shape(network, 48, 1.0)
    changed = replace(network, preprocessing=Preprocessing(48, 48, **other))
    with pytest.raises(
        TrainingError, match=rf"stretched, and divided by 255\. .*Received: .*{next(iter(other.values()))}"
    ):
        require_same_shape(changed, 48, 1.0)


@pytest.mark.parametrize("name", ["my.keras", "my.h5"])
def test_a_file_of_keras_is_a_start_that_goes_by_its_name(name: str, tmp_path: Path) -> None:
    build_tiny().model.save(tmp_path / name)
    start = load(tmp_path / name)
    require_same_shape(start.network, 48, 0.5)
    assert describe_start(start, start.network.class_names) == f"the model {name}"
    assert describe_start(start, ("cat", "dog")).startswith(f"the model {name}, which knows class 0 and class 1: ")
