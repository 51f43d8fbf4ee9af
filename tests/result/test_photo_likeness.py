"""How much feature maps look like a picture."""

import numpy as np
import pytest
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.receptive_field import input_field
from cnnviz.result.photo_likeness import integrate, likeness, sketch
from pictures import draw

FIELD = input_field(60, 80)


def gray_maps(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L"), np.float32)[None]


def test_picture_looks_like_itself_and_its_negative_and_less_like_another() -> None:
    one, other = draw(80, 60, seed=1), draw(80, 60, seed=2)
    sketches = [sketch(integrate(one), FIELD), sketch(integrate(other), FIELD)]
    for maps in (gray_maps(one), 255 - gray_maps(one), 1e-30 * gray_maps(one), 1e30 * gray_maps(one)):
        own, another = likeness(maps, sketches)
        assert own == pytest.approx(1, abs=1e-4)
        assert another < 0.8


def test_map_of_the_edges_is_like_the_picture_too() -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[20:40, 20:60] = 200
    picture = Image.fromarray(pixels)
    edges = np.hypot(*np.gradient(gray_maps(picture)[0]))
    assert likeness(edges[None], [sketch(integrate(picture), FIELD)]) == pytest.approx([1], abs=1e-4)


def test_likeness_is_the_mean_over_channels_of_the_larger_correlation(explorer: Explorer) -> None:
    result = explorer(draw(seed=3))
    for name in ("conv2d_1", "max_pooling2d_2", "conv2d_4"):
        layer = result[name]
        gray = np.asarray(result.seen.convert("L"), np.float64)
        sides = []
        for pixels in (gray, np.hypot(*np.gradient(gray))):
            means = np.empty(layer.shape[:2])
            for row, column in np.ndindex(means.shape):
                left, top, right, bottom = layer.receptive_field.box(row, column)
                means[row, column] = pixels[top:bottom, left:right].mean()
            sides.append(means.ravel())
        maps = [maps.ravel() for maps in layer.feature_maps.astype(np.float64) if maps.std() > 0]
        expected = np.mean([max(abs(np.corrcoef(one, side)[0, 1]) for side in sides) for one in maps])
        assert likeness(layer.feature_maps, [sketch(integrate(result.seen), layer.receptive_field)]) == pytest.approx(
            [expected], abs=1e-4
        )


def test_flat_maps_and_flat_pictures_are_like_nothing() -> None:
    flat = sketch(integrate(Image.new("RGB", (80, 60), "gray")), FIELD)
    assert likeness(gray_maps(draw(80, 60)), [flat]) == [0]
    assert likeness(np.full((3, 60, 80), 0.1, np.float32), [sketch(integrate(draw(80, 60)), FIELD)]) == [0]
