"""Event handlers of the tab that shows every layer: what is opened, one file of everything, and one to read."""

import re
import reprlib
from typing import Any, ClassVar, TypedDict

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.base.storage import require_room
from cnnviz.result.archive import num_bytes, write_archive
from cnnviz.result.result import UNSAFE_IN_FILE_NAMES, Result
from cnnviz.serving.endpoints import Visualization
from cnnviz.serving.seen_photos import SeenPhoto
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply
from cnnviz.ui.component import markup
from cnnviz.ui.files import DownloadAnswer, offer
from cnnviz.ui.layers.choice import choose_layers
from cnnviz.ui.layers.stages import LayersValue, describe_layers
from cnnviz.ui.shown_photo import ShownPhoto

MAX_LABEL = 50


class OpenedAnswer(TypedDict):
    """What layers.html shows next."""

    value: LayersValue


class LayersQuestions(Questions):
    """Answers the tab. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"open": "opened", "pack": "archive", "report": "page"}

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
        """Put the pictures and activations of all layers, what the network saw, and all numbers into one ZIP file."""
        return reply("archive", event, self._pack)

    def _pack(self, asked: Asked) -> DownloadAnswer:
        model = self.model()
        result = find_photo(model, asked)
        colormap, scale = named(asked, "colormap"), named(asked, "scale")
        path = model.endpoints.new_folder() / f"cnnviz-{_label(result)}.zip"
        require_room(path.parent, 2 * num_bytes(model.network))
        write_archive(path, result, colormap, scale)
        return offer(path)

    def report(self, event: gr.EventData) -> Any:
        """Write the whole answer to one HTML file."""
        return reply("page", event, self._report)

    def _report(self, asked: Asked) -> DownloadAnswer:
        model = self.model()
        result = find_photo(model, asked)
        path = model.endpoints.new_folder() / f"cnnviz-{_label(result)}.html"
        result.report(path, named(asked, "colormap"), named(asked, "scale"))
        return offer(path)


def _label(result: Result) -> str:
    """Write the answer so that it can be part of a file's name."""
    return re.sub(UNSAFE_IN_FILE_NAMES, "_", result.label)[:MAX_LABEL]
