"""The channel explorer's tiles as a visitor has them: colours, order, pointing in both directions, links."""

from __future__ import annotations

import io
import itertools
import os
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route, expect

from browsing import (
    PHONE,
    SCHEMES,
    SCREENS,
    Visit,
    canvas_pixels,
    choose_layer,
    layer,
    open_channels,
    open_tab,
    pattern,
    read_number,
    settle,
    show,
    shown_channels,
    start_work_clock,
    tile,
    title_of,
    upload,
    wait_for_channels,
)
from cnnviz.base.figures import share
from cnnviz.drawing.palette import palette, quantize
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.channels import words as channels_words
from cnnviz.ui.layers import words as layers_words
from fields import enclosing
from pictures import draw, encode
from server import Server

SAYS = channels_words.CHANNELS
READING = ".channels .sight .reading"
SIGHT = ".channels .sight img"
BOX = """() => {
    const [frame, unit] = ['img', '.box'].map(s => document.querySelector(`.channels .sight ${s}`).getBoundingClientRect());
    return [unit.left - frame.left, unit.top - frame.top, unit.right - frame.left, unit.bottom - frame.top]
        .map(edge => edge * 150 / frame.width);
}"""  # noqa: E501
LIT = """() => {
    const style = document.querySelector('.channels .tiles').style;
    return ['--x0', '--y0', '--x1', '--y1'].map(edge => parseFloat(style.getPropertyValue(edge)));
}"""
LAYER_SECONDS, FRAME_SECONDS = 1, 1 / 50
NUM_MOVES = 30
NUM_SWITCHES = 50
GROWTH_BYTES = 30 * 2**20


def colors(name: str) -> NDArray[np.uint8]:
    return np.frombuffer(palette(name, signed=False), np.uint8).reshape(256, 3)


def expected_pixels(layer: LayerResult, channel: int, limit: float, colormap: str = "magma") -> NDArray[np.uint8]:
    """Draw a channel as the library does."""
    values = layer.feature_maps[channel : channel + 1].clip(-limit, limit)
    levels = quantize(values, np.float32([limit]), signed=not layer.layer.non_negative)
    return colors(colormap)[levels[0]]


def assert_pixels(page: Page, expected: NDArray[np.uint8], channel: int) -> None:
    pixels = canvas_pixels(tile(page, channel).locator("canvas"))
    np.testing.assert_array_equal(pixels[..., :3].reshape(expected.shape), expected)


def assert_colors_near(page: Page, expected: NDArray[np.uint8], channel: int) -> None:
    """Check colours that come from levels that were rounded once more: at most a few steps of 255 beside them."""
    pixels = canvas_pixels(tile(page, channel).locator("canvas"))[..., :3].reshape(expected.shape)
    assert np.abs(pixels.astype(int) - expected.astype(int)).max() <= 12
    assert (pixels == expected).mean() > 0.5


def active(layer: LayerResult) -> list[int]:
    return np.flatnonzero(~layer.statistics.silent).tolist()


def test_tiles_have_the_library_s_very_pixels(page: Page, explored: Result) -> None:
    for name in ("conv2d_1", "max_pooling2d_2", "conv2d_4", "flatten_1"):
        choose_layer(page, name)
        numbers = explored[name]
        maps = numbers.feature_maps.reshape(len(numbers.feature_maps), -1)
        assert shown_channels(page) == list(range(len(maps)))
        expect(page.locator(".channels .tile .silent")).to_have_count(numbers.statistics.num_silent)
        for channel in active(numbers)[::9]:
            assert_pixels(page, expected_pixels(numbers, channel, float(np.abs(maps[channel]).max())), channel)


