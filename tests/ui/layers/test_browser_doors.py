"""The tiles of a layer's picture: each tells its number, and leads to its channel."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from browsing import PHONE, Visit, layer, title_of
from cnnviz.explorer.explorer import Explorer
from pictures import draw

DOOR, DIALOG = ".door", ".channels dialog h3"


def middle_of(page: Page, explorer: Explorer, name: str, channel: int) -> tuple[float, float]:
    """Give the middle of a tile, in pixels of the window."""
    grid = layer(page, name, ".grid")
    grid.scroll_into_view_if_needed()
    box, layout = grid.bounding_box(), explorer(draw(150, 150))[name].layout
    assert box is not None
    left, top, right, bottom = layout.tile_box(channel)
    shrink = box["width"] / layout.size[0]
    return box["x"] + shrink * (left + right) / 2, box["y"] + shrink * (top + bottom) / 2


def expect_door(page: Page, name: str, channel: int) -> Locator:
    door = layer(page, name, DOOR)
    expect(door.locator(".number")).to_have_text(f"channel {channel}")
    expect(door).to_have_css("opacity", "1")
    return door


def test_a_tile_tells_its_number_and_a_click_opens_its_channel(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    for channel in (0, 7, 12, 31):
        page.mouse.move(*middle_of(page, explorer, "conv2d_1", channel))
        expect_door(page, "conv2d_1", channel)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(DIALOG)).to_have_text(title_of("conv2d_1", 31))


def test_nothing_is_marked_where_there_is_no_tile(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    x, y = middle_of(page, explorer, "conv2d_1", 0)
    page.mouse.move(x, y)
    expect_door(page, "conv2d_1", 0)
    page.mouse.move(4, y)
    expect(layer(page, "conv2d_1", DOOR)).to_have_css("opacity", "0")
    expect(layer(page, "dense_2", DOOR)).to_have_count(0)  # the answer is a bar


def test_a_first_tap_tells_the_number_and_the_second_opens_the_channel(visit: Visit, explorer: Explorer) -> None:
    page = visit(**PHONE)
    place = middle_of(page, explorer, "conv2d_1", 12)
    page.touchscreen.tap(*place)
    expect_door(page, "conv2d_1", 12)
    page.touchscreen.tap(*place)
    expect(page.locator(DIALOG)).to_have_text(title_of("conv2d_1", 12))


def test_the_keyboard_goes_from_tile_to_tile(visit: Visit) -> None:
    page = visit()
    layer(page, "conv2d_1", DOOR).focus()
    for key, channel in (
        ("ArrowRight", 1),
        ("ArrowDown", 9),
        ("ArrowLeft", 8),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", 31),
        ("ArrowRight", 31),
        ("Home", 0),
        ("ArrowRight", 1),
    ):
        page.keyboard.press(key)
        expect_door(page, "conv2d_1", channel)
    page.keyboard.press("Enter")
    expect(page.locator(DIALOG)).to_have_text(title_of("conv2d_1", 1))


def test_what_excited_a_layer_most_leads_to_its_tile(visit: Visit) -> None:
    page = visit()
    patch = layer(page, "conv2d_4", "[data-tile]").nth(1)
    channel = int(patch.get_attribute("data-tile") or "")
    patch.click()
    door = expect_door(page, "conv2d_4", channel)
    expect(door).to_be_focused()
    expect(door).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator(DIALOG)).to_have_text(title_of("conv2d_4", channel))
