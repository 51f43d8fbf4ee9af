"""The whole of training as one call: what it leaves, what it measures, and how often it reads, writes and looks."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
import cnnviz.atlas.atlas
import train as train_script
from cnnviz.atlas.atlas_folder import CARD_SECTION, list_atlas
from cnnviz.base.errors import DatasetError, FolderError, StoppedError, TrainingError
from cnnviz.data.dataset import Split, read_dataset
from cnnviz.data.splits import SPLITS
from cnnviz.evaluation.evaluation import evaluate, gather_logits
from cnnviz.evaluation.probe import examine_layers
from cnnviz.evaluation.report import evaluate_folder
from cnnviz.evaluation.samples import find_samples
from cnnviz.model_folder import folder as model_folders
from cnnviz.model_folder.card import write_card
from cnnviz.model_folder.folder import read_folder, write_folder
from cnnviz.model_folder.manifest import listed_files
from cnnviz.training.checkpoint import Checkpoint, write_checkpoint
from cnnviz.training.devices import SEVERAL_MACHINES
from cnnviz.training.parts import set_parts
from cnnviz.training.recipe import PRECISIONS, Recipe
from cnnviz.training.run import Run, describe_data, train, training_record
from cnnviz.training.run_folder import CHECKPOINTS
from hub_server import Hub
from pictures import noise_pictures, write_class
from runs import RECIPE, SIZES, draw_dataset
from server import ROOT, free_port

BOOK = Recipe.named("book", epochs=2, precision="float32", size=64, width=0.25)
CONVOLUTIONS = ["conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4"]


@dataclass(frozen=True)
class Watched:
    """A run, what it reported, and what was counted meanwhile.

    Args:
        run: The run.
        lines: What it reported.
        written: How often a model folder was moved into place.
        read: How often a model was read from a folder.
        passes: By split, how often all of its photographs were read in order.
    """

    run: Run
    lines: list[str]
    written: int
    read: int
    passes: dict[str, float]


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[Any]]:
    """What is written, read and shown to a network while the tests run."""
    counted: Counter[Any] = Counter()
    move, load, get = model_folders._swap, model_folders.load_weights, Split.__getitem__

    def counting_get(split: Split, chosen: Any) -> Any:
        if isinstance(chosen, slice):
            counted[split.labels.tobytes()] += len(range(*chosen.indices(len(split)))) / len(split)
        return get(split, chosen)

    def counting(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            counted[name] += 1
            return function(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_folders, "_swap", counting("written", move))
        patch.setattr(model_folders, "load_weights", counting("read", load))
        patch.setattr(Split, "__getitem__", counting_get)
        patch.setattr(cnnviz.atlas.atlas, "NUM_STEPS", 1)  # climbing takes minutes, and is tested elsewhere
        yield counted


@pytest.fixture(scope="module")
def watched(kaggle_folder: Path, tmp_path_factory: pytest.TempPathFactory, counts: Counter[Any]) -> Watched:
    """A run of two epochs with an atlas."""
    lines: list[str] = []
    output = tmp_path_factory.mktemp("runs") / "mine"
    counts.clear()
    run = train(kaggle_folder, output, recipe=BOOK, seed=2, atlas=True, data_license="CC0", report=lines.append)
    splits = read_dataset(kaggle_folder, cnnviz.Preprocessing(64, 64), seed=2).splits
    passes = {name: counts[split.labels.tobytes()] for name, split in splits.items()}
    return Watched(run, lines, counts["written"], counts["read"], passes)


@pytest.fixture(scope="module")
def splits(kaggle_folder: Path) -> dict[str, Split]:
    """The photographs of the run."""
    return read_dataset(kaggle_folder, cnnviz.Preprocessing(64, 64), seed=2).splits


def test_the_model_is_put_in_place_once_after_the_epochs_from_one_reading_back(watched: Watched) -> None:
    history = watched.run.metrics["history"]
    losses = history["val_loss"]
    num_better = sum(loss < min(losses[:index], default=np.inf) for index, loss in enumerate(losses))
    assert (watched.written, watched.read) == (num_better + 1, 1)


def test_the_test_photographs_pass_as_they_are_and_mirrored_and_no_more(
    watched: Watched, splits: dict[str, Split]
) -> None:
    num_samples = len([*watched.run.samples.glob("*.png")])
    assert watched.passes["test"] == pytest.approx(4 + num_samples / len(splits["test"]))
    assert watched.passes["validation"] == pytest.approx(BOOK.epochs + 2)  # each epoch, the temperature, the layers
    assert watched.passes["train"] == pytest.approx(1)  # the layers; in the epochs they are read in another order


def test_figures_are_those_of_the_folder_as_it_is(watched: Watched, splits: dict[str, Split]) -> None:
    run, network = watched.run, read_folder(watched.run.model)
    assert run.metrics == network.metrics == json.loads((run.model / "metrics.json").read_text(encoding="utf-8"))
    again = {"test": evaluate(network, splits["test"]), **examine_layers(network, splits)}
    for name in ("num_photos", "accuracy", "accuracy_interval_95", "classes"):
        assert run.metrics["test"][name] == again["test"][name]
    for name in ("loss", "expected_calibration_error", "roc_auc"):
        assert run.metrics["test"][name] == pytest.approx(again["test"][name], rel=1e-4)
    assert (run.metrics["probes"], run.metrics["dead_channels"]) == (again["probes"], again["dead_channels"])
    calibration = run.metrics["calibration"]
    assert calibration["temperature"] == network.manifest["training"]["temperature"]
    assert calibration["after"]["loss"] == run.metrics["test"]["loss"]
    assert (run.model / "README.md").read_text(encoding="utf-8") == write_card(network, network.metrics) + CARD_SECTION


def test_calibration_is_compared_with_the_model_as_it_was_trained(watched: Watched, splits: dict[str, Split]) -> None:
    network = read_folder(watched.run.model)
    temperature, validation = network.manifest["training"]["temperature"], splits["validation"]
    logits = gather_logits(network, validation) * temperature
    loss = cnnviz_loss(logits, validation)
    assert loss == pytest.approx(network.manifest["training"]["validation"]["loss"], rel=1e-5)
    before = cnnviz_loss(gather_logits(network, splits["test"]) * temperature, splits["test"])
    assert watched.run.metrics["calibration"]["before"]["loss"] == pytest.approx(before, rel=1e-5)


def cnnviz_loss(logits: np.ndarray, split: Split) -> float:
    """The mean of -log(probability of the true class) of a sigmoid's logits."""
    return float(np.logaddexp(0, np.where(split.labels == 1, -logits[:, 0], logits[:, 0]).astype(float)).mean())


