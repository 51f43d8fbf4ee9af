"""A run of training: what it leaves in its folder, and how it stops."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnviz.base.errors import StoppedError, TrainingError
from cnnviz.data.dataset import Dataset, Split
from cnnviz.evaluation.evaluation import gather_logits, measure
from cnnviz.evaluation.metrics import class_scores, log_loss
from cnnviz.model_folder.folder import read_folder
from cnnviz.training import pace
from cnnviz.training.checkpoint import find_checkpoints, read_checkpoint
from cnnviz.training.recipe import Recipe
from cnnviz.training.run_folder import CHECKPOINTS, CURVES, HISTORY, MODEL
from runs import RECIPE, SIDE, draw_dataset, interrupting, start_run

pytestmark = pytest.mark.usefixtures("small")

PNG = b"\x89PNG"
SHORT = replace(RECIPE, epochs=2)


@pytest.fixture(scope="module")
def dataset(small: None) -> Dataset:
    """The photographs of every run here; not to be changed."""
    return draw_dataset()


@pytest.fixture(scope="module")
def finished(
    dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, list[float]], list[str]]:
    """A run's folder, its history and what it reported."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    lines: list[str] = []
    history = start_run(folder, dataset, report=lines.append).fit()
    return folder, history, lines


def test_every_epoch_is_reported_and_in_the_history(finished: tuple[Path, dict[str, list[float]], list[str]]) -> None:
    folder, history, lines = finished
    assert list(history) == ["accuracy", "loss", "val_loss", "val_accuracy", "learning_rate", "seconds"]
    assert all(len(values) == RECIPE.epochs and np.isfinite(values).all() for values in history.values())
    assert [line.split(":")[0] for line in lines] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    rows = np.genfromtxt(folder / HISTORY, delimiter=",", names=True)
    assert rows["epoch"].tolist() == [1, 2, 3]
    for name, values in history.items():
        assert rows[name].tolist() == values
    assert (folder / CURVES).read_bytes().startswith(PNG)


def test_the_saved_model_is_the_best_epoch_with_averaged_weights(
    finished: tuple[Path, dict[str, list[float]], list[str]], dataset: Dataset
) -> None:
    folder, history, _ = finished
    network = read_folder(folder / MODEL)
    best = history["val_loss"].index(min(history["val_loss"]))
    training = network.manifest["training"]
    assert training["best_epoch"] == best + 1
    split = dataset.splits["validation"]
    metrics = measure(network.head, gather_logits(network, split), split.labels)
    assert metrics["accuracy"] == training["validation"]["accuracy"] == history["val_accuracy"][best]
    assert metrics["loss"] == pytest.approx(history["val_loss"][best], rel=1e-6)


def test_a_run_of_five_classes_saves_a_softmax(small: None, tmp_path: Path) -> None:
    names = ("ant", "bee", "cow", "dog", "elk")
    plain = Recipe.named("book", epochs=1, batch_size=4, precision="float32", size=SIDE)
    run = start_run(tmp_path / "run", draw_dataset(names), plain)
    run.checkpoint_seconds = 1000
    history = run.fit()
    assert history["loss"][0] == pytest.approx(np.log(5), rel=0.2)
    network = read_folder(tmp_path / "run" / MODEL)
    assert (network.class_names, network.head.num_outputs) == (names, 5)
    split, training = run.dataset.splits["validation"], network.manifest["training"]
    metrics = measure(network.head, gather_logits(network, split), split.labels)
    assert metrics["loss"] == pytest.approx(training["validation"]["loss"], rel=1e-5)


