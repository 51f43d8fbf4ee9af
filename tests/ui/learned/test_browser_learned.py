"""How the network learned, as a visitor sees it: a slider, and a strip in each channel's dialog."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import cnnviz
from access import assert_usable
from browsing import PHONE, Visit, Windows, title_of, waiting_for_answers
from cnnviz.base.figures import percent
from cnnviz.callbacks import Watch
from cnnviz.explorer.explorer import Explorer
from cnnviz.model_folder.folder import write_folder
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.kept_timeline import title_of as moment_title
from cnnviz.ui.learned.words import LEARNED
from networks import build_tiny
from pictures import draw
from server import Server, serve_here
from timelines_of import add, record

NETWORK_TAB = "/?tab=network"
CUT = """async picture => {
    const { backgroundImage, backgroundPosition } = getComputedStyle(picture);
    const image = new Image();
    image.src = backgroundImage.slice(5, -2);
    await image.decode();
    const [width, height] = [picture.clientWidth, picture.clientHeight];
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    canvas.getContext('2d').drawImage(image, parseFloat(backgroundPosition), 0);
    return canvas.toDataURL('image/png');
}"""


@pytest.fixture(scope="module")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that learned in four steps, and beside it the timeline that was recorded meanwhile."""
    network, folder = build_tiny(), tmp_path_factory.mktemp("trained")
    photos = [draw(60, 48, seed=seed) for seed in range(8)]
    labels = np.arange(8) % 2
    watch = Watch(photos, folder / "timeline", labels=labels, classes=network.class_names)
    network.model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    batch = network.preprocessing([network.preprocessing.resize(photo) for photo in photos])
    network.model.fit(batch, labels, 4, epochs=2, verbose=0, callbacks=[watch])
    return write_folder(folder / "model", network.model, network.class_names, network.preprocessing, {"epochs": 2})


@pytest.fixture(scope="module")
def trained(trained_folder: Path) -> Explorer:
    return cnnviz.load(trained_folder)


@pytest.fixture(scope="module")
def learned_server(trained_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve_here(tmp_path_factory.mktemp("learned"), trained_folder) as running:
        yield running


@pytest.fixture
def visit_learned(windows: Windows, learned_server: Server) -> Iterator[Visit]:
    with windows.visiting(learned_server) as open_page:
        yield open_page


def open_learned(page: Page) -> Locator:
    """Wait until the part shows a moment and the curve."""
    part = page.locator("#learned .learned")
    expect(part).to_be_visible()
    part.scroll_into_view_if_needed()
    expect(part.locator(".curve svg")).to_be_visible()
    wait_for_moment(page)
    return part


def wait_for_moment(page: Page) -> None:
    """Return once the chosen moment is shown."""
    page.wait_for_function("() => document.querySelector('.learned:not(.waiting) .maps .tile-row a')")


def at(page: Page, index: int) -> None:
    """Move the slider, and wait."""
    page.locator("#learned input[type=range]").fill(str(index))
    wait_for_moment(page)


def cut(picture: Locator) -> np.ndarray:
    """Read what a visitor sees of a row of pictures in one place."""
    encoded = picture.evaluate(CUT).partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))


def test_each_place_of_the_slider_shows_the_network_of_that_moment(visit_learned: Visit, trained: Explorer) -> None:
    part = open_learned(page := visit_learned(NETWORK_TAB, wait=False))
    expect(part.locator("h2")).to_have_text(LEARNED["heading"])
    slider, timeline = part.get_by_role("slider", name=LEARNED["moment"]), trained.timeline()
    assert len(timeline) == 4
    expect(slider).to_have_js_property("max", "3")
    expect(slider).to_have_value("3")
    for index, snapshot in enumerate(timeline):
        at(page, index)
        expect(part.locator("output")).to_have_text(moment_title(snapshot))
        expect(slider).to_have_attribute("aria-valuetext", moment_title(snapshot))
        kernels = Explorer(timeline.network_at(index)).kernels()
        shown = part.locator(".patterns .picture")
        expect(shown).to_have_count(len(kernels))
        assert all(np.array_equal(cut(shown.nth(n)), np.asarray(kernels[n].picture())) for n in (0, 5))
        expect(part.locator(".curve path.here")).to_have_count(1)
    label = part.locator(".curve svg").get_attribute("aria-label")
    assert label is not None
    assert all(moment_title(snapshot) in label for snapshot in timeline)
    said = [part.locator(".legend span").nth(n).inner_text() for n in range(2)]
    at(page, 0)
    assert [part.locator(".legend span").nth(n).inner_text() for n in range(2)] != said


