"""One batch on several devices and several machines: what comes out is what one device gives."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.base.errors import OptionError
from cnnviz.data.dataset import Dataset
from cnnviz.training.batches import Batches
from cnnviz.training.devices import ONE_DEVICE, SEVERAL_MACHINES, Devices, choose_devices
from cnnviz.training.recipe import RECIPES
from cnnviz.training.run_folder import CHECKPOINTS, HISTORY, MODEL
from runs import draw_dataset
from server import ROOT, free_port


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Photographs of noise."""
    return draw_dataset()


def test_the_parts_of_all_processes_are_the_batch(dataset: Dataset) -> None:
    split, recipe = dataset.splits["train"], RECIPES["default"]
    whole, labels = Batches(split, 6, recipe, seed=1, epoch=2)[1]
    slices = [Devices(6, num_processes=3, process=process).part(6) for process in range(3)]
    parts = [Batches(split, 6, recipe, seed=1, epoch=2, part=part)[1] for part in slices]
    assert np.array_equal(np.concatenate([part[1] for part in parts]), labels)
    for name, values in whole.items():
        assert np.array_equal(np.concatenate([part[0][name] for part in parts]), values)


def test_a_batch_that_cannot_be_divided_is_refused_with_one_that_can() -> None:
    with pytest.raises(OptionError, match=r"a multiple of the 8 devices: 32, for example\. Received: 33\."):
        Devices(8).require_divisible(33)
    with pytest.raises(OptionError, match=r"a multiple of the 8 devices: 8, for example\. Received: 3\."):
        Devices(8).batch_size(3, num_photos=100)


def test_fewer_photographs_than_a_batch_are_divided_without_the_rest() -> None:
    assert Devices(4).batch_size(32, num_photos=100) == 32
    assert Devices(4).batch_size(32, num_photos=30) == 28
    assert ONE_DEVICE.batch_size(32, num_photos=30) == 30
    with pytest.raises(OptionError, match=r"Each of the 4 devices needs a photograph\. Received: 3 to train on\."):
        Devices(4).batch_size(32, num_photos=3)


def test_one_device_needs_no_engine() -> None:
    assert choose_devices("one") is ONE_DEVICE


@pytest.mark.parametrize("choice", ["one", "all"])
def test_machines_cannot_train_together_on_tensorflow(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    with pytest.raises(OptionError, match=r"on JAX only: .* \(keras issue 20585\)\. Set KERAS_BACKEND=jax"):
        choose_devices(choice)


def launch(script: str, backend: str, **environment: str) -> subprocess.Popen[str]:
    """Run a script where the tests' modules are; on JAX as if TensorFlow were not installed."""
    blocked = "import sys; sys.modules['tensorflow'] = None\n" if backend == "jax" else ""
    environment = {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT / "tests"), **environment}
    command = [sys.executable, "-c", blocked + script]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=os.environ | environment, text=True, **pipes)


def finish(*processes: subprocess.Popen[str]) -> list[str]:
    """Give what processes printed, once they have ended well."""
    printed = []
    for process in processes:
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        printed.append(out)
    return printed


TWO_DEVICES = """
import keras
if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
    [cpu] = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from dataclasses import replace
import numpy as np
from cnnviz.training.batches import Batches
from cnnviz.data.dataset import Split
from cnnviz.training.devices import ONE_DEVICE, choose_devices
from cnnviz.training.learner import Learner
from runs import BATCH_SIZE, RECIPE, draw_dataset, shrink

shrink()
two = choose_devices("all")
assert (two.number, two.num_processes) == (2, 1)
photos = draw_dataset().splits["train"]
one_batch = Split(photos[:BATCH_SIZE], photos.labels[:BATCH_SIZE])

def learn(learner, epoch):
    return learner.fit(Batches(one_batch, BATCH_SIZE, RECIPE, 0, epoch))["loss"]

def same(state, other, tolerance):
    for group in state:
        for values, others in zip(state[group], other[group], strict=True):
            np.testing.assert_allclose(values, others, rtol=0, atol=tolerance)

single, divided, resumed = (Learner(RECIPE, 4, 3, devices) for devices in (ONE_DEVICE, two, two))
losses = [learn(learner, 0) for learner in (single, divided)]
assert abs(losses[0] - losses[1]) < 1e-5, losses
same(single.state(), divided.state(), 1e-3)  # RMSprop divides small gradients by themselves
state = divided.state()
resumed.restore({group: values for group, values in state.items() if group != "metrics"})
same({group: state[group] for group in ("weights", "optimizer")}, resumed.state(), 0)
assert abs(learn(divided, 1) - learn(resumed, 1)) < 1e-6
same(divided.state(), resumed.state(), 1e-6)

class Losses(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.after_each_step = []
    def on_train_batch_end(self, batch, logs=None):
        self.after_each_step.append(float(logs["loss"]))

still = replace(RECIPE, learning_rate=1e-12, warm_up=0)
for devices in (ONE_DEVICE, two):
    learner, first, second = Learner(still, 4, 3, devices), Losses(), Losses()
    for losses in (first, second):
        learner.fit(Batches(draw_dataset().splits["train"], BATCH_SIZE, still, 0, 0), losses)
    assert len(first.after_each_step) == 4
    np.testing.assert_allclose(first.after_each_step, second.after_each_step, rtol=1e-5)
"""


