"""What the tab on the why asks: evidence maps, and how far to trust them. Both take a while, and can be left off."""

import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.base.names import is_name
from cnnviz.base.steps import Steps, part
from cnnviz.result.result import Result
from cnnviz.ui.answers import Answer, find_photo, named, reply_in_steps
from cnnviz.ui.served_model import Exhibit
from cnnviz.ui.why.latest_question import Turns
from cnnviz.ui.why.why import describe_empty, describe_maps, describe_trust
from cnnviz.why.explain import explain, explain_each
from cnnviz.why.trust import examine

REASONS = ("explain", "examine", "rest")
"""What can be asked: the names of the events, and of the methods that answer."""

REPLIES = ("maps", "trust")
"""Under which names the page finds the answers."""

MAX_CLASSES = 2


@dataclass
class Reasons:
    """Answers the tab. Every value that it sends may have been made up by a program.

    Args:
        exhibit: Gives the model that answers now.
    """

    exhibit: Callable[[], Exhibit]
    _turns: Turns = field(default_factory=Turns)

    def explain(self, event: gr.EventData, request: gr.Request) -> Iterator[Any]:
        """Give the maps of one method for two classes."""
        yield from reply_in_steps("maps", event, self._explain, self._turn(event, request))

    def examine(self, event: gr.EventData, request: gr.Request) -> Iterator[Any]:
        """Tell how far to trust one of them."""
        yield from reply_in_steps("trust", event, self._examine, self._turn(event, request))

    def rest(self, event: gr.EventData, request: gr.Request) -> Any:
        """Leave off what was asked before."""
        self._turn(event, request)
        return gr.update()

    def _turn(self, event: gr.EventData, request: gr.Request) -> Callable[[], bool]:
        number = event._data.get("number") if isinstance(event._data, dict) else None
        return self._turns.take(str(request.session_hash), number if isinstance(number, int) else 0)

    def _explain(self, asked: Answer) -> Steps[Answer]:
        network, result, method, layer = self._find(asked)
        classes = asked.get("classes")
        if not isinstance(classes, list) or not 1 <= len(classes) <= MAX_CLASSES or not all(map(is_name, classes)):
            raise OptionError(f"`classes` are one or two names. Received: classes={reprlib.repr(classes)}.")
        maps = yield from explain_each(network, result.pixels, method, classes, layer)
        return describe_maps(maps, network)

    def _examine(self, asked: Answer) -> Steps[Answer]:
        network, result, method, layer = self._find(asked)
        explanation = yield from part(explain(network, result.pixels, method, named(asked, "class"), layer), 0, 0.3)
        if explanation.is_empty:
            return describe_empty(explanation)
        trust = yield from part(examine(network, result.pixels, explanation), 0.3, 1)
        return describe_trust(trust, explanation)

    def _find(self, asked: Answer) -> tuple[Any, Result, str, str | None]:
        exhibit = self.exhibit()
        _, result = find_photo(exhibit, asked)
        layer = None if asked.get("layer") is None else named(asked, "layer")
        return exhibit.endpoints.explorer.network, result, named(asked, "method"), layer
