"""How many bits to compute with: what the user wants, or what is fast on the device."""

from pathlib import Path

import keras

from cnnviz.training.recipe import AUTO

CPUINFO = Path("/proc/cpuinfo")
"""The file in which Linux lists what the processor can do."""

FAST_FLAGS = ("avx512_bf16", "amx_bf16")
"""Linux's names of the instructions with which x86 processors compute with bfloat16 faster than with float32."""

FAST_CAPABILITY = (8, 0)
"""The first compute capability of NVIDIA's GPUs that has instructions for bfloat16."""

SLOW = (
    "Warning: no sign was found that the device computes fast with bfloat16, as with {flags} or a GPU of compute "
    "capability {capability}. On a processor without it, a step takes nine times as long as with --precision float32."
)


def choose_precision(wanted: str, fast: str, kept: str | None = None) -> tuple[str, str]:
    """Choose the precision of a run.

    Args:
        wanted: "float32", "bfloat16" or "auto".
        fast: What makes bfloat16 fast on the device, as `find_fast_bfloat16` says it; "" if nothing does.
        kept: The precision of the run that is to go on; None if it begins.

    Returns:
        "float32" or "bfloat16", and a line for the user: what was chosen and why.

    Example:
        >>> choose_precision("auto", fast="avx512_bf16")
        ('bfloat16', 'Precision: bfloat16, as the device computes fast with it (avx512_bf16)')
    """
    if wanted == AUTO and kept:
        return kept, f"Precision: {kept}, as the run began with it"
    if wanted == AUTO and fast:
        return "bfloat16", f"Precision: bfloat16, as the device computes fast with it ({fast})"
    if wanted == AUTO:
        return "float32", "Precision: float32, as the device is not known to compute faster with bfloat16"
    slow = wanted == "bfloat16" and not fast
    capability = ".".join(map(str, FAST_CAPABILITY))
    warning = f". {SLOW.format(flags=' or '.join(FAST_FLAGS), capability=capability)}" if slow else ""
    return wanted, f"Precision: {wanted}, as you chose{warning}"


def find_fast_bfloat16(cpuinfo: Path = CPUINFO) -> str:
    """Find out what makes bfloat16 faster than float32 on the device that Keras's backend uses.

    Args:
        cpuinfo: The file in which Linux lists what the processor can do; elsewhere there is none.

    Returns:
        An instruction of the processor, a compute capability or an accelerator; "" if nothing is known to. With JAX,
        no processor is: it was measured to be a tenth slower where TensorFlow is twice as fast.
    """
    if keras.backend.backend() == "jax":
        import jax

        kinds = {_jax_capability(device) for device in jax.devices()}
        return "" if "" in kinds else ", ".join(sorted(kinds))
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return _find_flag(cpuinfo)
    details = (tf.config.experimental.get_device_details(gpu) for gpu in gpus)
    return _describe_capability(min(each.get("compute_capability") or (0, 0) for each in details))


def _jax_capability(device: object) -> str:
    """Say what makes bfloat16 fast on one of JAX's devices; "" if nothing does."""
    platform = getattr(device, "platform", "")
    if platform == "gpu":
        major, _, minor = str(getattr(device, "compute_capability", "0.0")).partition(".")
        return _describe_capability((int(major), int(minor))) if major.isdigit() and minor.isdigit() else ""
    return "TPU" if platform == "tpu" else ""


def _describe_capability(capability: tuple[int, int]) -> str:
    """Name a compute capability, if bfloat16 is fast with it."""
    return f"compute capability {capability[0]}.{capability[1]}" if capability >= FAST_CAPABILITY else ""


def _find_flag(cpuinfo: Path) -> str:
    """Name the instruction of the processor that makes bfloat16 fast; "" if there is none or nobody tells."""
    try:
        flags = set(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:
        return ""
    return next((flag for flag in FAST_FLAGS if flag in flags), "")