@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=pytest.mark.slow)])
def test_a_step_on_two_devices_is_a_step_on_one_and_the_first_epoch_takes_every_step_in_order(backend: str) -> None:
    finish(launch(TWO_DEVICES, backend, XLA_FLAGS="--xla_force_host_platform_device_count=2"))


MACHINE = """
from dataclasses import replace
from pathlib import Path
import numpy as np
from cnnviz.training.devices import choose_devices
from cnnviz.base.errors import CnnvizError
from runs import RECIPE, draw_dataset, shrink, start_run

shrink()
folder, choice, own = {folder!r}, {choice!r}, {own!r}
try:
    devices = choose_devices(choice)
    if own:
        devices.require_equal(dict(seed=devices.process))
    training = start_run(Path(folder), draw_dataset(), replace(RECIPE, epochs=1), devices=devices)
    training.fit()
    devices.part_ways()
    np.savez(folder + f"-{{devices.process}}.npz", *training.learner.saved_weights(training.measured))
except CnnvizError as error:
    print(error)
"""


def launch_machines(folder: Path, choice: str = "all", own: bool = False) -> list[subprocess.Popen[str]]:
    """Two processes of one computation; the first's address is all that they need."""
    names, address = SEVERAL_MACHINES, f"localhost:{free_port()}"
    script = MACHINE.format(folder=str(folder), choice=choice, own=own)
    places = [dict(zip(names, (address, "2", str(process)), strict=True)) for process in range(2)]
    return [launch(script, "jax", **place) for place in places]


@pytest.mark.slow
def test_two_processes_end_with_the_weights_of_one_and_only_the_first_writes(tmp_path: Path) -> None:
    printed = finish(*launch_machines(tmp_path / "run"))
    finish(launch(MACHINE.format(folder=str(tmp_path / "alone"), choice="all", own=False), "jax"))
    ends = [np.load(tmp_path / name) for name in ("run-0.npz", "run-1.npz", "alone-0.npz")]
    for name in ends[0].files:
        assert np.array_equal(ends[0][name], ends[1][name])
        largest = np.abs(ends[2][name]).max()
        np.testing.assert_allclose(ends[0][name], ends[2][name], rtol=0, atol=1e-2 * largest)
    assert "Epoch 1/1" in printed[0]
    assert "Epoch" not in printed[1]
    assert {path.name for path in (tmp_path / "run").iterdir()} >= {MODEL, CHECKPOINTS, HISTORY}


@pytest.mark.slow
def test_processes_that_start_from_something_else_are_refused(tmp_path: Path) -> None:
    for process, printed in enumerate(finish(*launch_machines(tmp_path / "run", own=True))):
        assert "The processes do not start from the same." in printed
        assert f"Received in process {process}: {{'seed': {process}}}." in printed


@pytest.mark.slow
def test_machines_that_are_not_wanted_or_not_well_named_are_refused(tmp_path: Path) -> None:
    unwanted = launch_machines(tmp_path / "run", choice="one")
    script = MACHINE.format(folder=str(tmp_path / "run"), choice="all", own=False)
    few = launch(script, "jax", KERAS_DISTRIBUTION_NUM_PROCESSES="two")
    *printed, unnamed = finish(*unwanted, few)
    assert all("with --devices all only. Received: 'one' and KERAS_DISTRIBUTION_JOB" in each for each in printed)
    assert "Several machines need all of KERAS_DISTRIBUTION_JOB_ADDRESSES, " in unnamed
    assert "Received: invalid literal for int() with base 10: 'two'" in unnamed
