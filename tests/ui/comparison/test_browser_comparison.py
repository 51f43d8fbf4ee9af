"""Two photos as a visitor has them: another photo by every way, the same numbers as the library's, and the way back."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio.media import get_image
from playwright.sync_api import Locator, Page, expect

from access import assert_usable
from browsing import (
    SCHEMES,
    SCREENS,
    TOAST,
    Visit,
    Window,
    Windows,
    answer_of,
    canvas_pixels,
    open_comparison,
    open_tab,
    pattern,
    read_number,
    show,
    sources,
    title_of,
    wait_for_others,
    wait_for_pairs,
)
from cnnviz.explorer.explorer import Explorer
from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.result.comparison import Comparison
from cnnviz.result.result import Result
from cnnviz.ui import words
from cnnviz.ui.comparison import words as comparison_words
from cnnviz.ui.examples.examples import PHOTOS
from pictures import draw, encode
from server import Server
from tiles import read_levels

DROP = """(target, [content, type]) => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'other.png', {type: 'image/png'}));
    const options = {bubbles: true, cancelable: true, composed: true};
    const event = type === 'drop' ? new DragEvent('drop', {...options, dataTransfer: data})
        : new ClipboardEvent('paste', {...options, clipboardData: data});
    target.dispatchEvent(event);
}"""
SAYS = comparison_words.COMPARISON
CAPTION, NOTICE = ".comparison .caption", ".comparison .notice"
OTHER = ".comparison .second img"


@pytest.fixture(scope="module")
def other() -> bytes:
    """Another photo, as a file's content."""
    return encode(draw(300, 300, seed=8), "PNG")


@pytest.fixture(scope="module")
def expected(explorer: Explorer, explored: Result, other: bytes) -> Comparison:
    """What the library makes of the two."""
    return Comparison(explored, explorer(other))


@pytest.fixture(scope="module")
def compared(
    windows: Windows, server: Server, tmp_path_factory: pytest.TempPathFactory, content: bytes, other: bytes
) -> Iterator[Window]:
    """The page with both."""
    with windows.lend() as window:
        page, folder = window.open(server), tmp_path_factory.mktemp("shown")
        show(page, folder / "photo.png", content)
        open_comparison(page)
        choose(page, folder / "other.png", other)
        yield window


@pytest.fixture
def pairs(compared: Window) -> Iterator[Page]:
    """The same at its first layer, ranked as at first; for tests that leave the photos as they are."""
    page = compared.page
    page.mouse.move(1, 1)
    page.locator(".comparison form").evaluate("form => form.reset()")
    choose_layer(page, "conv2d_4")
    yield page
    compared.check()


def choose(page: Page, path: Path, content: bytes) -> None:
    """Choose a file as the other photo, and wait for its channels."""
    path.write_bytes(content)
    before = page.locator(OTHER).get_attribute("src")
    choose_file(page, path)
    expect(page.locator(OTHER)).not_to_have_attribute("src", str(before))
    wait_for_pairs(page)


def choose_file(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=SAYS["choose"]).click()
    chooser.value.set_files(path)


def choose_layer(page: Page, name: str) -> None:
    page.locator(".comparison [name=layer]").select_option(name)
    wait_for_pairs(page)


def entry(page: Page, channel: int) -> Locator:
    return page.locator(f'.comparison .pair[data-channel="{channel}"]')


def shown_channels(page: Page) -> list[int]:
    return list(page.locator(".comparison .pair").evaluate_all("all => all.map(each => Number(each.dataset.channel))"))


def numbers(page: Page, channel: int) -> list[float]:
    """Read the three numbers of an entry."""
    texts = entry(page, channel).locator(".number").all_inner_texts()
    assert [text.split()[0] for text in texts] == SAYS["columns"]
    return [read_number(text.split()[1]) for text in texts]


def assert_compares(page: Page, expected: Comparison, name: str = "conv2d_4") -> None:
    """Check that the page shows these two photos' channels in the library's order, with its numbers."""
    assert shown_channels(page) == expected.ranking(name)[:12]
    channel = expected.ranking(name)[0]
    means = [float(layer.statistics.mean[channel]) for layer in expected.layers(name)]
    assert numbers(page, channel) == pytest.approx([*means, means[1] - means[0]], rel=0.006, abs=1e-6)