def test_samples_are_those_of_the_folder(watched: Watched, splits: dict[str, Split]) -> None:
    network, test = read_folder(watched.run.model), splits["test"]
    expected = find_samples(network.head, test.labels, gather_logits(network, test))
    assert {path.stem for path in watched.run.samples.glob("*.png")} == set(expected)


def test_each_step_is_reported_in_order(watched: Watched) -> None:
    device, precision, photos, few, *rest = watched.lines
    epochs, summary, atlas = rest[:2], rest[2], rest[3:]
    assert device.startswith("Device: ")
    assert precision == "Precision: float32, as you chose"
    assert photos.startswith("cat and dog: ")
    number = re.search(r"(\d+) validation", photos)[1]
    assert f"\nWarning: only {number} validation photographs choose the best epoch, so chance has its part" in photos
    per_epoch = int(re.search(r"([\d,]+) train", photos)[1].replace(",", "")) // BOOK.batch_size
    assert few == (
        f"Warning: 2 epoch(s) of so few photographs are only {2 * per_epoch} steps, in which random weights learn "
        f"little. Give it --epochs {math.ceil(3000 / per_epoch)}, or a trained model with --start-from."
    )
    assert [line.split(":")[0] for line in epochs] == ["Epoch 1/2", "Epoch 2/2"]
    assert summary == watched.run.summary
    assert [line.split(",")[0] for line in atlas] == [f"Atlas: {name}" for name in CONVOLUTIONS]


