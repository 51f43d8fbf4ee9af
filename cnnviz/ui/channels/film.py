"""One channel's map of the photo at every moment of the training, as a strip of small pictures."""

from typing import TypedDict

from cnnviz.base.figures import count, percent, short
from cnnviz.base.names import brief
from cnnviz.result.channel_timeline import ChannelTimeline
from cnnviz.ui.channels import words
from cnnviz.ui.kept_timeline import title_of
from cnnviz.ui.tile_row import TileRow, describe_row, draw_maps

FRAME_PIXELS = 84


class FilmFrame(TypedDict):
    """What stands below a picture: the moment, the answer then, and the map's largest number."""

    title: str
    answer: str
    largest: str


class FilmAnswer(TypedDict):
    """What a channel made of the photo while the network learned."""

    heading: str
    text: str
    row: TileRow
    frames: list[FilmFrame]


def describe_film(film: ChannelTimeline, is_gray: bool) -> FilmAnswer:
    """Describe what a channel made of the photo at every moment.

    Args:
        film: The moments.
        is_gray: Whether it is the photo in black and white.

    Returns:
        Plain JSON values.
    """
    photo = words.FILM_PHOTO_GRAY if is_gray else words.FILM_PHOTO
    moments = zip(film.snapshots, film.maps, film.probabilities, strict=True)
    return {
        "heading": words.FILM_HEADING,
        "text": words.FILM_TEXT.format(photo=photo, number=count(len(film))),
        "row": describe_row(draw_maps(film.maps, FRAME_PIXELS, not film.layer.non_negative)),
        "frames": [
            {
                "title": title_of(snapshot),
                "answer": f"{brief(film.label)} {percent(answer[film.label])}",
                "largest": words.FILM_LARGEST.format(value=short(float(values.max()))),
            }
            for snapshot, values, answer in moments
        ],
    }
