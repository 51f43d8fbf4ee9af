"""One photo's result: the answer, the layers, the files it writes and the memory it takes."""

import copy
import io
import json
import pickle
import tracemalloc
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from cnnviz.base.errors import LayerNotFoundError, OptionError
from cnnviz.base.figures import percent
from cnnviz.base.steps import finish
from cnnviz.drawing.answer_bar import BAR_HEIGHT, LABEL_HEIGHT
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import EACH_ALONE, NO_CLASS
from cnnviz.network.network import Network
from cnnviz.result.comparison import Comparison
from cnnviz.result.result import Result
from cnnviz.why.explain import explain_each
from memory import resident_bytes
from networks import build_multi_label
from pictures import draw
from tiles import read_indices

NAMES = ["conv2d_1", "max_pooling2d_1", "conv2d_2", "max_pooling2d_2", "conv2d_3", "max_pooling2d_3", "conv2d_4"]
NAMES += ["max_pooling2d_4", "flatten_1", "dense_1", "dense_2"]
ROUNDING = 1e-6


@pytest.fixture(scope="module")
def result(network: Network, photo: Path) -> Result:
    return Explorer(network)(photo)


# The answer


def test_label_is_the_most_probable_class_and_probabilities_sum_to_one(result: Result) -> None:
    assert list(result.probabilities) == ["cat", "dog"]
    assert sum(result.probabilities.values()) == pytest.approx(1)
    assert result.probabilities[result.label] == max(result.probabilities.values())
    assert result.probabilities["dog"] == pytest.approx(float(result["dense_2"].activation[0]), abs=1e-6)


def test_logit_is_the_one_before_the_sigmoid(result: Result) -> None:
    assert result.logits.shape == (1,)
    assert 1 / (1 + np.exp(-result.logits[0])) == pytest.approx(result.probabilities["dog"], abs=1e-6)


def test_seen_is_the_picture_that_the_network_was_fed(result: Result, network: Network) -> None:
    assert (result.seen.size, result.seen.mode) == ((150, 150), "RGB")
    batch = np.asarray(result.seen, np.float32)[None] / np.float32(255)
    np.testing.assert_array_equal(network.preprocessing([result.photo]), batch)
    np.testing.assert_allclose(network.logits(batch)[0], result.logits, atol=1e-6)


# The layers


def test_layers_are_found_by_name_and_in_the_order_of_computation(result: Result) -> None:
    assert [layer.name for layer in result.layers] == NAMES
    for layer in result.layers:
        assert result[layer.name] is layer


@pytest.mark.parametrize("name", ["conv9", "conv2d", "CONV2D_1", ""])
def test_unknown_layer_is_an_error_that_lists_the_names(result: Result, name: str) -> None:
    message = (
        rf"No layer named '{name}'\. Layers: conv2d_1, max_pooling2d_1, .*, dense_2\. Received: layer_name='{name}'"
    )
    with pytest.raises(LayerNotFoundError, match=message):
        result[name]
    with pytest.raises(LayerNotFoundError, match=message):
        result.pictures(layers=["conv2d_1", name])
    with pytest.raises(LayerNotFoundError, match=message):
        result.to_dict(layers=[name])


def test_result_is_a_collection_of_its_layers(result: Result) -> None:
    assert list(result) == list(result.layers)
    assert len(result) == len(NAMES)
    assert bool(result)
    for index, layer in enumerate(result):
        assert result[index] is result[index - len(NAMES)] is result[np.int64(index)] is layer
        assert layer in result
        assert layer.name in result
    for other in ("conv9", "conv2d", "", 0, None):
        assert other not in result


def test_layer_of_another_result_is_not_in_it(result: Result, network: Network) -> None:
    assert Explorer(network)(draw(20, 20))[0] not in result