def test_a_finished_run_opens_and_leaves_nothing_unfinished(watched: Watched) -> None:
    run = watched.run
    assert {path.name for path in run.folder.iterdir()} == {
        "model",
        "samples",
        "history.csv",
        "curves.png",
        "skipped.txt",
    }
    assert run.explorer.network.fingerprint == read_folder(run.model).fingerprint
    assert str(run.explorer.source) == "mine"
    assert list_atlas(run.explorer.network) == CONVOLUTIONS
    assert run.explorer(next(run.samples.glob("cat-*.png"))).probabilities.keys() == {"cat", "dog"}


def test_the_card_knows_how_to_repeat_the_call(watched: Watched, kaggle_folder: Path) -> None:
    training = read_folder(watched.run.model).manifest["training"]
    call = f"cnnviz.train(['{kaggle_folder}'], '{watched.run.folder}', recipe='book', seed=2, split_seed=2)"
    assert training["command"] == call
    assert (training["data"], training["data_license"]) == (kaggle_folder.name, "CC0")
    assert (training["recipe"], training["epochs"]) == ("book", 2)


@pytest.mark.slow
def test_a_run_stopped_once_and_killed_while_it_finished_ends_like_one_that_was_not(
    watched: Watched, kaggle_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "run"

    def press_ctrl_c(line: str) -> None:
        if line.startswith("Epoch 1/2"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError, match=r"Stopped after 1 of 2 epoch"):
        train(kaggle_folder, output, recipe=BOOK, seed=2, report=press_ctrl_c)
    (output / "samples").write_text("")  # where no folder can be made
    with pytest.raises(FolderError, match=r"Cannot write in '.*run'\. Make room and go on with --resume\. Received: "):
        train(kaggle_folder, output, recipe=BOOK, seed=2, resume=True)
    finished = read_folder(output / "model")
    assert finished.metrics["test"]["num_photos"]
    (output / "samples").unlink()
    lines: list[str] = []
    run = train(kaggle_folder, output, recipe=BOOK, seed=2, resume=True, report=lines.append)
    assert lines[3] == "Going on after 2 epoch(s) and 0 step(s)."
    for metrics in (finished.metrics, run.metrics):
        expected = watched.run.metrics
        assert metrics["calibration"]["temperature"] == pytest.approx(expected["calibration"]["temperature"], rel=1e-4)
        for moment in ("before", "after"):
            assert metrics["calibration"][moment] == pytest.approx(expected["calibration"][moment], rel=1e-3)
        assert metrics["test"]["classes"] == expected["test"]["classes"]
    assert not (output / CHECKPOINTS).exists()
    with pytest.raises(FolderError, match="is finished"):
        train(kaggle_folder, output, recipe=BOOK, seed=2, resume=True)


@pytest.mark.slow
def test_a_run_goes_on_from_the_commit_that_it_began_with(
    watched: Watched, kaggle_folder: Path, hub: Hub, tmp_path: Path
) -> None:
    name, output = "alice/start", tmp_path / "run"
    commit = hub.add(name, watched.run.model).oid

    def press_ctrl_c(line: str) -> None:
        if line.startswith("Epoch 1/2"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError, match=r"Stopped after 1 of 2 epoch"):
        train(kaggle_folder, output, recipe=BOOK, seed=2, start_from=name, report=press_ctrl_c)
    network = read_folder(watched.run.model)
    network.model.set_weights([weights / 2 for weights in network.model.get_weights()])
    write_folder(tmp_path / "newer", network.model, network.class_names, network.preprocessing, {})
    hub.add(name, tmp_path / "newer")
    run = train(kaggle_folder, output, recipe=BOOK, seed=2, start_from=name, resume=True, report=lambda line: None)
    training = read_folder(run.model).manifest["training"]
    assert training["start_commit"] == commit
    assert commit in training["started_from"]


REFUSED = """
import sys
from pathlib import Path
import cnnviz, train

(Path("used") / "thesis").mkdir(parents=True)
Path("empty").mkdir()
for name in ("photos/cat", "photos/dog", "one/cat"):
    Path(name).mkdir(parents=True)
    (Path(name) / "0.jpg").write_text("no picture yet")
for arguments, options, message in (
    (("nowhere", "new"), {}, "No photographs at 'nowhere'"),
    ((["used", "nowhere"], "new"), {}, "No photographs at 'nowhere'"),
    (("used", "used"), {}, "'used' exists and is not empty. Name another folder."),
    (("used", "used"), {"resume": True}, "'used' holds something else than a run."),
    (("used", "new"), {"recipe": "cookbook"}, "Recipes: default, refine, book. Received: 'cookbook'."),
    (("used", "new"), {}, "No photographs in 'used'"),
    (("photos/cat", "new"), {}, "No photographs in 'photos/cat'"),
    (("one", "new"), {}, "two or more classes are needed"),
    (("photos", "new"), {"minutes": 0}, "--minutes is a number above 0. Received: 0."),
    (("photos", "new"), {"seed": -1}, "--seed is a number from 0 to 4294967295. Received: -1."),
    (("photos", "new"), {"seed": 2**32}, "--seed is a number from 0 to 4294967295. Received: 4294967296."),
    (("photos", "new"), {"model_license": "mine"}, "Usual ones: mit, "),
    (("photos", "new"), {"start_from": "nowhere"}, "No model folder at 'nowhere'."),
    (("photos", "new"), {"devices": "two"}, "Devices: one, all. Received: 'two'."),
):
    try:
        cnnviz.train(*arguments, **options)
    except cnnviz.CnnvizError as error:
        assert message in str(error), error
    else:
        sys.exit(message)
for flags in (
    "--data nowhere --output new", "--data used --output used", "--data used --output new --epochs 0",
    "--data photos --output new --license mine",
    "--data empty --output new", "--evaluate used --data empty",
    "--evaluate used --data nowhere", "--evaluate nowhere --data used", "--evaluate used --data used --output used",
    "--atlas nowhere",
):
    assert train.main(flags.split()) == 1, flags
for name in ("keras", "tensorflow", "jax", "matplotlib"):
    assert name not in sys.modules, name
"""


def test_paths_and_settings_that_do_not_do_are_refused_before_any_heavy_import(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", REFUSED]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["train.py"] * 10
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["thesis"]
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.slow
def test_of_two_processes_the_first_measures_and_the_other_only_trains(tmp_path: Path) -> None:
    for seed, (split, name) in enumerate(product(SPLITS, ("cat", "dog"))):
        write_class(tmp_path / "photos" / split / name, 4, seed=seed)
    address = f"localhost:{free_port()}"
    flags = ["--data", str(tmp_path / "photos"), "--output", str(tmp_path / "run"), "--devices", "all"]
    flags += ["--epochs", "1", "--batch-size", "4", "--size", "64", "--width", "0.25"]
    processes = []
    for number in range(2):
        place = dict(zip(SEVERAL_MACHINES, (address, "2", str(number)), strict=True))
        environment = os.environ | place | {"KERAS_BACKEND": "jax"}
        command = [sys.executable, ROOT / "train.py", *flags]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, env=environment, text=True, **pipes))
    printed = []
    for process in processes:
        out, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
        printed.append([line for line in out.splitlines() if not line.startswith("[Gloo]")])  # JAX's own
    assert printed[0][0].startswith("Device: ")
    assert printed[0][0].endswith(" in 2 processes with jax")
    assert printed[0][-1].startswith(f"Saved {tmp_path / 'run' / 'model'}. ")
    assert printed[1] == []
    assert read_folder(tmp_path / "run" / "model").metrics["test"]["num_photos"]
    assert not (tmp_path / "run" / CHECKPOINTS).exists()


