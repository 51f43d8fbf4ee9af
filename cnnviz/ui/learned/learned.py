"""How the network learned: what the slider through the snapshots of its training begins with."""

from typing import TypedDict

from cnnviz.ui.component import drawing
from cnnviz.ui.kept_timeline import Moment, describe_moments
from cnnviz.ui.layer_menu import MenuGroup, describe_menu
from cnnviz.ui.learned import words as learned_words
from cnnviz.ui.learned.questions import LearnedQuestions
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.told import told_layers
from cnnviz.ui.view import View, Words


class LearnedSettings(TypedDict):
    """The words."""

    words: Words


class LearnedValue(TypedDict):
    """The photo under its token, the moments, whether more may come, and the layers, with which of them to begin."""

    token: str
    moments: list[Moment]
    is_growing: bool
    menu: list[MenuGroup]
    layer: str


def learned_settings() -> LearnedSettings:
    """Make what never changes.

    Returns:
        Plain JSON values.
    """
    return {"words": learned_words.LEARNED}


def describe_learned(photo: ShownPhoto) -> LearnedValue | None:
    """Describe what the slider begins with.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values; None if nobody knows how the network learned.
    """
    kept, network = photo.model.timeline, photo.network
    layers = [layer for layer in network.layers if layer.places]
    if kept is None or not layers:
        return None
    told = [layer for layer in told_layers(network) if layer.places] or layers
    return {
        "token": photo.shown.seen.token,
        "moments": describe_moments(kept.read()),
        "is_growing": kept.is_growing,
        "menu": describe_menu(photo, layers),
        "layer": told[len(told) // 2].name,
    }


LEARNED = View("learned/learned", describe_learned, drawing, LearnedQuestions, learned_settings)
