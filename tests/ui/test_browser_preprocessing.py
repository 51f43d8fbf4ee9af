"""Networks that see photos in another way: grey ones, and ones of which a part is cut away."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browsing import Windows, canvas_pixels, open_channels, open_tab, open_why, upload
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.preprocessing import Preprocessing
from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.network import words as network_words
from cnnviz.ui.network_input import describe_input, describe_numbers, describe_seen
from pictures import draw, encode
from server import Server, serve_here

SAYS = channels_words.CHANNELS
DIALOG = ".channels dialog"
SHOWN = "() => document.querySelector('#strip .selected')"
INSET = """frame => {
    const [outer, inner] = [frame, frame.querySelector('.box')].map(each => each.getBoundingClientRect());
    const [x, y] = [at => (at - outer.left) / outer.width, at => (at - outer.top) / outer.height];
    return [x(inner.left), y(inner.top), x(inner.right), y(inner.bottom)];
}"""
PHOTO = draw(400, 200, seed=9)


def build(preprocessing: Preprocessing) -> Explorer:
    """Build a small network whose last convolution has twelve places along either side."""
    keras.utils.set_random_seed(19)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(preprocessing.shape),
            layers.Conv2D(6, 3, activation="relu", bias_initializer="normal", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(8, 2, activation="relu", bias_initializer="normal", name="second"),
            layers.Flatten(name="flat"),
            layers.Dense(1, activation="sigmoid", name="answer"),
        ]
    )
    return Explorer(Network(model, ("cat", "dog"), preprocessing))


GRAY = Preprocessing(28, 28, "tf", color_mode="L")
CROPPED = Preprocessing(28, 28, "caffe", "crop")


@pytest.fixture(scope="module", params=[GRAY, CROPPED], ids=["grey", "cropped"])
def preprocessing(request: pytest.FixtureRequest) -> Preprocessing:
    return request.param


@pytest.fixture(scope="module")
def served(preprocessing: Preprocessing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on such a network."""
    with serve_here(tmp_path_factory.mktemp("served"), build(preprocessing)) as running:
        yield running


@pytest.fixture(scope="module")
def page(served: Server, windows: Windows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page with a photo that is twice as wide as high."""
    with windows.visiting(served) as visit:
        page = visit(wait=False)
        page.wait_for_function(SHOWN)
        seen = page.locator("#answer img").first
        before = seen.get_attribute("src")
        upload(page, tmp_path_factory.mktemp("photo") / "photo.png", encode(PHOTO, "PNG"))
        expect(seen).not_to_have_attribute("src", str(before))
        yield page


def test_page_shows_and_says_what_the_network_sees(page: Page, served: Server, preprocessing: Preprocessing) -> None:
    expect(page.locator("#answer")).to_contain_text(
        f"{describe_seen(preprocessing, PHOTO)} {describe_numbers(preprocessing)}"
    )
    source = page.locator("#answer img").first.evaluate("image => image.src")
    seen = preprocessing.resize(PHOTO)
    shown = Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/png;base64,"))))
    assert shown.mode == seen.mode
    assert np.array_equal(np.asarray(shown)[5::10, 5::10], np.asarray(seen))


def test_tab_on_the_network_says_what_goes_in(page: Page, preprocessing: Preprocessing) -> None:
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator("#network .input")).to_have_text(describe_input(preprocessing))
    summary = network_words.KERNELS_SUMMARY_GRAY if preprocessing is GRAY else network_words.KERNELS_SUMMARY
    expect(page.locator("#kernels")).to_contain_text(summary.split("{edge}")[1].split("{")[0].strip(". "))


def test_channel_lies_on_the_part_of_the_photo_that_was_seen(page: Page, preprocessing: Preprocessing) -> None:
    layer = build(preprocessing)(PHOTO)["second"]
    open_channels(page, "second")
    black_and_white = page.get_by_label(SAYS["gray"], exact=True)
    expect(black_and_white).to_be_visible(visible=preprocessing is CROPPED)
    channel = int(layer.statistics.max.argmax())
    page.locator(f'.channels .tile[data-channel="{channel}"]').click()
    expect(page.locator(DIALOG)).to_be_visible()
    page.get_by_label(SAYS["original"]).check()
    page.wait_for_function(f"() => document.querySelector('{DIALOG} .overlay img').naturalWidth === 400")
    row, column = layer.strongest(1)[0].position
    left, top, right, bottom = preprocessing.box_in_photo(layer.box(row, column), PHOTO)
    expected = [left / 400, top / 200, right / 400, bottom / 200]
    assert page.locator(f"{DIALOG} .overlay .frame").evaluate(INSET) == pytest.approx(expected, abs=0.01)
    covered = np.flatnonzero((canvas_pixels(page.locator(f"{DIALOG} .overlay canvas"))[..., 3] > 0).any(axis=0))
    fields = layer.receptive_field.columns
    first = fields.start + (fields.size - fields.stride) / 2
    ends = [
        preprocessing.box_in_photo((place, 0, place, 0), PHOTO)[0] for place in (first, first + 2 * fields.num_units)
    ]
    assert [covered[0], covered[-1] + 1] == pytest.approx(ends, abs=1)
    page.keyboard.press("Escape")


def test_first_layer_tells_the_colors_in_the_order_that_it_reads_them(page: Page, preprocessing: Preprocessing) -> None:
    explorer = build(preprocessing)
    open_channels(page, "first")
    channel = int(explorer(PHOTO)["first"].statistics.max.argmax())
    page.locator(f'.channels .tile[data-channel="{channel}"]').click()
    names = page.locator(f"{DIALOG} .kernel figcaption")
    expected = ["grey"] if preprocessing is GRAY else [SAYS["all_colors"], "blue", "green", "red"]
    expect(names).to_have_text(expected)
    if preprocessing is CROPPED:
        middle = page.locator(f"{DIALOG} .kernel .weights").first.locator("span").nth(4)
        red, green, blue = (int(each) for each in middle.evaluate("e => e.style.background").strip("rgb()").split(", "))
        weights = explorer.network.model.get_layer("first").get_weights()[0][..., channel]
        shades = np.round(127.5 * (1 + weights[1, 1] / np.abs(weights).max()))
        assert [blue, green, red] == pytest.approx(shades.tolist(), abs=1)
    page.keyboard.press("Escape")


def test_evidence_is_pointed_at_where_it_is_on_the_photo(page: Page, preprocessing: Preprocessing) -> None:
    open_why(page)
    page.locator(".why [name=view]").select_option("photo")
    frame = page.locator(".why .method").first.locator(".frame").first
    layer = build(preprocessing)(PHOTO)["second"]
    for row, column in ((3, 4), (9, 11)):
        left, top, right, bottom = preprocessing.box_in_photo(layer.box(row, column), PHOTO)
        area = frame.locator("canvas").bounding_box()
        assert area is not None
        x, y = (left + right) / 2 / 400 * area["width"], (top + bottom) / 2 / 200 * area["height"]
        frame.hover(position={"x": x, "y": y})
        expect(page.locator(".why .method").first.locator(".reading").first).to_contain_text(
            f"Row {row}, column {column}:"
        )
        expected = [left / 400, top / 200, right / 400, bottom / 200]
        assert frame.evaluate(INSET) == pytest.approx(expected, abs=0.01)
