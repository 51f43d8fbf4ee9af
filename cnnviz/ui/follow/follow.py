"""The dialog that follows the answer back, and what it is about."""

from typing import TypedDict

from cnnviz.ui.component import drawing
from cnnviz.ui.follow import words as follow_words
from cnnviz.ui.follow.questions import FollowQuestions
from cnnviz.ui.shown_photo import SeenPicture, ShownPhoto
from cnnviz.ui.view import View, Words


class FollowSettings(TypedDict):
    """The words."""

    words: Words


class FollowValue(TypedDict):
    """The photo under its token, and what the network saw of it."""

    token: str
    seen: SeenPicture


def follow_settings() -> FollowSettings:
    """Make what never changes.

    Returns:
        Plain JSON values.
    """
    return {"words": follow_words.FOLLOW}


def describe_way(photo: ShownPhoto) -> FollowValue:
    """Describe what is followed.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values.
    """
    return {"token": photo.shown.seen.token, "seen": photo.seen}


FOLLOW = View("follow/follow", describe_way, drawing, FollowQuestions, follow_settings)
