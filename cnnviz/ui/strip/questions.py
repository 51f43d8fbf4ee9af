"""Event handlers of the strip: the photo's journey as one picture, drawn for who asks."""

from typing import Any, ClassVar

import gradio as gr

from cnnviz.drawing.png import encode_png
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply
from cnnviz.ui.files import DownloadAnswer, offer

FILE = "journey.png"


class StripQuestions(Questions):
    """Answers the strip. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"save": "journey"}

    def save(self, event: gr.EventData) -> Any:
        """Draw the journey in the colours that are shown."""
        return reply("journey", event, self._save)

    def _save(self, asked: Asked) -> DownloadAnswer:
        model = self.model()
        result = find_photo(model, asked)
        picture = result.journey(named(asked, "colormap"))
        path = model.endpoints.new_folder() / FILE
        path.write_bytes(encode_png(picture))
        return offer(path)
