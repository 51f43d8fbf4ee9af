"""The network tab as a visitor has it: the first layer's kernels."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browsing import PICTURE, SCHEMES, SCREENS, Visit, wait_for_channels
from cnnviz.explorer import Explorer
from test_strip import picture_of


def open_network(page: Page) -> None:
    """Open the tab."""
    page.get_by_role("tab", name="The network").click()
    expect(page.locator(".kernels")).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("screen", SCREENS)
def test_kernels_are_the_networks_and_lead_to_their_channels(
    screen: str, scheme: str, visit: Visit, explorer: Explorer
) -> None:
    page = visit(**SCREENS[screen], color_scheme=scheme)
    open_network(page)
    shown = page.locator(".kernels img").evaluate_all(f"images => images.map({PICTURE})")
    kernels = explorer.kernels()
    assert [picture_of(each).tobytes() for each in shown] == [kernel.picture().tobytes() for kernel in kernels]
    sizes = page.locator(".kernels img").evaluate_all("images => images.map(image => image.offsetWidth)")
    assert sizes == [60] * len(kernels)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.get_by_role("link", name="17 mix").click()
    wait_for_channels(page)
    assert page.url.endswith("?layer=conv2d_1&channel=17")
    expect(page.locator(".channels dialog")).to_contain_text("conv2d_1 · channel 17")
