"""The dialog in which the photo is painted on, or a camera watched, and what it is about."""

from typing import TypedDict

from cnnviz.ui.answer.answer import AnswerBars, describe_bars
from cnnviz.ui.channel_data import Evidence, describe_evidence
from cnnviz.ui.component import drawing
from cnnviz.ui.live import words as live_words
from cnnviz.ui.live.questions import LiveQuestions
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.strip import words as strip_words
from cnnviz.ui.strip.strip import group_tiles
from cnnviz.ui.view import View, Words


class LiveSettings(TypedDict):
    """The words."""

    words: Words


class LiveTile(TypedDict):
    """The layer that a tile shows, and what stands below it."""

    name: str
    text: str


class LiveValue(AnswerBars):
    """The answer as it is and the evidence for it, the size of what the network sees, and the layers that are shown."""

    evidence: Evidence
    height: int
    width: int
    colormap: str
    tiles: list[LiveTile]


def live_settings() -> LiveSettings:
    """Make what never changes.

    Returns:
        Plain JSON values.
    """
    return {"words": live_words.LIVE}


def describe_live(photo: ShownPhoto) -> LiveValue:
    """Describe what a painted photo is compared with, and what is shown of it.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values; of the layers, those of the strip but for the answer's.
    """
    groups = [group for stage in group_tiles(photo) for group in stage][:-1]
    return {
        **describe_bars(photo.result),
        "evidence": describe_evidence(photo.network.head, photo.result.logits, photo.result.label),
        "height": photo.result.seen.height,
        "width": photo.result.seen.width,
        "colormap": photo.shown.colormap,
        "tiles": [
            {
                "name": group[-1].name,
                "text": group[-1].name if len(group) == 1 else strip_words.STRIP_BLOCKS.format(number=len(group)),
            }
            for group in groups
        ],
    }


LIVE = View("live/live", describe_live, drawing, LiveQuestions, live_settings)
