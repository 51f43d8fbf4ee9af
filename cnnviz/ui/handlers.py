"""The endpoints in Gradio's terms: values of components, files to serve, errors as messages."""

import logging
import reprlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

import gradio as gr

from cnnviz.base.errors import CnnvizError, OptionError
from cnnviz.base.storage import telling_full_disk
from cnnviz.result.ablation import AblationFacts
from cnnviz.result.channel_details import ChannelDetails
from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.result.result import SUMMARY, require_statistics
from cnnviz.result.trace import TraceFacts
from cnnviz.ui import words
from cnnviz.ui.answers import SLOW_SECONDS, sentence_of
from cnnviz.ui.crowd.fair_queue import is_wanted
from cnnviz.ui.files import ServedFile, served
from cnnviz.ui.layers.choice import choose_layers
from cnnviz.ui.parts import IN_TURN
from cnnviz.ui.preparation import describe_views
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.told import is_long, told_layers
from cnnviz.ui.upload import dropped_picture, uploaded_content
from cnnviz.why.explain import DEFAULT_METHOD

LOGGER = logging.getLogger("cnnviz")
Values = dict[str, Any]
"""What the page shows next, by the names of its components; a component that is not named stays as it is."""

TOP = 5
"""Classes whose probabilities `/predict` gives."""

SHOWN = ("colormap", "scale", "version")
"""The part of what is shown that decides whether it has to be drawn again."""


class NewsValue(TypedDict):
    """What is new, and what stands on the button; "" if nothing is."""

    text: str
    button: str


NO_NEWS: NewsValue = {"text": "", "button": ""}


def describe_no_news(_: None) -> NewsValue:
    """Describe what news.html shows at first.

    Returns:
        Plain JSON values.
    """
    return NO_NEWS


