"""The workflow: a photo of any kind in, the same true result out, for any model, any thread, any number of times."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import FolderError, ImageError, LayerNotFoundError, NetworkError
from cnnviz.base.steps import finish
from cnnviz.explorer.explorer import BATCH, Explorer
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.arithmetic import unit_arithmetic
from cnnviz.result.channel_scores import channel_effects, color_losses
from cnnviz.result.result import Result
from memory import resident_bytes
from networks import build_branches, run_layer_by_layer
from pictures import draw, encode

NUM_THREADS = 8
NUM_EXPLORATIONS = 200
GROWTH_BYTES = 24 * 2**20


@pytest.fixture(scope="module")
def explorer(network: Network) -> Explorer:
    return Explorer(network)


@pytest.fixture(scope="module")
def branches() -> Explorer:
    return Explorer(build_branches())


def assert_equal(one: Result, other: Result) -> None:
    """Compare all numbers of two results, bit by bit."""
    assert one.probabilities == other.probabilities
    for here, there in zip(one.layers, other.layers, strict=True):
        assert here.name == there.name
        np.testing.assert_array_equal(here.activation, there.activation)


# The workflow


def test_loaded_folder_answers_about_a_photo(model_folder: Path, photo: Path) -> None:
    result = cnnviz.load(model_folder)(photo)
    assert result.label in ("cat", "dog")
    assert [layer.name for layer in result.layers][-1] == "dense_2"


def test_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="No model folder at"):
        cnnviz.load(tmp_path / "nothing")


def test_embedded_model_loads_and_answers() -> None:
    explorer = cnnviz.load()
    result = explorer(draw())
    assert list(result.probabilities) == ["cat", "dog"]
    assert explorer.predict(draw()) == pytest.approx(result.probabilities, abs=1e-6)


def test_activations_are_those_of_plain_keras_for_every_layer(explorer: Explorer, photo: Path) -> None:
    result = explorer(photo)
    batch = explorer.network.preprocessing([cnnviz.load_image(photo)])
    expected = run_layer_by_layer(explorer.network.model, batch)
    assert len(expected) == len(result.layers) == 11
    for layer, activation in zip(result.layers, expected, strict=True):
        assert layer.activation.shape == layer.shape == activation.shape
        assert layer.activation.dtype == np.float32
        np.testing.assert_allclose(layer.activation, activation, atol=1e-5)


def test_every_kind_of_source_gives_the_same_result(explorer: Explorer, photo: Path) -> None:
    picture = Image.open(photo)
    sources = [photo, str(photo), photo.read_bytes(), picture, np.asarray(picture), np.asarray(picture) / 255]
    first = explorer(sources[0])
    for source in sources[1:]:
        assert_equal(explorer(source), first)


def test_list_of_photos_gives_a_list_of_the_results_of_each(explorer: Explorer, photo: Path) -> None:
    photos = [draw(seed=1), draw(300, 100, seed=2)]
    results = explorer(photos)
    assert isinstance(results, list)
    for one, source in zip(results, photos, strict=True):
        assert_equal(one, explorer(source))
    assert explorer([]) == []
    assert_equal(explorer([photo])[0], explorer(photo))


def test_several_photos_in_any_form_give_a_list_of_results(explorer: Explorer) -> None:
    photos = [draw(160, 120, seed=seed) for seed in range(3)]
    expected = [explorer(photo) for photo in photos]
    batch = np.stack([np.asarray(photo) for photo in photos])
    files = [io.BytesIO(encode(photo, "PNG")) for photo in photos]
    for several in (tuple(photos), iter(photos), batch, keras.ops.convert_to_tensor(batch), files):
        results = explorer(several)
        assert isinstance(results, list)
        for result, one in zip(results, expected, strict=True):
            assert_equal(result, one)
    (alone,) = explorer(batch[:1])
    assert_equal(alone, expected[0])
    assert explorer(()) == explorer(batch[:0]) == []


def test_answers_to_many_photos_are_those_to_each(explorer: Explorer) -> None:
    photos = [draw(40, 30, seed=seed) for seed in range(BATCH + 2)]
    answers = explorer.predict(photo for photo in photos)
    assert len(answers) == len(photos)
    for photo, answer in zip(photos[-4:], answers[-4:], strict=True):
        assert answer == pytest.approx(explorer.predict(photo), abs=1e-6)
    assert explorer.predict([]) == []


def test_predict_gives_the_probabilities_of_the_whole_result(explorer: Explorer, photo: Path) -> None:
    assert explorer.predict(photo) == pytest.approx(explorer(photo).probabilities, abs=1e-6)


def test_photo_that_cannot_be_read_is_an_error(explorer: Explorer) -> None:
    for ask in (explorer, explorer.predict):
        with pytest.raises(ImageError, match="Cannot read the picture"):
            ask(b"this is text")


# The same again


def test_same_photo_twice_gives_identical_pictures_and_numbers(explorer: Explorer, photo: Path) -> None:
    first, second = explorer(photo), explorer(photo)
    assert first.pictures() == second.pictures() == first.pictures()
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_result_outlives_the_next_photo(explorer: Explorer, photo: Path) -> None:
    result = explorer(photo)
    before = [layer.activation.copy() for layer in result.layers]
    explorer(draw(seed=9))
    for layer, activation in zip(result.layers, before, strict=True):
        np.testing.assert_array_equal(layer.activation, activation)


def test_callers_arrays_and_pictures_are_unchanged(explorer: Explorer) -> None:
    pixels = np.array(draw(200, 100))
    floats, picture = pixels.astype(np.float32) / 255, Image.fromarray(pixels)
    picture.getexif()[0x0112] = 6
    before = pixels.copy(), floats.copy(), picture.tobytes()
    result = explorer(picture)
    result.pictures()
    result["conv2d_1"].strongest(3)
    explorer(pixels)
    explorer(floats)
    np.testing.assert_array_equal(pixels, before[0])
    np.testing.assert_array_equal(floats, before[1])
    assert (picture.tobytes(), picture.size, picture.getexif()[0x0112]) == (before[2], (200, 100), 6)
    assert result.photo.size == (100, 200)


def test_eight_threads_at_once_give_the_pictures_that_one_alone_gives(model_folder: Path) -> None:
    explorer = cnnviz.load(model_folder)  # whose first picture, too, comes from eight threads
    photos = [draw(200 + 10 * seed, 150, seed) for seed in range(4)]

    def look(number: int) -> dict[str, bytes]:
        return explorer(photos[number % len(photos)]).pictures()

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        together = list(pool.map(look, range(2 * NUM_THREADS)))
    alone = [look(number) for number in range(len(photos))]
    for number, pictures in enumerate(together):
        assert pictures == alone[number % len(photos)]


def test_200_explorations_take_no_more_memory_and_trace_nothing_again(explorer: Explorer) -> None:
    photos = [draw(100 + 40 * seed, 400 - 30 * seed, seed) for seed in range(10)]
    for number in range(40):
        explorer(photos[number % len(photos)]).pictures(layers=["conv2d_3", "dense_2"])
    traces = explorer.network._passes.whole.experimental_get_tracing_count()
    before = resident_bytes()
    for number in range(NUM_EXPLORATIONS):
        explorer(photos[number % len(photos)]).pictures(layers=["conv2d_3", "dense_2"])
    assert resident_bytes() - before < GROWTH_BYTES
    assert explorer.network._passes.whole.experimental_get_tracing_count() == traces == 1


# Damaged weights


def network_with(weights: str, value: float) -> Network:
    """Give the architecture with one of its weights replaced: "dense_1/bias"."""
    model = build_model()
    (variable,) = [variable for variable in model.weights if variable.path.endswith(weights)]
    values = keras.ops.convert_to_numpy(variable).copy()
    values.flat[0] = value
    variable.assign(values)
    return Network(model, ("cat", "dog"), Preprocessing())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("weights", ["conv2d_3/kernel", "dense_1/bias"])
def test_weights_that_are_no_numbers_are_an_error_that_names_them(weights: str, value: float) -> None:
    network = network_with(weights, value)
    with pytest.raises(NetworkError, match=rf"The weights '.*{weights}' hold infinite values or NaN: the model is"):
        Explorer(network)


def test_values_beyond_all_numbers_are_an_error_that_names_the_layer() -> None:
    explorer = Explorer(network_with("dense_2/bias", 3e38))
    dense = explorer.network.model.get_layer("dense_2")
    dense.kernel.assign(np.full((512, 1), 3e38))
    with pytest.raises(NetworkError, match=r"Layer 'dense_2' produced infinite values or NaN: the model's weights are"):
        explorer(draw())
    with pytest.raises(NetworkError, match=r"Layer 'dense_2' produced infinite values or NaN"):
        explorer.predict(draw())


# Other models


def test_other_model_s_activations_are_those_of_plain_keras(branches: Explorer) -> None:
    photo = draw(90, 70)
    result, model = branches(photo), branches.network.model
    batch = branches.network.preprocessing([photo])
    assert [layer.name for layer in result.layers if "/" in layer.name] == [
        "block/depthwise",
        "block/normalized",
        "block/relu",
    ]
    assert len(result.layers) == 12
    plain = {
        layer.name: layer.output
        for layer in model.layers
        if not isinstance(layer, keras.Model | keras.layers.InputLayer)
    }
    outputs = keras.Model(model.inputs, plain)([batch], training=False)
    block = model.get_layer("block")
    inner = keras.Model(block.inputs, {f"block/{layer.name}": layer.output for layer in block.layers[1:]})
    outputs |= inner([outputs["added"]], training=False)
    assert set(outputs) == {layer.name for layer in result.layers}
    for layer in result.layers:
        expected = keras.ops.convert_to_numpy(outputs[layer.name])[0]
        assert layer.activation.shape == layer.shape
        np.testing.assert_allclose(layer.activation, expected, atol=1e-5)
        assert layer.statistics.layer_max == pytest.approx(float(expected.max()), abs=1e-5)
        assert layer.statistics.layer_mean == pytest.approx(float(expected.mean()), abs=1e-5)


def test_other_model_has_grids_captions_and_strongest_units_at_every_layer(branches: Explorer) -> None:
    result = branches(draw(90, 70))
    for layer in result.layers:
        for scale in ("channel", "layer"):
            assert layer.grid("PuOr", scale).mode == "P"
            assert layer.caption(scale).startswith(f"{layer.name} · {layer.kind}")
        for unit in layer.strongest(2):
            assert unit.activation == layer.statistics.max[unit.channel] > 0
            assert 0 <= unit.box[0] < unit.box[2] <= 56
            assert 0 <= unit.box[1] < unit.box[3] <= 40
            assert min(unit.patch.size) > 0
    assert result["signed"].grid().width <= 1216
    assert result["signed"].statistics.layer_min < 0


def test_other_model_s_answer_has_one_bar_per_class(branches: Explorer) -> None:
    result = branches(draw(90, 70))
    assert list(result.probabilities) == ["ant", "bee", "cow"]
    assert sum(result.probabilities.values()) == pytest.approx(1)
    np.testing.assert_allclose(list(result.probabilities.values()), result["answer"].activation, atol=1e-6)
    assert result["answer"].grid().height == 3 * 88
    assert branches.predict(draw(90, 70)) == pytest.approx(result.probabilities, abs=1e-6)


def test_other_model_s_result_is_saved_whole(branches: Explorer, tmp_path: Path) -> None:
    result = branches(draw(90, 70))
    result.save(tmp_path)
    names = [f"{number:02d}_{layer.name.replace('/', '_')}.png" for number, layer in enumerate(result.layers, start=1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "seen.png", "result.json"])
    written = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert [layer["name"] for layer in written["layers"]] == [layer.name for layer in result.layers]


def test_model_that_computes_in_half_precision_gives_results_too() -> None:
    policy = keras.DTypePolicy("mixed_bfloat16")
    layers = [
        keras.layers.Conv2D(4, 3, activation="relu", dtype=policy, name="conv"),
        keras.layers.Flatten(dtype=policy, name="flat"),
        keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="answer"),
    ]
    model = keras.Sequential([keras.Input((20, 30, 3)), *layers])
    result = Explorer(Network(model, ("cat", "dog"), Preprocessing(20, 30)))(draw())
    assert {layer.activation.dtype for layer in result.layers} == {np.dtype(np.float32)}
    assert len(result.pictures()) == 3
    assert Image.open(io.BytesIO(result.pictures()["conv"])).mode == "P"


# One layer's channels


def test_photo_in_black_and_white_is_the_seen_picture_without_its_colours(explorer: Explorer, photo: Path) -> None:
    in_gray, seen = explorer.in_gray(photo), np.asarray(explorer(photo).seen)
    gray = np.asarray(in_gray.seen)
    assert gray.shape == seen.shape == (150, 150, 3)
    assert (gray == gray[:, :, :1]).all()
    np.testing.assert_allclose(gray[:, :, 0], seen @ np.array([0.299, 0.587, 0.114]), atol=0.51)
    assert_equal(in_gray, explorer(in_gray.seen))


def test_channels_of_a_photo_are_those_of_its_result(explorer: Explorer, photo: Path) -> None:
    network, result, name = explorer.network, explorer(photo), "conv2d_4"
    losses = color_losses(result, explorer.in_gray(photo), name)
    assert 0 < losses.max() <= 1
    np.testing.assert_array_equal(explorer.color_losses(photo, name), losses)
    for class_name in (None, "cat", "dog"):
        effects = finish(channel_effects(network, result, name, class_name))
        np.testing.assert_allclose(explorer.effects(photo, name, class_name), effects, atol=1e-6)
    found, expected = explorer.arithmetic(photo, name, 7, 4, 9), unit_arithmetic(network, result, name, 7, 4, 9)
    assert found.to_dict() == expected.to_dict()


def test_photo_that_cannot_be_read_or_layer_that_is_not_there_is_an_error_of_channels_too(explorer: Explorer) -> None:
    for ask in (explorer.color_losses, explorer.effects, lambda *asked: explorer.arithmetic(*asked, 0, 0, 0)):
        with pytest.raises(ImageError, match="Cannot read the picture"):
            ask(b"this is text", "conv2d_1")
        with pytest.raises(LayerNotFoundError, match="No layer named 'conv9'"):
            ask(draw(), "conv9")
    with pytest.raises(ImageError, match="Cannot read the picture"):
        explorer.in_gray(b"this is text")
