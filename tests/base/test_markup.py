"""Markup for notebooks: it is closed, and no name in it is taken for markup."""

import pytest

from cnnviz.base.markup import Bar, captioned, card, describe, draw_bars, row, stack
from markup import Shown

NASTY = "</div><script>alert('1')</script> & \"quoted\""


def test_no_text_is_taken_for_markup() -> None:
    shown = Shown(card(NASTY, NASTY, describe(NASTY), captioned("", 90, NASTY), draw_bars([Bar(NASTY, 1, NASTY)])))
    assert set(shown.tags) == {"div"}
    assert shown.texts.count(NASTY) == 6
    assert set(shown.titles) == {NASTY}


def test_parts_stand_in_their_order() -> None:
    shown = Shown(card("title", "", stack(describe("a"), row(describe("b"), describe("c")), describe("d"))))
    assert shown.texts == ["title", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("share", "from_middle", "shape"),
    [
        (0, False, "width:0px;height:12px;margin-left:0px"),
        (0.5, False, "width:90px;height:12px;margin-left:0px"),
        (1, False, "width:180px;height:12px;margin-left:0px"),
        (1, True, "width:90px;height:12px;margin-left:90px"),
        (0.5, True, "width:45px;height:12px;margin-left:90px"),
        (-0.5, True, "width:45px;height:12px;margin-left:45px"),
        (-1, True, "width:90px;height:12px;margin-left:0px"),
    ],
)
def test_bars_are_as_long_as_their_share(share: float, from_middle: bool, shape: str) -> None:
    assert shape in draw_bars([Bar("dog", share, "")], from_middle)