@pytest.mark.parametrize("place", [11, -12, 10**9])
def test_place_without_a_layer_is_an_error_that_tells_how_many_there_are(result: Result, place: int) -> None:
    with pytest.raises(LayerNotFoundError, match=rf"There are 11 layers, 0 to 10\. Received: layer={place}\."):
        result[place]


def test_activations_cannot_be_written_to(result: Result) -> None:
    for layer in result.layers:
        for values in (layer.feature_maps, layer.activation):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 1


def test_asked_layers_are_drawn_in_the_asked_order(result: Result) -> None:
    assert list(result.pictures(layers=["dense_1", "conv2d_4"])) == ["dense_1", "conv2d_4"]
    assert list(result.pictures()) == NAMES
    assert [layer["name"] for layer in result.to_dict(layers=["dense_1", "conv2d_4"])["layers"]] == [
        "dense_1",
        "conv2d_4",
    ]


def test_every_picture_is_an_indexed_png(result: Result) -> None:
    for content in result.pictures(scale="layer").values():
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.mode) == ("PNG", "P")


def test_pictures_are_the_grids(result: Result) -> None:
    for name, content in result.pictures("viridis", "layer").items():
        grid = result[name].grid("viridis", "layer")
        assert Image.open(io.BytesIO(content)).convert("RGB").tobytes() == grid.convert("RGB").tobytes()


@pytest.mark.parametrize("scale", ["channel", "layer"])
def test_result_is_plain_json(result: Result, scale: str) -> None:
    values = json.loads(json.dumps(result.to_dict(scale), allow_nan=False))
    assert values["label"] == result.label
    assert values["probabilities"] == result.probabilities
    assert [layer["name"] for layer in values["layers"]] == NAMES
    assert values["layers"][2]["shape"] == [72, 72, 64]
    assert values["layers"][2]["num_parameters"] == 18_496
    assert values["layers"][2]["receptive_field"] == {"size": 8, "stride": 2, "start": 0}
    assert len(values["layers"][2]["ranges"]) == 64


# Files


def test_save_writes_one_picture_per_layer_the_seen_one_and_the_numbers(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    result.save(folder, colormap="viridis", scale="layer")
    pictures = [f"{number:02d}_{name}.png" for number, name in enumerate(NAMES, start=1)]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*pictures, "seen.png", "result.json"])
    expected = result.pictures("viridis", "layer")
    assert [(folder / name).read_bytes() for name in pictures] == list(expected.values())
    assert Image.open(folder / "seen.png").tobytes() == result.seen.tobytes()
    written = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(result.to_dict("layer")))


