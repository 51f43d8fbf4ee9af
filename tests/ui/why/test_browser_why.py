"""The tab on the why as a visitor has it: maps of both classes, how far to trust them, waiting, stopping."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, Request, expect

from access import WATCH_SHIFTS, assert_steady
from browsing import (
    PHONE,
    WAIT_MILLISECONDS,
    Visit,
    Window,
    Windows,
    canvas_pixels,
    open_tab,
    open_why,
    pattern,
    read_number,
    settle,
    show,
    show_more,
    start_work_clock,
    upload,
    wait_for_maps,
)
from cnnviz.base.steps import Steps
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.result import Result
from cnnviz.ui import answers, words
from cnnviz.ui.answers import Answer
from cnnviz.ui.why import words as why_words
from cnnviz.ui.why.why import SHOWN_AT_FIRST
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.cells import place
from cnnviz.why.explain import METHODS, Explanation
from cnnviz.why.trust import Curve
from networks import build_branches
from pictures import draw, encode
from server import Server, serve_here

STEP_SECONDS = 0.15
LONG_MILLISECONDS = 3 * WAIT_MILLISECONDS
"""For what comes after other things that take a while."""

MOVE_SECONDS = 0.05
"""Of the page's own work, until what is moved follows."""

ONE_SIDED = ("grad_cam", "layer_cam")
"""Methods that have a map of their own for either class; of a single sigmoid, others have one for both."""

NUMBER = r"[+\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?"
RESET = """() => {
    document.activeElement.blur();
    const form = document.querySelector('.why form');
    form.reset();
    form.elements.layer.value = 'conv2d_4';
    form.dispatchEvent(new Event('input'));
    document.querySelector('.why .help').open = false;
    scrollTo(0, 0);
}"""
SCROLL_TO_ROWS = """() => {
    const {top} = document.querySelector('.why .rows').getBoundingClientRect();
    scrollBy({top: top - 350, behavior: 'instant'}); // to one place, however much of the rows is there already
}"""
BOX = """frame => {
    const [whole, box] = ['canvas', '.box'].map(part => frame.querySelector(part).getBoundingClientRect());
    return [box.left - whole.left, box.top - whole.top, box.right - whole.left, box.bottom - whole.top]
        .map((edge, index) => edge / (index % 2 ? whole.height : whole.width));
}"""


