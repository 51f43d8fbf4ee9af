"""The functions behind page and API, without a server."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import pytest
from PIL import Image

import cnnviz
from cnnviz.base.errors import CnnvizError, ImageError, LayerNotFoundError, OptionError, StoppedError
from cnnviz.base.names import MAX_NAME_LENGTH
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.architecture import build_model
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.serving.endpoints import Endpoints
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_photos import SeenPhotos
from networks import LAYERS
from pictures import draw, encode

NUM_THREADS = 4


@pytest.fixture
def endpoints(explorer: Explorer, tmp_path: Path) -> Endpoints:
    """The functions with an empty cache and folder."""
    return Endpoints(SeenPhotos(explorer, ResultCache(2**26)), tmp_path / "pictures")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the functions tell the operator."""
    caplog.set_level(logging.INFO, "cnnviz")
    return caplog


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_prediction_is_the_librarys_and_draws_nothing(endpoints: Endpoints, explorer: Explorer, photo: Path) -> None:
    assert endpoints.predict(photo) == explorer.predict(photo)
    assert endpoints.predict(photo.read_bytes()) == explorer.predict(photo)
    assert files(endpoints.folder) == []
    assert endpoints.photos.results.num_bytes == 0


def test_every_layer_is_written_as_a_file_with_its_caption_and_size(endpoints: Endpoints, photo: Path) -> None:
    shown = endpoints.visualize(photo)
    assert [picture.name for picture in shown.pictures] == list(LAYERS)
    for number, picture in enumerate(shown.pictures, start=1):
        assert picture.path.is_relative_to(endpoints.folder)
        assert picture.path.name == f"{number:02d}_{picture.name}.png"
        assert picture.caption == shown.result[picture.name].caption("channel")
        with Image.open(picture.path) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "P", picture.size)
    assert len(files(endpoints.folder)) == len(LAYERS)


def test_files_hold_the_librarys_bytes(endpoints: Endpoints, explorer: Explorer, photo: Path) -> None:
    shown = endpoints.visualize(photo, "viridis", "layer", ["dense_1", "conv2d_2"])
    expected = explorer(photo).pictures("viridis", "layer", ["dense_1", "conv2d_2"])
    assert {picture.name: picture.path.read_bytes() for picture in shown.pictures} == expected
    assert [picture.caption for picture in shown.pictures] == [shown.result[name].caption("layer") for name in expected]


def test_statistics_are_plain_json_of_the_asked_layers(endpoints: Endpoints, explorer: Explorer, photo: Path) -> None:
    statistics = endpoints.visualize(photo, scale="layer", layers=["conv2d_3", "conv2d_1"]).statistics()
    assert json.loads(json.dumps(statistics)) == explorer(photo).to_dict("layer", ["conv2d_3", "conv2d_1"])
    assert [layer["name"] for layer in statistics["layers"]] == ["conv2d_3", "conv2d_1"]


def test_each_call_writes_into_a_fresh_folder(endpoints: Endpoints, photo: Path) -> None:
    first, second = (endpoints.visualize(photo, layers=["conv2d_1"]).pictures[0].path for _ in range(2))
    assert first.parent != second.parent
    assert first.read_bytes() == second.read_bytes()


def test_layer_asked_for_twice_comes_once(endpoints: Endpoints, photo: Path) -> None:
    shown = endpoints.visualize(photo, layers=["dense_2", "conv2d_1", "dense_2"])
    assert [picture.name for picture in shown.pictures] == ["dense_2", "conv2d_1"]
    assert [layer["name"] for layer in shown.statistics("summary")["layers"]] == ["dense_2", "conv2d_1"]


