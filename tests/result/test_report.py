"""The report is one valid page that needs nothing else, and shows what the library gives."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

import cnnviz
from cnnviz.base.errors import OptionError, StorageError
from cnnviz.base.figures import share, short
from cnnviz.drawing.png import encode_png
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.result.result import Result
from disks import filled
from networks import LAYERS, build_long
from pictures import draw

MAX_BYTES = 3_000_000
HOSTILE = ("<script>alert(1)</script>", '"it\'s" & so on', "</table><img src=x onerror=alert(1)>")
OPTIONAL = {"tr", "td", "th", "thead", "tbody"}
EMPTY = {"meta", "img"}


class Page(HTMLParser):
    """What a page holds, as a browser reads it."""

    def __init__(self, text: str) -> None:
        """Read it; every element that has to be closed is."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in OPTIONAL | EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the element which was opened last is closed."""
        if tag not in OPTIONAL:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self.open[-1:] != ["style"] and data.strip():
            self.texts.append(data.strip())

    @property
    def pictures(self) -> list[bytes]:
        """The contents of all pictures."""
        return [base64.b64decode(str(each["src"]).partition(",")[2]) for tag, each in self.tags if tag == "img"]


def report(result: Result, folder: Path, *options: str) -> str:
    """Write a report, and read it."""
    path = folder / "photo.html"
    result.report(path, *options)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def result(explorer: Explorer) -> Result:
    return explorer(draw(400, 300, seed=12))


@pytest.fixture(scope="module")
def text(result: Result, tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(result, tmp_path_factory.mktemp("report"), "viridis", "layer")


def test_pictures_are_those_of_the_library(text: str, result: Result) -> None:
    pictures = Page(text).pictures
    assert pictures[0] == encode_png(result.journey("viridis"))
    assert pictures[4] == encode_png(result.explain("hires_cam").picture())
    assert pictures[5:] == list(result.pictures("viridis", "layer").values())
    for content in pictures:
        Image.open(io.BytesIO(content)).verify()


def test_numbers_of_all_layers_and_channels_are_there(text: str, result: Result) -> None:
    texts = Page(text).texts
    layer = result["conv2d_3"]
    row = texts.index("conv2d_3", texts.index("The numbers of all layers"))
    numbers = layer.statistics
    assert texts[row + 5 : row + 7] == [short(numbers.layer_min), short(numbers.layer_max)]
    assert texts[row + 9] == share(numbers.layer_zero_share)
    channels = texts.index("zero", texts.index("conv2d_3"))
    values = [numbers.min[1], numbers.max[1], numbers.mean[1], numbers.std[1]]
    assert texts[channels + 7 : channels + 12] == ["1", *(short(float(value)) for value in values)]
    assert [each for each in texts if each in LAYERS].count("conv2d_3") == 2


def test_captions_answer_and_model_are_told(text: str, result: Result) -> None:
    page = Page(text)
    told = " ".join(page.texts)
    assert page.texts[1].lower() == result.answer.lower()
    for layer in result.layers:
        assert layer.caption("layer").removeprefix(f"{layer.name} · ") in told
    assert "3,453,121" in told
    assert "squeezed to that size" in told
    assert "cat, dog" in told


def test_measured_figures_of_the_model_are_told_and_three_megabytes_are_enough(tmp_path: Path) -> None:
    text = report(cnnviz.load()(draw(1200, 900, seed=3)), tmp_path)
    assert len(text.encode()) < MAX_BYTES
    assert "of 2,252 test photos" in text
    assert "log loss" in text


def test_page_needs_nothing_else(text: str) -> None:
    page = Page(text)
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "a"} == set()
    sources = [str(value) for _, each in page.tags for name, value in each.items() if name in ("src", "href")]
    assert all(source.startswith("data:image/") for source in sources)
    assert "url(" not in text
    assert "@import" not in text


def test_names_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    network = Network(keras.Sequential(layers, name="m<odel>"), HOSTILE, Preprocessing(8, 8))
    page = Page(report(Explorer(network)(draw(50, 50)), tmp_path))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not any("onerror" in each for _, each in page.tags)
    for name in (*HOSTILE, "m<odel>"):
        assert name in page.texts


def test_of_a_long_network_one_layer_of_each_block_is_drawn_and_all_are_counted(tmp_path: Path) -> None:
    network = build_long()
    page = Page(report(Explorer(network)(draw()), tmp_path))
    drawn = [each.strip() for each in page.texts[: page.texts.index("The numbers of all layers")]]
    assert all(block.name in drawn for block in network.blocks)
    counted = page.texts[page.texts.index("The numbers of all layers") :]
    assert all(layer.name in counted for layer in network.layers)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_read_on_any_screen_without_a_network(
    scheme: str, width: int, text: str, tmp_path: Path, browser: Browser
) -> None:
    path = tmp_path / "photo.html"
    path.write_text(text, encoding="utf-8")
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "java_script_enabled": False}
    context = browser.new_context(offline=True, **options)
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []
    assert page.locator("main").bounding_box()["width"] <= width
    assert all(each.bounding_box()["width"] <= width - 32 for each in page.locator("img, h2").all())
    corner = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"))[2, 2]
    assert (corner > 128) == (scheme == "light")
    context.close()


def test_folder_that_is_not_there_is_a_sentence(result: Result, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"There is no folder '.*nowhere'\. Create it, or name another\. Received"):
        result.report(tmp_path / "nowhere" / "photo.html")
    with pytest.raises(StorageError, match="cannot be written"):
        result.report(tmp_path)
    with pytest.raises(OptionError, match="magmaa"):
        result.report(tmp_path / "photo.html", "magmaa")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_a_sentence(result: Result, small_disk: Path) -> None:
    with filled(small_disk), pytest.raises(StorageError, match=r"The disk is full: the report needs \d"):
        result.report(small_disk / "photo.html")