@pytest.fixture(scope="module")
def opened_why(
    windows: Windows, server: Server, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> Iterator[Window]:
    """The page with a photo, and the tab open."""
    with windows.lend() as window:
        page = window.open(server)
        show(page, tmp_path_factory.mktemp("shown") / "photo.png", content)
        open_why(page)
        yield window


@pytest.fixture
def page(opened_why: Window) -> Iterator[Page]:
    """The same, with all settings as they are at first; for tests that leave the photo as it is."""
    page = opened_why.page
    page.mouse.move(1, 1)
    open_tab(page, words.WHY_TAB)
    page.evaluate(RESET)
    wait_for_maps(page)
    yield page
    opened_why.check()


def row(page: Page, method: str, part: str = "") -> Locator:
    """Find a method's row, or a part of it."""
    heading = page.get_by_role("heading", name=why_words.METHOD_NAMES[method], exact=True)
    found = page.locator(".why .method", has=heading)
    return found.locator(part) if part else found


def box_of(page: Page, method: str) -> Locator:
    return page.get_by_label(why_words.METHOD_NAMES[method], exact=True)


def choose(page: Page, *methods: str) -> None:
    """Choose these methods and no others."""
    for method in sorted(METHODS, key=lambda each: each in methods):
        box_of(page, method).set_checked(method in methods)


def setting(page: Page, name: str) -> Locator:
    return page.locator(f".why [name={name}]")


def explain(result: Result, method: str, layer: str | None = None) -> tuple[list[Explanation], float]:
    """Give the maps that the page shows of a method, and the largest magnitude of both classes' maps."""
    both = [result.explain(method, name, layer if method in OF_LAYERS else None) for name in ("cat", "dog")]
    limit = max(float(np.abs(each.values).max()) for each in both)
    return both if method in ONE_SIDED else both[1:], limit


def colors(explanation: Explanation, limit: float) -> NDArray[np.uint8]:
    """Work out the colour of each value: shape (h, w, 3)."""
    is_signed = explanation.method not in ("saliency", "smooth_grad")
    name = "magma" if not is_signed else "PuOr" if len(explanation.class_names) == 2 else "RdBu_r"
    table = matplotlib.colormaps[name](np.linspace(0, 1, 253), bytes=True)[:, :3]
    direction = -1 if name == "PuOr" and explanation.class_name == explanation.class_names[0] else 1
    zero, steps = (126, 126) if is_signed else (0, 252)
    shares = direction * explanation.values.astype(np.float64) / limit
    return np.asarray(table[np.floor(zero + shares * steps + 0.5).astype(int)])


def placed(explanation: Explanation, limit: float) -> NDArray[np.uint8]:
    """Lay the colours over the picture: shape (height, width, 4); the weaker a value, the less opaque."""
    values = np.nan_to_num(place(explanation.values.astype(float), explanation.seen))
    strong = replace(explanation, values=np.float32(0.75 * np.sign(values)))
    opacity = np.floor(255 * np.sqrt(np.abs(values) / limit) + 0.5)
    return np.dstack([colors(strong, 1), opacity]).astype(np.uint8)


def assert_alike(pixels: NDArray[np.uint8], expected: NDArray[np.uint8]) -> None:
    """Compare pixels as one sees them: a browser keeps colours multiplied by their opacity."""
    seen, wanted = (each[..., :3] * (each[..., 3:] / 255) for each in (pixels, expected))
    assert np.abs(pixels[..., 3].astype(int) - expected[..., 3]).max() <= 1
    assert np.abs(seen - wanted).max() <= 2


def assert_maps(page: Page, method: str, maps: list[Explanation], limit: float) -> None:
    """Check each pixel of a method's maps, raw or over what the network saw."""
    canvases = row(page, method, "canvas")
    expect(canvases).to_have_count(len(maps))
    for canvas, explanation in zip(canvases.all(), maps, strict=True):
        if setting(page, "view").input_value() == "raw":
            np.testing.assert_array_equal(canvas_pixels(canvas)[..., :3], colors(explanation, limit))
        else:
            expected = placed(explanation, limit)
            factor = 300 // len(expected)
            assert_alike(canvas_pixels(canvas), expected.repeat(factor, axis=0).repeat(factor, axis=1))


STOP_MAPS = """share => {
    const progress = document.querySelector('.why .maps progress[value]');
    if (!(progress?.value > share)) return false;
    progress.parentElement.querySelector('button').click();
    return true;
}"""
"""Stops a method once more of its maps is computed; in one go, or they might be finished meanwhile."""


def num_maps(server: Server) -> int:
    return sum("page, maps" in line for line in server.answers())


def left_off(server: Server) -> int:
    return server.log().count("left off after")


def says_that_it_rests(request: Request) -> bool:
    """Tell whether a page says with it that it waits for nothing any more."""
    return request.method == "POST" and {*(request.post_data_json.get("event_data") or ())} == {"number"}


def wait_until_left_off(server: Server, before: int) -> None:
    deadline = time.monotonic() + LONG_MILLISECONDS / 1000
    while left_off(server) == before:
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.1)