def test_tab_opens_with_another_example_already_compared(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    open_comparison(page)
    expected = explorer.compare(PHOTOS / "shepherd.jpg", PHOTOS / "kitten.jpg")
    assert_compares(page, expected)
    expect(page.locator(".comparison [name=layer]")).to_have_value("conv2d_4")
    for part, result in (("first", expected.first), ("second", expected.second)):
        expect(page.locator(f".comparison .{part} figcaption")).to_contain_text(
            SAYS["answer"].format(label=result.label)
        )
        shares = page.locator(f".comparison .{part} .legend span").all_inner_texts()
        assert [float(share.split()[1].rstrip("%")) for share in shares] == pytest.approx(
            [100 * probability for probability in result.probabilities.values()], abs=0.051
        )
        image = page.locator(f".comparison .{part} img")
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300


def test_maps_hold_the_library_s_numbers(pairs: Page, expected: Comparison) -> None:
    for name in ("conv2d_1", "max_pooling2d_3", "conv2d_4", "flatten_1"):
        choose_layer(pairs, name)
        layers, limits = expected.layers(name), expected.limits(name)
        differences = expected.differences(name)
        shown = shown_channels(pairs)
        assert shown == expected.ranking(name)[:12]
        for channel in shown[::4]:
            limit = float(limits[channel])
            one, two, apart = entry(pairs, channel).locator("canvas").all()
            for canvas, layer in ((one, layers[0]), (two, layers[1])):
                if layer.statistics.silent[channel]:
                    expect(canvas).to_have_class(re.compile("silent"))
                    continue
                values = read_levels(canvas_pixels(canvas)[..., :3], "magma", signed=False) * limit
                np.testing.assert_allclose(values, layer.feature_maps[channel].reshape(layer.places), atol=0.01 * limit)
            values = read_levels(canvas_pixels(apart)[..., :3], "RdBu_r", signed=True) * limit
            np.testing.assert_allclose(values, differences[channel], atol=0.02 * limit)


def test_pointing_at_a_map_reads_the_values_of_both_photos(pairs: Page, expected: Comparison) -> None:
    channel = shown_channels(pairs)[0]
    first, second = (layer.feature_maps[channel] for layer in expected.layers("conv2d_4"))
    means = numbers(pairs, channel)
    limit = float(expected.limits("conv2d_4")[channel])
    for index, (row, column) in enumerate([(0, 0), (7, 3), (14, 14)]):
        picture = entry(pairs, channel).locator("canvas").nth(index)
        area = picture.bounding_box()
        assert area is not None
        side = area["width"] / 15
        picture.hover(position={"x": (column + 0.5) * side, "y": (row + 0.5) * side})
        expect(entry(pairs, channel).locator(".text")).to_have_text(SAYS["place"].format(row=row, column=column))
        values = [float(each[row, column]) for each in (first, second)]
        assert numbers(pairs, channel) == pytest.approx([*values, values[1] - values[0]], abs=0.01 * limit)
    pairs.mouse.move(1, 1)
    assert numbers(pairs, channel) == means


def test_units_of_the_layer_that_decides_are_ranked_by_what_they_add_or_by_their_values(
    pairs: Page, expected: Comparison
) -> None:
    order = pairs.locator(".comparison [name=order]")
    expect(order).to_be_hidden()
    choose_layer(pairs, "dense_1")
    contributions = expected.contributions()
    largest = np.argsort(-np.abs(contributions.values), kind="stable")
    assert shown_channels(pairs) == largest[:12].tolist()
    text = entry(pairs, int(largest[0])).locator(".text").inner_text()
    found = re.fullmatch(pattern(SAYS["adds"], **{"class": contributions.class_name}), text)
    assert found, text
    assert read_number(found[1]) == pytest.approx(contributions.values[largest[0]], rel=0.006)
    caption = pairs.locator(CAPTION).inner_text()
    given = {"layer": "dense_1", "unit": "unit", "class": contributions.class_name}
    total = re.fullmatch(pattern(SAYS["ranked_contribution"], **given), caption)
    assert total, caption
    assert read_number(total[1]) == pytest.approx(contributions.logit, rel=0.006)
    order.select_option("mean")
    assert shown_channels(pairs) == expected.ranking("dense_1")[:12]
    order.select_option("contribution")
    unit = largest[0]
    limit = float(expected.limits("dense_1")[unit])
    for index, layer in enumerate(expected.layers("dense_1")):
        picture = entry(pairs, int(unit)).locator(".picture").nth(index)
        color = [int(part) for part in re.findall(r"\d+", picture.evaluate("e => getComputedStyle(e).backgroundColor"))]
        if not layer.statistics.silent[unit]:
            share = read_levels(np.uint8([[color[:3]]]), "magma", signed=False)[0, 0]
            assert share * limit == pytest.approx(float(layer.activation[unit]), abs=0.01 * limit)


def test_all_channels_can_be_shown(pairs: Page, expected: Comparison) -> None:
    choose_layer(pairs, "max_pooling2d_3")
    pairs.get_by_role("button", name=SAYS["show_all"].format(number=128)).click()
    assert shown_channels(pairs) == expected.ranking("max_pooling2d_3")
    expect(pairs.locator(".comparison [data-all]")).to_be_hidden()
    expect(pairs.locator(".comparison .pair a").nth(12)).to_be_focused()  # the keyboard goes on where it was
    choose_layer(pairs, "dense_2")
    assert shown_channels(pairs) == [0]
    expect(pairs.locator(".comparison [data-all]")).to_be_hidden()


def test_click_opens_the_channel_in_the_explorer_and_the_way_back_leads_here(visit: Visit) -> None:
    page = visit()
    open_comparison(page)
    choose_layer(page, "conv2d_3")
    channel = shown_channels(page)[3]
    entry(page, channel).locator("canvas").first.click()
    expect(page.locator(".channels dialog h3")).to_have_text(title_of("conv2d_3", channel))
    expect(page).to_have_url(re.compile(re.escape(f"/?layer=conv2d_3&channel={channel}") + "$"))
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.locator(".comparison .pairs")).to_be_visible()
    assert shown_channels(page)[3] == channel
    page.keyboard.press("Tab")
    entry(page, channel).locator("a").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".channels dialog h3")).to_have_text(title_of("conv2d_3", channel))


