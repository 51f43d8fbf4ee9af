"""Snapshots of a run of training: they change nothing, and survive whatever the run survives."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import StoppedError
from cnnviz.data.dataset import Dataset
from cnnviz.model_folder.folder import read_folder
from cnnviz.timelines.timeline import Timeline
from cnnviz.timelines.timeline_folder import ABOUT, read_timeline
from cnnviz.training.run_folder import MODEL, open_run
from runs import NUM_STEPS, RECIPE, draw_dataset, interrupting, launch_run, start_run

pytestmark = pytest.mark.usefixtures("small")

STEPS = [0, 1, 2, 4, 8, RECIPE.epochs * NUM_STEPS]
TIMEOUT = 300


@pytest.fixture(scope="module")
def dataset(small: None) -> Dataset:
    """The photographs of every run here; not to be changed."""
    return draw_dataset()


@pytest.fixture(scope="module")
def finished(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with snapshots."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    start_run(folder, dataset, snapshots=True).fit()
    return folder


def opened(folder: Path) -> Timeline:
    return read_timeline(read_folder(folder / MODEL))


def test_a_run_takes_snapshots_on_a_logarithmic_scale_of_steps(finished: Path, dataset: Dataset) -> None:
    timeline = opened(finished)
    assert [snapshot.step for snapshot in timeline] == STEPS
    assert [snapshot.epoch for snapshot in timeline] == [step / NUM_STEPS for step in STEPS]
    assert timeline.num_photos == len(dataset.splits["validation"])
    assert all(snapshot.accuracy is not None and "conv2d_4" in snapshot.probes for snapshot in timeline)
    assert [sorted(snapshot.figures) for snapshot in timeline.snapshots[:3]] == [[], *[["accuracy", "loss"]] * 2]
    assert {"val_loss", "val_accuracy"} <= timeline[3].figures.keys() & timeline[-1].figures.keys()
    assert timeline.channels(0).keys() == timeline.channels(5).keys()


def test_the_first_snapshot_has_the_weights_that_the_run_begins_with(
    finished: Path, dataset: Dataset, tmp_path: Path
) -> None:
    network = start_run(tmp_path / "run", dataset).learner.network
    first = opened(finished).network_at(0).model
    for name in ("dense_1", "dense_2"):  # before these, the normalization is folded in
        kept, own = (model.get_layer(name).kernel.numpy() for model in (first, network))
        assert own.any()
        assert np.array_equal(kept, own.astype(np.float16))
    assert opened(finished).channels(0)["conv2d_4"].dead_share < 1


def test_a_run_with_snapshots_learns_the_same(finished: Path, dataset: Dataset, tmp_path: Path) -> None:
    start_run(tmp_path / "run", dataset).fit()
    pair = (read_folder(run / MODEL).model.get_weights() for run in (finished, tmp_path / "run"))
    assert all(map(np.array_equal, *pair))


def test_the_last_snapshot_has_the_weights_of_the_last_epoch(dataset: Dataset, tmp_path: Path) -> None:
    run = start_run(tmp_path / "run", dataset, snapshots=True)
    run.fit()
    weights = opened(tmp_path / "run").weights(-1)
    for kept, own in zip(weights, run.averaged.model.get_weights(), strict=True):
        assert np.array_equal(kept, own.astype(np.float16) if own.ndim > 1 else own)


def test_a_stopped_run_goes_on_with_its_timeline(finished: Path, dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        start_run(folder, dataset, report=interrupting([]), snapshots=True).fit()
    before = opened(folder)
    assert [snapshot.step for snapshot in before] == [0, 1, 2, 4]
    with open_run(folder, resume=True):
        start_run(folder, dataset, snapshots=True).fit(resume=True)
    assert (folder / "timeline" / ABOUT).read_bytes() == (finished / "timeline" / ABOUT).read_bytes()


def test_snapshots_after_the_checkpoint_are_taken_again(finished: Path, dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        start_run(folder, dataset, report=interrupting([]), snapshots=True).fit()
    shutil.rmtree(folder / "timeline")
    shutil.copytree(finished / "timeline", folder / "timeline")  # as if it had been killed long after the checkpoint
    start_run(folder, dataset, snapshots=True).fit(resume=True)
    assert (folder / "timeline" / ABOUT).read_bytes() == (finished / "timeline" / ABOUT).read_bytes()


@pytest.mark.slow
def test_a_run_killed_while_it_writes_has_a_whole_timeline(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    process = launch_run(folder, "tensorflow", snapshots=True)
    deadline = time.monotonic() + TIMEOUT
    while len([*(folder / "timeline").glob("*.npz")]) < 3 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.communicate()
    process = launch_run(folder, "tensorflow", snapshots=True)
    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
    one, other = opened(finished), opened(folder)
    assert [snapshot.step for snapshot in other] == STEPS
    for index in range(len(STEPS)):
        assert all(map(np.array_equal, one.weights(index), other.weights(index)))
        assert one[index].figures.keys() == other[index].figures.keys()
