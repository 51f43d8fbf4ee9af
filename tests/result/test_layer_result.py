"""One layer of one photo: its picture turned back into numbers, and its strongest units found on the photo."""

import dataclasses
import io
import json
import math

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from cnnviz.base.errors import OptionError
from cnnviz.base.figures import short
from cnnviz.drawing.answer_bar import BAR_WIDTH
from cnnviz.drawing.grid import MAX_PIXELS
from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from networks import RED_PLACE, build_branches, build_red_finder, layer_of, run_layer_by_layer
from pictures import draw, stored
from tiles import read_indices, read_tiles, recover

FEATURE_MAPS = ("conv2d_1", "max_pooling2d_1", "conv2d_2", "max_pooling2d_2", "conv2d_3", "max_pooling2d_3")
FEATURE_MAPS += ("conv2d_4", "max_pooling2d_4")
FIELDS = {"conv2d_1": (3, 1), "max_pooling2d_1": (4, 2), "conv2d_2": (8, 2), "max_pooling2d_2": (10, 4)}
FIELDS |= {"conv2d_3": (18, 4), "max_pooling2d_3": (22, 8), "conv2d_4": (38, 8), "max_pooling2d_4": (46, 16)}
FIELDS |= {"flatten_1": (46, 16), "dense_1": (142, 0), "dense_2": (142, 0)}
"""Pixels of the 150x150 picture that a unit sees, and from one unit to the next; the first starts at pixel 0."""


