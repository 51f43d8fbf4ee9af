"""A network of many layers as a visitor has it: stages to choose, blocks to open, and only what is open is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access import assert_usable
from browsing import DESKTOP, PHONE, Visit, Windows, open_tab, settle
from cnnviz.explorer.explorer import Explorer
from cnnviz.ui import words
from cnnviz.ui.answer import words as answer_words
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.why import words as why_words
from networks import build_long
from pictures import draw, encode
from server import Server, serve_here

HEADINGS = "#layers h3"
OPEN = "#layers [aria-current]"
SHOWN = "() => document.querySelector('#strip .selected') && document.querySelector('#layers .grid')"
BLOCK_12 = [f"block12_{part}" for part in ("conv", "norm", "past", "add", "out")]
BLOCK_14 = ["block14_conv", "block14_norm", "block14_add", "block14>out"]
LAST_STAGE = ["block12_out", "block13_out", "block14>out"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on such a network."""
    with serve_here(tmp_path_factory.mktemp("served"), Explorer(build_long())) as running:
        yield running


@pytest.fixture
def page(served: Server, windows: Windows) -> Iterator[Page]:
    """The page as it opens."""
    with windows.visiting(served) as visit:
        page = visit(wait=False, reduced_motion="reduce")
        page.wait_for_function(SHOWN)
        yield page


def stage(page: Page, number: int) -> None:
    """Choose a stage, and wait for it."""
    page.locator(f'#layers [data-stage="{number}"]').click()
    expect(page.locator(OPEN)).to_have_attribute("data-stage", str(number))


def test_the_first_screen_holds_answer_and_strip_and_the_page_is_short(page: Page) -> None:
    assert page.locator("#answer .bar").count() == 5
    expect(page.locator("#answer .others")).to_have_text(answer_words.OTHERS.format(number=95))
    strip = page.locator("#strip .track")
    box = strip.bounding_box()
    assert box["y"] + box["height"] <= DESKTOP["height"]
    assert strip.evaluate("track => track.scrollWidth <= track.clientWidth")
    assert page.evaluate("document.documentElement.scrollHeight") <= 12_000
    assert page.evaluate("document.documentElement.scrollWidth") == DESKTOP["width"]
    expect(page.locator(HEADINGS)).to_have_text(["stem_relu", "block01_out", "block02_out"])


def test_a_long_name_of_a_class_is_cut_and_its_percentage_is_not(page: Page) -> None:
    legend = page.locator("#answer .legend").first
    legend.locator("span span").evaluate("name => { name.textContent = 'a long name '.repeat(12); }")
    assert legend.evaluate("legend => legend.scrollWidth <= legend.clientWidth")
    assert page.locator("#answer .label span").inner_text() in legend.inner_text()


def test_a_stage_is_opened_and_then_a_block_by_keyboard_and_folded_again(page: Page) -> None:
    stage(page, 2)
    expect(page.locator(HEADINGS)).to_have_text(LAST_STAGE)
    expect(page.locator(OPEN)).to_be_focused()
    button = page.locator('#layers [data-block="12"]')
    expect(button).to_contain_text(layers_words.UNFOLD.format(number=5))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(HEADINGS)).to_have_text([*BLOCK_12, *LAST_STAGE[1:]])
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(page.locator(HEADINGS)).to_have_text(LAST_STAGE)


def test_a_block_opens_whose_name_html_writes_otherwise(page: Page) -> None:
    stage(page, 2)
    button = page.locator('#layers [data-block="14"]')
    button.click()
    expect(page.locator(HEADINGS)).to_have_text([*LAST_STAGE[:2], *BLOCK_14])
    button.click()
    expect(page.locator(HEADINGS)).to_have_text(LAST_STAGE)


def test_another_photo_leaves_open_what_is_open(page: Page, tmp_path: Path) -> None:
    stage(page, 2)
    page.locator('#layers [data-block="12"]').click()
    expect(page.locator(HEADINGS)).to_have_count(7)
    before = page.locator("#layers .grid").first.get_attribute("src")
    photo = tmp_path / "photo.png"
    photo.write_bytes(encode(draw(90, 60, seed=5), "PNG"))
    page.locator('#photo button[aria-label="Remove Image"]').click()
    page.locator("#photo input[type=file]").set_input_files(photo)
    expect(page.locator("#layers .grid").first).not_to_have_attribute("src", str(before))
    expect(page.locator(HEADINGS)).to_have_text([*BLOCK_12, *LAST_STAGE[1:]])
    expect(page.locator(OPEN)).to_have_attribute("data-stage", "2")


def test_tiles_and_links_lead_to_layers_that_are_not_open_yet(page: Page, served: Server) -> None:
    page.locator('#strip [data-layer="block11_out"]').click()  # the stage that is folded into one tile
    expect(page.locator(OPEN)).to_have_attribute("data-stage", "1")
    expect(page.locator('#layers [data-name="block11_out"] h3')).to_be_focused()
    assert page.locator(HEADINGS).count() == 9
    page.goto(f"{served.url}/#block12_norm")
    expect(page.locator('#layers [data-name="block12_norm"] h3')).to_be_focused()
    expect(page.locator(HEADINGS)).to_have_text([*BLOCK_12, *LAST_STAGE[1:]])


def test_only_what_is_open_is_drawn(page: Page, served: Server, tmp_path: Path) -> None:
    num_before = served.log().count("/visualize")
    stage(page, 1)
    drawn = [line.partition("/visualize: ")[2] for line in served.log().splitlines() if "/visualize" in line]
    assert [line.split(",")[0] for line in drawn[num_before:]] == ["9 layers"]


