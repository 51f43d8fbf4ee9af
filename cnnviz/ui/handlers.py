"""The endpoints in Gradio's terms: values of components, files to serve, errors as messages."""

import html
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from cnnviz.endpoints import Endpoints
from cnnviz.errors import CnnvizError
from cnnviz.image import require_size
from cnnviz.ui import words
from cnnviz.ui.answer import describe_answer
from cnnviz.ui.examples import Example
from cnnviz.ui.layers_tab import describe_layers
from cnnviz.ui.references import References
from cnnviz.ui.served import served
from cnnviz.ui.stages import tell_stages
from cnnviz.ui.strip import describe_strip
from cnnviz.ui.upload import uploaded_picture

LOGGER = logging.getLogger("cnnviz")


@dataclass(frozen=True)
class Handlers:
    """What the page's and the API's events call, with values that Gradio has not processed.

    Args:
        endpoints: Do the work.
        examples: Pictures to try.
        references: Other photos to compare with.
    """

    endpoints: Endpoints
    examples: list[Example]
    references: References

    def predict(self, image: Any) -> tuple[str, dict[str, float]]:
        """Tell what the network takes a photo for, without any pictures."""
        with _messages("/predict"):
            probabilities = self.endpoints.predict(uploaded_picture(image))
        return max(probabilities, key=lambda name: probabilities[name]), probabilities

    def visualize(
        self, image: Any, colormap: Any, scale: Any, layers: Any
    ) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
        """Show what every layer makes of a photo."""
        with _messages("/visualize"):
            shown = self.endpoints.visualize(uploaded_picture(image), colormap, scale, [] if layers is None else layers)
        answer = {"label": shown.result.label, "probabilities": shown.result.probabilities}
        pictures = [{"image": served(picture.path), "caption": picture.caption} for picture in shown.pictures]
        return answer, pictures, shown.statistics

    def choose(self, event: gr.EventData) -> Any:
        """Give the photo of the example that was clicked."""
        index = event._data.get("index") if isinstance(event._data, dict) else None
        if not isinstance(index, int) or not 0 <= index < len(self.examples):
            return gr.skip()
        return served(self.examples[index].path)

    def take(self, image: Any) -> tuple[Any, Any]:
        """Give the photo that was uploaded by the button of a narrow screen, and what to tell the visitor."""
        try:
            picture = uploaded_picture(image)
        except CnnvizError as error:
            return gr.skip(), html.escape(f"{error} {words.STILL_THE_LAST}")
        return served(picture) if isinstance(picture, Path) else gr.skip(), gr.skip()  # `show` says more

    def drop(self, event: gr.EventData) -> tuple[Any, Any]:
        """Give the photo that was dropped or pasted anywhere on the page, and what to tell the visitor."""
        file = event._data if isinstance(event._data, dict) else {}
        try:
            require_size(int(file.get("size") or 0))  # a file that is much too large was not uploaded at all
        except CnnvizError as error:
            return gr.skip(), html.escape(f"{error} {words.STILL_THE_LAST}")
        except (TypeError, ValueError, OverflowError):  # from a program
            return gr.skip(), gr.skip()
        return self.take(file.get("path"))

    def show(self, image: Any, last: Any, colormap: Any, scale: Any) -> tuple[Any, ...]:
        """Give the page's answer, strip and layers, what to tell the visitor, and the photo and colours shown.

        Where there is no photo, or one that cannot be read, the last one stays, in the colours now chosen.
        """
        notice = words.NO_PHOTO
        if image is not None:
            try:
                return self._shown(image, "", colormap, scale)
            except CnnvizError as error:
                notice = html.escape(f"{error} {words.STILL_THE_LAST}")
        drawn = last if isinstance(last, dict) else {}
        try:
            if (drawn.get("colormap"), drawn.get("scale")) != (colormap, scale):
                return self._shown(drawn, notice, colormap, scale)
        except CnnvizError:  # its file has been deleted by now: what is shown stays as it is
            pass
        return gr.skip(), gr.skip(), gr.skip(), notice, gr.skip()

    def _shown(self, image: Any, notice: str, colormap: Any, scale: Any) -> tuple[Any, ...]:
        with _logged("/visualize"):
            shown = self.endpoints.visualize(uploaded_picture(image), colormap, scale)
        path = image.get("path") if isinstance(image, dict) else image
        network = self.endpoints.explorer.network
        likenesses = self.references.compare(shown.result)
        stages = tell_stages(shown.result, likenesses)
        answer = describe_answer(shown, network, self.examples, path)
        strip = describe_strip(shown, network, stages, likenesses)
        last = {"path": path, "colormap": colormap, "scale": scale}
        return answer, strip, describe_layers(shown, stages), notice, last


@contextmanager
def _messages(endpoint: str) -> Iterator[None]:
    """Turn our own errors into messages for a program; any other is a bug and goes to the log."""
    try:
        with _logged(endpoint):
            yield
    except CnnvizError as error:
        raise gr.Error(str(error), print_exception=False) from error


@contextmanager
def _logged(endpoint: str) -> Iterator[None]:
    """Note in the log what was refused; what was done is noted where it is done."""
    start = time.perf_counter()
    try:
        yield
    except CnnvizError as error:
        LOGGER.info("%s: refused after %.0f ms: %s", endpoint, 1e3 * (time.perf_counter() - start), error)
        raise