def draw_photo(width: int = 300, height: int = 200) -> Image.Image:
    """Draw what resembles a photograph in its statistics: noise of every coarseness."""
    random = np.random.default_rng(11)
    layers = [random.normal(size=(max(height // size, 1), max(width // size, 1), 3)) * size for size in (2, 8, 32, 64)]
    sums = np.zeros((height, width, 3))
    for values in layers:
        for channel in range(3):
            coarse = Image.fromarray(values[..., channel].astype(np.float32))
            sums[..., channel] += np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray((127.5 + 50 * sums / sums.std()).clip(0, 255).astype(np.uint8))


def read_layer(layer: LayerResult, scale: str, colormap: str = "magma") -> np.ndarray:
    """Recover a layer's feature maps from the bytes of its picture and its JSON, and from nothing else."""
    indices = read_indices(encode_png(layer.grid(colormap, scale)))
    ranges = json.loads(json.dumps(layer.to_dict(scale), allow_nan=False))["ranges"]
    return recover(read_tiles(indices, layer.feature_maps.shape), ranges)


@pytest.fixture(scope="module")
def result(network: Network) -> Result:
    return Explorer(network)(draw_photo())


@pytest.fixture(scope="module")
def panorama(network: Network) -> tuple[Image.Image, Result]:
    """A photo three times as wide as high, as a camera held sideways stores it, and what the network made of it."""
    content = stored(draw_photo(1500, 500), 6, quality=92)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    return upright, Explorer(network)(content)


@pytest.fixture(scope="module")
def branches() -> Result:
    return Explorer(build_branches())(draw(70, 90))


# Pictures back to numbers


@pytest.mark.parametrize("scale", ["channel", "layer"])
def test_every_activation_of_all_704_feature_maps_is_recovered_from_its_picture(
    result: Result, network: Network, scale: str
) -> None:
    batch = network.preprocessing([draw_photo()])
    plain = run_layer_by_layer(network.model, batch)
    pictures = result.pictures(scale=scale, layers=FEATURE_MAPS)
    described = json.loads(json.dumps(result.to_dict(scale, FEATURE_MAPS), allow_nan=False))["layers"]
    num_maps = 0
    for (name, content), description, expected in zip(pictures.items(), described, plain[:8], strict=True):
        assert name == description["name"]
        expected = np.moveaxis(expected, -1, 0)
        ranges = description["ranges"]
        recovered = recover(read_tiles(read_indices(content), expected.shape), ranges)
        spans = np.array([high - low for low, high in ranges])[:, None, None]
        assert (np.abs(recovered - expected) <= 0.002 * spans + 1e-6 * spans.max()).all()
        if scale == "channel":
            np.testing.assert_allclose(spans[:, 0, 0], expected.max(axis=(1, 2)), rtol=1e-3, atol=1e-6)
        num_maps += len(expected)
    assert num_maps == 704


@pytest.mark.parametrize("scale", ["channel", "layer"])
@pytest.mark.parametrize("name", ["signed", "pooled", "added", "last", "joined"])
def test_signed_and_branched_activations_are_recovered_too(branches: Result, name: str, scale: str) -> None:
    layer = branches[name]
    spans = np.array([high - low for low, high in layer.to_dict(scale)["ranges"]])[:, None, None]
    assert (np.abs(read_layer(layer, scale) - layer.feature_maps) <= 0.002 * spans).all()


def test_flatten_is_drawn_as_places_by_channels(result: Result) -> None:
    layer = result["flatten_1"]
    assert layer.feature_maps.shape == (128, 49, 1)
    recovered = read_layer(layer, "layer")[:, :, 0].T
    expected = layer.activation.reshape(49, 128)
    np.testing.assert_allclose(recovered, expected, atol=0.002 * expected.max())


def test_dense_layer_is_drawn_as_16_rows_of_32_units(result: Result) -> None:
    layer = result["dense_1"]
    assert (layer.layout.rows, layer.layout.columns) == (16, 32)
    expected = layer.activation
    for scale in ("layer", "channel"):  # a single unit has no maximum of its own
        np.testing.assert_allclose(read_layer(layer, scale)[:, 0, 0], expected, atol=0.002 * expected.max())


def test_sigmoid_is_a_bar_whose_boundary_stands_at_the_probability(result: Result) -> None:
    pixels = np.asarray(result["dense_2"].grid().convert("RGB"))
    orange, purple = np.array([253, 184, 99]), np.array([178, 171, 210])
    boundary = round(result.probabilities["cat"] * BAR_WIDTH)
    assert (pixels[-1, :boundary] == orange).all()
    assert (pixels[-1, boundary:] == purple).all()


def test_silent_units_of_a_dense_layer_are_hatched_and_its_strengths_are_its_activations(result: Result) -> None:
    layer = result["dense_1"]
    silent = layer.activation == 0
    assert 0 < silent.sum() < 512
    tiles = read_tiles(read_indices(encode_png(layer.grid())), (512, 1, 1))
    np.testing.assert_array_equal((tiles == 1).all(axis=(1, 2)), silent)
    np.testing.assert_allclose(layer.strengths, layer.activation / layer.activation.max(), rtol=1e-6)


def test_layer_of_single_places_shows_its_strongest_channel_in_its_thumbnail() -> None:
    layer = layer_of(np.array([2, 0, 8, 4], np.float32).reshape(4, 1, 1))
    assert layer.strengths.tolist() == [0.25, 0, 1, 0.5]
    assert set(np.asarray(layer.thumbnail(8)).ravel().tolist()) == {254}


# Colours and scale


def test_flat_map_is_drawn_at_its_value_and_only_a_zero_one_is_hatched() -> None:
    flat = np.stack([np.full((4, 5), value, np.float32) for value in (0.0, 1e-30, 3.0, 6.0)])
    tiles = read_tiles(read_indices(encode_png(layer_of(flat).grid(scale="layer"))), flat.shape)
    assert [set(each.ravel().tolist()) for each in tiles] == [{1}, {2}, {128}, {254}]
    tiles = read_tiles(read_indices(encode_png(layer_of(flat).grid(scale="channel"))), flat.shape)
    assert [set(each.ravel().tolist()) for each in tiles] == [{1}, {254}, {254}, {254}]


def test_flat_negative_map_is_drawn_at_its_value() -> None:
    flat = np.stack([np.full((4, 5), value, np.float32) for value in (-2.0, 0.0, 4.0)])
    tiles = read_tiles(read_indices(encode_png(layer_of(flat, non_negative=False).grid(scale="layer"))), flat.shape)
    assert [set(each.ravel().tolist()) for each in tiles] == [{65}, {1}, {254}]


def test_zero_is_black_however_bright_the_darkest_place() -> None:
    feature_maps = np.array([[[9, 10]], [[0, 10]]], np.float32)
    picture = layer_of(feature_maps).grid("gray").convert("RGB")
    left, _, right, _ = layer_of(feature_maps).layout.tile_box(0)
    assert min(picture.getpixel((left, 0))) > 220
    assert picture.getpixel((right + 1, 0)) == (0, 0, 0)


def test_scale_channel_uses_each_channel_s_maximum_and_scale_layer_the_largest() -> None:
    layer = layer_of(np.array([[[0, 2]], [[0, 8]]], np.float32))
    assert layer.limits().tolist() == layer.limits("channel").tolist() == [2, 8]
    assert layer.limits("layer").tolist() == [8, 8]
    assert layer.to_dict("layer")["ranges"] == [[0.0, 8.0], [0.0, 8.0]]


def test_signed_limits_are_the_larger_of_both_sides() -> None:
    layer = layer_of(np.array([[[-5, 2]], [[-1, 3]]], np.float32), non_negative=False)
    assert layer.to_dict("channel")["ranges"] == [[-5.0, 5.0], [-3.0, 3.0]]


def test_colour_map_changes_the_palette_and_not_the_indices(result: Result) -> None:
    magma, viridis = (read_indices(encode_png(result["conv2d_3"].grid(name))) for name in ("magma", "viridis"))
    np.testing.assert_array_equal(magma, viridis)
    assert result["conv2d_3"].grid("magma").getpalette() != result["conv2d_3"].grid("viridis").getpalette()


@pytest.mark.parametrize("name", ["conv2d_1", "dense_1", "dense_2"])
def test_unknown_colour_map_or_scale_is_an_error_at_every_layer(result: Result, name: str) -> None:
    with pytest.raises(OptionError, match=r"No colour map named 'jett'\. Did you mean 'jet'\?"):
        result[name].grid(colormap="jett")
    with pytest.raises(OptionError, match=r"No scale named 'chanel'\. Scales: channel, layer\. Received: scale='chan"):
        result[name].grid(scale="chanel")
    with pytest.raises(OptionError, match=r"No scale named 'chanel'"):
        result[name].to_dict(scale="chanel")


@pytest.mark.parametrize("name", ["leaking", "enlarged"])
def test_layer_that_looks_positive_and_is_not_is_drawn_as_signed(name: str) -> None:
    layers = [
        keras.layers.Conv2D(4, 3, bias_initializer=keras.initializers.Constant(-0.3)),
        keras.layers.ReLU(negative_slope=0.3, name="leaking"),
        keras.layers.ReLU(),
        keras.layers.UpSampling2D(2, interpolation="bicubic", name="enlarged"),
        keras.layers.GlobalMaxPooling2D(),
    ]
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((20, 20, 3)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    layer = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 20)))(draw())[name]
    assert layer.statistics.layer_min < 0
    limit = np.abs(layer.feature_maps).max()
    np.testing.assert_allclose(read_layer(layer, "layer"), layer.feature_maps, atol=0.004 * limit)


def test_huge_layer_is_averaged_within_the_cap_and_says_so() -> None:
    feature_maps = np.random.default_rng(0).random((8, 1300, 1300), np.float32)
    layer = layer_of(feature_maps)
    grid = layer.grid()
    assert grid.width * grid.height <= MAX_PIXELS
    assert "averaged 2×2" in layer.caption()  # noqa: RUF001
    left, top, right, bottom = layer.layout.tile_box(5)
    shown = (np.asarray(grid)[top:bottom, left:right].astype(float) - 2) / 252 * feature_maps[5].max()
    means = feature_maps[5].reshape(650, 2, 650, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(shown, means, atol=0.002)


# Captions


def test_caption_names_layer_shape_field_silence_and_scale(result: Result) -> None:
    layer = result["conv2d_4"]
    silent = int((layer.activation == 0).all(axis=(0, 1)).sum())
    start = "conv2d_4 · Conv2D, after ReLU · 15×15×128 · each unit sees 38×38 pixels"  # noqa: RUF001
    assert layer.caption() == f"{start} · {silent} of 128 channels silent · each channel from 0 to its own maximum"
    top = short(float(layer.activation.max()))
    assert layer.caption("layer") == f"{start} · {silent} of 128 channels silent · all channels from 0 to {top}"


def test_captions_of_the_other_kinds(result: Result, branches: Result) -> None:
    assert result["max_pooling2d_2"].caption().startswith("max_pooling2d_2 · MaxPooling2D · 36×36×64 · each")  # noqa: RUF001
    assert "of 512 units silent · all units from 0 to" in result["dense_1"].caption()
    assert "each unit sees 142×142 pixels" in result["dense_1"].caption()  # noqa: RUF001
    assert result["dense_2"].caption().endswith("the answer")
    assert branches["signed"].caption().endswith("0 of 3 channels silent · each channel around 0")
    assert "all channels from \N{MINUS SIGN}" in branches["signed"].caption("layer")


def test_caption_of_an_unknown_scale_is_an_error(result: Result) -> None:
    with pytest.raises(OptionError, match="No scale named 'all'"):
        result["conv2d_1"].caption("all")


# What the strongest units saw


@pytest.mark.parametrize("name", list(FIELDS))
def test_strongest_units_are_those_of_numpy_and_saw_their_receptive_field(
    panorama: tuple[Image.Image, Result], name: str
) -> None:
    upright, result = panorama
    assert upright.size == (1500, 500)
    layer = result[name]
    activation = layer.activation.reshape(7, 7, 128) if name == "flatten_1" else layer.activation
    activation = activation.reshape(*activation.shape[:-1][:2], -1) if activation.ndim == 3 else activation[None, None]
    peaks = activation.max(axis=(0, 1))
    best = sorted(range(len(peaks)), key=lambda channel: (-peaks[channel], channel))[:3]
    strongest = layer.strongest(3)
    assert [unit.channel for unit in strongest] == best[: len(strongest)]
    assert len(strongest) == min(3, np.count_nonzero(peaks > 0))
    size, stride = FIELDS[name]
    for unit in strongest:
        place = np.unravel_index(activation[..., unit.channel].argmax(), activation.shape[:2])
        row, column = (int(index) for index in place)
        assert unit.position == (None if name.startswith("dense") else (row, column))
        assert unit.activation == peaks[unit.channel]
        box = column * stride, row * stride, column * stride + size, row * stride + size
        assert unit.box == box
        left, top, right, bottom = (edge * factor for edge, factor in zip(box, (10, 500 / 150) * 2, strict=True))
        edges = left, math.floor(top), right, math.ceil(bottom - 1e-9)
        assert unit.patch.tobytes() == upright.crop(edges).tobytes()
        assert unit.patch.size == (edges[2] - edges[0], edges[3] - edges[1])


@pytest.mark.parametrize("name", ["conv2d_4", "flatten_1", "dense_1"])
def test_strongest_channels_are_distinct_and_never_silent(result: Result, name: str) -> None:
    layer = result[name]
    strongest = layer.strongest(10_000)
    channels = [unit.channel for unit in strongest]
    assert len(set(channels)) == len(channels)
    assert sorted(channels) == np.flatnonzero(layer.statistics.max > 0).tolist()
    assert layer.statistics.num_silent == len(layer.feature_maps) - len(channels)
    values = [unit.activation for unit in strongest]
    assert values == sorted(values, reverse=True)


def test_layer_that_is_silent_everywhere_has_no_strongest_unit() -> None:
    layer = layer_of(np.zeros((4, 3, 3), np.float32))
    assert layer.strongest() == []
    assert set(np.unique(layer.grid())) == {0, 1, 2}


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (7, 2)])
def test_patch_of_a_tiny_photo_has_pixels(network: Network, size: tuple[int, int]) -> None:
    photo = draw(*size)
    result = Explorer(network)(photo)
    for layer in result.layers:
        for unit in layer.strongest(2):
            assert min(unit.patch.size) >= 1
            assert unit.patch.width <= size[0]
            assert unit.patch.height <= size[1]


def test_unit_that_saw_only_padding_has_the_nearest_pixel_as_its_patch() -> None:
    dimming = keras.layers.Conv2D(1, 1, kernel_initializer="zeros", bias_initializer="ones", name="dimming")
    layers = [keras.layers.ZeroPadding2D(5), dimming, keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([keras.Input((20, 20, 3)), *layers])
    (unit,) = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 20)))(draw(60, 40))["dimming"].strongest(1)
    assert unit.position == (0, 0)
    assert unit.box == (0, 0, 0, 0)
    assert unit.patch.tobytes() == draw(60, 40).crop((0, 0, 1, 1)).tobytes()


