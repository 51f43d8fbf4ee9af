"""Switching channels off, and the last step explained, as a visitor has them."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from browsing import (
    Visit,
    canvas_pixels,
    choose_layer,
    pattern,
    read_number,
    shown_channels,
    tile,
    title_of,
    wait_for_channels,
)
from cnnviz.base.figures import percent
from cnnviz.base.steps import finish
from cnnviz.drawing.palette import palette
from cnnviz.explorer.explorer import Explorer
from cnnviz.result.channel_scores import channel_effects
from cnnviz.result.result import Result
from cnnviz.ui.channels import words
from networks import zeroed

SAYS = words.CHANNELS
OUTCOME = ".channels .outcome"
SHARES = """async element => {
    await Promise.all(element.getAnimations({subtree: true}).map(each => each.finished));
    const whole = element.querySelector('.track').getBoundingClientRect().width;
    return [...element.querySelectorAll('span')].map(part => part.getBoundingClientRect().width / whole);
}"""


def off_text(channels: str) -> str:
    return SAYS["off"].format(list=channels)


def expect_outcome(page: Page, explored: Result, probabilities: dict[str, float]) -> None:
    """Check that the answer is shown, and what is left of the evidence for the one that was given."""
    expect(page.locator(f"{OUTCOME}:not(.waiting) .answer-bar")).to_have_count(1)
    text = [f"{name} {percent(probability)}" for name, probability in probabilities.items()]
    assert page.locator(f"{OUTCOME} .legend span").all_inner_texts() == text
    before, after = (
        math.log(all_[explored.label] / (1 - all_[explored.label])) for all_ in (explored.probabilities, probabilities)
    )
    said = page.locator(f"{OUTCOME} .evidence .quiet").inner_text()
    assert [read_number(text) for text in re.findall(r"[+\N{MINUS SIGN}]?\d[\d.]*", said)] == pytest.approx(
        [before, after], rel=0.02
    )
    shares = page.locator(f"{OUTCOME} .evidence").evaluate(SHARES)
    span = max(0, before, after) - min(0, before, after)
    assert shares == pytest.approx([abs(before) / span, abs(after) / span], abs=0.01)
    widths = page.locator(f"{OUTCOME} .bar").evaluate(
        "bar => [...bar.children].map(part => part.getBoundingClientRect().width / bar.getBoundingClientRect().width)"
    )
    assert widths == pytest.approx(list(probabilities.values()), abs=0.01)
    label = max(probabilities, key=lambda name: probabilities[name])
    said = SAYS["same_label" if label == explored.label else "other_label"]
    change = said.format(label=label, original_label=explored.label)
    expect(page.locator(f"{OUTCOME} .change")).to_have_text(change)


def test_clicks_switch_channels_off_as_if_their_kernels_were_zero(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    choose_layer(page, "conv2d_3")
    page.get_by_role("button", name=SAYS["switch_mode"]).click()
    off: list[int] = []
    for channel in (17, 40, 3):
        tile(page, channel).click()
        off.append(channel)
        expect(page.locator(f"{OUTCOME} .list")).to_have_text(off_text(f"conv2d_3: {', '.join(map(str, sorted(off)))}"))
        expect(tile(page, channel)).to_have_class(re.compile(r"\boff\b"))
        expect_outcome(page, explored, zeroed(explorer, "conv2d_3", off).predict(explored.seen))
    tile(page, 40).click()
    expect(tile(page, 40)).not_to_have_class(re.compile(r"\boff\b"))
    expect(page.locator(f"{OUTCOME} .list")).to_have_text(off_text("conv2d_3: 3, 17"))
    expect_outcome(page, explored, zeroed(explorer, "conv2d_3", [3, 17]).predict(explored.seen))


def test_all_but_these_several_layers_and_all_on_again(page: Page, explored: Result, explorer: Explorer) -> None:
    choose_layer(page, "conv2d_4")
    tile(page, 5).focus()
    page.keyboard.press("x")
    page.get_by_role("button", name=SAYS["invert"]).click()
    many = SAYS["many"].format(number=127)
    expect(page.locator(f"{OUTCOME} .list")).to_have_text(off_text(f"conv2d_4: {many}"))
    others = [channel for channel in range(128) if channel != 5]
    expect_outcome(page, explored, explorer.ablate(explored.seen, {"conv2d_4": others}).probabilities)
    choose_layer(page, "conv2d_1")
    tile(page, 2).focus()
    page.keyboard.press("x")
    without = {"conv2d_4": others, "conv2d_1": [2]}
    expect(page.locator(f"{OUTCOME} .list")).to_have_text(off_text(f"conv2d_4: {many} · conv2d_1: 2"))
    expect_outcome(page, explored, explorer.ablate(explored.seen, without).probabilities)
    page.get_by_role("button", name=SAYS["reset"]).click()
    expect(page.locator(OUTCOME)).to_be_hidden()
    expect(page.locator(".channels .tile.off")).to_have_count(0)


def test_one_channel_is_switched_off_where_it_is_shown_large(page: Page, explored: Result, explorer: Explorer) -> None:
    choose_layer(page, "conv2d_2")
    tile(page, 9).click()
    page.get_by_label(SAYS["switched_off"]).check()
    page.keyboard.press("Escape")
    expect(tile(page, 9)).to_have_class(re.compile(r"\boff\b"))
    expect_outcome(page, explored, explorer.ablate(explored.seen, {"conv2d_2": [9]}).probabilities)


def test_units_of_a_dense_layer_can_be_switched_off_too(page: Page, explored: Result, explorer: Explorer) -> None:
    choose_layer(page, "dense_1")
    unit = int(np.flatnonzero(~explored["dense_1"].statistics.silent)[0])
    tile(page, unit).focus()
    page.keyboard.press("x")
    expect_outcome(page, explored, explorer.ablate(explored.seen, {"dense_1": [unit]}).probabilities)


def test_layer_that_gives_the_answer_cannot_be_switched_off(visit: Visit) -> None:
    page = visit("/?layer=dense_2&channel=0", wait=False)
    expect(page.locator(".channels dialog h3")).to_have_text(title_of("dense_2", 0, "unit"))
    expect(page.get_by_label(SAYS["switched_off"])).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator(".channels [name=order] [value=effects][disabled]").wait_for(state="attached")


def test_the_ten_strongest_are_those_without_which_the_evidence_falls_most(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    choose_layer(page, "conv2d_4")
    page.get_by_role("button", name=SAYS["strongest"]).click()
    effects = finish(channel_effects(explorer.network, explored, "conv2d_4"))
    strongest = sorted(int(channel) for channel in np.argsort(-effects)[:10])
    many = SAYS["many"].format(number=10)
    expect(page.locator(f"{OUTCOME} .list")).to_have_text(off_text(f"conv2d_4: {many}"))
    off = page.locator(".channels .tile.off").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.channel))")
    assert sorted(off) == strongest
    without = explorer.ablate(explored.seen, {"conv2d_4": strongest})
    expect_outcome(page, explored, without.probabilities)
    assert without.probabilities[explored.label] < explored.probabilities[explored.label]


def test_all_but_these_is_offered_where_some_are_off(page: Page) -> None:
    choose_layer(page, "conv2d_4")
    tile(page, 5).focus()
    page.keyboard.press("x")
    expect(page.get_by_role("button", name=SAYS["invert"])).to_be_visible()
    choose_layer(page, "conv2d_3")
    expect(page.get_by_role("button", name=SAYS["invert"])).to_be_hidden()


# The last step


def test_units_before_the_answer_are_coloured_by_what_they_add(page: Page, explored: Result) -> None:
    choose_layer(page, "dense_1")
    contributions = explored.contributions()
    side = 1 if explored.label == "dog" else -1  # purple speaks for dog, orange for cat, whichever the answer is
    colors = np.frombuffer(palette("PuOr", signed=True), np.uint8).reshape(256, 3)
    largest = np.abs(contributions.values).max()
    active = np.flatnonzero(~explored["dense_1"].statistics.silent)
    assert shown_channels(page) == list(range(512))
    for unit in active[::25].tolist():
        level = np.floor(128 + side * contributions.values[unit] / largest * 126 + 0.5)
        background = tile(page, unit).locator(".picture").evaluate("each => getComputedStyle(each).backgroundColor")
        found = [int(number) for number in re.findall(r"\d+", background)]
        assert np.abs(np.array(found) - colors[int(level)]).max() <= 4
        tile(page, unit).hover()
        text = page.locator(".channels .sight .reading").text_content() or ""
        added = re.search(pattern(SAYS["adds"], **{"class": explored.label}), text)
        assert added, text
        assert read_number(added[1]) == pytest.approx(contributions.values[unit], rel=0.005)
    page.locator(".channels [name=show]").select_option("activation")
    magma = np.frombuffer(palette("magma", signed=False), np.uint8).reshape(256, 3)
    strongest = int(explored["dense_1"].magnitudes.argmax())
    background = tile(page, strongest).locator(".picture").evaluate("each => getComputedStyle(each).backgroundColor")
    assert [int(number) for number in re.findall(r"\d+", background)] == magma[254].tolist()


def test_the_sum_adds_up_to_the_logit_and_the_probability(page: Page, explored: Result) -> None:
    choose_layer(page, "dense_2")
    contributions = explored.contributions()
    rows = page.locator(".channels .sum tr")
    values = [read_number(text) for text in rows.locator("td:last-child").all_inner_texts()]
    assert sum(values) == pytest.approx(contributions.logit, abs=0.0005 * len(values))
    for row in rows.all():
        name = row.locator("th").inner_text()
        if unit := re.fullmatch(pattern(SAYS["sum_unit"], kind="unit"), name):
            value = read_number(row.locator("td").last.inner_text())
            assert value == pytest.approx(contributions.values[int(unit[1])], abs=0.0006)
    total = page.locator(".channels .sum .total").inner_text()
    found = re.fullmatch(pattern(SAYS["total_sigmoid"], **{"class": explored.label}), total)
    assert found, total
    assert read_number(found[1]) == pytest.approx(contributions.logit, abs=0.0006)
    assert found[2] == percent(explored.probabilities[explored.label])
    strongest = contributions.strongest(1)[0]
    rows.get_by_role("button", name=SAYS["sum_unit"].format(kind="unit", unit=strongest), exact=True).click()
    expect(page.locator(".channels dialog h3")).to_have_text(title_of("dense_1", strongest, "unit"))
    assert canvas_pixels(page.locator(".channels dialog .large canvas")).shape[:2] == (1, 1)


def test_unit_of_the_sum_is_opened_only_while_it_is_wanted(page: Page) -> None:
    choose_layer(page, "dense_2")
    page.evaluate("""() => {
        document.querySelector('.channels .sum button').click();
        const select = document.querySelector('.channels [name=layer]');
        select.selectedIndex = 0;
        select.dispatchEvent(new Event('input', {bubbles: true}));
    }""")
    wait_for_channels(page)
    assert shown_channels(page) == list(range(32))
    expect(page.locator(".channels dialog")).to_be_hidden()


def test_last_step_in_black_and_white_is_that_of_the_photo_without_colours(
    page: Page, explored: Result, explorer: Explorer
) -> None:
    gray = explorer.in_gray(explored.seen).contributions(explored.label)
    choose_layer(page, "dense_2")
    page.get_by_label(SAYS["gray"]).check()
    expect(page.locator(".channels .sum .total")).to_contain_text(signed(gray.logit))
    values = [read_number(text) for text in page.locator(".channels .sum td:last-child").all_inner_texts()]
    assert sum(values) == pytest.approx(gray.logit, abs=0.0005 * len(values))


def signed(logit: float) -> str:
    return f"{logit:+.3f}".replace("-", "\N{MINUS SIGN}")
