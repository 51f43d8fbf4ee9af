"""Event handlers of the tab that shows every layer: what is opened, and one file of all pictures."""

import json
import re
import reprlib
import zipfile
from typing import Any, ClassVar, TypedDict

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.drawing.png import encode_png
from cnnviz.result.result import UNSAFE_IN_FILE_NAMES, picture_file_name
from cnnviz.serving.endpoints import Visualization
from cnnviz.serving.seen_photos import SeenPhoto
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply
from cnnviz.ui.component import markup
from cnnviz.ui.files import address
from cnnviz.ui.layers.choice import choose_layers
from cnnviz.ui.layers.stages import LayersValue, describe_layers
from cnnviz.ui.shown_photo import ShownPhoto

MAX_LABEL = 50
SEEN, STATISTICS = "seen.png", "statistics.json"


class OpenedAnswer(TypedDict):
    """What layers.html shows next."""

    value: LayersValue


class ArchiveAnswer(TypedDict):
    """A file that can be downloaded."""

    url: str
    name: str


class LayersQuestions(Questions):
    """Answers the tab. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"open": "opened", "pack": "archive"}

    def open(self, event: gr.EventData) -> Any:
        """Draw a stage of a long network, and all layers of some of its blocks."""
        return reply("opened", event, self._open)

    def _open(self, asked: Asked) -> OpenedAnswer:
        model = self.model()
        result, stage = find_photo(model, asked), asked.get("stage")
        colormap, scale = named(asked, "colormap"), named(asked, "scale")
        if not isinstance(stage, int) or not 0 <= stage < len(model.network.stages):
            raise OptionError(f"There are {len(model.network.stages)} stages, from 0. Received: {reprlib.repr(stage)}.")
        blocks = asked.get("blocks")
        names = choose_layers(model.network, stage, blocks if isinstance(blocks, list) else [])
        seen = SeenPhoto(named(asked, "token"), result, is_known=True)
        shown = Visualization(seen, tuple(names), colormap, scale, model.endpoints.new_folder())
        value: LayersValue = markup(describe_layers(ShownPhoto(model, shown)))
        return {"value": value}

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