def test_balanced_classes_choose_by_the_mean_of_their_losses(small: None, dataset: Dataset, tmp_path: Path) -> None:
    few = [*np.flatnonzero(dataset.splits["train"].labels == 0), *np.flatnonzero(dataset.splits["train"].labels)[:2]]
    split = dataset.splits["train"]
    rare = replace(dataset, splits={**dataset.splits, "train": Split(split[np.array(few)], split.labels[few])})
    recipe = replace(SHORT, epochs=1, class_weight="balanced")
    run = start_run(tmp_path / "run", rare, recipe)
    assert run.learner.loss.class_weights == pytest.approx([len(few) / (2 * (len(few) - 2)), len(few) / 4])
    history = run.fit()
    validation = dataset.splits["validation"]
    scores = class_scores(gather_logits(run.averaged, validation))
    losses = [log_loss(scores[validation.labels == label], np.full(3, label)) for label in (0, 1)]
    assert history["val_loss"][0] == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_last_checkpoint_holds_weights_that_are_not_the_averages(
    finished: tuple[Path, dict[str, list[float]], list[str]],
) -> None:
    last = read_checkpoint(find_checkpoints(finished[0] / CHECKPOINTS)[0])
    saved = read_folder(finished[0] / MODEL).model.get_weights()
    assert not any(map(np.array_equal, last.arrays["weights"], saved))


