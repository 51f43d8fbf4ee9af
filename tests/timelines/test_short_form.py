"""Weights in short form: as close to the whole ones as can be."""

import numpy as np
import pytest

from cnnviz.timelines.short_form import Factors, factorize, quantize

RANDOM = np.random.default_rng(3)
KERNEL = RANDOM.normal(size=(20, 12)).astype(np.float32)
INPUTS = np.maximum(RANDOM.normal(size=(60, 5)) @ RANDOM.normal(size=(5, 20)), 0).astype(np.float32)
IMPORTANCE = RANDOM.uniform(0.5, 2, 12).astype(np.float32)


@pytest.mark.parametrize("rank", [1, 3, 11])
def test_no_other_product_of_that_rank_changes_the_outputs_less(rank: int) -> None:
    factors = factorize(KERNEL, INPUTS, IMPORTANCE, rank)
    assert (factors.left.shape, factors.right.shape) == ((20, rank), (rank, 12))
    outputs = INPUTS @ KERNEL * IMPORTANCE
    best = np.sqrt((np.linalg.svd(outputs, compute_uv=False)[rank:] ** 2).sum())
    assert np.linalg.norm(INPUTS @ factors.product * IMPORTANCE - outputs) == pytest.approx(best, rel=1e-4)


def test_a_product_of_full_rank_is_the_kernel_itself() -> None:
    assert np.allclose(factorize(KERNEL, INPUTS, IMPORTANCE, 12).product, KERNEL, atol=1e-5)


@pytest.mark.parametrize("importance", [np.zeros(12, np.float32), np.eye(12, dtype=np.float32)[0]])
def test_outputs_of_no_importance_are_kept_too(importance: np.ndarray) -> None:
    assert np.allclose(factorize(KERNEL, INPUTS, importance, 12).product, KERNEL, atol=1e-2)


def test_a_number_of_eight_bits_is_within_half_a_level_of_its_channel() -> None:
    kernel = RANDOM.normal(size=(3, 3, 4, 6)).astype(np.float32) * np.array([1, 2, 30, 0.01, 0, 5], np.float32)
    whole, scale = quantize(kernel)
    assert (whole.dtype, whole.shape, scale.shape) == (np.int8, kernel.shape, (6,))
    assert (np.abs(whole * scale - kernel) <= scale / 2 * 1.0001).all()
    assert np.abs(whole).max(axis=(0, 1, 2)).tolist() == [127, 127, 127, 127, 0, 127]


def test_factors_stand_for_their_product() -> None:
    factors = Factors(np.ones((2, 1), np.float32), np.full((1, 3), 4, np.float32))
    assert np.array_equal(factors.product, np.full((2, 3), 4))