def test_everybody_can_use_it_and_a_phone_has_no_overflow(page: Page, windows: Windows, served: Server) -> None:
    stage(page, 2)
    assert_usable(page, "#layers")
    with windows.visiting(served) as visit:
        phone = visit(wait=False, color_scheme="dark", reduced_motion="reduce", **PHONE)
        phone.wait_for_function(SHOWN)
        stage(phone, 1)
        settle(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
        assert phone.locator(HEADINGS).count() == 9
        assert phone.locator("#header .model").bounding_box()["height"] < 20  # one line
        for tab in (words.CHANNELS_TAB, words.WHY_TAB, words.COMPARISON_TAB, words.NETWORK_TAB):
            open_tab(phone, tab)
            settle(phone)
            assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
            assert phone.evaluate("document.documentElement.scrollHeight") <= 12_000


def test_a_layer_is_found_by_typing_in_each_tab_that_has_a_menu_of_layers(page: Page) -> None:
    for tab, part in (
        (words.CHANNELS_TAB, ".channels"),
        (words.WHY_TAB, ".why"),
        (words.COMPARISON_TAB, ".comparison"),
    ):
        open_tab(page, tab)
        for more in page.locator(f"{part} .more").all():
            more.evaluate("details => { details.open = true; }")
        menu, field = page.locator(f"{part} [name=layer]"), page.locator(part).get_by_label(words.FIND_LAYER)
        expect(field).to_be_visible()
        groups = menu.locator("optgroup").evaluate_all("groups => groups.map(group => group.label)")
        assert groups[:3] == page.locator("#layers .choose b").all_inner_texts()[:3]
        field.fill("block05")  # which is none yet
        assert menu.input_value() != "block05_out"
        field.fill("block05_out")
        expect(menu).to_have_value("block05_out")
        expect(field).to_have_value("")
    expect(page.locator(".comparison .pair").first).to_be_visible()


def test_a_class_is_found_by_typing_the_most_probable_first(page: Page) -> None:
    open_tab(page, words.WHY_TAB)
    menu = page.locator(".why [name=other]")
    field = page.get_by_label(why_words.WHY["find_class"])
    expect(field).to_be_visible()
    groups = menu.locator("optgroup")
    assert groups.evaluate_all("groups => groups.map(group => group.label)") == [
        why_words.WHY["likely"],
        why_words.WHY["unlikely"],
    ]
    expect(groups.locator("option")).to_have_count(99)  # all but the answer
    answers = page.locator("#answer .bar").evaluate_all("bars => bars.map(bar => bar.ariaLabel)")
    likely = [text.rpartition(" ")[0] for text in answers[1:]]  # without the percentages, and without the answer
    assert groups.first.locator("option").all_inner_texts() == likely
    last = str(groups.last.locator("option").last.get_attribute("value"))
    field.fill(last[1:])  # a part is enough for the Enter key
    assert menu.input_value() == likely[0]
    field.press("Enter")
    expect(menu).to_have_value(last)
    expect(field).to_have_value("")


def test_a_menu_of_layers_is_a_tree_and_its_field_takes_the_enter_key(page: Page) -> None:
    open_tab(page, words.CHANNELS_TAB)
    menu, field = page.locator(".channels [name=layer]"), page.locator(".channels .find")
    expect(menu).to_have_value("stem_relu")  # what the first block is shown by
    block = words.BLOCK_NUMBER.format(number=2)
    first = menu.locator("optgroup").first.locator("option", has_text=block)
    expect(first).to_have_text([f"{block} · block01_{part}" for part in ("conv", "norm", "add", "out")])
    field.fill("Block 13 ·")
    field.press("Enter")
    expect(menu).to_have_value("block12_conv")


def test_the_diagram_is_one_picture_whose_stages_and_blocks_open_to_their_layers(page: Page) -> None:
    open_tab(page, words.NETWORK_TAB)
    picture, tree = page.locator(".network .picture"), page.locator(".network .tree")
    expect(picture.locator("button")).to_have_count(5)
    expect(picture.locator("svg")).to_have_count(17)
    assert picture.evaluate("picture => picture.scrollWidth <= picture.clientWidth")
    assert picture.bounding_box()["height"] < 400
    expect(tree.locator("details[open]:visible")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollHeight") <= 12_000
    button = picture.locator('[data-stage="2"]')
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(tree.locator(".block:visible")).to_have_count(3)
    button.locator("svg").nth(2).click()
    expect(tree.locator(".layer:visible a")).to_have_text(BLOCK_14)
    assert_usable(page, ".network")
    button.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "false")
    tree.locator(".stage > summary").nth(2).press("Enter")  # the list opens without the picture, too
    expect(button).to_have_attribute("aria-expanded", "true")
    tree.get_by_role("link", name="block14_norm").click()
    expect(page.locator('#layers [data-name="block14_norm"] h3')).to_be_focused()


def test_a_network_of_few_layers_has_nothing_to_search(visit: Visit) -> None:
    page = visit()
    open_tab(page, words.CHANNELS_TAB)
    expect(page.locator(".channels [name=layer] optgroup")).to_have_count(6)
    expect(page.locator(".channels .find")).to_be_hidden()
    open_tab(page, words.NETWORK_TAB)
    expect(page.locator(".network .diagram figure")).to_have_count(11)
    expect(page.locator(".network :is(.picture, .tree)")).to_have_count(0)