@pytest.fixture
def slow_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes each step of slow work last, or a fast machine would have finished before anybody looks."""
    advance = answers._advance

    def advance_slowly(steps: Steps[Answer]) -> tuple[float, Answer | None]:
        time.sleep(STEP_SECONDS)
        return advance(steps)

    monkeypatch.setattr(answers, "_advance", advance_slowly)


def wait_for_progress(page: Page) -> float:
    """Return which share of what is computed now is done, once some of it is."""
    bar = page.locator(".why progress[value]").first
    expect(bar).to_be_visible(timeout=LONG_MILLISECONDS)
    return float(bar.evaluate("bar => bar.value"))


# Maps


def test_tab_opens_with_two_methods_for_both_classes(page: Page) -> None:
    assert page.locator(".why h3").all_inner_texts() == [why_words.METHOD_NAMES[method] for method in SHOWN_AT_FIRST]
    assert [box.input_value() for box in setting(page, "method").all() if box.is_checked()] == list(SHOWN_AT_FIRST)
    titles = [why_words.MAP_FOR.format(name=name) for name in ("cat", "dog")]
    titles.append(why_words.MAP_FOR_BOTH.format(first="cat", second="dog"))
    assert page.locator(".why figure h4").all_inner_texts() == titles
    expect(setting(page, "other")).to_be_hidden()  # there is no third class


def test_maps_of_a_layer_are_the_library_s_raw_and_over_the_photo(page: Page, explored: Result) -> None:
    choose(page, *OF_LAYERS)
    for layer in ("conv2d_1", "conv2d_4", "max_pooling2d_4"):
        setting(page, "layer").select_option(layer)
        wait_for_maps(page)
        maps = {method: explain(explored, method, layer) for method in OF_LAYERS}
        for view in ("seen", "raw"):
            setting(page, "view").select_option(view)
            for method in OF_LAYERS:
                assert_maps(page, method, *maps[method])
        said = why_words.WHY["of_layer"].format(layer=layer)
        expect(row(page, "layer_cam", "header")).to_contain_text(said)


def test_maps_of_the_picture_are_the_library_s(page: Page, explored: Result) -> None:
    methods = ("saliency", "smooth_grad", "integrated_gradients")
    choose(page, *methods)
    wait_for_maps(page)
    maps = {method: explain(explored, method) for method in methods}
    for view in ("raw", "seen"):
        setting(page, "view").select_option(view)
        for method in methods:
            assert_maps(page, method, *maps[method])
    assert row(page, "saliency", ".legend").inner_text().startswith(why_words.LEGEND_NOTHING)


def test_what_speaks_for_cat_is_orange_and_for_dog_purple(page: Page, explored: Result) -> None:
    setting(page, "view").select_option("raw")
    maps, _ = explain(explored, "grad_cam", "conv2d_4")
    for canvas, explanation in zip(row(page, "grad_cam", "canvas").all(), maps, strict=True):
        strongest = np.unravel_index(explanation.values.argmax(), explanation.values.shape)
        red, _, blue = canvas_pixels(canvas)[strongest][:3].astype(int)
        assert red > blue + 50 if explanation.class_name == "cat" else blue > red + 20


def test_over_the_photo_each_cell_lies_where_its_unit_saw(page: Page, explored: Result) -> None:
    setting(page, "view").select_option("photo")
    maps, limit = explain(explored, "grad_cam", "conv2d_4")
    for canvas, explanation in zip(row(page, "grad_cam", "canvas").all(), maps, strict=True):
        pixels, expected = canvas_pixels(canvas), placed(explanation, limit)
        assert pixels.shape == (225, 300, 4)  # of a photo of 400 x 300: the squeeze is undone
        for y in range(3, 150, 8):
            for x in range(3, 150, 8):
                there = pixels[int((y + 0.5) * 1.5), (2 * x) + 1]
                assert_alike(there, expected[y, x])
    image = row(page, "grad_cam", "img").first
    image.evaluate("image => image.decode()")
    assert image.evaluate("image => [image.naturalWidth, image.clientWidth, image.clientHeight]") == [400, 300, 225]


def test_raw_map_stands_alone_and_opacity_is_that_of_the_map(page: Page) -> None:
    canvas, image = row(page, "hires_cam", "canvas"), row(page, "hires_cam", "img")
    for percent in ("0", "35", "100"):
        setting(page, "opacity").fill(percent)
        assert canvas.evaluate("canvas => Number(getComputedStyle(canvas).opacity)") == int(percent) / 100
    setting(page, "opacity").fill("20")
    setting(page, "view").select_option("raw")
    expect(image).to_be_hidden()
    expect(setting(page, "opacity")).to_be_hidden()
    assert canvas.evaluate("canvas => [canvas.clientWidth, Number(canvas.style.opacity)]") == [300, 1]
    setting(page, "view").select_option("seen")
    expect(image).to_be_visible()
    assert canvas.evaluate("canvas => Number(canvas.style.opacity)") == 0.2


def test_opacity_follows_the_finger_with_maps_of_every_pixel(page: Page) -> None:
    choose(page, "saliency", "smooth_grad")
    wait_for_maps(page)
    clock = start_work_clock(page)
    page.evaluate("""() => {
        const slider = document.querySelector('.why [name=opacity]');
        for (let opacity = 40; opacity < 60; opacity += 1) {
            slider.value = opacity;
            slider.dispatchEvent(new Event('input', {bubbles: true}));
        }
    }""")
    assert 0 < clock() / 20 < MOVE_SECONDS


def test_methods_come_and_go_and_what_was_computed_is_not_asked_again(page: Page, server: Server) -> None:
    choose(page)
    expect(page.locator(".why .rows")).to_have_text(why_words.WHY["none"])
    before = num_maps(server)
    choose(page, *SHOWN_AT_FIRST)
    wait_for_maps(page)
    assert page.locator(".why h3").all_inner_texts() == [why_words.METHOD_NAMES[method] for method in SHOWN_AT_FIRST]
    assert num_maps(server) == before


def test_captions_tell_the_library_s_sum_and_the_size_of_a_cell(page: Page, explored: Result) -> None:
    choose(page, "hires_cam", "layer_cam", "saliency")
    setting(page, "layer").select_option("max_pooling2d_4")
    wait_for_maps(page)
    for method in ("hires_cam", "layer_cam", "saliency"):
        maps, limit = explain(explored, method, "max_pooling2d_4")
        for caption, explanation in zip(row(page, method, ".maps figcaption").all(), maps, strict=True):
            if method == "saliency":
                total, cell = why_words.MAP_SUM_OF_STRENGTHS, why_words.MAP_CELL_IS_PIXEL
            else:
                total, cell = why_words.MAP_SUM, why_words.MAP_CELL
            size = cell.format(height=16, width=16, rows=150, columns=150)
            found = re.search(f"{pattern(total, name=explanation.class_name)} {re.escape(size)}$", caption.inner_text())
            assert found, caption.inner_text()
            assert read_number(found[1]) == pytest.approx(explanation.values.sum(), rel=0.005, abs=0.0051)
        highest = row(page, method, ".legend span").last.inner_text().rpartition(" ")[2]
        assert read_number(highest) == pytest.approx(limit, rel=0.005)


def test_help_explains_each_part(page: Page) -> None:
    page.locator(".why .help summary").click()
    names = page.locator(".why .help dt")
    expect(names.first).to_be_visible()
    assert names.all_inner_texts() == [name for name, _ in why_words.WHY["helps"]]


# Pointing


def read_cell(page: Page, method: str) -> tuple[int, int, float]:
    text = row(page, method, ".reading").first.text_content() or ""
    found = re.fullmatch(pattern(why_words.WHY["reading"]), text)
    assert found, text
    return int(found[1]), int(found[2]), read_number(found[3])


def test_pointing_at_a_cell_tells_its_value_and_boxes_what_it_saw(page: Page, explored: Result) -> None:
    (explanation,), _ = explain(explored, "hires_cam", "conv2d_4")
    frame, layer = row(page, "hires_cam", ".frame"), explored["conv2d_4"]
    for place_ in ((0, 0), (7, 3), (14, 14), (2, 11)):
        column, cell = place_[1], place_[0]
        frame.hover(position={"x": 2 * (15 + 8 * column + 4), "y": 2 * (15 + 8 * cell + 4)})
        assert read_cell(page, "hires_cam") == (cell, column, pytest.approx(explanation.values[place_], rel=0.006))
        assert 150 * np.array(frame.evaluate(BOX)) == pytest.approx(np.array(layer.box(*place_)), abs=0.3)
    frame.hover(position={"x": 2, "y": 298})  # where no cell lies: the nearest
    assert read_cell(page, "hires_cam")[:2] == (14, 0)
    page.mouse.move(1, 1)
    expect(row(page, "hires_cam", ".box")).to_be_hidden()
    setting(page, "view").select_option("raw")
    frame.hover(position={"x": 70, "y": 110})
    assert read_cell(page, "hires_cam")[:2] == (5, 3)
    assert 15 * np.array(frame.evaluate(BOX)) == pytest.approx(np.array([3, 5, 4, 6]), abs=0.05)


def test_arrow_keys_choose_a_cell(page: Page, explored: Result) -> None:
    maps, _ = explain(explored, "grad_cam", "conv2d_4")
    frame = row(page, "grad_cam", ".frame").first
    frame.hover(position={"x": 2 * (15 + 8 * 6 + 4), "y": 2 * (15 + 4)})
    frame.focus()
    steps = {"ArrowRight": (0, 7), "ArrowDown": (1, 7), "ArrowLeft": (1, 6), "ArrowUp": (0, 6)}
    for key, (cell, column) in steps.items():
        page.keyboard.press(key)
        value = pytest.approx(maps[0].values[cell, column], rel=0.006)
        assert read_cell(page, "grad_cam") == (cell, column, value)
    page.keyboard.press("ArrowUp")  # there is no row above
    assert read_cell(page, "grad_cam")[:2] == (0, 6)
    setting(page, "view").evaluate("""menu => {
        menu.value = 'raw';
        menu.dispatchEvent(new Event('input', {bubbles: true}));
    }""")
    assert 15 * np.array(frame.evaluate(BOX)) == pytest.approx(np.array([6, 0, 7, 1]), abs=0.05)  # goes with the cell
    page.keyboard.press("Tab")
    expect(row(page, "grad_cam", ".box").first).to_be_hidden()
    title = row(page, "grad_cam", "h4").first.inner_text()
    label = why_words.WHY["map_label"].format(title=title, rows=15, columns=15)
    assert frame.get_attribute("aria-label") == label


# How far to trust it


def assert_curve(figure: Locator, curve: Curve) -> None:
    for name, values in (("map", curve.probabilities), ("chance", curve.random)):
        line = figure.locator(f"polyline.{name}").get_attribute("points") or ""
        drawn = np.array([point.split(",") for point in line.split()], float)
        np.testing.assert_allclose(drawn, np.stack([160 * curve.shares, 80 * (1 - values)], axis=1), atol=0.06)
    areas = re.findall(r"([\d.]+)%", figure.locator("figcaption").inner_text())
    assert [float(area) for area in areas] == pytest.approx([100 * curve.area, 100 * curve.random_area], abs=0.06)


def test_how_far_to_trust_a_map_is_told_for_either_class(page: Page, explored: Result) -> None:
    choose(page, "layer_cam")
    told = row(page, "layer_cam", ".trust")
    for name in ("cat", "dog"):
        setting(page, "trusted").select_option(name)
        expect(told.locator("h4")).to_have_text(
            why_words.WHY["trust"].format(**{"class": name}), timeout=LONG_MILLISECONDS
        )
        trust = explored.trust(explored.explain("layer_cam", name, "conv2d_4"))
        agreement, shuffled = (re.findall(NUMBER, text) for text in told.locator("dd").all_inner_texts())
        expected = [trust.mean_agreement, trust.chance, *trust.agreement.values()]
        assert [read_number(each) for each in agreement] == pytest.approx(expected, abs=0.0051)
        assert read_number(shuffled[0]) == pytest.approx(trust.shuffled_weights, abs=0.0051)
        for figure, curve in zip(told.locator("figure").all(), (trust.deletion, trust.insertion), strict=True):
            assert_curve(figure, curve)
            said = figure.locator("figcaption").inner_text().partition("\n")[2]
            assert re.fullmatch(pattern(why_words.AREAS, name=name), said)


def test_nothing_that_speaks_for_a_class_is_said_and_is_no_fault(
    visit: Visit, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    photo = encode(draw(400, 300, seed=42), "PNG")
    result = explorer(photo)
    assert not result.explain("grad_cam", "cat", "max_pooling2d_3").values.any()
    page = visit()
    open_why(page)
    open_tab(page, words.LAYERS_TAB)
    expect(page.locator(".why")).to_be_hidden()
    settle(page)
    before = num_maps(server)
    show(page, tmp_path / "photo.png", photo)
    assert num_maps(server) == before  # nobody looks at the tab
    open_why(page)
    choose(page, "grad_cam")
    wait_for_maps(page)
    assert_maps(page, "grad_cam", *explain(result, "grad_cam", "conv2d_4"))  # of the new photo
    setting(page, "layer").select_option("max_pooling2d_3")
    wait_for_maps(page)
    captions = row(page, "grad_cam", ".maps figcaption")
    place_ = why_words.IN_LAYER.format(layer="max_pooling2d_3")
    expect(captions.first).to_have_text(why_words.EMPTY_MAP.format(place=place_, name="cat"))
    expect(captions.last).to_contain_text(re.compile(pattern(why_words.MAP_SUM, name="dog")))
    expect(row(page, "grad_cam", "canvas").first).to_be_hidden()
    setting(page, "view").select_option("raw")
    frame = row(page, "grad_cam", ".frame").first
    assert "gradient" in frame.evaluate("frame => getComputedStyle(frame).backgroundImage")  # hatched
    frame.hover()
    assert read_cell(page, "grad_cam")[2] == 0
    setting(page, "trusted").select_option("cat")
    expect(row(page, "grad_cam", ".trust h4")).to_have_text(
        why_words.WHY["trust"].format(**{"class": "cat"}), timeout=LONG_MILLISECONDS
    )
    assert not re.search("nan|infinity|undefined", row(page, "grad_cam").inner_html(), re.IGNORECASE)


# What takes a while


@pytest.mark.usefixtures("slow_work")
def test_slow_method_shows_how_far_it_is_and_can_be_stopped(page: Page, server: Server) -> None:
    expect(page.locator(".why .trust svg")).to_have_count(4, timeout=LONG_MILLISECONDS)  # nothing else is computed
    box_of(page, "occlusion").check()
    share = wait_for_progress(page)
    expect(row(page, "occlusion").get_by_role("button", name=why_words.WHY["stop"]).first).to_be_visible()
    before = left_off(server)
    page.wait_for_function(STOP_MAPS, arg=share)
    expect(row(page, "occlusion")).to_have_count(0)
    expect(box_of(page, "occlusion")).not_to_be_checked()
    wait_until_left_off(server, before)
    expect(page.locator(".why .maps canvas")).to_have_count(3)


@pytest.mark.usefixtures("slow_work")
def test_map_stays_if_only_its_examination_is_stopped(page: Page, server: Server) -> None:
    choose(page, "hires_cam")
    setting(page, "layer").select_option("conv2d_2")  # which no other test asks for: it was not examined before
    wait_for_maps(page)
    trust = row(page, "hires_cam", ".trust")
    before = left_off(server)
    trust.get_by_role("button", name=why_words.WHY["stop"]).click()
    wait_until_left_off(server, before)
    expect(row(page, "hires_cam", "canvas")).to_have_count(1)
    expect(trust).to_have_text(why_words.WHY["left"])
    box_of(page, "hires_cam").uncheck()
    box_of(page, "hires_cam").check()
    expect(trust.locator("svg")).to_have_count(2, timeout=LONG_MILLISECONDS)


@pytest.mark.usefixtures("slow_work")
def test_hidden_tab_computes_nothing_and_goes_on_when_it_is_seen_again(page: Page, server: Server) -> None:
    box_of(page, "occlusion").check()
    wait_for_progress(page)
    before = left_off(server)
    with page.expect_request(says_that_it_rests):  # or what a page before left off might count for this one's
        open_tab(page, words.LAYERS_TAB)
    wait_until_left_off(server, before)
    answers = server.answers()
    asked: list[str] = []  # what is only fetched may be the end of the answer before
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    for _ in range(10):
        settle(page)
    assert server.answers() == answers
    assert not asked
    open_tab(page, words.WHY_TAB)
    wait_for_progress(page)
    box_of(page, "occlusion").uncheck()


@pytest.mark.usefixtures("slow_work")
def test_photo_chosen_while_another_is_examined_gets_maps_of_its_own(
    visit: Visit, server: Server, explorer: Explorer, tmp_path: Path
) -> None:
    page = visit()
    open_why(page)
    choose(page, *OF_LAYERS)
    wait_for_maps(page)
    wait_for_progress(page)  # of how far to trust them
    before, photo = left_off(server), encode(draw(300, 300, seed=41), "PNG")
    seen = row(page, "grad_cam", "img").first.get_attribute("src")
    upload(page, tmp_path / "photo.png", photo)
    expect(row(page, "grad_cam", "img").first).not_to_have_attribute("src", str(seen))
    wait_until_left_off(server, before)
    expect(row(page, "grad_cam", "canvas")).to_have_count(2)
    assert_maps(page, "grad_cam", *explain(explorer(photo), "grad_cam", "conv2d_4"))
    wait_for_progress(page)


def test_of_layers_chosen_in_haste_the_last_is_shown(page: Page, explored: Result) -> None:
    choose(page, "grad_cam")
    setting(page, "layer").evaluate("""menu => {
        for (const name of ['conv2d_2', 'conv2d_3', 'max_pooling2d_1', 'max_pooling2d_2']) {
            menu.value = name;
            menu.dispatchEvent(new Event('input', {bubbles: true}));
        }
    }""")
    wait_for_maps(page)
    assert_maps(page, "grad_cam", *explain(explored, "grad_cam", "max_pooling2d_2"))
    choose(page, "grad_cam", "layer_cam")  # what asks has not lost its photo
    wait_for_maps(page)
    assert_maps(page, "layer_cam", *explain(explored, "layer_cam", "max_pooling2d_2"))


def test_two_visitors_get_maps_of_their_own_photos(visit: Visit, explorer: Explorer, tmp_path: Path) -> None:
    photos = [encode(draw(300, 300, seed=seed), "PNG") for seed in (41, 42)]
    pages = [visit(), visit()]
    for number, (page, photo) in enumerate(zip(pages, photos, strict=True)):
        show(page, tmp_path / f"{number}.png", photo)
        open_tab(page, words.WHY_TAB)
        show_more(page, ".why")
    for page in pages:  # both before either is looked at
        setting(page, "layer").select_option("conv2d_3")
    for page, photo in zip(pages, photos, strict=True):
        wait_for_maps(page)
        for method in SHOWN_AT_FIRST:
            assert_maps(page, method, *explain(explorer(photo), method, "conv2d_3"))


# Narrow screens, and other networks


def test_phone_shows_all_of_it_without_scrolling_sideways_or_jumping(visit: Visit) -> None:
    page = visit(**PHONE)
    page.get_by_role("tab", name=words.WHY_TAB).tap()
    expect(page.locator(".why .method")).to_have_count(len(SHOWN_AT_FIRST))
    page.evaluate(SCROLL_TO_ROWS)
    page.evaluate(WATCH_SHIFTS, False)
    expect(page.locator(".why .trust svg")).to_have_count(4, timeout=LONG_MILLISECONDS)
    assert_steady(page)
    frames = row(page, "grad_cam", ".frame")
    frames.first.tap(position={"x": 75, "y": 75})
    assert read_cell(page, "grad_cam")[:2] == (7, 7)
    expect(row(page, "grad_cam", ".box").first).to_be_visible()
    areas = [frame.bounding_box() for frame in frames.all()]
    assert len({area["y"] for area in areas if area}) == 1  # side by side
    for view in ("photo", "raw", "seen"):
        setting(page, "view").select_option(view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture(scope="module")
def branches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on a network with branches and three classes."""
    with serve_here(tmp_path_factory.mktemp("branches"), Explorer(build_branches())) as running:
        yield running