def test_second_look_needs_no_forward_pass(
    endpoints: Endpoints, photo: Path, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    first = endpoints.visualize(photo, layers=["conv2d_1"])
    copy = tmp_path / "the same photo.jpg"
    copy.write_bytes(photo.read_bytes())
    second = endpoints.visualize(copy, "gray", "layer", ["conv2d_1"])
    assert second.result is first.result
    assert ["forward pass" in message for message in log.messages] == [True, False]
    assert "from memory" in log.messages[1]


def test_other_colours_from_memory_equal_a_fresh_drawing(endpoints: Endpoints, explorer: Explorer, photo: Path) -> None:
    endpoints.visualize(photo)
    for colormap, scale in [("cividis", "channel"), ("magma", "layer"), ("magma", "channel")]:
        shown = endpoints.visualize(photo, colormap, scale)
        fresh = explorer(photo).pictures(colormap, scale)
        assert [picture.path.read_bytes() for picture in shown.pictures] == list(fresh.values())


def test_other_photo_of_the_same_name_is_looked_at_anew(
    endpoints: Endpoints, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    path, labels = tmp_path / "photo.png", []
    for seed in (1, 2):
        path.write_bytes(encode(draw(seed=seed), "PNG"))
        labels.append(endpoints.visualize(path, layers=["dense_2"]).result.probabilities)
    assert labels[0] != labels[1]
    assert all("forward pass" in message for message in log.messages)


def test_without_memory_every_look_is_a_forward_pass(
    explorer: Explorer, photo: Path, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    endpoints = Endpoints(SeenPhotos(explorer, ResultCache(0)), tmp_path)
    pictures = [endpoints.visualize(photo, layers=["conv2d_4"]).pictures[0].path.read_bytes() for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert all("forward pass" in message for message in log.messages)


def test_log_tells_times_and_nothing_of_the_photo(
    endpoints: Endpoints, photo: Path, log: pytest.LogCaptureFixture
) -> None:
    endpoints.predict(photo)
    endpoints.visualize(photo, layers=["conv2d_1", "dense_2"])
    assert len(log.messages) == 2
    assert re.fullmatch(r"/predict: \d+ ms", log.messages[0])
    assert re.fullmatch(r"/visualize: 2 layers, forward pass \d+ ms, drawing \d+ ms", log.messages[1])


def test_threads_share_it_without_mixing_photos(endpoints: Endpoints, explorer: Explorer) -> None:
    photos = [encode(draw(80, 60, seed), "PNG") for seed in range(6)]
    expected = [explorer(photo).pictures(layers=["conv2d_4"])["conv2d_4"] for photo in photos]

    def look(number: int) -> tuple[int, bytes]:
        shown = endpoints.visualize(photos[number % 6], layers=["conv2d_4"])
        return number % 6, shown.pictures[0].path.read_bytes()

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        for number, content in pool.map(look, range(24)):
            assert content == expected[number]


@pytest.mark.parametrize("endpoint", ["predict", "visualize"])
def test_unreadable_photo_is_refused_and_not_kept(endpoint: str, endpoints: Endpoints) -> None:
    with pytest.raises(ImageError, match=r"Cannot read the picture: expected JPEG, .*Received: 4 bytes of text"):
        getattr(endpoints, endpoint)(b"text")
    assert endpoints.photos.results.num_bytes == 0
    assert files(endpoints.folder) == []


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"layers": ["conv2d_9"]},
            LayerNotFoundError,
            r"^No layer named 'conv2d_9'\. Layers: conv.*name='conv2d_9'\.$",
        ),
        ({"layers": ["conv2d_1", ""]}, LayerNotFoundError, r"^No layer named ''\. Layers: conv2d_1"),
        ({"colormap": "sunset"}, OptionError, r"^No colour map named 'sunset'\. .*Received: colormap='sunset'\.$"),
        ({"colormap": ""}, OptionError, r"^No colour map named ''\. .*Received: colormap=''\.$"),
        ({"scale": "max"}, OptionError, r"^No scale named 'max'\. Scales: channel, layer\. Received: scale='max'\.$"),
    ],
)
def test_unknown_name_is_refused_by_name(
    options: dict[str, Any], error: type[Exception], message: str, endpoints: Endpoints, photo: Path
) -> None:
    with pytest.raises(error, match=message):
        endpoints.visualize(photo, **options)
    assert files(endpoints.folder) == []