def test_colours_brightness_and_clipping_are_changed_at_once(page: Page, explored: Result, server: Server) -> None:
    choose_layer(page, "conv2d_3")
    numbers, before = explored["conv2d_3"], server.answers()
    channel = int(numbers.magnitudes.argsort()[len(numbers.magnitudes) // 2])
    own, largest = float(numbers.magnitudes[channel]), float(numbers.magnitudes.max())
    page.locator(".channels [name=colormap]").select_option("viridis")
    assert_pixels(page, expected_pixels(numbers, channel, own, "viridis"), channel)
    page.locator(".channels [name=colormap]").select_option("magma")
    page.locator(".channels [name=scale]").select_option("layer")
    assert_colors_near(page, expected_pixels(numbers, channel, largest), channel)
    page.locator(".channels [name=scale]").select_option("fixed")
    page.locator(".channels [name=fixed]").fill(str(3 * largest))
    assert_colors_near(page, expected_pixels(numbers, channel, 3 * largest), channel)
    for nothing in ("", "0", "-1"):  # what is no brightness leaves the last one
        page.locator(".channels [name=fixed]").fill(nothing)
        assert_colors_near(page, expected_pixels(numbers, channel, 3 * largest), channel)
    page.locator(".channels [name=scale]").select_option("channel")
    page.locator(".channels [name=clip]").fill("50")
    assert_colors_near(page, expected_pixels(numbers, channel, own / 2), channel)
    expect(page.locator(".channels [name=clipped]")).to_have_text("50%")
    assert server.answers() == before  # the server was not asked


def test_channels_stand_in_the_order_that_is_chosen(page: Page, explored: Result, explorer: Explorer) -> None:
    choose_layer(page, "conv2d_4")
    numbers = explored["conv2d_4"].statistics
    orders = {
        "mean": -numbers.mean,
        "max": -numbers.max,
        "zeros": -numbers.zero_share,
        "effects": -np.abs(explorer.effects(explored.seen, "conv2d_4")),
        "gray": -explorer.color_losses(explored.seen, "conv2d_4"),
        "index": np.arange(len(numbers.mean)),
    }
    for order, keys in orders.items():
        page.locator(".channels [name=order]").select_option(order)
        wait_for_channels(page)
        shown = shown_channels(page)
        assert sorted(shown) == list(range(len(keys)))
        assert (np.diff(keys[shown]) >= -1e-6).all(), order


def test_numbers_below_tiles_are_the_library_s(page: Page, explored: Result, explorer: Explorer) -> None:
    choose_layer(page, "conv2d_4")
    effects = explorer.effects(explored.seen, "conv2d_4")
    page.locator(".channels [name=order]").select_option("effects")
    wait_for_channels(page)
    expect(page.locator(".channels .caption")).to_contain_text(SAYS["effects"].format(**{"class": explored.label}))
    for channel in (int(np.abs(effects).argmax()), 0):
        number = tile(page, channel).locator("small").inner_text().partition(": ")[2]
        assert read_number(number) == pytest.approx(effects[channel], abs=0.0051)


def test_silent_channels_can_be_hidden_and_a_number_found(page: Page, explored: Result) -> None:
    name = max(explored.layers[:-2], key=lambda each: each.statistics.num_silent * (each.kind != "Flatten")).name
    numbers = explored[name].statistics
    choose_layer(page, name)
    page.get_by_label(SAYS["hide_silent"]).check()
    assert shown_channels(page) == np.flatnonzero(~numbers.silent).tolist()
    page.get_by_label(SAYS["hide_silent"]).uncheck()
    find = page.get_by_label(SAYS["find"])
    find.fill("30")
    expect(tile(page, 30)).to_have_class(re.compile("found"))
    expect(tile(page, 30)).to_be_in_viewport()
    find.fill("9999")
    last = len(numbers.mean) - 1
    said = SAYS["trouble_channel"].format(name=name, number=9999, last=last)
    expect(page.locator(".channels .trouble")).to_have_text(said)
    find.fill("03")
    expect(page.locator(".channels .trouble")).to_be_hidden()
    expect(page.locator(".channels .found")).to_have_attribute("data-channel", "3")
    find.press("Enter")
    expect(tile(page, 3)).to_be_focused()
    find.fill("")
    expect(page.locator(".channels .found")).to_have_count(0)
    page.get_by_label(SAYS["hide_silent"]).check()
    silent = int(np.flatnonzero(numbers.silent)[0])
    find.fill(str(silent))
    said = SAYS["trouble_hidden"].format(unit="channel", number=silent, name=name)
    expect(page.locator(".channels .trouble")).to_have_text(said)


def test_pointing_at_a_tile_reads_the_value_and_shows_what_the_unit_saw(page: Page, explored: Result) -> None:
    for name in ("conv2d_1", "max_pooling2d_1", "conv2d_3", "max_pooling2d_4", "flatten_1"):
        choose_layer(page, name)
        numbers = explored[name]
        rows, columns = numbers.places
        channel = active(numbers)[-1]
        feature_map = numbers.feature_maps[channel].reshape(rows, columns)
        strongest = np.unravel_index(feature_map.argmax(), feature_map.shape)
        for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3), map(int, strongest)):
            picture = tile(page, channel).locator(".picture")
            area = picture.bounding_box()
            assert area is not None
            at = {"x": (column + 0.5) * area["width"] / columns, "y": (row + 0.5) * area["height"] / rows}
            picture.hover(position=at)
            text = page.locator(READING).text_content() or ""
            found = re.fullmatch(
                pattern(SAYS["reading_map"], unit="channel", channel=channel, row=row, column=column), text
            )
            assert found, text
            value = feature_map[row, column]
            error = 0.002 * numbers.magnitudes[channel] + 0.005 * abs(value)  # three digits are written
            assert abs(read_number(found[1]) - value) <= error
            assert page.evaluate(BOX) == pytest.approx(numbers.box(row, column), abs=0.3)