def test_second_of_several_classes_can_be_chosen(windows: Windows, branches: Server, tmp_path: Path) -> None:
    explorer, photo = Explorer(build_branches()), draw(112, 80, seed=9)
    result, path = explorer(photo), tmp_path / "photo.png"
    with windows.visiting(branches) as visit:
        page = visit(wait=False)
        page.wait_for_function("() => document.querySelector('#strip .selected')")
        seen = page.locator("#answer img").first
        before = seen.get_attribute("src")
        upload(page, path, encode(photo, "PNG"))
        expect(seen).not_to_have_attribute("src", str(before))
        open_tab(page, words.WHY_TAB)
        show_more(page, ".why")
        others = [name for name in ("ant", "bee", "cow") if name != result.label]
        menu = page.get_by_label(why_words.WHY["other"].format(label=result.label))
        expect(menu.locator("option")).to_have_text(others)
        expect(menu).to_have_value(max(others, key=lambda name: result.probabilities[name]))
        setting(page, "layer").select_option("signed")
        setting(page, "view").select_option("raw")
        for other in others:
            menu.select_option(other)
            shown = sorted([result.label, other])
            titles = [why_words.MAP_FOR.format(name=name) for name in shown]
            expect(row(page, "hires_cam", "figure h4")).to_have_text(titles)
            assert setting(page, "trusted").locator("option").all_inner_texts() == shown
            maps = [result.explain("hires_cam", name, "signed") for name in shown]
            limit = max(float(np.abs(each.values).max()) for each in maps)
            for canvas, explanation in zip(row(page, "hires_cam", "canvas").all(), maps, strict=True):
                np.testing.assert_array_equal(canvas_pixels(canvas)[..., :3], colors(explanation, limit))
        assert row(page, "hires_cam", ".legend").inner_text().startswith(why_words.LEGEND_AGAINST)
        page.set_viewport_size({"width": 390, "height": 844})
        menu.evaluate("menu => menu.add(new Option('a long name '.repeat(12)))")
        box = menu.bounding_box()
        assert box is not None
        assert 200 < box["width"] < 390 - box["x"]
