"""The callback, in real training by Keras."""

import logging
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import cnnviz
from cnnviz.base.errors import FolderError, OptionError
from cnnviz.callbacks import Watch
from cnnviz.timelines.timeline_folder import ABOUT

STEPS = 5
RANDOM = np.random.default_rng(8)
LABELS = np.arange(4 * STEPS) % 2
PHOTOS = (RANDOM.random((len(LABELS), 32, 32, 3)) / 2 + LABELS[:, None, None, None] / 2).astype(np.float32)


def build(activation: str | None = "sigmoid", num_outputs: int = 1) -> keras.Model:
    """A network as a tutorial has it: not named, with dropout and a layer that changes photographs."""
    keras.utils.set_random_seed(4)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.RandomFlip(),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(num_outputs, activation=activation),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def fit(model: keras.Model, *callbacks: keras.callbacks.Callback, epochs: int = 3, **options: object) -> None:
    validation = (PHOTOS[:8], LABELS[:8])
    model.fit(PHOTOS, LABELS, 4, epochs, verbose=0, callbacks=list(callbacks), validation_data=validation, **options)


def test_a_fit_records_the_timeline_of_its_network(tmp_path: Path) -> None:
    model = build()
    watch = Watch(PHOTOS, tmp_path / "timeline", labels=LABELS, classes=["dark", "bright"])
    fit(model, watch)
    timeline = cnnviz.load(model, classes=["dark", "bright"]).timeline(tmp_path / "timeline")
    assert [each.step for each in timeline] == [0, 1, 2, 4, 8, 15]
    assert [each.epoch for each in timeline] == [0, 0.2, 0.4, 0.8, 1.6, 3]
    assert all(np.allclose(*pair, atol=1e-3) for pair in zip(timeline.weights(-1), model.get_weights(), strict=True))
    assert timeline[0].figures == {}
    assert timeline[1].figures.keys() == {"loss", "accuracy"}
    assert timeline[-1].figures.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(each.accuracy is not None for each in timeline)
    assert watch.timeline.num_photos == len(PHOTOS)
    assert not np.array_equal(timeline.weights(0)[0], timeline.weights(-1)[0])


def test_watching_changes_nothing_that_is_learned(tmp_path: Path) -> None:
    watched, alone = build(), build()
    keras.utils.set_random_seed(9)
    fit(watched, Watch(PHOTOS, tmp_path / "timeline"))
    keras.utils.set_random_seed(9)
    fit(alone)
    assert all(map(np.array_equal, watched.get_weights(), alone.get_weights()))


def test_a_snapshot_that_is_due_at_the_end_of_an_epoch_has_its_validation_figures(tmp_path: Path) -> None:
    watch = Watch(PHOTOS, tmp_path / "timeline", every=STEPS)
    fit(build(), watch)
    assert [each.step for each in watch.timeline] == [0, 5, 10, 15]
    assert all("val_loss" in each.figures for each in watch.timeline.snapshots[1:])


def test_several_steps_in_one_go_are_counted(tmp_path: Path) -> None:
    model = build()
    model.compile("adam", "binary_crossentropy", steps_per_execution=3)
    watch = Watch(PHOTOS, tmp_path / "timeline")
    fit(model, watch)
    assert [each.step for each in watch.timeline] == [0, 3, 5, 8, 15]


def test_a_second_fit_goes_on_and_a_new_model_begins_anew(tmp_path: Path) -> None:
    model, folder = build(), tmp_path / "timeline"
    fit(model, Watch(PHOTOS, folder), epochs=2)
    watch = Watch(PHOTOS, folder)
    fit(model, watch, epochs=4, initial_epoch=2)
    assert [each.step for each in watch.timeline] == [0, 1, 2, 4, 8, 10, 16, 20]
    again = Watch(PHOTOS, folder)
    fit(build(), again, epochs=1)
    assert [each.step for each in again.timeline] == [0, 1, 2, 4, 5]


@pytest.mark.parametrize(("photos", "labels"), [(1 - PHOTOS, None), (PHOTOS, LABELS)])
def test_a_second_fit_that_is_watched_on_other_photographs_begins_anew(
    photos: np.ndarray, labels: np.ndarray | None, tmp_path: Path
) -> None:
    model, folder = build(), tmp_path / "timeline"
    fit(model, Watch(PHOTOS, folder), epochs=1)
    watch = Watch(photos, folder, labels=labels)
    fit(model, watch, epochs=2, initial_epoch=1)
    assert [each.step for each in watch.timeline] == [5, 8, 10]


def test_a_folder_of_photographs_names_the_classes(kaggle_folder: Path, tmp_path: Path) -> None:
    watch = Watch(kaggle_folder, tmp_path / "timeline")
    fit(build(), watch, epochs=1)
    assert watch.timeline.network.class_names == ("cat", "dog")
    assert watch.timeline[0].accuracy is not None


def test_a_network_that_ends_in_a_logit_is_told_of_before_it_is_trained(tmp_path: Path) -> None:
    model = build(activation=None)
    with pytest.raises(OptionError, match="Is this a classifier"):
        fit(model, Watch(PHOTOS, tmp_path / "timeline"))
    assert int(model.optimizer.iterations) == 0
    watch = Watch(PHOTOS, tmp_path / "timeline", classes=["dark", "bright"], kind="sigmoid")
    fit(model, watch, epochs=1)
    assert len(watch.timeline) == 5


def test_what_cannot_be_recorded_ends_the_timeline_and_not_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, folder = build(), tmp_path / "timeline"

    class Breaking(keras.callbacks.Callback):  # type: ignore[misc]
        """Puts something in the place where the timeline is written."""

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 1:
                (folder / ABOUT).unlink()
                (folder / ABOUT).mkdir()

    with caplog.at_level(logging.WARNING, "cnnviz"):
        fit(model, Watch(PHOTOS, folder), Breaking())
    assert int(model.optimizer.iterations) == 3 * STEPS
    assert any("The timeline ends here, the training goes on." in line for line in caplog.messages)


@pytest.mark.parametrize("every", [0, -5, 2.5, "epoch"])
def test_every_is_a_number_of_steps(every: object, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="`every` is a number of steps"):
        Watch(PHOTOS, tmp_path / "timeline", every=every)  # type: ignore[arg-type]


def test_a_folder_of_something_else_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(FolderError, match="is no timeline"):
        Watch(PHOTOS, tmp_path)
    with pytest.raises(OptionError, match="has not begun"):
        Watch(PHOTOS, tmp_path / "timeline").timeline  # noqa: B018


def test_the_module_of_callbacks_is_imported_when_it_is_asked_for() -> None:
    script = (
        "import sys, cnnviz\nassert 'keras' not in sys.modules\n"
        "assert cnnviz.callbacks.Watch.__name__ == 'Watch'\nassert 'keras' in sys.modules\n"
        "assert not hasattr(cnnviz, 'callback')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
