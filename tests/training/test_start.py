"""The model that a run starts from: what cannot be gone on from is refused."""

from dataclasses import replace

import pytest

from cnnviz.base.errors import TrainingError
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.training.start import require_same_shape
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