def test_the_answer_is_that_of_the_moment_to_the_photo_shown(
    visit_learned: Visit, trained: Explorer, learned_server: Server
) -> None:
    part = open_learned(page := visit_learned(NETWORK_TAB, wait=False))
    photo = learned_server.http.get(page.locator("#photo img").get_attribute("src") or "").content
    timeline = trained.timeline()
    for index in (3, 1):
        at(page, index)
        then = Explorer(timeline.network_at(index))(photo).probabilities
        said = [f"{name} {percent(value)}" for name, value in then.items()]
        expect(part.locator(".legend span")).to_have_text(said)


def test_the_slider_is_moved_by_keyboard_and_another_layer_chosen(visit_learned: Visit) -> None:
    part = open_learned(page := visit_learned(NETWORK_TAB, wait=False))
    slider = part.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_value("2")
    page.keyboard.press("Home")
    wait_for_moment(page)
    expect(part.locator("output")).to_have_text("step 0 · epoch 0.0")
    part.locator("[name=layer]").select_option("conv2d_2")
    expect(part.locator(".maps a")).to_have_count(16)
    part.locator("[name=layer]").select_option("conv2d_1")
    expect(part.locator(".maps a")).to_have_count(8)
    expect(part.locator(".maps .quiet")).to_have_text(LEARNED["maps_all"])
    href = part.locator(".maps a").first.get_attribute("href")
    part.locator(".maps a").first.click()
    assert href is not None
    expect(page.locator("#detail-title")).to_have_text(title_of("conv2d_1", int(href.rpartition("=")[2])))


def test_it_plays_from_the_first_moment_to_the_last_and_a_press_stops_it(visit_learned: Visit) -> None:
    part = open_learned(visit_learned(NETWORK_TAB, wait=False))
    button, slider = part.locator(".way button"), part.get_by_role("slider")
    button.click()
    expect(button).to_have_text(LEARNED["pause"])
    expect(slider).to_have_value("1")
    expect(slider).to_have_value("3")
    expect(button).to_have_text(LEARNED["play"])
    button.click()
    expect(slider).to_have_value("0")
    button.click()
    expect(button).to_have_text(LEARNED["play"])
    expect(slider).to_have_value("0")


def test_who_wants_no_motion_goes_on_by_pressing(visit_learned: Visit) -> None:
    part = open_learned(visit_learned(NETWORK_TAB, wait=False, reduced_motion="reduce"))
    button = part.get_by_role("button", name=LEARNED["next"])
    for value in ("0", "1"):
        button.click()
        expect(part.get_by_role("slider")).to_have_value(value)


