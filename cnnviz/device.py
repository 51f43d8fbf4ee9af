"""What the network is computed on."""

import os
import platform

import keras


def describe_device() -> str:
    """Name the accelerators that the backend uses, or the processor.

    Returns:
        A phrase such as "CPU (2 cores) with tensorflow".
    """
    backend = keras.backend.backend()
    accelerators = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if accelerators:
        return f"{', '.join(accelerators)} with {backend}"
    return f"CPU ({os.cpu_count()} cores, {platform.machine()}) with {backend}"
