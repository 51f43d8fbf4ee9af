"""What the endpoints refuse, each with one sentence, without a server: test_app.py has what HTTP adds."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.handlers import Handlers
from networks import build_long
from refusals import BAD_CONTENT, BAD_IMAGE, assert_one_sentence
from served_models import serve_model

DEFAULTS: dict[str, list[Any]] = {"visualize": ["magma", "channel", []]}
"""What Gradio adds to a call, from the components' values; the other handlers' own defaults are the same."""

Refused = Callable[..., None]


@pytest.fixture
def upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], dict[str, str]]:
    """Uploads a picture."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def write(content: bytes) -> dict[str, str]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jpg"
        path.write_bytes(content)
        return {"path": str(path)}

    return write


@pytest.fixture
def image(upload: Callable[[bytes], dict[str, str]], photo: Path) -> dict[str, str]:
    """A picture that was uploaded."""
    return upload(photo.read_bytes())


@pytest.fixture(scope="module")
def handlers(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Handlers:
    """The endpoints of a model without a page."""
    return Handlers(serve_model(explorer, tmp_path_factory.mktemp("served")))


@pytest.fixture
def assert_refused(handlers: Handlers, caplog: pytest.LogCaptureFixture) -> Refused:
    """Asks, and checks that one sentence and one line of the log come back."""
    caplog.set_level(logging.INFO, "cnnviz")

    def ask(message: str, endpoint: str, *data: Any) -> None:
        caplog.clear()
        given = data + tuple(DEFAULTS.get(endpoint, [])[len(data) - 1 :])
        with pytest.raises(gr.Error) as refused:
            getattr(handlers, endpoint)(*given)
        (record,) = caplog.records
        assert_one_sentence(refused.value.message, message, endpoint, record.getMessage())
        assert not refused.value.print_exception

    return ask


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # which a server only logs
@pytest.mark.parametrize("case", BAD_CONTENT)
def test_bad_file_is_refused_with_one_sentence(
    case: str, assert_refused: Refused, upload: Callable[[bytes], dict[str, str]], image: dict[str, str]
) -> None:
    make, message = BAD_CONTENT[case]
    bad = upload(make())
    assert_refused(message, "predict", bad)
    for pair in ((image, bad), (bad, image)):
        assert_refused(message, "compare", *pair)


@pytest.mark.parametrize("case", BAD_IMAGE)
def test_bad_image_is_refused_with_one_sentence(case: str, assert_refused: Refused, image: dict[str, str]) -> None:
    make, message = BAD_IMAGE[case]
    bad = make()
    assert_refused(message, "predict", bad)
    assert_refused(message, "ablate", bad, None)
    assert_refused(message, "compare", image, bad)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["magma", "channel", ["conv2d_9"]], r"No layer named 'conv2d_9'\. Layers: conv2d_1, .*name='conv2d_9'\."),
        (["sunset"], r"No colour map named 'sunset'\. .* Received: colormap='sunset'\."),
        (["magma", "max"], r"No scale named 'max'\. Scales: channel, layer\. Received: scale='max'\."),
        ([None, None, None], r"`colormap` and `scale` are names, .* colormap=None, scale=None, layers=\[\]\."),
        (["magma", "channel", 5], r"`colormap` and `scale` are names, .* layers=5\."),
        (["a\nb"], r"`colormap` and `scale` are names, .* colormap='a\\nb', .*"),
        (["x" * 10**6], r"`colormap` and `scale` are names, .* colormap='xx.*\.\.\.x*', .*"),
    ],
)
def test_bad_option_is_refused_with_one_sentence(
    options: list[Any], message: str, assert_refused: Refused, image: dict[str, str]
) -> None:
    assert_refused(message, "visualize", image, *options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["conv2d_9", 0], r"No layer named 'conv2d_9'\. .*"),
        ([None, 0], r"`layer`, `colormap` and `scale` are names\. Received: None, 'magma', 'channel'\."),
        (["a\nb", 0], r"`layer`, `colormap` and `scale` are names\. Received: 'a\\nb', .*"),
        (["conv2d_3", 128], r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '128'\."),
        (["conv2d_3", None], r"Layer 'conv2d_3' has the channels 0 to 127\. Received: 'None'\."),
        (["conv2d_3", 1.5], r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '1\.5'\."),
        (["dense_1", True], r"Layer 'dense_1' has the units 0 to 511\. Received: 'True'\."),
        (["conv2d_3", 0, 34, 0], r"Layer 'conv2d_3' has 34 rows and 34 columns of units\. .* row=34, column=0\."),
        (["conv2d_3", 0, 3], r"Layer 'conv2d_3' has 34 rows and 34 columns of units\. .* row=3, column=None\."),
        (["conv2d_3", 0, "a\nb", 1], r"Layer 'conv2d_3' has 34 rows .* row='a\\nb', column=1\."),
        (["conv2d_3", 0, None, None, "sunset"], r"No colour map named 'sunset'\. .*"),
        (["conv2d_3", 0, None, None, "magma", "max"], r"No scale named 'max'\. .*"),
    ],
)
def test_bad_channel_is_refused_with_one_sentence(
    options: list[Any], message: str, assert_refused: Refused, image: dict[str, str]
) -> None:
    assert_refused(message, "channel", image, *options)


