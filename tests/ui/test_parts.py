"""Every part of the page stands in one place, and has its files."""

from __future__ import annotations

from collections import Counter

from cnnviz.ui.answer.answer import ANSWER
from cnnviz.ui.component import HERE, drawing, plain, scripted
from cnnviz.ui.examples.tiles import EXAMPLES
from cnnviz.ui.follow.follow import FOLLOW
from cnnviz.ui.header.header import HEADER
from cnnviz.ui.live.live import LIVE
from cnnviz.ui.parts import MODEL_VIEWS, PHOTO_VIEWS, TABS
from cnnviz.ui.strip.strip import STRIP
from cnnviz.ui.tour.tour import TOUR

VIEWS = (*PHOTO_VIEWS, *MODEL_VIEWS)


def test_names_are_unique() -> None:
    assert max(Counter(view.name for view in VIEWS).values()) == 1


def test_every_view_stands_in_one_place() -> None:
    in_tabs = [view for tab in TABS for view in (*tab.views, *filter(None, [tab.beside_colors]))]
    assert Counter(view.name for view in (HEADER, EXAMPLES, ANSWER, STRIP, FOLLOW, TOUR, LIVE, *in_tabs)) == Counter(
        view.name for view in VIEWS
    )


def test_every_view_has_the_files_that_it_is_made_of() -> None:
    for view in VIEWS:
        assert (HERE / f"{view.part}.html").is_file() == (view.build in (plain, scripted, drawing)), view.part
        if view.build in (scripted, drawing):
            assert (HERE / f"{view.part}.js").is_file(), view.part


def test_what_asks_has_a_method_for_every_question() -> None:
    asking = [view.questions for view in VIEWS if view.questions]
    assert len(asking) == 9
    for questions in asking:
        assert questions.ANSWERS
        assert all(callable(getattr(questions, name)) for name in questions.ANSWERS)
