"""One channel, large, as a visitor has it: its map, the photo below it, its kernel, and the arithmetic of one unit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from browsing import (
    PHONE,
    Visit,
    canvas_pixels,
    choose_layer,
    open_channels,
    pattern,
    read_number,
    tile,
    title_of,
)
from cnnviz.drawing.palette import palette, quantize
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.layer_result import LayerResult
from cnnviz.result.result import Result
from cnnviz.ui.channels import words

SAYS = words.CHANNELS
DIALOG = ".channels dialog"
LARGE = f"{DIALOG} .large canvas"
INSET = """frame => {
    const [whole, box] = ['canvas', '.box'].map(part => frame.querySelector(part).getBoundingClientRect());
    return [box.left - whole.left, box.top - whole.top, box.right - whole.left, box.bottom - whole.top]
        .map((edge, index) => edge / (index % 2 ? whole.height : whole.width));
}"""
CONVOLUTIONS = ("conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4")


def expected_pixels(layer: LayerResult, channel: int) -> NDArray[np.uint8]:
    limit = layer.magnitudes[channel : channel + 1]
    levels = quantize(layer.feature_maps[channel : channel + 1], limit, signed=False)
    return np.frombuffer(palette("magma", signed=False), np.uint8).reshape(256, 3)[levels[0]]


def strongest_channel(layer: LayerResult) -> int:
    return int(layer.magnitudes.argmax())


def open_detail(page: Page, name: str, channel: int) -> None:
    choose_layer(page, name)
    tile(page, channel).click()
    expect(page.locator(f"{DIALOG} h3")).to_have_text(title_of(name, channel))
    expect(page.locator(f"{DIALOG} .histogram")).to_be_visible()


def click_unit(page: Page, layer: LayerResult, row: int, column: int) -> None:
    area = page.locator(LARGE).bounding_box()
    assert area is not None
    rows, columns = layer.places
    at = {"x": (column + 0.5) * area["width"] / columns, "y": (row + 0.5) * area["height"] / rows}
    page.locator(f"{DIALOG} .large .frame").click(position=at)


def texts(parts: Locator) -> list[str]:
    return [text.strip() for text in parts.all_text_contents()]


def test_map_is_large_and_has_the_library_s_very_pixels(page: Page, explored: Result) -> None:
    for name in ("conv2d_1", "max_pooling2d_2", "conv2d_4"):
        layer = explored[name]
        channel = strongest_channel(layer)
        open_detail(page, name, channel)
        np.testing.assert_array_equal(canvas_pixels(page.locator(LARGE))[..., :3], expected_pixels(layer, channel))
        shown, drawn = page.locator(LARGE).evaluate("canvas => [canvas.getBoundingClientRect().width, canvas.width]")
        assert shown / drawn == int(450 / drawn)
        row, column = np.unravel_index(layer.feature_maps[channel].argmax(), layer.places)
        reading = page.locator(f"{DIALOG} .reading").text_content() or ""
        assert re.match(pattern(SAYS["reading"], row=row, column=column), reading)  # the strongest unit is chosen first
        assert read_number(reading.rpartition(" ")[2]) == pytest.approx(layer.magnitudes[channel], rel=0.005)
        page.keyboard.press("Escape")


def test_numbers_and_histogram_are_the_library_s(page: Page, explored: Result) -> None:
    layer = explored["conv2d_3"]
    channel = strongest_channel(layer)
    open_detail(page, "conv2d_3", channel)
    values = texts(page.locator(f"{DIALOG} .numbers dd"))
    numbers = explored.channel("conv2d_3", channel).statistics
    assert [read_number(value) for value in values[:3]] == pytest.approx(
        [numbers["min"], numbers["max"], numbers["mean"]], rel=0.005
    )
    assert read_number(values[3].strip("<>%")) == pytest.approx(100 * numbers["zero_share"], abs=1)
    bars = page.locator(f"{DIALOG} .histogram span")
    counts, _ = explored.channel("conv2d_3", channel).histogram()
    assert bars.evaluate_all("bars => bars.map(bar => Number(bar.dataset.count))") == counts.tolist()
    heights = np.array(bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)"))
    ideal = np.where(counts, np.maximum(np.sqrt(counts / counts.max()), 0.02), 0)
    np.testing.assert_allclose(heights / heights.max(), ideal, atol=0.02)


def test_map_lies_over_the_photo_at_the_centres_of_what_its_units_saw(page: Page, explored: Result) -> None:
    for name in ("conv2d_2", "conv2d_4", "max_pooling2d_4"):
        layer = explored[name]
        channel = strongest_channel(layer)
        open_detail(page, name, channel)
        pixels, colors = canvas_pixels(page.locator(f"{DIALOG} .overlay canvas")), expected_pixels(layer, channel)
        scale = pixels.shape[0] / 150
        covered = pixels[..., 3] > 0
        fields = layer.seen
        for row, column in np.ndindex(*layer.places):
            x = fields.columns.start + column * fields.columns.stride + fields.columns.size / 2
            y = fields.rows.start + row * fields.rows.stride + fields.rows.size / 2
            assert pixels[int(y * scale), int(x * scale), :3].tolist() == colors[row, column].tolist(), (row, column)
        first = fields.columns.start + (fields.columns.size - fields.columns.stride) / 2
        last = first + fields.columns.stride * fields.columns.num_units
        columns = np.flatnonzero(covered.any(axis=0))
        assert [columns[0] / scale, (columns[-1] + 1) / scale] == pytest.approx([first, last], abs=1)
        assert not covered[:, : int(first * scale) - 1].any()  # what no unit is centred on stays clear
        page.keyboard.press("Escape")


def test_opacity_and_the_original_photo(page: Page, explored: Result) -> None:
    open_detail(page, "conv2d_4", strongest_channel(explored["conv2d_4"]))
    canvas, image = (page.locator(f"{DIALOG} .overlay {part}") for part in ("canvas", "img"))
    for percent in ("0", "35", "100"):
        page.get_by_label(SAYS["opacity"]).fill(percent)
        assert canvas.evaluate("canvas => Number(getComputedStyle(canvas).opacity)") == int(percent) / 100
    before = canvas_pixels(canvas)
    assert before.shape[:2] == (450, 450)
    page.get_by_label(SAYS["original"]).check()
    page.wait_for_function(f"() => document.querySelector('{DIALOG} .overlay img').naturalWidth === 400")
    assert image.evaluate("image => [image.clientWidth, image.clientHeight]") == [400, 300]
    after = canvas_pixels(canvas)
    assert after.shape[:2] == (300, 400)
    for row in range(5, 150, 10):  # the squeeze is undone: each place of the picture lies where it is on the photo
        for column in range(5, 150, 10):
            there = after[int((row + 0.5) * 2), int((column + 0.5) * 400 / 150)]
            assert there.tolist() == before[int((row + 0.5) * 3), int((column + 0.5) * 3)].tolist()


def test_a_chosen_unit_is_marked_on_the_map_and_on_the_photo(page: Page, explored: Result) -> None:
    layer = explored["conv2d_3"]
    channel = strongest_channel(layer)
    open_detail(page, "conv2d_3", channel)
    click_unit(page, layer, 20, 9)
    assert page.locator(f"{DIALOG} .large .frame").evaluate(INSET) == pytest.approx(
        [9 / 34, 20 / 34, 10 / 34, 21 / 34], abs=0.005
    )
    assert page.locator(f"{DIALOG} .overlay .frame").evaluate(INSET) == pytest.approx(
        [edge / 150 for edge in layer.box(20, 9)], abs=0.005
    )


def test_arithmetic_is_made_of_the_true_numbers_and_adds_up_to_the_activation(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    for name in CONVOLUTIONS:
        layer = explored[name]
        channel = strongest_channel(layer)
        open_detail(page, name, channel)
        unit = np.unravel_index(layer.feature_maps[channel].argmax(), layer.places)
        row, column = int(unit[0]), int(unit[1])
        click_unit(page, layer, row, column)
        expect(page.locator(f"{DIALOG} .arithmetic h4")).to_have_text(SAYS["arithmetic"].format(row=row, column=column))
        kernel, bias = explorer.network.model.get_layer(name).get_weights()
        before = explored.layers[[each.name for each in explored.layers].index(name) - 1]
        fed = np.asarray(explored.seen) / np.float32(255) if name == "conv2d_1" else before.activation
        total = 0.0
        terms = page.locator(f"{DIALOG} .term")
        names = SAYS["colors_of_light"] if name == "conv2d_1" else None
        assert terms.count() == (3 if names else 4)
        for term in terms.all():
            text = term.locator(".name").inner_text()
            place = names.index(text) if names else int(re.fullmatch(pattern(SAYS["input"]), text)[1])
            cells = term.locator("table").evaluate_all(
                "tables => tables.map(table => [...table.rows]"
                ".map(row => [...row.cells].map(cell => +cell.dataset.value)))"
            )
            np.testing.assert_array_equal(cells[0], fed[row : row + 3, column : column + 3, place])
            np.testing.assert_array_equal(cells[1], kernel[:, :, place, channel])
            added = read_number(term.locator("output").inner_text())
            assert added == pytest.approx((np.array(cells[0]) * cells[1]).sum(), abs=1e-6)
            total += added
        steps = dict(zip(*(texts(page.locator(f"{DIALOG} .terms {tag}")) for tag in ("dt", "dd")), strict=True))
        assert read_number(steps[SAYS["bias"]]) == pytest.approx(bias[channel])
        others = [read_number(value) for label, value in steps.items() if re.fullmatch(pattern(SAYS["others"]), label)]
        assert len(others) == (name != "conv2d_1")
        assert total + sum(others) + read_number(steps[SAYS["bias"]]) == pytest.approx(
            read_number(steps[SAYS["total"]]), abs=1e-5
        )
        result = read_number(steps[SAYS["through"].format(name="relu")])
        assert result == pytest.approx(layer.activation[row, column, channel], abs=1e-6)
        page.keyboard.press("Escape")


def test_kernel_is_drawn_in_colour_and_by_slices(page: Page, explored: Result, explorer: Explorer) -> None:
    red_to_blue = np.frombuffer(palette("RdBu_r", signed=True), np.uint8).reshape(256, 3)
    backgrounds = """cells => cells.map(cell => getComputedStyle(cell).backgroundColor.match(/\\d+/g).map(Number))"""
    for name in ("conv2d_1", "conv2d_3"):
        channel = strongest_channel(explored[name])
        open_detail(page, name, channel)
        kernel = explorer.network.model.get_layer(name).get_weights()[0][..., channel]
        slices = page.locator(f"{DIALOG} .slices figure")
        captions = texts(slices.locator("figcaption"))
        if name == "conv2d_1":
            assert captions == [SAYS["all_colors"], *SAYS["colors_of_light"]]
            mixed = np.array(slices.first.locator("span").evaluate_all(backgrounds)).reshape(3, 3, 3)
            np.testing.assert_allclose(mixed, 127.5 * (1 + kernel / np.abs(kernel).max()), atol=0.51)
            places, drawn = [0, 1, 2], slices.all()[1:]
        else:
            order = np.argsort(-(kernel.astype(float) ** 2).sum(axis=(0, 1)))[:3]
            assert captions == [SAYS["input"].format(input=place) for place in order]
            places, drawn = order.tolist(), slices.all()
        largest = np.abs(kernel[..., places]).max()
        for place, figure in zip(places, drawn, strict=True):
            cells = np.array(figure.locator("span").evaluate_all(backgrounds)).reshape(3, 3, 3)
            levels = np.floor(128 + kernel[..., place] / largest * 126 + 0.5).astype(int)
            np.testing.assert_array_equal(cells, red_to_blue[levels])
        page.keyboard.press("Escape")


def test_in_black_and_white_all_of_it_is_about_the_photo_without_colours(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    gray = explorer.in_gray(explored.seen)
    choose_layer(page, "conv2d_1")
    page.get_by_label(SAYS["gray"]).check()
    expect(page.locator(".channels .caption")).to_contain_text(SAYS["losses"])
    channel = strongest_channel(gray["conv2d_1"])
    tile(page, channel).click()
    expect(page.locator(f"{DIALOG} .histogram")).to_be_visible()
    values = texts(page.locator(f"{DIALOG} .numbers dd"))
    assert read_number(values[1]) == pytest.approx(gray["conv2d_1"].statistics.max[channel], rel=0.005)
    click_unit(page, gray["conv2d_1"], 70, 70)
    expect(page.locator(f"{DIALOG} .arithmetic")).to_be_visible()
    result = read_number(texts(page.locator(f"{DIALOG} .terms dd"))[-1])
    assert result == pytest.approx(gray["conv2d_1"].activation[70, 70, channel], abs=1e-6)


def test_a_unit_clicked_at_once_and_a_channel_opened_again_are_explained(page: Page, explored: Result) -> None:
    channel = strongest_channel(explored["conv2d_2"])
    choose_layer(page, "conv2d_2")
    for _ in range(3):
        tile(page, channel).focus()
        page.keyboard.press("Enter")
        page.locator(f"{DIALOG} .large .frame").press("Enter")  # before the channel itself is explained
        expect(page.locator(f"{DIALOG} .kernel")).to_be_visible()
        expect(page.locator(f"{DIALOG} .arithmetic")).to_be_visible()
        page.keyboard.press("Escape")
        tile(page, channel).click()
        expect(page.locator(f"{DIALOG} .kernel")).to_be_visible()
        expect(page.locator(f"{DIALOG} .arithmetic")).to_be_hidden()
        page.keyboard.press("Escape")


def test_unit_of_a_dense_layer_and_of_a_pooling_have_no_kernel(page: Page, explored: Result) -> None:
    open_detail(page, "max_pooling2d_3", strongest_channel(explored["max_pooling2d_3"]))
    expect(page.locator(f"{DIALOG} .kernel")).to_be_hidden()
    click_unit(page, explored["max_pooling2d_3"], 3, 3)
    expect(page.locator(f"{DIALOG} .arithmetic")).to_be_hidden()
    expect(page.locator(f"{DIALOG} .large figcaption")).to_have_text(SAYS["large_map"])
    page.keyboard.press("Escape")
    choose_layer(page, "dense_1")
    unit = strongest_channel(explored["dense_1"])
    tile(page, unit).click()
    value = page.locator(f"{DIALOG} .reading").inner_text()
    assert read_number(re.fullmatch(pattern(SAYS["value"]), value)[1]) == pytest.approx(
        explored["dense_1"].magnitudes[unit], rel=0.005
    )
    expect(page.locator(f"{DIALOG} .numbers")).to_be_visible()
    expect(page.locator(f"{DIALOG} :is(.kernel, .arithmetic, .histogram):not([hidden])")).to_have_count(0)


def test_keyboard_alone_steps_through_channels_and_units(page: Page, explored: Result) -> None:
    layer = explored["conv2d_4"]
    channel = 7
    open_detail(page, "conv2d_4", channel)
    page.get_by_role("button", name=SAYS["next"]).press("Enter")
    expect(page.locator(f"{DIALOG} h3")).to_have_text(title_of("conv2d_4", 8))
    page.get_by_role("button", name=SAYS["previous"]).press("Enter")
    frame = page.locator(f"{DIALOG} .large .frame")
    frame.focus()
    start = re.match(pattern(SAYS["reading"]), page.locator(f"{DIALOG} .reading").inner_text())
    row, column = (int(start[1]), int(start[2])) if start else (0, 0)
    for key, (down, across) in (("ArrowDown", (1, 0)), ("ArrowRight", (0, 1)), ("ArrowUp", (-1, 0))):
        page.keyboard.press(key)
        if 0 <= row + down < layer.places[0] and 0 <= column + across < layer.places[1]:
            row, column = row + down, column + across
        expect(page.locator(f"{DIALOG} .reading")).to_have_text(
            re.compile(pattern(SAYS["reading"], row=row, column=column))
        )
    page.keyboard.press("Enter")
    expect(page.locator(f"{DIALOG} .arithmetic h4")).to_have_text(SAYS["arithmetic"].format(row=row, column=column))
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_be_hidden()
    expect(tile(page, channel)).to_be_focused()


def test_a_press_beside_it_closes_it_and_one_inside_does_not(page: Page, explored: Result) -> None:
    open_detail(page, "conv2d_4", strongest_channel(explored["conv2d_4"]))
    area = page.locator(DIALOG).bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + 4, area["y"] + 4)
    page.mouse.move(area["x"] + 200, area["y"] + 300)
    page.mouse.down()
    page.mouse.move(2, 2)
    page.mouse.up()
    expect(page.locator(DIALOG)).to_be_visible()
    page.mouse.click(2, 2)
    expect(page.locator(DIALOG)).to_be_hidden()


def test_a_window_that_gets_smaller_gets_a_smaller_map(page: Page, explored: Result) -> None:
    open_detail(page, "conv2d_3", strongest_channel(explored["conv2d_3"]))
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function(f"() => document.querySelector('{LARGE}').getBoundingClientRect().width <= 368")
    assert page.locator(DIALOG).evaluate("dialog => dialog.scrollWidth - dialog.clientWidth") == 0
    shown, drawn = page.locator(LARGE).evaluate("canvas => [canvas.getBoundingClientRect().width, canvas.width]")
    assert shown / drawn == int(shown / drawn)


def test_phone_shows_all_of_it_without_scrolling_sideways(visit: Visit) -> None:
    page = visit(**PHONE)
    open_channels(page, "conv2d_3")
    tile(page, 5).tap()
    page.locator(f"{DIALOG} .large .frame").tap(position={"x": 100, "y": 100})
    expect(page.locator(f"{DIALOG} .arithmetic")).to_be_visible()
    overflowing = page.locator(f"{DIALOG}, {DIALOG} .terms").evaluate_all(
        "parts => parts.map(part => part.scrollWidth - part.clientWidth)"
    )
    assert overflowing == [0, 0]
