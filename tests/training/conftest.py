"""What several tests of training share: an architecture that learns fast."""

from collections.abc import Iterator

import keras
import pytest

from cnnviz.evaluation import chart_style
from networks import shrink_architecture
from runs import SIDE


@pytest.fixture(scope="module")
def small(model: keras.Model) -> Iterator[None]:
    """Architecture and charts are small in tests that ask for this; `model`, which all tests share, is built before."""
    with pytest.MonkeyPatch.context() as patch:
        shrink_architecture(patch, SIDE)
        patch.setattr(chart_style, "DOTS_PER_INCH", 40)
        yield