# The other photo, and the first


def test_example_becomes_the_other_photo_and_the_same_photo_twice_is_told(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    open_comparison(page)
    answer, before = answer_of(page), sources(page)
    before_other = page.locator(OTHER).get_attribute("src")
    page.locator(".comparison [data-example='4']").click()
    expect(page.locator(OTHER)).not_to_have_attribute("src", str(before_other))
    wait_for_pairs(page)
    assert_compares(page, explorer.compare(PHOTOS / "shepherd.jpg", get_image("tower.jpg")))
    assert (answer_of(page), sources(page)) == (answer, before)  # the page's own photo stays
    page.locator(".comparison [data-example='0']").click()
    expect(page.locator(CAPTION)).to_have_text(SAYS["equal"].format(layer="conv2d_4", unit="channel"))
    assert shown_channels(page) == list(range(12))
    assert numbers(page, 0)[2] == 0
    expect(entry(page, 0).locator(".text")).to_have_text(SAYS["more"][2])


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_photo_that_is_dropped_or_pasted_here_becomes_the_other_one(
    way: str, visit: Visit, explorer: Explorer, other: bytes
) -> None:
    page = visit()
    open_comparison(page)
    before, before_other = sources(page), page.locator(OTHER).get_attribute("src")
    page.locator(".comparison .chooser").evaluate(DROP, [base64.b64encode(other).decode(), way])
    expect(page.locator(OTHER)).not_to_have_attribute("src", str(before_other))
    wait_for_pairs(page)
    assert_compares(page, explorer.compare(PHOTOS / "shepherd.jpg", other))
    assert sources(page) == before


def test_file_that_is_no_picture_gets_a_sentence_and_nothing_is_lost(
    pairs: Page, expected: Comparison, other: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(b"no picture")
    choose_file(pairs, path)
    expect(pairs.locator(NOTICE)).to_contain_text("Cannot read the picture: expected JPEG, PNG")
    expect(pairs.locator(NOTICE)).to_contain_text(SAYS["still"])
    assert_compares(pairs, expected)
    choose_layer(pairs, "conv2d_3")
    assert_compares(pairs, expected, "conv2d_3")
    path.write_bytes(encode(draw(), "PNG") + bytes(21 * 10**6))
    choose_file(pairs, path)
    expect(pairs.locator(NOTICE)).to_contain_text(f"The picture is too large: at most {MAX_MEGABYTES} MB.")
    assert pairs.locator(TOAST).count() == 0
    choose(pairs, tmp_path / "other.png", other)
    expect(pairs.locator(NOTICE)).to_be_hidden()
    assert_compares(pairs, expected, "conv2d_3")


def test_comparison_follows_when_the_page_s_photo_changes(
    visit: Visit, explorer: Explorer, content: bytes, tmp_path: Path
) -> None:
    page = visit()
    open_comparison(page)
    choose_layer(page, "conv2d_3")
    before = page.locator(".comparison .first img").get_attribute("src")
    show(page, tmp_path / "photo.png", content)
    expect(page.locator(".comparison .first img")).not_to_have_attribute("src", str(before))
    wait_for_pairs(page)
    expect(page.locator(".comparison [name=layer]")).to_have_value("conv2d_3")
    assert_compares(page, explorer.compare(content, PHOTOS / "kitten.jpg"), "conv2d_3")


def test_photo_that_was_changed_before_the_tab_is_opened_is_the_one_compared(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    before = sources(page)
    page.locator("#examples [data-example='1']").click()
    wait_for_others(page, before)
    open_comparison(page)
    assert_compares(page, explorer.compare(PHOTOS / "kitten.jpg", PHOTOS / "shepherd.jpg"))


def test_of_photos_chosen_in_haste_the_last_is_compared(visit: Visit, explorer: Explorer) -> None:
    page = visit()
    open_comparison(page)
    for index in (2, 3, 5, 4):
        page.locator(f".comparison [data-example='{index}']").click()
    expected = explorer.compare(PHOTOS / "shepherd.jpg", get_image("tower.jpg"))
    most = entry(page, expected.ranking("conv2d_4")[0])
    mean = float(expected.second["conv2d_4"].statistics.mean[expected.ranking("conv2d_4")[0]])
    expect(most.locator(".number").nth(1)).to_contain_text(f"{mean:.3g}"[:5])
    assert_compares(page, expected)


# Everyone


@pytest.mark.parametrize("screen", SCREENS)
def test_all_fits_the_screen_and_axe_finds_nothing(screen: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(**SCREENS[screen], color_scheme="dark", reduced_motion="reduce")
    open_comparison(page)
    for name, scheme in itertools.product(("conv2d_1", "conv2d_4", "dense_1", "dense_2"), SCHEMES):
        page.emulate_media(color_scheme=scheme)
        choose_layer(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
        for tops in page.locator(".comparison .pair").evaluate_all(
            "pairs => pairs.slice(0, 2).map(pair => "
            "[...pair.querySelectorAll('.picture')].map(each => Math.round(each.getBoundingClientRect().y)))"
        ):
            assert len(set(tops)) == 1  # on one line
        for width, drawn, rendering in page.locator(".comparison canvas").evaluate_all(
            "all => all.slice(0, 2).map(each => [each.getBoundingClientRect().width * devicePixelRatio, each.width, "
            "getComputedStyle(each).imageRendering])"
        ):
            whole = width / drawn == pytest.approx(round(width / drawn), abs=0.01)
            assert (whole and width >= drawn - 0.01) or rendering == "auto"
    assert_usable(page)
    path = tmp_path / "bad.png"
    path.write_bytes(b"no picture")
    choose_file(page, path)
    expect(page.locator(NOTICE)).to_be_visible()
    assert_usable(page, ".comparison .chooser")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_tab_has_a_button_that_nothing_covers(screen: str, visit: Visit) -> None:
    page = visit(**SCREENS[screen])
    for name in (words.CHANNELS_TAB, words.WHY_TAB, words.COMPARISON_TAB, words.NETWORK_TAB):
        open_tab(page, words.LAYERS_TAB)
        open_tab(page, name)
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="More tabs")).to_be_hidden()
