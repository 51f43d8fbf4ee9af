"""The precision of a run: the one that is wanted, or the one that is fast on the device."""

import re
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from numpy._core._multiarray_umath import __cpu_features__ as cpu_features

from cnnviz.training.precision import choose_precision, find_fast_bfloat16
from cnnviz.training.recipe import PRECISIONS

FLAGS = "flags\t\t: fpu avx2 avx512f {}rdpid\nbugs\t\t: none\n"


@pytest.mark.parametrize(("fast", "chosen"), [("avx512_bf16", "bfloat16"), ("", "float32")])
def test_auto_is_bfloat16_exactly_where_that_is_fast(fast: str, chosen: str) -> None:
    precision, line = choose_precision("auto", fast)
    assert precision == chosen
    assert line.startswith(f"Precision: {chosen}, as the device ")
    assert fast in line
    assert "Warning" not in line


@pytest.mark.parametrize("fast", ["avx512_bf16", ""])
@pytest.mark.parametrize("wanted", PRECISIONS)
def test_what_is_wanted_is_done_with_a_warning_where_it_is_slow(wanted: str, fast: str) -> None:
    precision, line = choose_precision(wanted, fast, kept="float32")
    assert precision == wanted
    assert line.startswith(f"Precision: {wanted}, as you chose")
    warning = "Warning: no sign was found .* avx512_bf16 or amx_bf16 .* 8.0. .* nine times as long"
    assert ("Warning" in line) == (wanted == "bfloat16" and not fast)
    assert re.search(warning, line) or "Warning" not in line


@pytest.mark.parametrize("fast", ["avx512_bf16", ""])
@pytest.mark.parametrize("kept", PRECISIONS)
def test_a_run_that_goes_on_keeps_its_precision_on_any_machine(kept: str, fast: str) -> None:
    assert choose_precision("auto", fast, kept) == (kept, f"Precision: {kept}, as the run began with it")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="with JAX no processor is fast at bfloat16")
def test_a_processor_is_fast_if_linux_lists_one_of_two_instructions(tmp_path: Path) -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("the GPU is asked, not the processor")
    cpuinfo = tmp_path / "cpuinfo"
    for flag in ("avx512_bf16", "amx_bf16"):
        cpuinfo.write_text(FLAGS.format(f"{flag} "))
        assert find_fast_bfloat16(cpuinfo) == flag
    cpuinfo.write_text(FLAGS.format("avx512_bf16_not "))
    assert find_fast_bfloat16(cpuinfo) == ""
    assert find_fast_bfloat16(tmp_path / "missing") == ""


@pytest.mark.skipif("AVX512BF16" not in cpu_features, reason="this NumPy does not ask the processor for it")
def test_this_processor_is_judged_as_numpy_judges_it() -> None:
    if keras.backend.backend() != "tensorflow" or tf.config.list_physical_devices("GPU"):
        pytest.skip("no processor is asked")
    assert bool(find_fast_bfloat16()) == cpu_features["AVX512BF16"]
