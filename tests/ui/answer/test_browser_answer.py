"""The answer of a multi-label network as a visitor has it: one bar for each class, as long as its probability."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from access import assert_usable
from browsing import SCREENS, Windows, open_tab, wait_until_at_rest
from cnnviz.explorer.explorer import Explorer
from cnnviz.network.head import EACH_ALONE
from cnnviz.ui import words
from cnnviz.ui.examples.examples import PHOTOS
from cnnviz.ui.examples.words import EXAMPLE_PHOTOS
from networks import build_multi_label
from server import Server, serve_here

EXPLORER = Explorer(build_multi_label(5))
SHARE = "bar => bar.firstElementChild.getBoundingClientRect().width / bar.getBoundingClientRect().width"


@pytest.fixture(scope="module")
def multi_label(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page on the network."""
    with serve_here(tmp_path_factory.mktemp("server"), EXPLORER) as running:
        yield running


def shares(bars: Locator) -> list[float]:
    return [float(bar.evaluate(SHARE)) for bar in bars.all()]


@pytest.mark.parametrize("screen", SCREENS)
def test_each_class_has_a_bar_of_its_own(screen: str, multi_label: Server, windows: Windows) -> None:
    result = EXPLORER(PHOTOS / next(iter(EXAMPLE_PHOTOS)))  # with which the page opens
    with windows.visiting(multi_label) as visit:
        page = visit(wait=False, **SCREENS[screen])
        expect(page.locator("#answer .bar")).to_have_count(5)
        expected = sorted(result.probabilities.values(), reverse=True)
        assert shares(page.locator("#answer .bar")) == pytest.approx(expected, abs=0.01)
        assert page.locator("#answer .legend .no").count() == len(expected) - len(result.labels)
        for name in result.labels:
            expect(page.locator("#answer .label")).to_contain_text(name, ignore_case=True)
        expect(page.locator("#answer .alone")).to_have_text(EACH_ALONE)
        wait_until_at_rest(page)  # the strip lights up
        assert_usable(page)
        open_tab(page, words.COMPARISON_TAB)
        bars = page.locator(".comparison .first .bar")
        expect(bars).to_have_count(len(expected))
        assert shares(bars) == pytest.approx(expected, abs=0.01)