def test_going_back_asks_nothing_and_another_photo_is_asked_about_anew(visit_learned: Visit) -> None:
    part = open_learned(page := visit_learned(NETWORK_TAB, wait=False))
    at(page, 1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    for index in (3, 1, 3):
        at(page, index)
    assert asked == []
    before = part.locator(".curve svg").get_attribute("aria-label")
    with waiting_for_answers(page):
        page.locator("#examples button").nth(1).click()
    part.scroll_into_view_if_needed()
    expect(part.locator(".curve svg")).not_to_have_attribute("aria-label", before or "")
    wait_for_moment(page)


def test_a_channel_has_a_strip_of_its_maps(visit_learned: Visit, trained: Explorer) -> None:
    page = visit_learned("/?layer=conv2d_2&channel=3", wait=False)
    film = page.locator(".channels dialog .film")
    expect(film.locator("h4")).to_have_text(channels_words.FILM_HEADING)
    expect(film.locator("li b")).to_have_text([moment_title(snapshot) for snapshot in trained.timeline()])
    assert len({cut(film.locator(".picture").nth(n)).tobytes() for n in range(4)}) > 1
    page.locator('.channels [data-step="1"]').click()
    expect(film).to_have_count(1)


def test_a_model_without_a_timeline_has_nothing_of_it_and_fetches_nothing(
    windows: Windows, small_folder: Path, tmp_path: Path
) -> None:
    fetched: list[str] = []
    with serve_here(tmp_path, small_folder) as server, windows.visiting(server) as visit:
        page = visit("/", wait=False)
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(server.url + NETWORK_TAB)
        expect(page.locator("#network .diagram")).to_be_visible()
        assert page.locator("#learned").inner_text().strip() == ""
        page.goto(server.url + "/?layer=conv2d_2&channel=3")
        expect(page.locator(".channels dialog .kernel")).to_be_visible()
        expect(page.locator(".film")).to_have_count(0)
    assert [url for url in fetched if url.endswith("/detail.js")]
    assert not [url for url in fetched if "learned" in url or "film" in url or "tile_row" in url]


def test_a_timeline_that_is_still_recorded_grows_on_an_open_page(windows: Windows, tmp_path: Path) -> None:
    network = build_tiny()
    writer = record(network, tmp_path / "timeline")
    explorer = Explorer(network)
    with (
        serve_here(tmp_path, explorer, timeline=tmp_path / "timeline") as server,
        windows.visiting(server) as visit,
    ):
        part = open_learned(visit(NETWORK_TAB, wait=False))
        expect(part.get_by_role("slider")).to_have_value("2")
        add(writer, 3.0)
        expect(part.get_by_role("slider")).to_have_js_property("max", "3")
        expect(part.get_by_role("slider")).to_have_value("3")  # who is at the last moment stays at the last one
        expect(part.locator("output")).to_have_text("step 30 · epoch 1.5")
        expect(part.locator(".curve path")).to_have_count(4)
        part.get_by_role("slider").fill("1")
        add(writer, 4.0)
        expect(part.get_by_role("slider")).to_have_js_property("max", "4")
        expect(part.get_by_role("slider")).to_have_value("1")


def test_a_training_may_begin_after_the_page(windows: Windows, tmp_path: Path) -> None:
    network = build_tiny()
    with (
        serve_here(tmp_path, Explorer(network), timeline=tmp_path / "timeline") as server,
        windows.visiting(server) as visit,
    ):
        page = visit(NETWORK_TAB, wait=False)
        part = page.locator("#learned .learned")
        part.scroll_into_view_if_needed()
        expect(part.get_by_text(LEARNED["none"])).to_be_visible()
        expect(part.get_by_role("slider")).to_be_hidden()
        record(network, tmp_path / "timeline")
        expect(part.get_by_role("slider")).to_have_js_property("max", "2")
        wait_for_moment(page)
        expect(part.get_by_text(LEARNED["none"])).to_be_hidden()
        expect(part.locator("output")).to_have_text("step 20 · epoch 1.0")
        expect(part.locator(".curve path")).to_have_count(3)


def test_everyone_can_use_it(visit_learned: Visit) -> None:
    page = visit_learned(NETWORK_TAB, wait=False)
    open_learned(page)
    assert_usable(page, "#learned")


def test_a_narrow_screen_is_not_overrun(visit_learned: Visit) -> None:
    page = visit_learned(NETWORK_TAB, wait=False, **PHONE)
    open_learned(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(page.url.partition("?")[0] + "?layer=conv2d_2&channel=3")
    film = page.locator(".channels dialog .film")
    film.scroll_into_view_if_needed()
    assert film.evaluate("film => film.scrollWidth <= film.clientWidth")