def test_box_is_what_changes_a_unit_when_single_pixels_are_changed(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    choose_layer(page, "conv2d_2")
    numbers, network = explored["conv2d_2"], explorer.network
    channel = active(numbers)[0]
    row, column = (int(place) for place in np.unravel_index(numbers.feature_maps[channel].argmax(), numbers.places))
    picture = tile(page, channel).locator(".picture")
    area = picture.bounding_box()
    assert area is not None
    side = area["width"] / numbers.places[1]
    picture.hover(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side})
    left, top, right, bottom = (round(edge) for edge in page.evaluate(BOX))
    seen = network.preprocessing.scale(np.asarray(explored.seen)[None])[0]
    changed = np.zeros((150, 150), bool)
    around = [(y, x) for y in range(top - 2, bottom + 2) for x in range(left - 2, right + 2)]
    around = [(y, x) for y, x in around if 0 <= y < 150 and 0 <= x < 150]
    batch = np.repeat(seen[None], len(around), axis=0)
    for index, (y, x) in enumerate(around):
        batch[index, y, x] = 1 - np.round(seen[y, x])
    index = [layer.name for layer in network.layers].index("conv2d_2")
    values = np.concatenate([network.activations(part)[0][index] for part in np.array_split(batch, 4)])
    values = values[:, row, column]
    for (y, x), unit in zip(around, values, strict=True):  # some channel answers to each pixel of the field
        changed[y, x] = (unit != numbers.activation[row, column]).any()
    assert enclosing(changed) == (left, top, right, bottom)


def test_pointing_at_the_photo_lights_the_units_that_see_that_place(page: Page, explored: Result) -> None:
    for name in ("conv2d_1", "max_pooling2d_3", "conv2d_4", "dense_1"):
        choose_layer(page, name)
        numbers = explored[name]
        rows, columns = numbers.places
        boxes = np.array([[numbers.box(row, column) for column in range(columns)] for row in range(rows)])
        width = page.locator(".channels .tile .picture").first.evaluate("each => each.getBoundingClientRect().width")
        for x, y in ((70, 49), (3, 120), (141, 20), (149, 149)):
            page.locator(SIGHT).hover(position={"x": 2 * x + 1, "y": 2 * y + 1})
            sees = (boxes[..., 0] <= x) & (x < boxes[..., 2]) & (boxes[..., 1] <= y) & (y < boxes[..., 3])
            if not sees.any():
                expect(page.locator(READING)).to_have_text(SAYS["unseen"].format(x=x, y=y))
                assert page.evaluate(LIT) == [0, 0, 0, 0]
                continue
            expected = enclosing(sees)
            assert page.evaluate(LIT) == pytest.approx([width / columns * edge for edge in expected], abs=0.01)
            left, top, right, bottom = expected
            text = SAYS["seen_by"].format(x=x, y=y, down=bottom - top, across=right - left)
            expect(page.locator(READING)).to_have_text(text)


