"""What is said of the device, and how to use what is not used."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from cnnviz.training.device_names import advise, describe_device, find_gpus
from cnnviz.training.devices import ONE_DEVICE

DRIVER = """#!/bin/sh
echo "GPU 0: NVIDIA H200 (UUID: GPU-1b8a)"
echo "GPU 1: NVIDIA RTX PRO 6000 (UUID: GPU-77c2)"
"""


@pytest.fixture
def without_gpu() -> None:
    """The backend has no GPU."""
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("TensorFlow has a GPU here")


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver that knows two GPUs, which no backend can use."""
    program = tmp_path / "nvidia-smi"
    program.write_text(DRIVER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    return program


def test_gpus_are_named_by_their_driver(driver: Path) -> None:
    assert find_gpus() == ["NVIDIA H200", "NVIDIA RTX PRO 6000"]


def test_without_a_driver_there_are_no_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gpus() == []


def test_a_processor_is_described_with_its_cores(without_gpu: None) -> None:
    assert re.fullmatch(r"CPU \(\d+ cores, \w+\) with tensorflow", describe_device(ONE_DEVICE))


def test_a_gpu_that_tensorflow_cannot_use_comes_with_the_command_that_helps(driver: Path, without_gpu: None) -> None:
    advice = advise(ONE_DEVICE)
    assert advice.startswith("There is an NVIDIA H200 that tensorflow cannot use: ")
    assert 'pip install "tensorflow[and-cuda]"' in advice


def test_a_gpu_that_the_user_hid_is_not_mentioned(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert advise(ONE_DEVICE) == ""


JAX = """
from cnnviz.training.device_names import advise, describe_device
from cnnviz.training.devices import Devices, ONE_DEVICE, choose_devices
print(describe_device(ONE_DEVICE))
print(advise(ONE_DEVICE))
print(describe_device(choose_devices("all")))
"""


@pytest.mark.slow
def test_jax_has_words_of_its_own(driver: Path) -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    run = subprocess.run([sys.executable, "-c", JAX], env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    one, advice, several = run.stdout.splitlines()
    assert re.fullmatch(r"CPU \(\d+ cores, \w+\) with jax", one)
    assert advice.startswith('There is an NVIDIA H200 that jax cannot use: pip install "jax[cuda13]"')
    assert several == one