# The planted dot


@pytest.fixture(scope="module")
def red_finder() -> Explorer:
    return Explorer(build_red_finder())


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_planted_dot_is_in_the_picture_the_box_on_the_original_photo_and_the_patch(
    red_finder: Explorer, orientation: int
) -> None:
    upright = Image.linear_gradient("L").resize((3000, 1000)).convert("RGB")
    dot = (2235, 345, 2265, 355)
    ImageDraw.Draw(upright).ellipse(dot, fill="red")
    content = stored(upright, orientation, quality=95, subsampling=0)
    result = red_finder(content)
    layer = result["conv2d_2"]

    levels = read_tiles(read_indices(encode_png(layer.grid(scale="channel"))), (64, 72, 72))[RED_PLACE]
    bright = np.argwhere(levels > 2)
    assert 1 <= len(bright) <= 6
    assert levels.max() == 254
    for row, column in bright:
        left, top, right, bottom = (
            edge * factor for edge, factor in zip(cell_box(row, column), (20, 20 / 3) * 2, strict=True)
        )
        assert left < dot[2]
        assert right > dot[0]
        assert top < dot[3]
        assert bottom > dot[1]

    (unit,) = layer.strongest(1)
    assert unit.channel == RED_PLACE
    assert levels[unit.position] == 254
    original = Image.open(io.BytesIO(content))  # still turned, as the camera stored it
    rows, columns = np.nonzero(is_red(original))
    left, top, right, bottom = layer.preprocessing.box_in_photo(unit.box, original)
    assert left <= columns.min()
    assert columns.max() < right
    assert top <= rows.min()
    assert rows.max() < bottom
    assert is_red(unit.patch).sum() == pytest.approx(len(rows) / 4, rel=0.15)  # it was read at half its sides
    assert unit.patch.size in [(80, 27), (80, 28)]


