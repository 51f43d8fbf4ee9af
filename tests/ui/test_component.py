"""Where text becomes a page: everything is escaped once, but for what is HTML already."""

from __future__ import annotations

import html
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from cnnviz.ui.component import HERE, breakable, drawing, markup, rendered, style_sheets
from cnnviz.ui.parts import MODEL_VIEWS, PHOTO_VIEWS

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=5), each, max_size=4),
)


def unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unescaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [unescaped(each) for each in value]
    return html.unescape(value) if isinstance(value, str) else value


def texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in texts(each)]
    return [value] if isinstance(value, str) else []


@given(VALUES)
def test_every_text_is_escaped_once_and_nothing_else_changes(value: Any) -> None:
    made = markup(value)
    assert not any(set("<>\"'") & set(text) for text in texts(made))
    assert unescaped(made) == value


def test_what_is_html_already_stays() -> None:
    made = markup({"name": breakable("<b>_1"), "rows": ("a", Markup("<br>"))})
    assert made == {"name": "&lt;b&gt;_<wbr>1", "rows": ["a", "<br>"]}
    assert {type(text) for text in texts(made)} == {str}  # as JSON has them


def test_values_that_a_script_draws_are_left_as_they_are() -> None:
    for view in (*PHOTO_VIEWS, *MODEL_VIEWS):
        expected = "<b>" if view.build is drawing or view.name == "card" else "&lt;b&gt;"
        assert rendered(view, "<b>") == expected


def test_every_style_sheet_is_found_and_the_order_is_that_of_their_names() -> None:
    sheets = style_sheets()
    assert set(sheets) == set(HERE.rglob("*.css"))
    assert [sheet.name for sheet in sheets] == sorted(sheet.name for sheet in sheets)
