"""A network's layers over photographs: what the explorer says of each, whatever the parts."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.surveys.photo_batch import PhotoBatch
from cnnviz.surveys.tally import MAX_APART, Tally, surveyed_layers
from networks import build_branches, build_multi_label, build_small
from pictures import draw

NUM_PHOTOS, NUM_TOP, SIZE = 12, 3, 4


@pytest.fixture(scope="module", params=[build_small, build_branches], ids=lambda build: build.__name__)
def network(request: pytest.FixtureRequest) -> Network:
    made: Network = request.param()
    return made


@pytest.fixture(scope="module")
def pictures(network: Network) -> list[Image.Image]:
    return [network.preprocessing.resize(draw(90, 60, seed=seed)) for seed in range(NUM_PHOTOS)]


def measure(
    network: Network, pictures: list[Image.Image], firsts: range, names: tuple[str, ...], missing: int = -1
) -> Tally:
    """Measure the batches that begin with these photographs; the classes take turns."""
    tally = Tally(network, names, NUM_PHOTOS, NUM_TOP)
    for first in firsts:
        pixels = np.stack(
            [np.asarray(each).reshape(network.preprocessing.shape) for each in pictures[first : first + SIZE]]
        )
        places = [place for place in range(SIZE) if first + place != missing]
        classes = {place: names[(first + place) % len(names)] for place in places}
        skipped = {} if len(places) == SIZE else {str(missing): "It is damaged."}
        pixels[[place for place in range(SIZE) if place not in places]] = 0
        tally.add(PhotoBatch(first, pixels, {place: str(first + place) for place in places}, classes, skipped, SIZE))
    return tally


def test_numbers_are_those_of_the_explorer(network: Network, pictures: list[Image.Image]) -> None:
    names = network.class_names
    found = measure(network, pictures, range(0, NUM_PHOTOS, SIZE), names)
    results = [Explorer(network)(picture) for picture in pictures]
    for layer in surveyed_layers(network):
        maps = np.stack([result[layer.name].feature_maps for result in results])
        maxima = maps.max(axis=(2, 3))
        numbers = found.layers[layer.name]
        np.testing.assert_allclose(numbers.maximum, maxima.max(axis=0), rtol=1e-4, atol=1e-6)
        expected = [maps[index :: len(names)].mean(axis=(2, 3)).sum(axis=0) for index in range(len(names))]
        np.testing.assert_allclose(numbers.mean, expected, rtol=1e-4, atol=1e-5)
        best = np.take_along_axis(maxima, numbers.top_photos.T, axis=0)
        np.testing.assert_allclose(numbers.top_values, best.T, rtol=1e-4, atol=1e-6)
        for channel, (photos, places) in enumerate(zip(numbers.top_photos, numbers.top_places, strict=True)):
            for photo, place, value in zip(photos, places, numbers.top_values[channel], strict=True):
                assert maps[photo, channel].ravel()[place] == pytest.approx(value, rel=1e-4, abs=1e-6)


def test_answers_are_those_of_the_explorer(network: Network, pictures: list[Image.Image]) -> None:
    names = network.class_names
    found = measure(network, pictures, range(0, NUM_PHOTOS, SIZE), names).answers
    results = [Explorer(network)(picture) for picture in pictures]
    expected = np.zeros((len(names), len(names)), int)
    for number, result in enumerate(results):
        expected[number % len(names), names.index(result.label)] += 1
    assert found.confusion.tolist() == expected.tolist()
    own = {number: result.probabilities[names[number % len(names)]] for number, result in enumerate(results)}
    wrong = [number for number in own if results[number].label != names[number % len(names)]]
    assert [number for _, number in found.wrong] == sorted(wrong, key=lambda number: own[number])
    assert {number: each.own_probability for number, each in found.answers.items()} == pytest.approx(own, rel=1e-4)


def test_parts_are_the_whole_bit_for_bit(network: Network, pictures: list[Image.Image]) -> None:
    whole = measure(network, pictures, range(0, NUM_PHOTOS, SIZE), network.class_names, missing=5)
    parts = [measure(network, pictures, range(first, first + 1), network.class_names, missing=5) for first in (8, 0, 4)]
    joined = Tally(network, network.class_names, NUM_PHOTOS, NUM_TOP)
    joined.unpack(parts[0].pack())
    for part in parts[1:]:
        joined.merge(part)
    assert joined.skipped == whole.skipped == {"5": "It is damaged."}
    assert joined.answers.confusion.tolist() == whole.answers.confusion.tolist()
    assert (joined.answers.wrong, joined.answers.unsure) == (whole.answers.wrong, whole.answers.unsure)
    for name, numbers in whole.layers.items():
        other = joined.layers[name]
        np.testing.assert_allclose(other.mean, numbers.mean, rtol=1e-9, atol=1e-12)
        for exact in ("num_photos", "maxima", "means", "top_values", "top_photos", "top_places", "sample"):
            np.testing.assert_array_equal(getattr(other, exact), getattr(numbers, exact))


def test_many_classes_are_not_told_apart(network: Network, pictures: list[Image.Image]) -> None:
    names = tuple(f"class {number}" for number in range(MAX_APART + 1))
    found = measure(network, pictures, range(0, NUM_PHOTOS, SIZE), names)
    assert not found.is_told_apart
    for numbers in found.layers.values():
        assert numbers.num_photos.sum() == NUM_PHOTOS
        assert numbers.maxima.shape[0] == 1
        assert (numbers.maxima.sum(axis=(0, 2)) == NUM_PHOTOS).all()
    assert not found.answers.wrong  # the network knows none of these classes


def test_where_each_class_is_a_yes_or_no_nothing_is_confused() -> None:
    network = build_multi_label()
    pictures = [network.preprocessing.resize(draw(90, 60, seed=seed)) for seed in range(SIZE)]
    found = measure(network, pictures, range(1), network.class_names)
    assert found.answers.confusion.shape == (0, 3)
    assert not found.answers.unsure
