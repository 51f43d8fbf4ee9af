"""The number of epochs that fit into a time, on a small network."""

import itertools
import os
import re
import signal
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnviz.base.errors import OptionError, StoppedError
from cnnviz.data.dataset import Dataset, Split
from cnnviz.training.devices import ONE_DEVICE
from cnnviz.training.time_budget import FINISH_SECONDS, fit_epochs
from runs import RECIPE, SEED, draw_dataset

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture(scope="module")
def dataset(small: None) -> Dataset:
    """Photographs of noise."""
    return draw_dataset()


def test_as_many_epochs_are_made_as_fit_into_the_time(dataset: Dataset) -> None:
    epochs, line = fit_epochs(3600, dataset, RECIPE, SEED, ONE_DEVICE)
    assert 100 < epochs < 3600 / 0.02  # an epoch of 17 photographs takes some hundredths of a second at least
    assert re.fullmatch(rf"Schedule: {epochs} epoch\(s\) of 0 min \d\d s fit into the time, with .* s to measure", line)


def test_a_time_in_which_no_epoch_fits_is_refused_with_one_in_which_it_does(dataset: Dataset) -> None:
    with pytest.raises(OptionError, match=r"An epoch takes about .*Received: 0 min 05 s that are left\.$") as refused:
        fit_epochs(5, dataset, RECIPE, SEED, ONE_DEVICE)
    expected = re.search(r"Expected --minutes of ([\d.]+) or more", str(refused.value))
    assert FINISH_SECONDS / 60 - 0.1 < float(expected[1]) < 2


class Interrupting:
    """Photographs that press Ctrl-C when a thread first reads them to learn from; a second one would end the tests."""

    def __init__(self, images: np.ndarray) -> None:
        """Keep the photographs."""
        self.images = images
        self.reads = itertools.count()

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Read some of them."""
        if threading.current_thread() is not threading.main_thread() and next(self.reads) == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return self.images[rows]


def test_ctrl_c_while_steps_are_timed_stops(dataset: Dataset) -> None:
    train = dataset.splits["train"]
    interrupting = replace(dataset, splits=dataset.splits | {"train": Split(Interrupting(train.images), train.labels)})
    with pytest.raises(StoppedError, match=r"^Stopped before the first epoch, while steps were timed\.$"):
        fit_epochs(3600, interrupting, RECIPE, SEED, ONE_DEVICE)