@pytest.mark.parametrize(
    "options",
    [
        {"colormap": None},
        {"colormap": 5},
        {"scale": ["layer"]},
        {"layers": "conv2d_1"},
        {"layers": 5},
        {"layers": {"conv2d_1": True}},
        {"layers": [["conv2d_1"]]},
        {"layers": [None]},
        {"colormap": "gray\n2026-01-01 /predict: 0 ms"},  # would forge a line of the log
        {"layers": ["\ud800"]},
        {"colormap": "x" * (MAX_NAME_LENGTH + 1)},
        {"layers": ["x"] * 1000 + [None]},
    ],
)
def test_what_cannot_be_a_name_is_refused_in_one_short_line(
    options: dict[str, Any], endpoints: Endpoints, photo: Path
) -> None:
    expected = r"^`colormap` and `scale` are names, `layers` is a list of names\. Received: colormap=.*, layers=.*\.$"
    with pytest.raises(OptionError, match=expected) as caught:
        endpoints.visualize(photo, **options)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_an_explanation_that_takes_too_long_is_left_off(endpoints: Endpoints, photo: Path) -> None:
    with pytest.raises(StoppedError, match=r"^This takes more than 0 seconds"):
        endpoints.explain(photo, "occlusion", max_seconds=0)


def test_layers_whose_names_differ_only_by_a_slash_have_files_of_their_own(tmp_path: Path) -> None:
    inner = keras.Input((20, 20, 4))
    block = keras.Model(inner, keras.layers.Conv2D(4, 3, name="conv")(inner), name="block")
    picture = keras.Input((22, 22, 3))
    found = block(keras.layers.Conv2D(4, 3, name="block_conv")(picture))
    model = keras.Model(picture, keras.layers.Dense(1)(keras.layers.Flatten()(found)))
    network = Network(model, ("cat", "dog"), Preprocessing(22, 22))
    shown = Endpoints(SeenPhotos(Explorer(network), ResultCache(2**26)), tmp_path).visualize(encode(draw(), "PNG"))
    assert [picture.name for picture in shown.pictures][:2] == ["block_conv", "block/conv"]
    assert [picture.path.read_bytes() for picture in shown.pictures] == list(shown.result.pictures().values())


def test_models_that_share_a_cache_do_not_share_results(explorer: Explorer, photo: Path, tmp_path: Path) -> None:
    cache = ResultCache(2**26)
    other = Explorer(Network(build_model(), ("day", "night"), Preprocessing()))
    Endpoints(SeenPhotos(explorer, cache), tmp_path).visualize(photo)
    assert set(Endpoints(SeenPhotos(other, cache), tmp_path).visualize(photo).result.probabilities) == {"day", "night"}


def test_what_a_data_set_tells_is_the_librarys_and_small(tmp_path: Path) -> None:
    embedded = cnnviz.load()
    endpoints = Endpoints(SeenPhotos(embedded, ResultCache(2**26)), tmp_path, embedded.survey())
    survey, layer = embedded.survey(), embedded.survey("dense_1")
    assert endpoints.survey() == survey.to_dict()
    assert endpoints.survey("dense_1") == layer.to_dict()
    assert endpoints.survey("dense_1", 110.0) == layer.channel(110)  # type: ignore[arg-type]  # as programs send it
    assert len(json.dumps(endpoints.survey("dense_1"))) < 200_000
    for asked, message in (
        (("nowhere",), "has no layer 'nowhere'"),
        ((["dense_1"],), "`layer` is a name"),
        (("dense_1", 512), "from 0 to 511"),
        (("dense_1", 1.5), "channel=1.5"),
    ):
        with pytest.raises(CnnvizError, match=message):
            endpoints.survey(*asked)  # type: ignore[arg-type]


def test_a_model_without_a_survey_tells_nothing(endpoints: Endpoints) -> None:
    assert endpoints.survey() == endpoints.survey("conv2d_1", 3) == {}
