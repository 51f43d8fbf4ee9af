"""Event handlers of live pictures: each goes through the network and is forgotten."""

from typing import Any, ClassVar

import gradio as gr

from cnnviz.base.errors import ImageError, OptionError
from cnnviz.base.names import is_name
from cnnviz.network.blocks import MAX_TOLD
from cnnviz.ui.answer.answer import AnswerBars, describe_bars
from cnnviz.ui.answers import Asked, Questions, named, reply
from cnnviz.ui.crowd.plain import PICTURE
from cnnviz.ui.files import InlinePicture, inline, inline_fitted
from cnnviz.ui.strip.strip import TILE_PIXELS
from cnnviz.ui.upload import uploaded_content


class LiveAnswer(AnswerBars):
    """What the network saw of a picture, its answer, the logit of the class asked for, and the layers' thumbnails."""

    logit: float | None
    seen: InlinePicture
    pictures: list[InlinePicture]


class LiveQuestions(Questions):
    """Answers the dialog. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"look": "live"}

    def look(self, event: gr.EventData) -> Any:
        """Look at a picture; neither memory nor log keeps anything of it."""
        return reply("live", event, self._look, is_logged=False)

    def _look(self, asked: Asked) -> LiveAnswer:
        picture, layers, colormap = asked.get(PICTURE), asked.get("layers"), named(asked, "colormap")
        if not isinstance(picture, str) or not picture.startswith("data:"):
            raise ImageError("A live picture is a data: URL.")
        if not isinstance(layers, list) or len(layers) > MAX_TOLD or not all(map(is_name, layers)):
            raise OptionError(f"`layers` are the names of at most {MAX_TOLD} layers.")
        name = asked.get("class")
        photos = self.model().endpoints.photos
        result = photos.explorer(photos.read(uploaded_content({"url": picture})))
        return {
            **describe_bars(result),
            "logit": None if name is None else result.network.head.class_logit(result.logits, named(asked, "class")),
            "seen": inline_fitted(result.seen.convert("RGB"), TILE_PIXELS),
            "pictures": [inline(result[name].thumbnail(TILE_PIXELS, colormap)) for name in layers],
        }