@pytest.mark.parametrize(
    ("without", "message"),
    [
        (None, r"`without` gives for each layer the channels to switch off, .* Received: None\."),
        ([17], r"`without` gives for each layer .* Received: \[17\]\."),
        ({"conv2d_3": 17}, r"`without` gives for each layer .* Received: \{'conv2d_3': 17\}\."),
        ({"a\nb": [17]}, r"`without` gives for each layer .* Received: \{'a\\nb': \[17\]\}\."),
        ({"x" * 10**6: [17]}, r"`without` gives for each layer .* Received: \{'xx.*\.\.\.x*': \[17\]\}\."),
        ({"conv2d_9": [17]}, r"No layer named 'conv2d_9'\. .*"),
        ({"conv2d_3": [128]}, r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '128'\."),
        ({"conv2d_3": [[1]]}, r"Layer 'conv2d_3' has the channels 0 to 127\. Received: '\[1\]'\."),
        ({"dense_2": [0]}, r"'dense_2' gives the answer: its channels cannot be switched off\."),
    ],
)
def test_bad_ablation_is_refused_with_one_sentence(
    without: Any, message: str, assert_refused: Refused, image: dict[str, str]
) -> None:
    assert_refused(message, "ablate", image, without)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["cam"], r"No method named 'cam'\. Methods: grad_cam, .* Received: method='cam'\."),
        ([None], r"`method`, `class_name` and `layer` are names, .* Received: None, None, None, False\."),
        (["a\nb"], r"`method`, `class_name` and `layer` are names, .* Received: 'a\\nb', .*"),
        (["grad_cam", "bird"], r"Classes: cat, dog\. Received: class_name='bird'\."),
        (["grad_cam", 5], r"`method`, `class_name` and `layer` are names, .* Received: 'grad_cam', 5, .*"),
        (["grad_cam", "cat", "conv2d_9"], r"No layer named 'conv2d_9'\. .*"),
        (["grad_cam", "cat", "dense_1"], r"Evidence maps need a layer with places\. .*'dense_1'\."),
        (["saliency", "cat", "conv2d_1"], r"'saliency' reads the picture, no layer\. .*'conv2d_1'\."),
        (["saliency", "cat", None, "yes"], r"`method`, .* `trust` is true or false\. Received: .*, 'yes'\."),
    ],
)
def test_bad_explanation_is_refused_with_one_sentence(
    options: list[Any], message: str, assert_refused: Refused, image: dict[str, str]
) -> None:
    assert_refused(message, "explain", image, *options)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv2d_9", r"No layer named 'conv2d_9'\. .*"),
        ("a\nb", r"`layer` is a name\. Received: layer='a\\nb'\."),
        (["conv2d_1"], r"`layer` is a name\. Received: layer=\['conv2d_1'\]\."),
        (5, r"`layer` is a name\. Received: layer=5\."),
    ],
)
def test_bad_layer_to_compare_is_refused_with_one_sentence(
    layer: Any, message: str, assert_refused: Refused, image: dict[str, str]
) -> None:
    assert_refused(message, "compare", image, image, layer)