@pytest.mark.parametrize("kept", PRECISIONS)
def test_a_resumed_run_keeps_its_precision_and_epochs_whatever_the_device_is_fast_at(
    kept: str, kaggle_folder: Path, tmp_path: Path
) -> None:
    write_checkpoint(tmp_path / CHECKPOINTS, Checkpoint(1, 0, 0.0, {}, {}, {"precision": kept, "epochs": 9}))
    lines: list[str] = []
    with pytest.raises(TrainingError, match=r"was started with name=None, batch_size=None,") as caught:
        train(kaggle_folder, tmp_path, recipe="book", resume=True, minutes=5, report=lines.append)
    assert not {"precision", "epochs"} & set(re.findall(r"(\w+)=", str(caught.value)))
    assert lines[-1] == "Schedule: 9 epoch(s), as the run began with them"
    assert lines[1] == f"Precision: {kept}, as the run began with it"


@pytest.fixture(scope="module")
def photos_of_any_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs, drawings, grey pictures and ones of a few pixels, of two classes."""
    folder = tmp_path_factory.mktemp("photos")
    for number, (split, name) in enumerate(product(SPLITS, ("day", "night"))):
        (folder / split / name).mkdir(parents=True)
        for seed, size in enumerate(((3, 2), (1, 1), (40, 30), (300, 20))):
            for mode, picture in noise_pictures((size[0] + number, size[1])).items():
                picture.save(folder / split / name / f"{mode}-{seed}.png")
    return folder


def test_another_size_and_width_give_a_model_that_is_measured_and_opened_and_has_a_timeline(
    photos_of_any_kind: Path, tmp_path: Path
) -> None:
    recipe = Recipe.named("default", epochs=1, batch_size=8, size=46, width=0.25)
    run = train(photos_of_any_kind, tmp_path / "run", recipe=recipe, snapshots=True, report=lambda line: None)
    network = read_folder(run.model)
    timeline = run.explorer.timeline()
    assert (timeline[0].step, timeline[-1].epoch) == (0, 1)
    assert timeline.places[0].path.parent == tmp_path / "run" / "timeline"
    assert not [name for name in listed_files(network.manifest) if name.startswith("timeline")]  # nor published
    assert (network.preprocessing, network.model.input_shape) == (cnnviz.Preprocessing(46, 46), (None, 46, 46, 3))
    assert network.manifest["training"]["width"] == 0.25
    assert run.metrics["test"]["num_photos"] == 24
    card = " ".join((run.model / "README.md").read_text(encoding="utf-8").split())
    assert "resized to 46x46 pixels" in card
    assert "0.25 times as many channels as the embedded model" in card
    for picture in photos_of_any_kind.glob("test/day/*.png"):
        assert run.explorer(picture)["conv2d_1"].activation.shape == (44, 44, 8)
    with pytest.raises(TrainingError, match=r"takes pictures of 46x46 pixels, .* of 150x150\. Train with --size 46\.$"):
        train(photos_of_any_kind, tmp_path / "next", start_from=run.model, report=lambda line: None)
    with pytest.raises(TrainingError, match=r"has 0\.25 times as many channels as .* Train with --width 0\.25\.$"):
        wide = Recipe.named("default", size=46)
        train(photos_of_any_kind, tmp_path / "next", recipe=wide, start_from=run.model, report=lambda line: None)


def test_photographs_in_two_classes_are_told_of_by_the_run_and_where_its_model_is_measured(tmp_path: Path) -> None:
    for seed, name in enumerate(("cat", "dog")):
        write_class(tmp_path / "photos" / name, 12, seed=seed)
    shutil.copy(tmp_path / "photos" / "cat" / "3.jpg", tmp_path / "photos" / "dog" / "copy.jpg")
    lines: list[str] = []
    tiny = Recipe.named("default", epochs=1, batch_size=8, size=46, width=0.25)
    run = train(tmp_path / "photos", tmp_path / "run", recipe=tiny, report=lines.append)
    note = (
        f"1 photograph(s) are in two classes, such as '{tmp_path}/photos/cat/3.jpg' (cat), which is "
        f"'{tmp_path}/photos/dog/copy.jpg' (dog). Delete the wrong ones."
    )
    assert note in lines[2].splitlines()
    measured: list[str] = []
    evaluate_folder(run.model, tmp_path / "photos", "all", report=measured.append)
    assert measured[0].splitlines()[0] == note


def test_a_resumed_run_has_the_recipe_and_the_command_that_it_was_started_with(
    photos_of_any_kind: Path, tmp_path: Path
) -> None:
    tiny = Recipe.named("default", epochs=2, batch_size=8, size=46, width=0.25)

    def press_ctrl_c(line: str) -> None:
        if line.startswith("Epoch 1/2"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError):
        recipe = set_parts(tiny, ["mirror=0", "normalization=off"])
        train(photos_of_any_kind, tmp_path, recipe=recipe, command="by hand", model_license="MIT", report=press_ctrl_c)
    changed = ("--data", str(photos_of_any_kind), "--output", str(tmp_path), "--resume", "--set", "mirror=1")
    assert train_script.main(changed) == 1
    run = train(photos_of_any_kind, tmp_path, resume=True, command="another", report=lambda line: None)
    made = read_folder(run.model).manifest["training"]
    assert (made["changed"], made["epochs"], made["command"], made["license"]) == (
        ["mirror=0", "normalization=off"],
        2,
        "by hand",
        "mit",
    )
    card = (run.model / "README.md").read_text(encoding="utf-8")
    assert "- recipe: default with mirror=0, normalization=off; " in card
    assert "\n`by hand`\n" in card
    assert "\nlicense: mit\n" in card


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(DatasetError):
        train(tmp_path / "photos", tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


def test_only_what_is_on_the_hub_is_named_as_a_data_set_of_the_hub(kaggle_folder: Path) -> None:
    named = [str(kaggle_folder), "s3://bucket/photos", "microsoft/cats_vs_dogs"]
    data = f"{kaggle_folder.name}, photos, cats_vs_dogs"
    assert describe_data(named) == {"data": data, "hub_datasets": ["microsoft/cats_vs_dogs"]}
    assert describe_data(named[:2], "Mine") == {"data": "Mine", "hub_datasets": None}


def test_a_folder_is_refused_to_other_runs_while_a_run_uses_it(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "0.jpg").write_text("no picture")

    def start_another(line: str) -> None:
        for resume in (False, True):
            with pytest.raises(FolderError, match="Another run is using"):
                train(tmp_path / "photos", tmp_path / "run", resume=resume)

    for _ in range(2):
        with pytest.raises(DatasetError):
            train(tmp_path / "photos", tmp_path / "run", report=start_another)


def test_the_record_says_what_was_done_with_how_many_photographs() -> None:
    record = training_record(RECIPE, 5, draw_dataset(), data="drawings", git_commit=None)
    assert record["num_photos"] == SIZES
    assert record["num_skipped"] == 1
    assert (record["epochs"], record["seed"], record["batch_size"], record["recipe"]) == (3, 5, 4, "default")
    assert record["split_seed"] == 5
    assert (record["data"], record["split"]) == ("drawings", "by hand")
    assert record["augmentation"].startswith("50% mirrored")
    assert record["normalization"] == "the channels of each convolution, per batch"
    assert "git_commit" not in record
