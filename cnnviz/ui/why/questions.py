"""Event handlers of the tab of evidence maps. The answers take a while, and can be stopped."""

import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gradio as gr

from cnnviz.base.errors import OptionError
from cnnviz.base.names import is_name
from cnnviz.base.steps import Steps, part
from cnnviz.result.result import Result
from cnnviz.ui.answers import Asked, Questions, find_photo, named, reply_in_steps
from cnnviz.ui.why.latest_question import LatestQuestion
from cnnviz.ui.why.maps import MapsAnswer, TrustAnswer, describe_empty, describe_maps, describe_trust
from cnnviz.why.explain import explain, explain_each
from cnnviz.why.trust import examine

MAX_CLASSES = 2


@dataclass
class WhyQuestions(Questions):
    """Answers the tab. Every value that it sends may have been made up by a program."""

    ANSWERS: ClassVar = {"explain": "maps", "examine": "trust", "rest": ""}

    _latest: LatestQuestion = field(default_factory=LatestQuestion)

    def explain(self, event: gr.EventData, request: gr.Request) -> Iterator[Any]:
        """Draw the maps of one method for two classes."""
        yield from reply_in_steps("maps", event, self._explain, self._is_wanted(event, request))

    def examine(self, event: gr.EventData, request: gr.Request) -> Iterator[Any]:
        """Tell how far to trust one of them."""
        yield from reply_in_steps("trust", event, self._examine, self._is_wanted(event, request))

    def rest(self, event: gr.EventData, request: gr.Request) -> Any:
        """Stop what was asked before."""
        self._is_wanted(event, request)
        return gr.update()

    def _is_wanted(self, event: gr.EventData, request: gr.Request) -> Callable[[], bool]:
        number = event._data.get("number") if isinstance(event._data, dict) else None
        return self._latest.ask(str(request.session_hash), number if isinstance(number, int) else 0)

    def _explain(self, asked: Asked) -> Steps[MapsAnswer]:
        network, result, method, layer = self._find(asked)
        classes = asked.get("classes")
        if not isinstance(classes, list) or not 1 <= len(classes) <= MAX_CLASSES or not all(map(is_name, classes)):
            raise OptionError(f"`classes` are one or two names. Received: classes={reprlib.repr(classes)}.")
        maps = yield from explain_each(network, result.pixels, method, classes, layer)
        return describe_maps(maps, network, result.label)

    def _examine(self, asked: Asked) -> Steps[TrustAnswer]:
        network, result, method, layer = self._find(asked)
        explanation = yield from part(explain(network, result.pixels, method, named(asked, "class"), layer), 0, 0.3)
        if explanation.is_empty:
            return describe_empty(explanation)
        trust = yield from part(examine(network, result.pixels, explanation), 0.3, 1)
        return describe_trust(trust, explanation)

    def _find(self, asked: Asked) -> tuple[Any, Result, str, str | None]:
        model = self.model()
        result = find_photo(model, asked)
        layer = None if asked.get("layer") is None else named(asked, "layer")
        return model.network, result, named(asked, "method"), layer
