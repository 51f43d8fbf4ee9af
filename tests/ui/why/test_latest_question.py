"""Of each page only the newest question is wanted."""

from __future__ import annotations

from cnnviz.ui.why import latest_question
from cnnviz.ui.why.latest_question import LatestQuestion


def test_a_later_question_ends_the_one_before_on_the_same_page_only() -> None:
    taken = LatestQuestion()
    mine, another = taken.ask("mine", 1), taken.ask("another", 1)
    assert mine()
    later = taken.ask("mine", 2)
    assert (mine(), later(), another()) == (False, True, True)


def test_a_question_that_arrives_after_a_later_one_is_not_wanted() -> None:
    taken = LatestQuestion()
    later = taken.ask("mine", 7)
    assert not taken.ask("mine", 3)()
    assert later()


def test_so_many_pages_are_remembered_and_not_more() -> None:
    taken = LatestQuestion()
    first = taken.ask("first", 1)
    for number in range(latest_question.MAX_PAGES):
        taken.ask(f"page {number}", 1)
    assert len(taken._newest) == latest_question.MAX_PAGES
    assert first()  # forgotten, so nothing ends it
