"""Event handlers of the tab that shows every layer: one file of all pictures, for who asks for it."""

import json
import re
import zipfile
from typing import Any, ClassVar, TypedDict

import gradio as gr

from cnnviz.drawing.png import encode_png
from cnnviz.result.result import UNSAFE_IN_FILE_NAMES, picture_file_name
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply
from cnnviz.ui.files import address

MAX_LABEL = 50
SEEN, STATISTICS = "seen.png", "statistics.json"


class ArchiveAnswer(TypedDict):
    """A file that can be downloaded."""

    url: str
    name: str


class LayersQuestions(Questions):
    """Answers the tab. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"pack": "archive"}

    def pack(self, event: gr.EventData) -> Any:
        """Put the pictures of all layers, what the network saw, and all numbers into one ZIP file."""
        return reply("archive", event, self._pack)

    def _pack(self, asked: Asked) -> ArchiveAnswer:
        model = self.model()
        result = find_photo(model, asked)
        colormap, scale = named(asked, "colormap"), named(asked, "scale")
        pictures = result.pictures(colormap, scale)
        label = re.sub(UNSAFE_IN_FILE_NAMES, "_", result.label)[:MAX_LABEL]
        path = model.endpoints.new_folder() / f"cnnviz-{label}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # PNG files are compressed as they are
            for number, (name, content) in enumerate(pictures.items(), start=1):
                archive.writestr(picture_file_name(number, name), content)
            archive.writestr(SEEN, encode_png(result.seen))
            archive.writestr(STATISTICS, json.dumps(result.to_dict(scale)))
        return {"url": address(path), "name": path.name}
