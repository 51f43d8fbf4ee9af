"""The page's API by gradio_client and by plain HTTP, what it refuses, and the command line of app.py.

What the endpoints refuse, whatever way it comes, is in tests/ui/test_handlers.py.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from cnnviz.base.figures import percent
from cnnviz.command import serve
from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.channel_details import describe_details
from cnnviz.why.explain import METHODS
from networks import LAYERS
from patient_client import PatientClient
from pictures import draw, encode, stored
from refusals import BAD_CONTENT, BAD_IMAGE, META, assert_one_sentence, blank
from server import APP, Server, clean_environment, free_port, stop
from server import serve as serve_app

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NUM_VISITORS = 8


@pytest.fixture(scope="module")
def client(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PatientClient]:
    """A program that uses Gradio's own client."""
    client = PatientClient(server.url, download_files=str(tmp_path_factory.mktemp("downloads")))
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _healthy(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No test of the running server may leave a traceback, and no group of cases a server that does not answer."""
    if "server" not in request.fixturenames:
        yield
        return
    server: Server = request.getfixturevalue("server")
    before = len(server.log())
    yield
    assert "Traceback" not in server.log()[before:]
    assert "Traceback" not in capfd.readouterr().err  # where Gradio writes them
    if is_last_of_its_cases(request):
        assert set(server.predict(encode(draw(40, 30), "PNG"))) == {"cat", "dog"}


def is_last_of_its_cases(request: pytest.FixtureRequest) -> bool:
    """Tell whether no other case of the same test follows at once."""
    items = request.session.items
    rest = items[items.index(request.node) + 1 :]
    return not rest or getattr(rest[0], "originalname", None) != request.node.originalname


def requests_logged(text: str) -> list[str]:
    """Give the lines of a log that tell of requests, without their times of day."""
    return re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (.*)$", text, re.MULTILINE)


# What there is


def test_endpoints_are_these_with_these_parameters(client: PatientClient, server: Server) -> None:
    described = client.view_api(print_info=False, return_format="dict")
    named = server.http.get("/gradio_api/info").json()["named_endpoints"]
    assert list(named) == [
        "/predict",
        "/visualize",
        "/channel",
        "/ablate",
        "/explain",
        "/trace",
        "/compare",
        "/survey",
        "/model",
    ]
    assert described["unnamed_endpoints"] == {}
    parameters = {
        name: [
            (
                each["parameter_name"],
                each["parameter_has_default"],
                each["parameter_default"],
                each["type"].get("type", {}),
            )
            for each in endpoint["parameters"]
        ]
        for name, endpoint in described["named_endpoints"].items()
    }
    image = ("image", False, None, "object")
    colors = [("colormap", True, "magma", "string"), ("scale", True, "channel", "string")]
    assert parameters == {
        "/predict": [image, ("top", True, 5, "number")],
        "/visualize": [
            image,
            *colors,
            ("layers", True, [], "array"),
            ("statistics", True, "summary", "string"),
        ],
        "/channel": [
            image,
            ("layer", False, None, "string"),
            ("channel", False, None, "integer"),
            ("row", True, None, "integer"),
            ("column", True, None, "integer"),
            *colors,
        ],
        "/ablate": [image, ("without", False, None, "object")],
        "/explain": [
            image,
            ("method", True, "hires_cam", "string"),
            ("class_name", True, None, "string"),
            ("layer", True, None, "string"),
            ("trust", True, False, "boolean"),
        ],
        "/trace": [
            image,
            ("layer", True, None, "string"),
            ("channel", True, None, "integer"),
            ("row", True, None, "integer"),
            ("column", True, None, "integer"),
            ("class_name", True, None, "string"),
            ("depth", True, None, "integer"),
            ("branches", True, 1, "integer"),
        ],
        "/compare": [image, ("other", False, None, "object"), ("layer", True, None, "string")],
        "/survey": [("layer", True, None, "string"), ("channel", True, None, "integer")],
        "/model": [],
    }


def test_endpoints_and_parameters_are_described(client: PatientClient) -> None:
    endpoints = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    assert "the probabilities of the most probable ones" in endpoints["/predict"]["description"]
    assert "one indexed PNG per layer" in endpoints["/visualize"]["description"]
    image, colormap, scale, layers, statistics = (
        each["python_type"]["description"] for each in endpoints["/visualize"]["parameters"]
    )
    assert "20 MB" in image
    assert "matplotlib" in colormap
    assert "'channel'" in scale
    assert "'layer'" in scale
    assert "none for all" in layers
    assert "'summary'" in statistics
    assert endpoints["/predict"]["parameters"][0]["python_type"]["description"] == image
    returned = {name: [each["label"] for each in endpoint["returns"]] for name, endpoint in endpoints.items()}
    assert returned == {
        "/predict": ["label", "probabilities"],
        "/visualize": ["prediction", "pictures", "statistics"],
        "/channel": ["picture", "details"],
        "/ablate": ["ablation"],
        "/explain": ["picture", "details"],
        "/trace": ["picture", "trace"],
        "/compare": ["picture", "comparison"],
        "/survey": ["survey"],
        "/model": ["model"],
    }
    for name, endpoint in endpoints.items():
        assert endpoint["description"], name
        for each in endpoint["parameters"]:
            assert each["label"].istitle() or each["label"] == "Other photo", name
            assert each["python_type"]["description"].endswith("."), name


def test_layers_are_described_by_the_models_own_names(client: PatientClient) -> None:
    endpoints = client.view_api(print_info=False, return_format="dict")["named_endpoints"]
    assert endpoints["/visualize"]["parameters"][3]["type"]["items"]["enum"] == list(LAYERS)
    assert endpoints["/channel"]["parameters"][1]["type"]["enum"] == list(LAYERS)
    assert endpoints["/explain"]["parameters"][1]["type"]["enum"] == list(METHODS)
    assert endpoints["/explain"]["parameters"][3]["type"]["enum"] == list(LAYERS)
    assert endpoints["/compare"]["parameters"][2]["type"]["enum"] == list(LAYERS)


# By gradio_client


def test_model_tells_what_answers(client: PatientClient, explorer: Explorer, model_folder: Path) -> None:
    model = client.predict(api_name="/model")
    source = {"kind": "folder", "name": model_folder.name, "commit": None, "fallback": None}
    assert {**model["source"], "date": None} == {**source, "date": None}
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", model["source"]["date"])
    assert (model["class_names"], model["kind"]) == (["cat", "dog"], "sigmoid")
    assert model["input"] == {"height": 150, "width": 150}
    assert model["preprocessing"] == {**explorer.network.preprocessing.to_dict(), "value_range": [0, 1]}
    assert (model["num_parameters"], model["accuracy"], model["assumed"]) == (3_453_121, None, [])
    assert [layer["name"] for layer in model["layers"]] == list(LAYERS)
    assert sum(layer["num_parameters"] for layer in model["layers"]) == model["num_parameters"]
    assert model["layers"][0] == {
        "name": "conv2d_1",
        "kind": "Conv2D",
        "role": "convolution",
        "shape": [148, 148, 32],
        "num_parameters": 896,
        "inputs": [],
        "receptive_field": [3, 3],
        "is_gated": False,
    }


def test_predict_gives_the_librarys_answer(client: PatientClient, explorer: Explorer, photo: Path) -> None:
    label, probabilities = client.predict(handle_file(photo), api_name="/predict")
    expected = explorer(photo)
    assert (label, probabilities) == (expected.label, expected.probabilities)


def test_visualize_with_an_image_alone_gives_everything(client: PatientClient, explorer: Explorer, photo: Path) -> None:
    prediction, pictures, statistics = client.predict(image=handle_file(photo), api_name="/visualize")
    expected = explorer(photo)
    assert prediction == {"label": expected.label, "probabilities": expected.probabilities}
    assert statistics == expected.to_dict(statistics="summary")
    assert [Path(picture["image"]).read_bytes() for picture in pictures] == list(expected.pictures().values())
    assert [picture["caption"] for picture in pictures] == [layer.caption() for layer in expected.layers]


def test_visualize_with_every_argument_gives_what_was_asked(
    client: PatientClient, explorer: Explorer, photo: Path
) -> None:
    asked = ["dense_1", "conv2d_3", "max_pooling2d_1"]
    given = handle_file(photo), "viridis", "layer", asked, "channels"
    _, pictures, statistics = client.predict(*given, api_name="/visualize")
    expected = explorer(photo)
    names = [Path(picture["image"]).name for picture in pictures]
    assert names == [f"{number:02d}_{name}.png" for number, name in enumerate(asked, start=1)]
    assert [Path(picture["image"]).read_bytes() for picture in pictures] == [
        *expected.pictures("viridis", "layer", asked).values()
    ]
    assert [picture["caption"] for picture in pictures] == [expected[name].caption("layer") for name in asked]
    assert statistics == expected.to_dict("layer", asked)


def test_statistics_carry_every_tiles_range(client: PatientClient, photo: Path) -> None:
    _, _, statistics = client.predict(handle_file(photo), statistics="channels", api_name="/visualize")
    assert [layer["name"] for layer in statistics["layers"]] == list(LAYERS)
    for layer in statistics["layers"]:
        assert len(layer["ranges"]) == (128 if layer["kind"] == "Flatten" else layer["shape"][-1])
        assert all(low <= 0 <= high for low, high in layer["ranges"])


def test_any_colour_map_of_matplotlib_can_be_asked_for(client: PatientClient, explorer: Explorer, photo: Path) -> None:
    _, pictures, _ = client.predict(handle_file(photo), "PuOr", layers=["conv2d_2"], api_name="/visualize")
    expected = explorer(photo)["conv2d_2"].grid("PuOr")
    with Image.open(pictures[0]["image"]) as image:
        assert image.getpalette() == expected.getpalette()


def test_channel_gives_one_large_with_all_that_is_known_of_it(
    client: PatientClient, explorer: Explorer, photo: Path
) -> None:
    picture, details = client.predict(handle_file(photo), "conv2d_3", 17, 3, 7, "viridis", "layer", api_name="/channel")
    result = explorer(photo)
    assert Path(picture).read_bytes() == encode_png(result.channel("conv2d_3", 17).picture("viridis", "layer"))
    assert details == describe_details(explorer.network, result, "conv2d_3", 17, 3, 7)
    assert details["arithmetic"]["activation"] == result["conv2d_3"].activation[3, 7, 17]
    picture, details = client.predict(handle_file(photo), layer="dense_1", channel=5, api_name="/channel")
    assert Path(picture).read_bytes() == encode_png(result.channel("dense_1", 5).picture())
    assert details == describe_details(explorer.network, result, "dense_1", 5)


def test_ablate_gives_the_answer_with_and_without_channels(
    client: PatientClient, explorer: Explorer, photo: Path
) -> None:
    without = {"conv2d_3": [17, 40], "dense_1": [5]}
    ablation = client.predict(handle_file(photo), without, api_name="/ablate")
    assert ablation == explorer.ablate(photo, without).to_dict()
    assert ablation["logits"] != ablation["original_logits"]


@pytest.mark.parametrize("class_name", ["cat", "dog"])
def test_explain_gives_the_map_over_the_photo_and_its_numbers(
    class_name: str, client: PatientClient, explorer: Explorer, photo: Path
) -> None:
    picture, details = client.predict(handle_file(photo), "grad_cam", class_name, "conv2d_3", api_name="/explain")
    result = explorer(photo)
    explanation = result.explain("grad_cam", class_name, "conv2d_3")
    with Image.open(picture) as drawn:
        assert drawn.tobytes() == explanation.overlay(result.seen).tobytes()
    assert details == {**explanation.to_dict(), "trust": None}


def test_trace_gives_the_way_back_as_a_picture_and_its_numbers(
    client: PatientClient, explorer: Explorer, photo: Path
) -> None:
    result = explorer(photo)
    picture, told = client.predict(handle_file(photo), api_name="/trace")
    expected = result.trace()
    assert Path(picture).read_bytes() == encode_png(expected.picture())
    assert told == json.loads(json.dumps(expected.to_dict()))
    asked = {"layer": "conv2d_3", "channel": 17, "row": 4, "column": 5, "depth": 1, "branches": 2}
    _, told = client.predict(handle_file(photo), **asked, api_name="/trace")
    assert told == json.loads(json.dumps(result.trace("conv2d_3", 17, 4, 5, depth=1, branches=2).to_dict()))


def test_explain_tells_how_far_to_trust_a_map(client: PatientClient, explorer: Explorer, photo: Path) -> None:
    _, details = client.predict(handle_file(photo), trust=True, api_name="/explain")
    result = explorer(photo)
    explanation = result.explain("hires_cam")
    assert (details["class_name"], details["layer_name"]) == (result.label, "conv2d_4")
    assert np.array_equal(np.array(details["values"], np.float32), explanation.values)
    trust = result.trust(explanation)
    assert details["trust"]["agreement"] == pytest.approx(trust.agreement)
    assert details["trust"]["deletion"]["area"] == pytest.approx(trust.deletion.area)
    assert details["trust"]["insertion"]["random"] == pytest.approx(trust.insertion.random.tolist())


def test_compare_gives_the_channels_that_tell_two_photos_apart(
    client: PatientClient, explorer: Explorer, photo: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encode(draw(200, 300, seed=5), "PNG"))
    files, expected = (handle_file(photo), handle_file(other)), explorer.compare(photo, other)
    for asked, name in (([], "conv2d_4"), (["dense_1"], "dense_1"), (["flatten_1"], "flatten_1")):
        picture, comparison = client.predict(*files, *asked, api_name="/compare")
        assert Path(picture).read_bytes() == encode_png(expected.picture(name))
        assert comparison == expected.to_dict(name)
    assert comparison["num_different"] > 0
    _, same = client.predict(files[0], files[0], api_name="/compare")
    assert (same["num_different"], same["first"]) == (0, same["second"])


def test_error_reaches_a_program_as_a_sentence(client: PatientClient, photo: Path) -> None:
    with pytest.raises(AppError, match=r"^No layer named 'conv9'\. Layers: conv2d_1, .*name='conv9'\.$"):
        client.predict(handle_file(photo), layers=["conv9"], api_name="/visualize")


# By plain HTTP


@pytest.mark.parametrize("form", ["by position", "by name"])
def test_plain_http_with_an_image_alone_gives_every_picture(
    form: str, server: Server, explorer: Explorer, photo: Path
) -> None:
    image = {"path": server.upload(photo.read_bytes())}
    if form == "by position":
        event, data = server.call("visualize", image)
    else:
        event, data = server.call_by_name("visualize", image=image)
    assert event == "complete"
    prediction, pictures, statistics = data
    expected = explorer(photo)
    assert prediction == {"label": expected.label, "probabilities": expected.probabilities}
    assert statistics == expected.to_dict(statistics="summary")
    assert [server.fetch(picture) for picture in pictures] == list(expected.pictures().values())


def test_plain_http_by_name_takes_some_options_and_leaves_others(server: Server, photo: Path) -> None:
    image = {"path": server.upload(photo.read_bytes())}
    event, data = server.call_by_name("visualize", image=image, scale="layer", layers=["dense_1", "conv2d_1"])
    assert event == "complete"
    assert [layer["name"] for layer in data[2]["layers"]] == ["dense_1", "conv2d_1"]
    assert " · all channels from 0 to " in data[1][1]["caption"]


def test_pictures_are_served_as_indexed_png(server: Server, photo: Path) -> None:
    _, (_, pictures, _) = server.call("visualize", {"path": server.upload(photo.read_bytes())})
    assert len(pictures) == len(LAYERS)
    for picture in pictures:
        answer = server.http.get(picture["image"]["url"])
        assert answer.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert (image.format, image.mode) == ("PNG", "P")


def test_data_url_is_a_picture_too(server: Server, explorer: Explorer) -> None:
    content = encode(draw(), "PNG")
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert server.call("predict", {"url": url}) == ("complete", [explorer(content).label, explorer.predict(content)])


# Visitors


def test_visitors_at_the_same_time_each_get_their_own_answer(
    server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    photos = [encode(draw(200, 150, seed), "JPEG", quality=90) for seed in range(NUM_VISITORS)]

    def visit(number: int) -> tuple[Any, list[bytes]]:
        path = tmp_path / str(number) / "photo.jpg"
        path.parent.mkdir()
        path.write_bytes(photos[number])
        visitor = PatientClient(server.url, download_files=False)
        try:
            prediction, pictures, _ = visitor.predict(handle_file(path), api_name="/visualize")
            assert visitor.predict(handle_file(path), api_name="/predict")[1] == prediction["probabilities"]
        finally:
            visitor.close()
        return prediction["probabilities"], [server.fetch(picture) for picture in pictures]

    with ThreadPoolExecutor(NUM_VISITORS) as pool:
        answers = list(pool.map(visit, range(NUM_VISITORS)))
    for photo, (probabilities, pictures) in zip(photos, answers, strict=True):
        expected = explorer(photo)
        assert probabilities == expected.probabilities
        assert pictures == list(expected.pictures().values())


def test_no_visitor_sees_what_another_chose(server: Server, photo: Path) -> None:
    image = {"path": server.upload(photo.read_bytes())}
    _, first = server.call("visualize", image)
    server.call("visualize", image, "gray", "layer", ["dense_1"])
    server.call("visualize", {"path": server.upload(encode(draw(seed=3), "PNG"))}, "viridis")
    _, again = server.call("visualize", image)
    assert (again[0], again[2]) == (first[0], first[2])
    assert [server.fetch(picture) for picture in again[1]] == [server.fetch(picture) for picture in first[1]]
    assert {picture["image"]["path"] for picture in first[1]}.isdisjoint(
        picture["image"]["path"] for picture in again[1]
    )


def test_each_request_is_one_line_of_the_log_without_the_photo(server: Server) -> None:
    image = {"path": server.upload(encode(draw(seed=31), "PNG"), "holiday in Rome.png")}
    before = len(server.log())
    server.call("predict", image)
    server.call("visualize", image)
    server.call("visualize", image, "gray", "channel", ["conv2d_1"])
    server.call("channel", image, "conv2d_1", 0)
    server.call("ablate", image, {"conv2d_1": [0]})
    server.call("explain", image, "saliency")
    server.call("trace", image, "conv2d_2")
    server.call("compare", image, image)
    server.call("predict", None)
    written = server.log()[before:]
    expected = [
        r"/predict: \d+ ms",
        r"/visualize: 11 layers, forward pass \d+ ms, drawing \d+ ms",
        r"/visualize: 1 layers, from memory \d+ ms, drawing \d+ ms",
        r"/channel: \d+ ms",
        r"/ablate: \d+ ms",
        r"/explain: saliency, \d+ ms",
        r"/trace: \d+ ms",
        r"/compare: \d+ ms",
        r"/predict: refused after \d+ ms: No picture was sent\. .*",
    ]
    lines = requests_logged(written)
    assert len(lines) == len(expected) == len(written.splitlines())
    assert all(re.fullmatch(pattern, line) for pattern, line in zip(expected, lines, strict=True)), lines
    assert "Rome" not in written


# What simply works

WORKS: dict[str, Callable[[], bytes]] = {
    **{f"EXIF orientation {turn}": lambda turn=turn: stored(draw(), turn, quality=90) for turn in range(1, 9)},
    "RGBA": lambda: encode(draw().convert("RGBA").rotate(30), "PNG"),
    "LA": lambda: encode(draw().convert("LA").rotate(30), "PNG"),
    "palette with transparency": lambda: encode(draw().convert("P"), "PNG", transparency=3),
    "1 bit": lambda: encode(draw().convert("1"), "PNG"),
    "16 bit": lambda: encode(draw().convert("I;16"), "PNG"),
    "CMYK": lambda: encode(draw().convert("CMYK"), "JPEG"),
    "animated GIF": lambda: encode(draw(), "GIF", save_all=True, append_images=[draw(seed=1)]),
    "animated WebP": lambda: encode(draw(), "WEBP", save_all=True, append_images=[draw(seed=1)]),
    "BMP": lambda: encode(draw(), "BMP"),
    "TIFF": lambda: encode(draw(), "TIFF"),
    "AVIF": lambda: encode(draw(), "AVIF"),
    "MPO": lambda: encode(draw(), "MPO", save_all=True, append_images=[draw(seed=1)]),
    "1x1": lambda: encode(draw(1, 1), "PNG"),
    "1x3000": lambda: encode(draw(1, 3000), "PNG"),
    "12 megapixels": lambda: encode(draw(400, 300).resize((4000, 3000)), "JPEG"),
}


@pytest.mark.parametrize("case", WORKS)
def test_picture_simply_works(case: str, server: Server, explorer: Explorer) -> None:
    content = WORKS[case]()
    assert server.predict(content) == explorer.predict(content)


# What is refused


def assert_refused(server: Server, message: str, endpoint: str, *data: Any) -> None:
    """Ask, and check that one sentence and one line of the log come back."""
    before = len(server.log())
    event, answer = server.call(endpoint, *data)
    assert event == "error"
    (line,) = requests_logged(server.log()[before:])
    assert_one_sentence(answer["error"], message, endpoint, line)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # which a server only logs
@pytest.mark.parametrize("case", [case for case in BAD_CONTENT if case != "over 20 MB"])  # which is not uploaded
def test_bad_file_is_refused_with_one_sentence(case: str, server: Server) -> None:
    make, message = BAD_CONTENT[case]
    assert_refused(server, message, "visualize", {"path": server.upload(make()), **META})


@pytest.mark.parametrize("case", BAD_IMAGE)
def test_bad_image_is_refused_with_one_sentence(case: str, server: Server) -> None:
    make, message = BAD_IMAGE[case]
    assert_refused(server, message, "visualize", make())


@pytest.mark.parametrize(
    ("endpoint", "options", "message"),
    [
        ("visualize", [None, None, None], r"`colormap` and `scale` are names, .* colormap=None, .*, layers=\[\]\."),
        ("visualize", ["x" * 10**6], r"`colormap` and `scale` are names, .* colormap='xx.*\.\.\.x*', .*"),
        ("channel", ["conv2d_3", 1.5], r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '1\.5'\."),
        ("channel", ["conv2d_3", 0, "a\nb", 1], r"Layer 'conv2d_3' has 34 rows .* row='a\\nb', column=1\."),
        ("ablate", [[17]], r"`without` gives for each layer .* Received: \[17\]\."),
        ("explain", ["grad_cam", 5], r"`method`, `class_name` and `layer` are names, .* Received: 'grad_cam', 5, .*"),
        ("trace", [5], r"`layer` and `class_name` are names\. Received: 5, None\."),
        ("trace", ["conv2d_3", 1000], r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '1000'\."),
        ("trace", [None, None, None, None, None, "deep"], r"`depth` is how many steps .* depth='deep', branches=1\."),
        ("trace", [None, None, None, None, None, None, 1e9], r"A tree has at most 500 steps: .*"),
        ("explain", ["saliency", "cat", None, "yes"], r"`method`, .* `trust` is true or false\. Received: .*, 'yes'\."),
    ],
)
def test_bad_option_is_refused_with_one_sentence(
    endpoint: str, options: list[Any], message: str, server: Server, photo: Path
) -> None:
    assert_refused(server, message, endpoint, {"path": server.upload(photo.read_bytes())}, *options)


def test_bad_comparison_is_refused_with_one_sentence(server: Server, photo: Path) -> None:
    image, bad = ({"path": server.upload(content)} for content in (photo.read_bytes(), b"no picture"))
    assert_refused(
        server, r"`layer` is a name\. Received: layer=\['conv2d_1'\]\.", "compare", image, image, ["conv2d_1"]
    )
    assert_refused(server, r"Cannot read the picture: expected JPEG, .* 10 bytes of text\. .*", "compare", image, bad)


def test_picture_can_be_left_out_of_a_call_by_position(server: Server) -> None:
    assert_refused(server, r"No picture was sent\. .*", "predict")


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("v2/predict", {}, 400, "No value provided for required argument: image. See /gradio_api/info."),
        ("v2/predict", {"photo": 1}, 400, "Parameter `photo` is not a valid key-word argument. See /gradio_api/info."),
        ("v2/answer", {"image": None}, 404, "There is no endpoint of that name. See /gradio_api/info."),
        ("answer", {"data": [None]}, 404, "There is no endpoint of that name. See /gradio_api/info."),
    ],
)
def test_call_of_a_wrong_form_is_explained(
    path: str, body: dict[str, Any], status: int, sentence: str, server: Server
) -> None:
    answer = server.http.post(f"/gradio_api/call/{path}", json=body)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bomb_is_refused_without_being_decoded(server: Server) -> None:
    content = blank(13000, 13000)
    assert len(content) < 165_000
    image = {"path": server.upload(content)}
    before = time.process_time()  # of all threads, the server's among them
    event, _ = server.call("visualize", image)
    assert event == "error"
    assert time.process_time() - before < 2  # decoding it takes many seconds


def test_file_of_a_hundred_megabytes_is_cut_off_while_it_is_uploaded(server: Server) -> None:
    answer = server.http.post("/gradio_api/upload", files={"files": ("photo.jpg", bytes(100 * 10**6))})
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


# What is closed


def test_monitoring_is_closed(server: Server) -> None:
    for path in ("/monitoring", "/monitoring/summary"):
        assert server.http.get(path).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("route", ["run", "api"])
@pytest.mark.parametrize("endpoint", ["predict", "visualize", "channel", "ablate", "explain", "show"])
def test_no_request_goes_round_the_queue(route: str, endpoint: str, server: Server) -> None:
    image = {"path": server.upload(encode(draw(), "PNG"))}
    before = server.log()
    answer = server.http.post(f"/gradio_api/{route}/{endpoint}", json={"data": [image]})
    assert answer.status_code == httpx.codes.NOT_FOUND
    dependencies = server.http.get("/config").json()["dependencies"]
    (number,) = (each["id"] for each in dependencies if each["api_name"] == endpoint)
    answer = server.http.post(f"/gradio_api/{route}/{endpoint}", json={"data": [image], "fn_index": number})
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert server.log() == before


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../../../etc/passwd",
        "{upload}/../../../../etc/passwd",
        "{upload}/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2fetc%2fpasswd",
        "{app}",
        "app.py",
        "log.txt",
        "{weights}",
    ],
)
def test_no_other_file_is_served(path: str, server: Server, model_folder: Path) -> None:
    upload = Path(server.upload(encode(draw(), "PNG"))).parent
    path = path.format(upload=upload, app=APP, weights=model_folder / "model.weights.h5")
    answer = server.http.get(f"/gradio_api/file={path}")
    assert answer.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
    assert answer.headers["content-type"] == "application/json"


# The command line


def start(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start app.py as a user does, in a process of its own, and wait for its end."""
    return subprocess.run(
        [sys.executable, APP, *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs app.py with flags that end it at once in this process."""

    def run_app(*arguments: str | Path, **environment: str) -> object:
        for name in set(os.environ) - set(clean_environment()):
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["app.py", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            serve.main("app.py")
        for name in environment:
            monkeypatch.delenv(name)
        return subprocess.CompletedProcess(arguments, int(stopped.value.code or 0), *capfd.readouterr())

    return run_app


def test_help_explains_every_flag_and_its_variable() -> None:
    done = start("--help", COLUMNS="200")
    assert done.returncode == 0
    text = re.sub(r"\n {10,}", " ", done.stdout)
    flags = dict(re.findall(r"^  (--[\w-]+) \[?\w+\]?\s+(.+)$", text, re.MULTILINE))
    assert list(flags) == [
        *("--model", "--classes", "--preprocessing", "--size", "--fit", "--kind", "--output", "--trust-code"),
        *("--strict", "--hub-wait", "--look-every", "--examples", "--timeline"),
        *("--host", "--port", "--root-path", "--frame-ancestors", "--queue-size", "--trusted-proxies"),
        *("--upload-mb", "--mcp", "--cache-mb"),
    ]
    for flag, explanation in flags.items():
        variable = "CNNVIZ_" + flag.removeprefix("--").replace("-", "_").upper()
        assert explanation.endswith(f"[{variable}]")
        assert len(explanation) > 30


def test_environment_gives_the_defaults(run: Run) -> None:
    environment = {"CNNVIZ_HOST": "0.0.0.0", "CNNVIZ_PORT": "1234", "CNNVIZ_QUEUE_SIZE": "5", "CNNVIZ_CACHE_MB": "67"}
    shown = run("--help", COLUMNS="200", **environment).stdout
    for value in environment.values():
        assert f"({value})" in shown
        assert f"({value})" not in run("--help", COLUMNS="200").stdout


def test_gradios_variables_that_a_space_sets_are_the_defaults(run: Run) -> None:
    space = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "1234"}
    shown = run("--help", COLUMNS="200", **space).stdout
    assert "(0.0.0.0)" in shown
    assert "(1234)" in shown
    assert "(127.0.0.1)" in shown  # the proxies that are believed
    assert "(127.0.0.1,10.0.0.0/8," in run("--help", COLUMNS="200", SPACE_ID="user/space").stdout
    assert "(::1)" in run("--help", COLUMNS="200", CNNVIZ_HOST="::1", **space).stdout


def test_environment_alone_starts_a_server_with_its_examples_and_its_files_go_when_it_stops(
    model_folder: Path, explorer: Explorer, tmp_path: Path
) -> None:
    examples = tmp_path / "samples"
    (examples / "dog").mkdir(parents=True)
    for seed, name in enumerate(("cat.png", "dog.JPG")):
        draw(seed=seed).save(examples / name)
    environment = {"CNNVIZ_MODEL": str(model_folder), "CNNVIZ_PORT": free_port(), "CNNVIZ_CACHE_MB": "0"}
    environment |= {"HOME": "/proc"}  # a home that cannot be written, also by root
    environment |= {"CNNVIZ_HOST": "localhost", "CNNVIZ_QUEUE_SIZE": "1", "CNNVIZ_EXAMPLES": str(examples)}
    with serve_app(tmp_path, **environment) as other:
        config = other.http.get("/config").json()
        (part,) = [each["props"] for each in config["components"] if each["props"].get("elem_id") == "examples"]
        assert [example["name"] for example in part["value"]["examples"]] == ["cat", "dog"]
        result = explorer(examples / "cat.png")
        assert html.escape(percent(result.probabilities[result.label])) in json.dumps(config)

        image = {"path": other.upload(encode(draw(), "PNG"))}
        for _ in range(2):
            assert other.call("visualize", image)[0] == "complete"
        lines = requests_logged(other.log())[-2:]
        assert all("forward pass" in line for line in lines), lines  # no memory to remember in
        assert f"Open http://localhost:{environment['CNNVIZ_PORT']}\n" in other.log()

        folder = Path(image["path"]).parents[1]
        assert folder.name.startswith("cnnviz-")
        assert other.process
        assert stop(other.process, signal.SIGTERM) == 0
        assert not folder.exists()
        assert "Traceback" not in other.log()
