"""What the network is computed on, in words."""

import os
import platform
import re
import subprocess
from collections import Counter

import keras

from cnnviz.training.devices import Devices

REMEDIES = {
    "tensorflow": 'pip install "tensorflow[and-cuda]". If it is installed, TF_CPP_MIN_LOG_LEVEL=0 shows the reason',
    "jax": 'pip install "jax[cuda13]", or "jax[cuda12]" for a driver older than 580',
}
"""The advice for each backend on how to make it use NVIDIA's GPUs."""

DRIVER_SECONDS = 30
"""Timeout of the question to NVIDIA's driver: one that wakes up is slow, and one may hang."""


def describe_device(devices: Devices) -> str:
    """Name the accelerators that are trained on, or the processor.

    Args:
        devices: What was chosen.

    Returns:
        A phrase such as "2 x NVIDIA A100 with jax" or "CPU (2 cores, x86_64) with tensorflow".
    """
    names = Counter(_accelerators()[: devices.number])
    cpu = f"CPU ({os.cpu_count()} cores, {platform.machine()})"
    described = ", ".join(name if number == 1 else f"{number} x {name}" for name, number in names.items()) or cpu
    together = f" in {devices.num_processes} processes" if devices.num_processes > 1 else ""
    return f"{described}{together} with {keras.backend.backend()}"


def advise(devices: Devices) -> str:
    """Say how to use the accelerators that are not used.

    Args:
        devices: What was chosen.

    Returns:
        A sentence, or "" where nothing is to be said.
    """
    usable = len(_accelerators())
    if usable > devices.number:
        return f"{usable - devices.number} more can be used with --devices all."
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1") or os.environ.get("JAX_PLATFORMS") == "cpu"
    gpus = [] if usable or hidden else find_gpus()
    if not gpus:
        return ""
    backend = keras.backend.backend()
    return f"There is an {gpus[0]} that {backend} cannot use: {REMEDIES[backend]}."


def find_gpus() -> list[str]:
    """Ask NVIDIA's driver for its GPUs, whatever the backend knows of them.

    Returns:
        Their names; none where there is no driver.
    """
    try:
        command = ["nvidia-smi", "--list-gpus"]
        listing = subprocess.run(command, capture_output=True, text=True, timeout=DRIVER_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"^GPU \d+: (.+?) \(UUID", listing, re.MULTILINE)


def _accelerators() -> list[str]:
    """Name what the backend can compute on besides the processor."""
    if keras.backend.backend() == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
