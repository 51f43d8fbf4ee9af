"""Whether everyone can use a page: axe-core's rules, names of all controls, and nothing that jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browsing import SCHEMES, wait_until_at_rest

MAX_SHIFT = 0.05
"""Cumulative layout shift; 0.1 still counts as good."""

WATCH_SHIFTS = """buffered => {
    const name = ({ node, previousRect: { y: from }, currentRect: { y: to } }) =>
        `${node?.id || node?.className || node?.parentElement?.className || node?.nodeName} from ${from} to ${to}`;
    const add = entries => {
        for (const { value, sources } of entries) {
            window.shift += value;
            window.jumps.push(`${value.toFixed(4)}: ${sources.map(name).join(', ')}`);
        }
    };
    [window.shift, window.jumps] = [0, []];
    window.shifts = new PerformanceObserver(list => add(list.getEntries()));
    window.shifts.observe({type: 'layout-shift', buffered});
    window.count_shifts = () => { add(window.shifts.takeRecords()); return window.shift; };
}"""

OF_COLORS = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that look at colours: what the other rules look at is the same in the dark."""

NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
    .filter(element => element.checkVisibility() && !element.closest('[aria-hidden=true]'))
    .filter(element => !(element.innerText.trim() || element.ariaLabel || element.title || element.labels?.length))
    .map(element => element.outerHTML.slice(0, 200))"""


def assert_steady(page: Page, most: float = MAX_SHIFT) -> None:
    """Fail, and say what has jumped, if that is too much since `WATCH_SHIFTS`, once the page is at rest."""
    wait_until_at_rest(page)
    assert page.evaluate("count_shifts()") < most, page.evaluate("jumps")


def serious_findings(page: Page, part: str | None = None, rules: Sequence[str] = ()) -> list[Any]:
    """Give what axe-core finds to be serious or worse, on the whole page or in a part of it, by all rules or some."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}  # of what passes, not every place is listed
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    violations = Axe().run(page, part, options).response["violations"]
    return [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]


def assert_usable(page: Page, part: str | None = None) -> None:
    """Check that axe-core finds nothing serious in light and in dark, and that every control has a name.

    Args:
        page: As it is to be looked at.
        part: What has changed since the whole page was checked; None for the whole page.
    """
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wait_until_at_rest(page)
        findings = serious_findings(page, part, () if scheme == SCHEMES[0] else OF_COLORS)
        assert findings == [], f"{scheme}: {findings}"
    nameless = page.evaluate(NAMELESS)
    assert nameless == [], nameless