def test_saving_twice_replaces_the_files(result: Result, tmp_path: Path) -> None:
    result.save(str(tmp_path))
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "seen.png").write_bytes(b"old")
    result.save(str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_save_with_an_unknown_option_writes_nothing(result: Result, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="No colour map named 'jett'"):
        result.save(tmp_path / "out", colormap="jett")
    with pytest.raises(OptionError, match="No scale named 'photo'"):
        result.save(tmp_path / "out", scale="photo")
    assert not (tmp_path / "out").exists()


# Memory


def test_nbytes_are_what_the_activations_take(network: Network) -> None:
    explorer = Explorer(network)
    photo = draw(10, 10)
    explorer(photo)
    tracemalloc.start()
    result = explorer(photo)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.nbytes == pytest.approx(taken + 4 * (10 * 10 + 150 * 150), rel=0.01)


def test_nbytes_include_the_photo(network: Network) -> None:
    explorer = Explorer(network)
    photo = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    explorer(photo)
    small = explorer(photo.resize((10, 10)))
    before = resident_bytes()
    results = [explorer(photo) for _ in range(8)]
    assert results[0].nbytes - small.nbytes == 4 * (1600 * 1200 - 10 * 10)
    # allocators differ in what they keep and give back, but eight photos are eight photos
    assert resident_bytes() - before == pytest.approx(sum(result.nbytes for result in results), rel=0.4)


# The blind strip


def test_last_8_rows_and_columns_are_seen_by_the_first_layer_and_never_reach_the_answer(network: Network) -> None:
    explorer = Explorer(network)
    pixels = np.array(draw(150, 150))
    strip = pixels.copy()
    strip[-8:] = 255 - strip[-8:]
    strip[:, -8:] = np.random.default_rng(0).integers(0, 256, (150, 8, 3))
    first, second = explorer(pixels), explorer(strip)
    one, other = first.pictures(), second.pictures()
    assert one["conv2d_1"] != other["conv2d_1"]
    assert one["conv2d_4"] != other["conv2d_4"]
    for name in ("max_pooling2d_4", "flatten_1", "dense_1", "dense_2"):
        np.testing.assert_allclose(second[name].activation, first[name].activation, rtol=0, atol=ROUNDING)
        difference = read_indices(other[name]).astype(int) - read_indices(one[name])
        assert np.abs(difference).max() <= 1  # a level: what is rounded in another way may be on its other side
    np.testing.assert_allclose(second.logits, first.logits, rtol=0, atol=ROUNDING)


def test_ninth_last_row_or_column_does_reach_the_answer(network: Network) -> None:
    explorer = Explorer(network)
    pixels = np.array(draw(150, 150))
    row, column = pixels.copy(), pixels.copy()
    row[-9], column[:, -9] = 255 - row[-9], 255 - column[:, -9]
    logit = explorer(pixels).logits
    assert abs(explorer(row).logits - logit) > 10 * ROUNDING
    assert abs(explorer(column).logits - logit) > 10 * ROUNDING


def test_results_can_be_compared_and_kept_in_a_set(network: Network, result: Result) -> None:
    other = Explorer(network)(draw())
    assert result != other
    assert len({result, other, result}) == 2


@pytest.mark.parametrize("num_classes", [2, 5])
def test_each_class_of_a_multi_label_network_is_answered_on_its_own(num_classes: int) -> None:
    explorer = Explorer(build_multi_label(num_classes))
    result, names = explorer(draw(80, 60)), explorer.network.class_names
    own = keras.ops.convert_to_numpy(explorer.network.model(result.pixels[None]))[0]
    assert list(result.probabilities.values()) == pytest.approx(own.tolist(), abs=1e-6)
    assert explorer.predict(draw(80, 60)) == pytest.approx(result.probabilities)
    assert result.label == names[own.argmax()]
    assert result.labels == tuple(names[index] for index in np.argsort(-own) if own[index] > 0.5)
    assert len(result.labels) > 1
    assert result.answer.startswith(f"{result.label} {percent(own.max())}")
    assert repr(result) == f"<Result: {result.answer}, 4 layers>"
    assert replace(result, probabilities=dict.fromkeys(names, 0.5)).answer == NO_CLASS
    assert EACH_ALONE in result._repr_html_()
    assert sum(result.probabilities.values()) > 1
    assert result.layers[-1].grid().height == num_classes * (BAR_HEIGHT + LABEL_HEIGHT)
    for name, logit in zip(names, result.logits, strict=True):
        contributions = result.contributions(name)
        assert contributions.values.sum() + contributions.bias == pytest.approx(float(logit), abs=1e-5)
    ablation = explorer.ablate(draw(80, 60), {"averaged": range(8)})
    biases = keras.ops.convert_to_numpy(explorer.network.model.get_layer("answer").bias)
    assert list(ablation.probabilities.values()) == pytest.approx((1 / (1 + np.exp(-biases))).tolist())


def test_maps_of_two_classes_that_are_a_yes_or_no_each_are_no_opposites() -> None:
    network = build_multi_label(2)
    result = Explorer(network)(draw(80, 60))
    own = [result.explain("hires_cam", name) for name in network.class_names]
    maps = finish(explain_each(network, result.pixels, "hires_cam", network.class_names))
    for one, other in zip(own, maps, strict=True):
        assert (one.side, other.side) == (None, None)
        np.testing.assert_array_equal(one.values, other.values)
    assert np.abs(own[0].values + own[1].values).max() > 1e-4
    deletion = result.trust(own[0]).deletion
    assert deletion.probabilities[0] == pytest.approx(result.probabilities["indoors"], abs=1e-6)


# Pickled and copied


def assert_same(one: Result, other: Result) -> None:
    """Compare two results in all that they show."""
    assert other.pictures("viridis", "layer") == one.pictures("viridis", "layer")
    assert other.to_dict() == one.to_dict()
    assert (other.photo.tobytes(), other.seen.tobytes()) == (one.photo.tobytes(), one.seen.tobytes())
    for here, there in zip(one, other, strict=True):
        np.testing.assert_array_equal(there.activation, here.activation)
        assert not there.feature_maps.flags.writeable
        assert (there.source and there.source.name) == (here.source and here.source.name)
        assert there.source is None or there.source in other


def test_pickled_result_is_the_same_and_explains(small_explorer: Explorer) -> None:
    result = small_explorer(draw())
    other = pickle.loads(pickle.dumps(result))
    assert_same(result, other)
    for method in ("hires_cam", "saliency"):
        one, two = (each.explain(method) for each in (result, other))
        np.testing.assert_allclose(one.values, two.values, atol=1e-5)
    assert other.contributions().strongest() == result.contributions().strongest()
    assert Comparison(result, other).ranking("conv2d_4") == list(range(128))  # one network, by its fingerprint


def test_copied_result_shares_the_network_and_nothing_else(small_explorer: Explorer) -> None:
    result = small_explorer(draw())
    other = copy.deepcopy(result)
    assert_same(result, other)
    assert other.network is result.network
    for here, there in zip(result, other, strict=True):
        assert there is not here
        assert not np.shares_memory(there.feature_maps, here.feature_maps)
        assert there.photo is other.photo is not result.photo


def test_results_that_are_pickled_together_have_one_network(small_explorer: Explorer) -> None:
    results = small_explorer([draw(), draw(seed=1)])
    one, two = pickle.loads(pickle.dumps(results))
    assert one.network is two.network
    assert len(pickle.dumps(results)) < 1.7 * len(pickle.dumps(results[0]))
    pair = pickle.loads(pickle.dumps(Comparison(*results)))
    assert pair.first.network is pair.second.network
    assert pair.picture("conv2d_4").tobytes() == Comparison(*results).picture("conv2d_4").tobytes()


def test_result_of_many_layers_is_pickled_and_copied_without_recursion(small_explorer: Explorer) -> None:
    result = small_explorer(draw())
    layers = [result["conv2d_4"]]
    for number in range(1000):
        layer = replace(layers[-1].layer, name=f"conv_{number}", inputs=(layers[-1].name,))
        layers.append(replace(layers[-1], layer=layer, source=layers[-1]))
    result = replace(result, layers=(*result.layers[:6], *layers))
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert len(other) == len(result)
        assert other[-1].source is other[-2]


def test_layer_and_channel_alone_are_pickled_without_the_layers_before(result: Result) -> None:
    for again in (lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy):
        layer = again(result["max_pooling2d_2"])
        assert layer.source is None
        assert layer.grid().tobytes() == result["max_pooling2d_2"].grid().tobytes()
        assert layer.caption() == result["max_pooling2d_2"].caption()
        channel = again(result.channel("conv2d_3", 5))
        assert channel.picture().tobytes() == result.channel("conv2d_3", 5).picture().tobytes()
        map_ = again(result.explain("hires_cam"))
        assert map_.overlay(result.seen).tobytes() == result.explain("hires_cam").overlay(result.seen).tobytes()
    assert len(pickle.dumps(result["conv2d_4"])) < 2 * result["conv2d_4"].feature_maps.nbytes + 10**6