@pytest.fixture(scope="module")
def stopped(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that Ctrl-C stopped; to be copied before it goes on."""
    folder = tmp_path_factory.mktemp("runs") / "stopped"
    with pytest.raises(StoppedError, match=r"Stopped after 1 of 3 epoch\(s\) and 1 of 4 steps; everything is saved in"):
        start_run(folder, dataset, report=interrupting([])).fit()
    return folder


def test_ctrl_c_saves_and_the_resumed_run_ends_like_one_that_was_not_stopped(
    finished: tuple[Path, dict[str, list[float]], list[str]],
    stopped: Path,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "NUM_TIMED", 2)
    lines: list[str] = []
    folder = Path(shutil.copytree(stopped, tmp_path / "run"))
    history = start_run(folder, dataset, report=lines.append).fit(resume=True)
    assert lines[0] == "Going on after 1 epoch(s) and 1 step(s)."
    assert re.fullmatch(r"It will take about \d min \d\d s for 2 epoch\(s\), at [\d,]+ photographs a second", lines[1])
    whole = finished[1]
    assert {name: values for name, values in history.items() if name != "seconds"} == {
        name: values for name, values in whole.items() if name != "seconds"
    }
    models = (read_folder(run / MODEL).model.get_weights() for run in (finished[0], folder))
    assert all(map(np.array_equal, *models))


def test_a_resumed_run_never_replaces_a_better_model_by_a_worse_one(dataset: Dataset, tmp_path: Path) -> None:
    run = start_run(tmp_path / "run", dataset, report=interrupting([]))
    with pytest.raises(StoppedError):
        run.fit()
    model = tmp_path / "run" / MODEL
    run.best = None  # as if an epoch had been better, and then the power was cut
    run.history["val_loss"][-1] = 0.0
    run._save_epoch()
    for checkpoint in find_checkpoints(tmp_path / "run" / CHECKPOINTS):
        if read_checkpoint(checkpoint).history["val_loss"][-1] == 0:
            checkpoint.unlink()
    better = read_folder(model).fingerprint
    start_run(tmp_path / "run", dataset).fit(resume=True)
    assert read_folder(model).fingerprint == better


def test_a_run_goes_on_only_with_the_settings_that_it_had(stopped: Path, dataset: Dataset) -> None:
    message = r"was started with learning_rate=0\.001\..* Received: learning_rate=0\.5\."
    with pytest.raises(TrainingError, match=message):
        start_run(stopped, dataset, replace(RECIPE, learning_rate=0.5)).fit(resume=True)


def test_resuming_what_never_began_begins(dataset: Dataset, tmp_path: Path) -> None:
    lines: list[str] = []
    start_run(tmp_path / "run", dataset, replace(RECIPE, epochs=1), lines.append).fit(resume=True)
    assert lines[0] == f"No checkpoint in '{tmp_path / 'run'}' yet: starting at the beginning."


@pytest.mark.parametrize(("index", "loss"), [(-1, "nan"), (0, ".*")])  # a ReLU may hide what came before it
def test_numbers_that_are_none_stop_and_keep_the_last_good_weights(
    index: int, loss: str, dataset: Dataset, tmp_path: Path
) -> None:
    run = start_run(tmp_path / "run", dataset, SHORT)
    run.recipe = replace(SHORT, epochs=1)
    run.fit()
    good = read_folder(tmp_path / "run" / MODEL).fingerprint
    run.recipe = SHORT
    layer = run.learner.network.layers[index]
    layer.set_weights([np.full_like(values, np.nan) for values in layer.get_weights()])
    with pytest.raises(TrainingError, match=rf"in epoch 2, at step 1: the loss is {loss}, .* weights are in '"):
        run.fit()
    assert read_folder(tmp_path / "run" / MODEL).fingerprint == good
    for path in find_checkpoints(tmp_path / "run" / CHECKPOINTS):
        assert all(np.isfinite(values).all() for values in read_checkpoint(path).arrays["weights"])


def test_a_learning_rate_that_is_too_high_is_named(dataset: Dataset, tmp_path: Path) -> None:
    wild = replace(SHORT, learning_rate=1e30, warm_up=0, averaging=0)
    with pytest.raises(TrainingError, match=r"No epoch was completed\. Train with a lower --learning-rate than 1e\+30"):
        start_run(tmp_path / "run", dataset, wild).fit()


def test_a_run_starts_from_a_trained_network(
    finished: tuple[Path, dict[str, list[float]], list[str]], dataset: Dataset, tmp_path: Path
) -> None:
    start = read_folder(finished[0] / MODEL)
    run = start_run(tmp_path / "run", dataset, replace(SHORT, averaging=0), start=start)
    run.averaged.model.set_weights(run.learner.saved_weights(run.measured))
    split = dataset.splits["validation"]
    assert np.allclose(gather_logits(run.averaged, split), gather_logits(start, split), atol=1e-3)


@pytest.mark.parametrize("names", [("dog", "cat"), ("ant", "bee", "cow")])
def test_a_network_of_other_classes_gives_all_layers_but_the_last(
    names: tuple[str, ...], finished: tuple[Path, dict[str, list[float]], list[str]], dataset: Dataset, tmp_path: Path
) -> None:
    start = read_folder(finished[0] / MODEL)
    other = draw_dataset(names)
    run = start_run(tmp_path / "run", other, replace(SHORT, averaging=0), start=start)
    run.averaged.model.set_weights(run.learner.saved_weights(run.measured))
    pictures = other.splits["validation"][:] / np.float32(255)
    before, after = (keras.Sequential(model.layers[:-1])(pictures) for model in (start.model, run.averaged.model))
    assert np.allclose(before, after, atol=1e-3)
    assert np.ptp(after) > 0.1
    assert run.averaged.head.class_names == names
    assert run.learner.optimizer.frozen_steps == round(0.2 * SHORT.epochs * 4)


def test_a_network_that_may_have_seen_the_test_photographs_is_no_start(
    finished: tuple[Path, dict[str, list[float]], list[str]], dataset: Dataset, tmp_path: Path
) -> None:
    start = read_folder(finished[0] / MODEL)
    start.manifest["training"]["split_seed"] = 6
    with pytest.raises(TrainingError, match=r"dealt with another seed, .* Expected --split-seed 6\. Received: 5\."):
        start_run(tmp_path / "run", dataset, SHORT, start=start)


def test_the_epoch_after_one_that_was_complete_has_figures_of_its_own(
    finished: tuple[Path, dict[str, list[float]], list[str]], stopped: Path, dataset: Dataset, tmp_path: Path
) -> None:
    whole = finished[1]
    folder = Path(shutil.copytree(stopped, tmp_path / "run"))
    (newest, at_the_end) = find_checkpoints(folder / CHECKPOINTS)
    assert read_checkpoint(at_the_end).step == 0
    newest.unlink()
    history = start_run(folder, dataset).fit(resume=True)
    for name in ("loss", "accuracy"):
        assert history[name] == whole[name]
