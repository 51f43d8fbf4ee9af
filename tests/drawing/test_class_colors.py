"""The colours of classes: in one place, and told apart from what is behind and beside them."""

import re

import pytest
from PIL import ImageColor

from cnnviz.base.markup import NEUTRAL
from cnnviz.drawing import answer_bar
from cnnviz.drawing.class_colors import DEEP, MIDDLE, PALE
from cnnviz.evaluation.chart_style import DARK, LIGHT, Theme
from cnnviz.ui.component import class_variables
from server import ROOT

TEXT, GRAPHICS = 4.5, 3.0
WHITE = (255.0, 255.0, 255.0)
Color = tuple[float, ...]


def luminance(color: Color) -> float:
    """Measure a colour as WCAG 2 does."""
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rgb(color: str) -> Color:
    return ImageColor.getrgb(color)


@pytest.mark.parametrize("color", DEEP)
def test_deep_colours_are_read_on_white(color: str) -> None:
    assert contrast(rgb(color), WHITE) >= TEXT


@pytest.mark.parametrize("color", PALE)
def test_pale_colours_are_read_on_dark_paper(color: str) -> None:
    assert contrast(rgb(color), rgb(DARK.paper)) >= 8.6
    assert contrast(rgb(color), answer_bar.BACKGROUND_COLOR) >= TEXT
    assert contrast(rgb(color), answer_bar.TRACK_COLOR) >= GRAPHICS


@pytest.mark.parametrize("color", [*MIDDLE, NEUTRAL])
def test_middle_colours_are_seen_on_light_and_dark_notebooks(color: str) -> None:
    for paper in (WHITE, rgb("#1e1e1e"), rgb(DARK.paper)):
        assert contrast(rgb(color), paper) >= GRAPHICS


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_read_in_areas_of_any_strength(theme: Theme) -> None:
    for color in theme.classes:
        for share in range(101):
            parts = zip(rgb(color), rgb(theme.paper), strict=True)
            area = tuple((share * part + (100 - share) * paper) / 100 for part, paper in parts)
            assert contrast(rgb(theme.ink), area) >= TEXT


def test_pictures_charts_and_page_have_the_same_colours() -> None:
    assert tuple(map(rgb, PALE)) == answer_bar.CLASS_COLORS
    assert (LIGHT.classes, DARK.classes) == (PALE, DEEP)
    light, dark = class_variables().splitlines()
    for rule, selector, colors in ((light, ".gradio-container", DEEP), (dark, ".dark", PALE)):
        assert rule.startswith(f"{selector} {{")
        assert re.findall(r"--class-(\d): (#\w+);", rule) == [("0", colors[0]), ("1", colors[1])]


def test_no_other_file_has_colours_of_classes() -> None:
    named = re.compile("|".join((*DEEP, *PALE, *MIDDLE, "--class-\\d:")), re.IGNORECASE)
    files = [path for path in (ROOT / "cnnviz").rglob("*") if path.suffix in {".py", ".css", ".js", ".html"}]
    found = {path.name for path in files if named.search(path.read_text(encoding="utf-8"))}
    assert found == {"class_colors.py"}