@dataclass
class Handlers:
    """What the page's and the API's events call, with values that Gradio has not processed.

    Args:
        served: The model that answers. It may be replaced at any time: each request works with the one that it
            found when it began.
    """

    served: ServedModel

    def predict(self, image: Any, top: Any = TOP) -> tuple[str, dict[str, float]]:
        """Tell what the network takes a photo for, without any pictures."""
        with _messages("/predict"):
            number = _number_of_classes(top)
            probabilities = self.served.endpoints.predict(uploaded_content(image))
        ranked = sorted(probabilities, key=lambda name: -probabilities[name])
        chosen = set(ranked[:number])
        return ranked[0], {name: each for name, each in probabilities.items() if name in chosen}

    def visualize(
        self, image: Any, colormap: Any, scale: Any, layers: Any, statistics: Any = SUMMARY
    ) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
        """Show what every layer makes of a photo."""
        with _messages("/visualize"):
            picture = uploaded_content(image)
            require_statistics(statistics)
            if layers in (None, []):
                network = self.served.network
                layers = [layer.name for layer in told_layers(network)] if is_long(network) else []
            shown = self.served.endpoints.visualize(picture, colormap, scale, layers)
            numbers = shown.statistics(statistics)
        answer = {"label": shown.result.label, "probabilities": shown.result.probabilities}
        pictures = [{"image": served(picture.path), "caption": picture.caption} for picture in shown.pictures]
        return answer, pictures, numbers

    def channel(
        self,
        image: Any,
        layer: Any,
        channel: Any,
        row: Any = None,
        column: Any = None,
        colormap: Any = DEFAULT_COLORMAP,
        scale: Any = DEFAULT_SCALE,
    ) -> tuple[ServedFile, ChannelDetails]:
        """Look into one channel of one layer."""
        with _messages("/channel"):
            picture = uploaded_content(image)
            path, details = self.served.endpoints.channel(picture, layer, channel, row, column, colormap, scale)
        return served(path), details

    def ablate(self, image: Any, without: Any) -> AblationFacts:
        """Answer without some channels."""
        with _messages("/ablate"):
            return self.served.endpoints.ablate(uploaded_content(image), without).to_dict()

    def explain(
        self, image: Any, method: Any = DEFAULT_METHOD, class_name: Any = None, layer: Any = None, trust: Any = False
    ) -> tuple[ServedFile, dict[str, Any]]:
        """Tell where in a photo the network finds what speaks for a class."""
        with _messages("/explain"):
            picture = uploaded_content(image)
            asked = (method, class_name or None, layer or None, trust)
            path, details = self.served.endpoints.explain(picture, *asked, SLOW_SECONDS, is_wanted())
        return served(path), details

    def trace(
        self,
        image: Any,
        layer: Any = None,
        channel: Any = None,
        row: Any = None,
        column: Any = None,
        class_name: Any = None,
        depth: Any = None,
        branches: Any = 1,
    ) -> tuple[ServedFile, TraceFacts]:
        """Follow the answer, or one unit, back to what made it."""
        with _messages("/trace"):
            asked = (layer or None, channel, row, column, class_name or None, depth, branches)
            path, found = self.served.endpoints.trace(uploaded_content(image), *asked, SLOW_SECONDS, is_wanted())
        return served(path), found

    def compare(self, image: Any, other: Any, layer: Any = None) -> tuple[ServedFile, dict[str, Any]]:
        """Find the channels that tell two photos apart."""
        with _messages("/compare"):
            pictures = uploaded_content(image), uploaded_content(other)
            path, comparison = self.served.endpoints.compare(*pictures, layer)
        return served(path), comparison

    def survey(self, layer: Any = None, channel: Any = None) -> dict[str, Any]:
        """Tell what a whole data set says of the channels."""
        with _messages("/survey"):
            return self.served.endpoints.survey(layer or None, channel)

    def model(self) -> dict[str, Any]:
        """Tell which model answers."""
        return self.served.endpoints.model()

    def look(self, last: Any) -> NewsValue:
        """Tell an open page whether a new model came in since it was answered."""
        is_old = isinstance(last, dict) and last.get("version") != self.served.version
        return {"text": words.NEWS if is_old else "", "button": words.NEWS_BUTTON}

    def show(self, image: Any, last: Any, colormap: Any, scale: Any, refused: Any = None) -> Iterator[Values]:
        """Describe a photo for all views, say what to tell the visitor, and note which photo and colours are shown.

        The answer comes first, then the strip, then the rest.

        Where there is no photo, or one that cannot be read, the last one stays, in the colours now chosen. If another
        model answers than the last time, what the page says of it comes too.

        Args:
            image: The photo; None if there is none.
            last: What is shown, as `ServedModel.showing` has it.
            colormap: The colours that are chosen.
            scale: What they are scaled by.
            refused: How many bytes a photo has that was not taken; None if none was refused.
        """
        model = self.served
        drawn = last if isinstance(last, dict) else {}
        refusal = _refusal(refused)
        notice = refusal or words.NO_PHOTO
        if image is not None and not (refusal and _path_of(image) == drawn.get("path")):
            try:
                yield from self._shown(model, image, last, refusal, colormap, scale)
                return
            except CnnvizError as error:
                notice = f"{error} {words.STILL_THE_LAST}"
        try:
            if [drawn.get(name) for name in SHOWN] != [colormap, scale, model.version]:
                yield from self._shown(model, drawn, last, notice, colormap, scale)
                return
        except CnnvizError:  # its file has been deleted by now: what is shown stays as it is
            pass
        yield {"notice": notice}

    def _shown(
        self, model: ServedModel, image: Any, last: Any, notice: str, colormap: Any, scale: Any
    ) -> Iterator[Values]:
        path = _path_of(image)
        is_new = not isinstance(last, dict) or last.get("version") != model.version
        about = {"news": NO_NEWS, **model.about} if is_new else {}
        with _logged("/visualize"):
            content, layers = uploaded_content(image), choose_layers(model.network)
            photo = ShownPhoto(model, model.endpoints.look(content, colormap, scale, layers), path)
            for views in IN_TURN[:-1]:
                yield {"notice": notice, **describe_views(photo, views)}
            rest = describe_views(photo, IN_TURN[-1])
        yield {**rest, "notice": notice, "last": model.showing(path, colormap, scale), **about}


def _refusal(num_bytes: Any) -> str:
    """Say why a photo that was dropped or pasted is not taken: it is too large, or did not arrive; "" if none was."""
    if num_bytes is None:
        return ""
    try:
        dropped_picture(None, int(num_bytes))
    except CnnvizError as error:
        return f"{error} {words.STILL_THE_LAST}"
    except (TypeError, ValueError, OverflowError):  # from a program
        pass
    return ""


def _path_of(image: Any) -> Any:
    """Find the path of a photo as Gradio gives it."""
    return image.get("path") if isinstance(image, dict) else image


def _number_of_classes(top: Any) -> int | None:
    """Read how many classes a program wants; None for all."""
    if top is None:
        return None
    if isinstance(top, bool) or not isinstance(top, int | float) or not top >= 1 or top % 1 != 0:
        raise OptionError(
            f"`top` is how many classes are wanted, from 1; none for all. Received: top={reprlib.repr(top)}."
        )
    return int(top)


@contextmanager
def _messages(endpoint: str) -> Iterator[None]:
    """Turn our own errors into messages for a program; any other is a bug and goes to the log."""
    try:
        with _logged(endpoint):
            yield
    except CnnvizError as error:
        raise gr.Error(sentence_of(error), print_exception=False) from error


@contextmanager
def _logged(endpoint: str) -> Iterator[None]:
    """Note in the log what was refused; what was done is noted where it is done."""
    start = time.perf_counter()
    try:
        with telling_full_disk():
            yield
    except CnnvizError as error:
        LOGGER.info("%s: refused after %.0f ms: %s", endpoint, 1e3 * (time.perf_counter() - start), error)
        raise