def test_lit_units_stay_as_they_are_and_the_others_go_dark(page: Page, explored: Result) -> None:
    choose_layer(page, "conv2d_3")
    channel = int(explored["conv2d_3"].statistics.mean.argmax())
    page.set_viewport_size({"width": 1280, "height": 3000})  # scrolling would take the pointer off the photo
    before = screenshot(page, channel)
    page.locator(SIGHT).hover(position={"x": 140, "y": 100})
    left, top, right, bottom = (round(edge) for edge in page.evaluate(LIT))
    after = screenshot(page, channel)
    np.testing.assert_array_equal(after[top:bottom, left:right], before[top:bottom, left:right])
    outside = np.ones(before.shape[:2], bool)
    outside[top - 2 : bottom + 2, left - 2 : right + 2] = False
    assert after[outside].mean() < 0.6 * before[outside].mean()


def screenshot(page: Page, channel: int) -> NDArray[np.uint8]:

    content = tile(page, channel).locator(".picture").screenshot()
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_black_and_white_shows_what_the_network_makes_of_the_photo_without_colours(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    choose_layer(page, "conv2d_1")
    page.get_by_label(SAYS["gray"]).check()
    expect(page.locator(".channels .caption")).to_contain_text(SAYS["losses"])
    numbers, gray = explored["conv2d_1"], explorer.in_gray(explored.seen)["conv2d_1"]
    losses = explorer.color_losses(explored.seen, "conv2d_1")
    shown = shown_channels(page)
    assert (np.diff(losses[shown]) <= 1e-9).all()
    assert page.locator(SIGHT).evaluate("image => getComputedStyle(image).filter") == "grayscale(1)"
    for channel in [channel for channel in shown if not gray.statistics.silent[channel]][:3]:
        assert_colors_near(page, expected_pixels(gray, channel, float(numbers.magnitudes[channel])), channel)
        assert tile(page, channel).locator("small").inner_text() == f"{channel}: {share(float(losses[channel]))}"
    page.get_by_label(SAYS["gray"]).uncheck()
    assert shown_channels(page) == list(range(len(losses)))
    assert_pixels(page, expected_pixels(numbers, shown[0], float(numbers.magnitudes[shown[0]])), shown[0])


def test_what_is_silent_in_black_and_white_is_hatched_then_and_only_then(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    for name in ("max_pooling2d_4", "dense_1"):
        gray = explorer.in_gray(explored.seen)[name].statistics.silent
        silent = explored[name].statistics.silent
        hatched = page.locator(".channels .tile .silent")
        choose_layer(page, name)
        if name == "dense_1":
            page.locator(".channels [name=show]").select_option("activation")
        expect(hatched).to_have_count(int(silent.sum()))
        page.get_by_label(SAYS["gray"]).check()
        expect(page.locator(".channels .caption")).to_contain_text(SAYS["losses"])
        expect(hatched).to_have_count(int(gray.sum()))
        page.get_by_label(SAYS["gray"]).uncheck()
        expect(hatched).to_have_count(int(silent.sum()))
        assert not hatched.evaluate_all("all => all.some(each => each.style.background)")


def test_showing_a_layer_takes_less_than_a_second_of_work(page: Page, server: Server) -> None:
    clock = start_work_clock(page)
    for name in ("conv2d_2", "conv2d_1", "conv2d_4"):
        before = clock() + process_seconds(server)
        choose_layer(page, name)
        settle(page)
        assert 0 < clock() + process_seconds(server) - before < LAYER_SECONDS


def process_seconds(server: Server) -> float:
    """Give how long a server's processor has worked."""
    stat = Path(f"/proc/{server.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def test_pointing_takes_less_work_than_fifty_frames_a_second_leave(page: Page) -> None:
    for part in (".channels .tiles", SIGHT):
        area = page.locator(part).bounding_box()
        assert area is not None
        clock = start_work_clock(page)
        for step in range(0, 7 * NUM_MOVES, 7):
            page.mouse.move(area["x"] + step % 290, area["y"] + step % 210)
            settle(page)  # each is drawn
        assert 0 < clock() / NUM_MOVES < FRAME_SECONDS


# Links


def test_link_reopens_the_page_at_this_layer_and_channel(page: Page, visit: Visit) -> None:
    choose_layer(page, "conv2d_3")
    tile(page, 17).click()
    address = str(page.locator(".channels dialog").get_by_role("link").evaluate("link => link.href"))
    assert address.endswith("/?layer=conv2d_3&channel=17")
    expect(page).to_have_url(address)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/\?layer=conv2d_3$"))
    other = visit("/?layer=conv2d_3&channel=17", wait=False)
    expect(other.locator(".channels dialog h3")).to_have_text(title_of("conv2d_3", 17))


IGNORE_CLICKS = """number => {
    window.numIgnored = 0;
    addEventListener('click', event => {
        if (window.numIgnored === number || !event.target.id.endsWith('-tab-button')) return;
        window.numIgnored += 1;
        event.stopImmediatePropagation();
    }, true);
}"""
NUM_IGNORED = 3

BAD_LINKS: dict[str, tuple[str, str, str]] = {
    "layer=conv9": ("trouble_layer", "conv9", "conv2d_1"),
    "layer=conv2d_3&channel=128": ("trouble_channel", "128", "conv2d_3"),
    "layer=conv2d_3&channel=-1": ("trouble_channel", "-1", "conv2d_3"),
    "layer=conv2d_3&channel=x": ("trouble_channel", "x", "conv2d_3"),
    "channel=17": ("trouble_no_layer", "", "conv2d_1"),
    "layer=<img src=x onerror=alert(1)>": ("trouble_layer", "<img src=x onerror=alert(1)>", "conv2d_1"),
}


@pytest.mark.parametrize("query", BAD_LINKS)
def test_bad_link_gets_a_sentence_and_a_layer(query: str, visit: Visit) -> None:
    trouble, asked, name = BAD_LINKS[query]
    page = visit(f"/?{query}", wait=False)
    said = SAYS[trouble].format(name=asked if trouble == "trouble_layer" else name, number=asked, last=127)
    expect(page.locator(".channels .trouble")).to_have_text(said)
    expect(page.locator(".channels [name=layer]")).to_have_value(name)
    wait_for_channels(page)
    assert shown_channels(page)


def test_link_is_followed_when_the_tabs_take_their_time(visit_first: Visit, server: Server) -> None:
    page = visit_first(wait=False)
    page.add_init_script(f"({IGNORE_CLICKS})({NUM_IGNORED})")
    page.goto(f"{server.url}/?layer=conv2d_3")
    expect(page.locator(".channels [name=layer]")).to_have_value("conv2d_3")
    assert page.evaluate("() => window.numIgnored") == NUM_IGNORED


def test_look_closer_leads_from_a_layer_to_its_channels_and_back_and_forth(visit: Visit) -> None:
    page = visit()
    layer(page, "conv2d_2").get_by_role("link", name=layers_words.LOOK_CLOSER).click()
    wait_for_channels(page)
    expect(page.locator(".channels [name=layer]")).to_have_value("conv2d_2")
    open_tab(page, words.LAYERS_TAB)
    layer(page, "conv2d_4").get_by_role("link", name=layers_words.LOOK_CLOSER).click()
    expect(page.locator(".channels .caption")).to_contain_text("conv2d_4")
    page.go_back()
    expect(layer(page, "conv2d_2")).to_be_visible()  # the tab that was opened in between
    page.go_back()
    expect(page.locator(".channels .caption")).to_contain_text("conv2d_2")
    page.go_back()
    expect(layer(page, "conv2d_2")).to_be_visible()
    page.go_forward()
    expect(page.locator(".channels .caption")).to_be_visible()
    expect(page.locator(".channels .caption")).to_contain_text("conv2d_2")
    page.locator('#strip [data-layer="conv2d_3"]').click()
    expect(layer(page, "conv2d_3", "h3")).to_be_focused()
    expect(page).to_have_url(re.compile(re.escape("/#conv2d_3") + "$"))


@pytest.mark.parametrize("screen", SCREENS)
def test_photo_and_switches_stay_in_sight_while_the_tiles_scroll(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    open_channels(page, "conv2d_3")
    for channel in (60, 127):
        tile(page, channel).scroll_into_view_if_needed()
        expect(page.locator(SIGHT)).to_be_in_viewport(ratio=0.99)
        expect(page.get_by_role("button", name=SAYS["switch_mode"])).to_be_in_viewport()


# The keyboard, touch, and everyone


def test_keyboard_alone_walks_opens_and_closes(page: Page) -> None:
    choose_layer(page, "conv2d_3")
    page.locator(".channels [name=clip]").focus()
    for _ in range(4):  # past the photo and two buttons
        page.keyboard.press("Tab")
    expect(tile(page, 0)).to_be_focused()
    expect(page.locator(READING)).to_have_text(re.compile(pattern(SAYS["reading_map"], unit="channel", channel=0)))
    tops = page.locator(".channels .tile").evaluate_all("tiles => tiles.map(tile => tile.offsetTop)")
    per_row = tops.count(tops[0])
    for key, channel in (("ArrowRight", 1), ("ArrowDown", 1 + per_row), ("ArrowLeft", per_row), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(tile(page, channel)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(tile(page, 0)).to_be_focused()
    page.keyboard.press("Shift+X")
    expect(tile(page, 0)).to_have_class(re.compile(r"\boff\b"))
    assert (tile(page, 0).get_attribute("aria-label") or "").endswith(SAYS["tile_off"])
    page.keyboard.press("Control+x")
    expect(tile(page, 0)).to_have_class(re.compile(r"\boff\b"))
    page.keyboard.press("Enter")
    expect(page.locator(".channels dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".channels dialog")).to_be_hidden()
    expect(tile(page, 0)).to_be_focused()


def test_keyboard_alone_points_at_the_photo(page: Page) -> None:
    choose_layer(page, "conv2d_4")
    page.locator(SIGHT).hover(position={"x": 151, "y": 151})
    page.locator(".channels .sight .frame").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(READING)).to_have_text(re.compile(pattern(SAYS["seen_by"], x=70, y=75)))
    page.keyboard.press("ArrowDown")
    expect(page.locator(READING)).to_have_text(re.compile(pattern(SAYS["seen_by"], x=70, y=80)))
    for _ in range(40):
        page.keyboard.press("ArrowUp")
    expect(page.locator(READING)).to_have_text(re.compile(pattern(SAYS["seen_by"], x=70, y=0)))
    page.keyboard.press("Tab")
    expect(page.locator(READING)).to_have_text(SAYS["hint"])


def test_a_screen_reader_is_told_what_each_tile_is(page: Page, explored: Result) -> None:
    choose_layer(page, "conv2d_4")
    numbers = explored["conv2d_4"].statistics
    for channel in range(0, 128, 16):
        label = tile(page, channel).get_attribute("aria-label") or ""
        if numbers.silent[channel]:
            assert label == SAYS["tile_silent"].format(unit="channel", channel=channel)
        else:
            found = re.fullmatch(pattern(SAYS["tile"], unit="channel", channel=channel), label)
            assert found, label
            assert read_number(found[1]) == pytest.approx(numbers.max[channel], rel=0.01)
            assert found[2] == share(float(numbers.zero_share[channel]))


def test_a_tap_opens_a_channel_and_a_finger_on_the_photo_lights_units(visit: Visit) -> None:
    page = visit(**PHONE)
    open_channels(page, "conv2d_3")
    expect(page.locator(READING)).to_have_text(SAYS["hint_touch"])
    tile(page, 5).tap()
    expect(page.locator(".channels dialog h3")).to_have_text(title_of("conv2d_3", 5))
    page.get_by_role("button", name=SAYS["close"]).tap()
    page.locator(SIGHT).tap(position={"x": 75, "y": 75})
    expect(page.locator(READING)).to_have_text(re.compile(pattern(SAYS["seen_by"])))


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_wider_than_the_screen_and_no_pixel_is_smeared(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    open_channels(page)
    width = page.evaluate("innerWidth")
    for name, scheme in itertools.product(("conv2d_1", "conv2d_4", "dense_1", "dense_2"), SCHEMES):
        page.emulate_media(color_scheme=scheme)
        choose_layer(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for shown, drawn, rendering in page.locator(".channels .tile canvas").evaluate_all(
            "all => all.slice(0, 2).map(each => [each.getBoundingClientRect().width * devicePixelRatio, each.width, "
            "getComputedStyle(each).imageRendering])"
        ):
            assert shown / drawn == pytest.approx(round(shown / drawn), abs=0.01) or rendering == "auto"
            assert shown >= drawn - 0.01 or rendering == "auto"


# Two visitors, many layers, photos in a row


def test_two_visitors_see_their_own_photos_only(visit: Visit, explorer: Explorer, tmp_path: Path) -> None:
    photos = [encode(draw(300, 300, seed=seed), "PNG") for seed in (41, 42)]
    pages = [visit(), visit()]
    for number, (page, photo) in enumerate(zip(pages, photos, strict=True)):
        show(page, tmp_path / f"{number}.png", photo)
        open_channels(page)
    for name in ("conv2d_1", "conv2d_4"):
        for page in pages:  # both before either is looked at
            page.locator(".channels [name=layer]").select_option(name)
        for page, photo in zip(pages, photos, strict=True):
            wait_for_channels(page)
            numbers = explorer(photo)[name]
            for channel in active(numbers)[:3]:
                assert_pixels(page, expected_pixels(numbers, channel, float(numbers.magnitudes[channel])), channel)


def test_of_layers_chosen_in_haste_the_last_is_shown(page: Page, explored: Result) -> None:
    for name in ("conv2d_2", "conv2d_3", "flatten_1", "conv2d_4", "conv2d_1", "conv2d_3"):
        page.locator(".channels [name=layer]").select_option(name)
    wait_for_channels(page)
    numbers = explored["conv2d_3"]
    channel = active(numbers)[-1]
    assert_pixels(page, expected_pixels(numbers, channel, float(numbers.magnitudes[channel])), channel)


def test_fifty_layers_leave_the_memory_of_browser_and_server_as_it_was(page: Page, server: Server) -> None:
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable")

    def measure() -> tuple[float, float, int]:
        browser.send("HeapProfiler.collectGarbage")
        metrics = {each["name"]: each["value"] for each in browser.send("Performance.getMetrics")["metrics"]}
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
        return metrics["JSHeapUsedSize"], metrics["Nodes"], 1024 * int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    names = ("conv2d_1", "conv2d_3", "conv2d_4", "flatten_1", "conv2d_2")
    for name in names:
        choose_layer(page, name)
    before = measure()
    for index in range(NUM_SWITCHES):
        choose_layer(page, names[index % len(names)])
    after = measure()
    assert after[0] < before[0] + GROWTH_BYTES / 10
    assert after[1] < 1.5 * before[1]
    assert after[2] < before[2] + GROWTH_BYTES


def test_photo_replaced_while_a_layer_loads_never_shows_a_mix(
    visit: Visit, explorer: Explorer, explored: Result, content: bytes, tmp_path: Path
) -> None:
    page = visit()
    show(page, tmp_path / "photo.png", content)
    open_channels(page)
    other = encode(draw(300, 200, seed=77), "PNG")
    expected = {}
    for numbers in (explored["conv2d_3"], explorer(other)["conv2d_3"]):
        channel = active(numbers)[0]
        expected[len(expected)] = (channel, expected_pixels(numbers, channel, float(numbers.magnitudes[channel])))

    held: list[Route] = []
    page.route("**/sheet.png*", lambda route: held.append(route))
    page.evaluate("""() => {
        window.mixes = [];
        const look = () => {
            const photo = document.querySelector('.channels .sight img').src;
            const canvas = document.querySelector('.channels .tile canvas');
            if (canvas) window.mixes.push(`${photo} ${canvas.toDataURL()}`);
        };
        new MutationObserver(look).observe(document.querySelector('.channels'), {childList: true, subtree: true,
            attributes: true, attributeFilter: ['src']});
    }""")
    before = page.locator(SIGHT).get_attribute("src")
    with page.expect_request("**/sheet.png*"):
        page.locator(".channels [name=layer]").select_option("conv2d_3")
    with page.expect_request("**/sheet.png*"):
        upload(page, tmp_path / "other.png", other)
    expect(page.locator(SIGHT)).not_to_have_attribute("src", str(before))
    for route in held:  # the layer of the photo before comes first
        route.continue_()
    wait_for_channels(page)
    expect(page.locator(".channels [name=layer]")).to_have_value("conv2d_3")
    channel, pixels = expected[1]
    assert_pixels(page, pixels, channel)
    seen = set(page.evaluate("window.mixes"))
    photos = [entry.partition(" ")[0] for entry in seen]
    assert len(photos) == len(set(photos)), "one photo was shown with the tiles of another"
