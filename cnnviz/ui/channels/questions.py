"""What the channel explorer asks while a visitor looks around: answers for its component, errors among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.result.channel_details import describe_details
from cnnviz.result.channel_scores import channel_effects, color_losses
from cnnviz.result.result import Result
from cnnviz.ui.answers import Answer, find_photo, named, reply
from cnnviz.ui.channel_data import describe_classes, describe_sheet, describe_tile
from cnnviz.ui.channels.channels import describe_sum
from cnnviz.ui.served_model import Exhibit

EFFECTS, GRAY = "effects", "gray"
INQUIRIES = ("look", "rank", "inspect", "ablate")
"""What can be asked: the names of the events, and of the methods that answer."""

ANSWERS = ("sheet", "ranking", "details", "ablation")
"""Under which names the page finds the answers."""


@dataclass
class Inquiries:
    """Answers the explorer. Every value that it sends may have been made up by a program.

    Args:
        exhibit: Gives the model that answers now.
    """

    exhibit: Callable[[], Exhibit]

    def look(self, event: gr.EventData) -> Any:
        """Give all activations of a layer."""
        return reply("sheet", event, self._look)

    def rank(self, event: gr.EventData) -> Any:
        """Give what each channel of a layer adds to the answer, or what it loses in black and white."""
        return reply("ranking", event, self._rank)

    def inspect(self, event: gr.EventData) -> Any:
        """Give what is known of one channel, and the arithmetic of one of its units; also in black and white."""
        return reply("details", event, self._inspect)

    def ablate(self, event: gr.EventData) -> Any:
        """Give the answer without some channels."""
        return reply("ablation", event, self._ablate)

    def _look(self, asked: Answer) -> Answer:
        exhibit = self.exhibit()
        _, result = find_photo(exhibit, asked)
        return self._sheet(exhibit, result, named(asked, "layer"), result.label)

    def _sheet(self, exhibit: Exhibit, result: Result, name: str, class_name: str) -> Answer:
        sheet = describe_sheet(result[name], exhibit.endpoints.folder)
        return {**sheet, "sum": describe_sum(result, result[name], class_name)}

    def _rank(self, asked: Answer) -> Answer:
        exhibit = self.exhibit()
        seen, result = find_photo(exhibit, asked)
        layer, by = named(asked, "layer"), named(asked, "by")
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
        exhibit = self.exhibit()
        seen, result = find_photo(exhibit, asked)
        if asked.get("gray") is True:
            result = exhibit.endpoints.explorer.in_gray(seen)
        layer = named(asked, "layer")
        place: dict[str, Any] = {key: asked.get(key) for key in ("channel", "row", "column")}
        details = describe_details(exhibit.endpoints.explorer.network, result, layer, **place)
        atlas = exhibit.atlas.get(layer)
        return {**details, "looks_for": describe_tile(atlas, details["channel"]) if atlas else None}

    def _ablate(self, asked: Answer) -> Answer:
        exhibit = self.exhibit()
        seen, _ = find_photo(exhibit, asked)
        ablation = exhibit.endpoints.explorer.ablate(seen, asked.get("without") or {})
        return {**ablation.to_dict(), "classes": describe_classes(ablation.probabilities, ablation.original)}