def cell_box(row: int, column: int) -> tuple[int, int, int, int]:
    """Give what a unit of conv2d_2 sees of the 150x150 picture."""
    return 2 * column, 2 * row, 2 * column + 8, 2 * row + 8


def is_red(picture: Image.Image) -> np.ndarray:
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    return pixels[..., 0] - pixels[..., 1] - pixels[..., 2] > 100


def test_layer_results_can_be_compared(result: Result) -> None:
    first, second = result["conv2d_1"], result["conv2d_2"]
    assert first != second
    assert len({first, second, first}) == 2
    assert dataclasses.replace(first) != first


def test_magnitudes_are_the_largest_of_both_sides() -> None:
    layer = layer_of(np.array([[[-5, 2]], [[-1, 3]], [[0, 0]]], np.float32), non_negative=False)
    assert layer.magnitudes.tolist() == [5, 3, 0]


def test_units_see_by_their_places_or_all_the_same(result: Result, branches: Result) -> None:
    assert result["conv2d_3"].seen == result["conv2d_3"].receptive_field
    assert result["conv2d_3"].box(2, 5) == (20, 8, 38, 26)
    assert result["flatten_1"].box(6, 1) == result["max_pooling2d_4"].box(6, 1) == (16, 96, 62, 142)
    assert result["dense_1"].box(0, 0) == (0, 0, 142, 142)
    assert branches["averaged"].box(0, 0) == branches["averaged"].seen.box(0, 0) == (0, 0, 56, 40)


def test_units_that_were_rearranged_are_said_to_see_all_that_the_layer_sees() -> None:
    layers = [keras.layers.Conv2D(4, 3), keras.layers.Reshape((40, 8), name="rearranged"), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((12, 10, 3)), *layers, keras.layers.Dense(1)])
    layer = Explorer(Network(model, ("cat", "dog"), Preprocessing(12, 10)))(draw())["rearranged"]
    assert layer.places == (40, 1)
    assert layer.box(0, 0) == layer.box(39, 0) == (0, 0, 10, 12)
