"""Of each page only the newest question is wanted."""

from __future__ import annotations

from cnnviz.ui import turns
from cnnviz.ui.why.latest_question import Turns


def test_a_later_question_ends_the_one_before_on_the_same_page_only() -> None:
    taken = Turns()
    mine, another = taken.take("mine", 1), taken.take("another", 1)
    assert mine()
    later = taken.take("mine", 2)
    assert (mine(), later(), another()) == (False, True, True)


def test_a_question_that_arrives_after_a_later_one_is_not_wanted() -> None:
    taken = Turns()
    later = taken.take("mine", 7)
    assert not taken.take("mine", 3)()
    assert later()


def test_so_many_pages_are_remembered_and_not_more() -> None:
    taken = Turns()
    first = taken.take("first", 1)
    for number in range(turns.MAX_PAGES):
        taken.take(f"page {number}", 1)
    assert len(taken._newest) == turns.MAX_PAGES
    assert first()  # forgotten, so nothing ends it
