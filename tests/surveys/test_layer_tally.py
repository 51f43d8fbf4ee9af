"""A layer's numbers over photographs: those of numpy on all at once, whatever the parts and their order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.surveys.layer_survey import NOBODY
from cnnviz.surveys.layer_tally import LayerTally, measure_batch

NUM_PHOTOS, NUM_PLACES, NUM_CHANNELS, NUM_CLASSES, NUM_TOP = 60, 35, 6, 3, 9
EXACT = ("num_photos", "maximum", "maxima", "means", "top_values", "top_photos", "top_places", "sample")
SUMS = ("mean", "square", "zero_share")


@pytest.fixture(scope="module")
def maps() -> NDArray[np.float32]:
    """Activations with zeros, with equal largest ones on several photographs, and of a channel that is dead."""
    random = np.random.default_rng(6)
    maps = np.maximum(random.normal(size=(NUM_PHOTOS, NUM_PLACES, NUM_CHANNELS)), 0).round(1).astype(np.float32)
    maps[:, :, 3] = 0
    maps[:, :, 4] -= 1
    return maps


@pytest.fixture(scope="module")
def classes() -> NDArray[np.intp]:
    return np.random.default_rng(7).integers(NUM_CLASSES, size=NUM_PHOTOS)


def tally(maps: NDArray[np.float32], classes: NDArray[np.intp], parts: list[NDArray[np.intp]]) -> LayerTally:
    """Measure parts apart, each in batches of seven, and add them up."""
    whole = LayerTally.empty(NUM_CHANNELS, NUM_CLASSES, NUM_TOP)
    for part in parts:
        own = LayerTally.empty(NUM_CHANNELS, NUM_CLASSES, NUM_TOP)
        for start in range(0, len(part), 7):
            photos = part[start : start + 7]
            own.add(measure_batch(maps[photos][:, :, None]), classes[photos], photos.astype(np.int64))
        whole.merge(own)
    return whole


def test_numbers_are_numpy_s_on_all_at_once(maps: NDArray[np.float32], classes: NDArray[np.intp]) -> None:
    found = tally(maps, classes, [np.arange(NUM_PHOTOS)])
    assert found.num_photos.tolist() == np.bincount(classes).tolist()
    for index in range(NUM_CLASSES):
        expected = maps[classes == index].mean(axis=1, dtype=np.float64).sum(axis=0)
        np.testing.assert_allclose(found.mean[index], expected, rtol=1e-6, atol=1e-6)
    means = maps.mean(axis=1, dtype=np.float64)
    np.testing.assert_allclose(found.square, (means**2).sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.sample[:NUM_PHOTOS], means, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.zero_share, (maps == 0).mean(axis=1).sum(axis=0), rtol=1e-12)
    maxima = maps.max(axis=1)
    assert (found.maximum == maxima.max(axis=0)).all()
    assert (found.maxima.sum(axis=(0, 2)) == NUM_PHOTOS).all()
    for channel in range(NUM_CHANNELS):
        best = sorted(range(NUM_PHOTOS), key=lambda photo: (-maxima[photo, channel], photo))[:NUM_TOP]
        assert found.top_photos[channel].tolist() == best
        assert found.top_values[channel].tolist() == maxima[best, channel].tolist()
        assert found.top_places[channel].tolist() == maps[best, :, channel].argmax(axis=1).tolist()


@settings(max_examples=25)
@given(st.permutations(range(NUM_PHOTOS)), st.sampled_from([1, 2, 7]), st.randoms())
def test_parts_and_their_order_change_nothing(order: list[int], num_parts: int, random: object) -> None:
    draw = np.random.default_rng(8)
    maps = draw.normal(size=(NUM_PHOTOS, NUM_PLACES, NUM_CHANNELS)).round(1).astype(np.float32)
    classes = draw.integers(NUM_CLASSES, size=NUM_PHOTOS)
    expected = tally(maps, classes, [np.arange(NUM_PHOTOS)])
    edges = np.linspace(0, NUM_PHOTOS, num_parts + 1).astype(int)
    found = tally(maps, classes, [np.array(order[start:end]) for start, end in pairwise(edges)])
    for name in EXACT:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for name in SUMS:
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-12)


def test_of_few_photographs_there_are_fewer_best_ones(maps: NDArray[np.float32], classes: NDArray[np.intp]) -> None:
    found = tally(maps, classes, [np.arange(4)])
    assert (found.top_photos[:, 4:] == NOBODY).all()
    assert np.isneginf(found.top_values[:, 4:]).all()
    assert (found.top_photos[:, :4] >= 0).all()


def test_numbers_are_packed_and_unpacked(maps: NDArray[np.float32], classes: NDArray[np.intp]) -> None:
    found = tally(maps, classes, [np.arange(NUM_PHOTOS)])
    again = LayerTally.unpack(found.pack().__getitem__)
    for name in (*EXACT, *SUMS):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


@pytest.mark.parametrize(
    "shape", [(1, 1, 512), (17, 17, 128), (148, 148, 32), (149, 149, 32), (97, 89, 3), (1, 257, 64)]
)
def test_large_and_small_maps_are_measured_as_numpy_does_at_once(shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(3)
    maps = np.maximum(random.normal(size=(2, *shape)), 0).astype(np.float32)
    found = measure_batch(maps)
    assert np.array_equal(found.maximum, maps.max(axis=(1, 2)))
    np.testing.assert_allclose(found.mean, maps.mean(axis=(1, 2), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(found.zero_share, (maps == 0).mean(axis=(1, 2)), rtol=1e-12)
    channels = np.array([0, shape[2] - 1])
    assert np.array_equal(found.place(1, channels), maps[1].reshape(-1, shape[2]).argmax(axis=0)[channels])
