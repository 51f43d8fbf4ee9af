"""Whether everyone can use a page: axe-core's rules, names of all controls, and nothing that jumps."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

MAX_SHIFT = 0.05
"""Cumulative layout shift; 0.1 still counts as good."""

WATCH_SHIFTS = """buffered => {
    window.shift = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shift += entry.value; })
        .observe({type: 'layout-shift', buffered});
}"""

NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
    .filter(element => element.checkVisibility() && !element.closest('[aria-hidden=true]'))
    .filter(element => !(element.innerText.trim() || element.ariaLabel || element.title || element.labels?.length))
    .map(element => element.outerHTML.slice(0, 200))"""


def serious_findings(page: Page) -> list[Any]:
    """Give what axe-core finds to be serious or worse."""
    violations = Axe().run(page).response["violations"]
    return [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]