def test_the_answer_comes_before_the_strip_and_the_strip_before_any_layer_is_drawn(
    handlers: Handlers, image: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cnnviz")
    shown = handlers.show(image, None, "magma", "channel")
    for part in ("answer", "strip"):
        assert set(next(shown)) == {part, "notice"}
        assert not caplog.messages
    rest = next(shown)
    assert {"layers", "channels", "why", "comparison", "evidence", "notice", "last"} <= set(rest)
    assert [message.partition(",")[0] for message in caplog.messages] == ["/visualize: 11 layers"]
    assert not list(shown)


def test_why_a_photo_is_not_taken_is_said_in_its_turn_and_nothing_is_lost(
    handlers: Handlers, image: dict[str, str]
) -> None:
    refused, colors = 21_000_000, ("magma", "channel")
    *_, shown = handlers.show(image, None, *colors)
    assert shown["notice"] == ""
    for none_or_the_same in (None, image):
        (said,) = handlers.show(none_or_the_same, shown["last"], *colors, refused)
        assert set(said) == {"notice"}
        assert said["notice"].startswith("The picture is too large: at most 20 MB. Received: 21.0 MB.")
        assert said["notice"].endswith(words.STILL_THE_LAST)
    *_, waited = handlers.show(image, None, *colors, refused)  # that came before, and was not shown yet
    assert (waited["last"], waited["notice"]) == (shown["last"], said["notice"])
    *_, drawn = handlers.show(None, shown["last"], "gray", "channel", refused)  # colours were chosen meanwhile
    assert (drawn["last"]["colormap"], drawn["notice"]) == ("gray", said["notice"])
    for odd in (None, [], {}, "many", float("inf"), {"size": 21_000_000}):
        *_, shown = handlers.show(image, None, *colors, odd)
        assert shown["notice"] == ""


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Handlers:
    """The endpoints of a network of many layers and classes."""
    return Handlers(serve_model(Explorer(build_long()), tmp_path_factory.mktemp("long")))


def test_the_most_probable_classes_are_given_and_all_to_who_asks(long: Handlers, image: dict[str, str]) -> None:
    label, every = long.predict(image, None)
    assert len(every) == 100
    ranked = sorted(every, key=lambda name: -every[name])
    for top in (1, 5, 7.0, 2**70):
        assert long.predict(image, top) == (label, {name: every[name] for name in every if name in ranked[: int(top)]})
    assert (label, len(long.predict(image)[1])) == (ranked[0], 5)


@pytest.mark.parametrize("top", [0, -1, 2.5, "5", True, [5], float("nan")])
def test_no_number_of_classes_is_a_sentence(top: Any, assert_refused: Refused, image: dict[str, str]) -> None:
    message = r"`top` is how many classes are wanted, from 1; none for all\. Received: top=.*\."
    assert_refused(message, "predict", image, top)


def test_of_a_long_network_one_layer_of_each_block_is_drawn_and_its_numbers_are_short(
    long: Handlers, image: dict[str, str]
) -> None:
    _, pictures, numbers = long.visualize(image, "magma", "channel", [])
    names = [block.name for block in long.served.network.blocks]
    assert [layer["name"] for layer in numbers["layers"]] == names
    assert len(pictures) == len(names)
    assert "channels" not in numbers["layers"][0]["statistics"]
    _, _, numbers = long.visualize(image, "magma", "channel", ["stem"], "channels")
    assert len(numbers["layers"][0]["statistics"]["channels"]["mean"]) == 6


def test_no_such_statistics_are_a_sentence(assert_refused: Refused, image: dict[str, str]) -> None:
    for name in ("all", None, ["summary"]):
        message = rf"Statistics are channels or summary\. Received: statistics={re.escape(repr(name))}\."
        assert_refused(message, "visualize", image, "magma", "channel", ["conv2d_1"], name)
