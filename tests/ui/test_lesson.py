"""The lesson of docs/lesson.md: each of its links leads where the step says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import Visit, layer

LESSON = (Path(__file__).parents[2] / "docs" / "lesson.md").read_text(encoding="utf-8")
LINKS = re.findall(r"^`(/.*)`$", LESSON, re.MULTILINE)
FILES = {"Star": "star", "Colours": "colours", "Kitten": "kitten", "Tower": "tower"}


def test_the_lesson_has_six_steps_that_fill_it() -> None:
    assert len(LINKS) == 6
    assert sum(map(int, re.findall(r"\((\d+) minutes\)$", LESSON, re.MULTILINE))) == 45


@pytest.mark.parametrize("link", LINKS)
def test_each_link_leads_where_the_step_says(link: str, visit: Visit) -> None:
    page = visit(link, wait=False)
    shown = re.search(r"example=(\w+)", link)
    expect(page.locator("#photo img").last).to_have_attribute(
        "src", re.compile(FILES[shown[1]] if shown else "shepherd")
    )
    if name := re.search(r"layer=(\w+)", link):
        expect(page.locator(".channels [name=layer]")).to_have_value(name[1])
        expect(page.locator(".channels .tile").first).to_be_visible()
    elif "tab=why" in link:
        expect(page.locator(".why .method").first).to_be_visible()
    elif "#" in link:
        expect(layer(page, link.partition("#")[2], "h3")).to_be_in_viewport()
    else:
        expect(page.locator("#strip .selected")).to_be_visible()
