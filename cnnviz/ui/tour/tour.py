"""The part of the page that shows visitors around, and what it asks."""

from typing import Any, ClassVar, TypedDict

import gradio as gr

from cnnviz.ui.answers import Asked, Questions, find_photo, reply
from cnnviz.ui.component import drawing
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.tour import words as tour_words
from cnnviz.ui.tour.stops import Stop, plan_stops
from cnnviz.ui.view import View, Words


class TourSettings(TypedDict):
    """The words."""

    words: Words


class TourValue(TypedDict):
    """The photo under its token."""

    token: str


class TourPlan(TypedDict):
    """Where the tour stops."""

    stops: list[Stop]


class TourQuestions(Questions):
    """Answers the tour. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"plan": "tour"}

    def plan(self, event: gr.EventData) -> Any:
        """Choose the stops for a photo."""
        return reply("tour", event, self._plan)

    def _plan(self, asked: Asked) -> TourPlan:
        model = self.model()
        return {"stops": plan_stops(model, find_photo(model, asked))}


def tour_settings() -> TourSettings:
    """Make what never changes.

    Returns:
        Plain JSON values.
    """
    return {"words": tour_words.TOUR}


def describe_tour(photo: ShownPhoto) -> TourValue:
    """Describe what the tour is about.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    return {"token": photo.shown.seen.token}


TOUR = View("tour/tour", describe_tour, drawing, TourQuestions, tour_settings)
