"""What the channel explorer asks while a visitor looks around: answers for its component, errors among them."""

import logging
import reprlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from cnnviz.details import describe_details
from cnnviz.effects import channel_effects
from cnnviz.errors import CnnvizError, OptionError
from cnnviz.grayscale import color_losses
from cnnviz.names import is_name
from cnnviz.result import Result
from cnnviz.ui.channels_tab import describe_classes, describe_sheet, describe_sum
from cnnviz.ui.exhibit import Exhibit

LOGGER = logging.getLogger("cnnviz")
EFFECTS, GRAY = "effects", "gray"
INQUIRIES = ("look", "rank", "inspect", "ablate")
"""What can be asked: the names of the events, and of the methods that answer."""

ANSWERS = ("sheet", "ranking", "details", "ablation")
"""Under which names the page finds the answers."""

Answer = dict[str, Any]


@dataclass
class Inquiries:
    """Answers the explorer. Every value that it sends may have been made up by a program.

    Args:
        exhibit: Gives the model that answers now.
    """

    exhibit: Callable[[], Exhibit]

    def look(self, event: gr.EventData) -> Any:
        """Give all activations of a layer."""
        return _reply("sheet", event, self._look)

    def rank(self, event: gr.EventData) -> Any:
        """Give what each channel of a layer adds to the answer, or what it loses in black and white."""
        return _reply("ranking", event, self._rank)

    def inspect(self, event: gr.EventData) -> Any:
        """Give what is known of one channel, and the arithmetic of one of its units; also in black and white."""
        return _reply("details", event, self._inspect)

    def ablate(self, event: gr.EventData) -> Any:
        """Give the answer without some channels."""
        return _reply("ablation", event, self._ablate)

    def _look(self, asked: Answer) -> Answer:
        exhibit, _, result = self._find(asked)
        return self._sheet(exhibit, result, _name(asked, "layer"), result.label)

    def _sheet(self, exhibit: Exhibit, result: Result, name: str, class_name: str) -> Answer:
        sheet = describe_sheet(result[name], exhibit.endpoints.folder)
        return {**sheet, "sum": describe_sum(result, result[name], class_name)}

    def _rank(self, asked: Answer) -> Answer:
        exhibit, seen, result = self._find(asked)
        layer, by = _name(asked, "layer"), _name(asked, "by")
        explorer = exhibit.endpoints.explorer
        if by == EFFECTS:
            values = channel_effects(explorer.network, result, layer, result.label)
            return {"layer": layer, "by": by, "values": values.tolist()}
        if by != GRAY:
            raise OptionError(f"Channels are ranked by {EFFECTS} or by {GRAY}. Received: by={by!r}.")
        in_gray = explorer.in_gray(seen)
        values = color_losses(result, in_gray, layer)
        sheet = self._sheet(exhibit, in_gray, layer, result.label)
        return {"layer": layer, "by": by, "values": values.tolist(), "sheet": sheet}

    def _inspect(self, asked: Answer) -> Answer:
        exhibit, seen, result = self._find(asked)
        if asked.get("gray") is True:
            result = exhibit.endpoints.explorer.in_gray(seen)
        place: dict[str, Any] = {key: asked.get(key) for key in ("channel", "row", "column")}
        return describe_details(exhibit.endpoints.explorer.network, result, _name(asked, "layer"), **place)

    def _ablate(self, asked: Answer) -> Answer:
        exhibit, seen, _ = self._find(asked)
        ablation = exhibit.endpoints.explorer.ablate(seen, asked.get("without") or {})
        return {**ablation.to_dict(), "classes": describe_classes(ablation.probabilities, ablation.original)}

    def _find(self, asked: Answer) -> tuple[Exhibit, Image.Image, Result]:
        """Find the picture and its result, which is computed again if nobody has it any more."""
        exhibit = self.exhibit()
        found = exhibit.seen.get(_name(asked, "token"))
        if found is None:
            raise _GoneError("The photo is not kept any more.")
        seen, result = found
        if result is None:
            result = exhibit.endpoints.explorer(seen)
            exhibit.seen.renew(asked["token"], result)
            exhibit.endpoints.cache.put(asked["token"], result)
        return exhibit, seen, result


class _GoneError(CnnvizError):
    """The picture was forgotten, or another model is in."""


def _reply(prop: str, event: gr.EventData, answer: Callable[[Answer], Answer]) -> Any:
    """Answer, with what was asked, so that the page knows whether it still wants to know; our errors are sentences."""
    asked, start = event._data if isinstance(event._data, dict) else {}, time.perf_counter()
    reply: Any
    try:
        reply = answer(asked)
        LOGGER.info("explorer, %s: %.0f ms", prop, 1e3 * (time.perf_counter() - start))
    except _GoneError:
        reply = {"gone": True}
    except CnnvizError as error:
        reply = {"error": str(error)}
    props: dict[str, Any] = {prop: {"asked": asked, **reply}}
    return gr.update(**props)


def _name(asked: Answer, key: str) -> str:
    value = asked.get(key)
    if not is_name(value):
        raise OptionError(f"`{key}` is a name. Received: {key}={reprlib.repr(value)}.")
    return str(value)
