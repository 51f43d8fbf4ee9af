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
from gradio.data_classes import FileData
from gradio.route_utils import API_PREFIX
from gradio_client.utils import encode_file_path
from PIL import Image

from cnnviz.endpoints import Endpoints, Visualization
from cnnviz.errors import CnnvizError
from cnnviz.grid import encode_png
from cnnviz.head import percent
from cnnviz.ui import words
from cnnviz.ui.upload import uploaded_picture

LOGGER = logging.getLogger("cnnviz")
SEEN_ENLARGEMENT = 2


@dataclass(frozen=True)
class Handlers:
    """What the page's and the API's events call, with values that Gradio has not processed.

    Args:
        endpoints: Do the work.
    """

    endpoints: Endpoints

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
            shown = self.endpoints.visualize(uploaded_picture(image), colormap, scale, layers or [])
        answer = {"label": shown.result.label, "probabilities": shown.result.probabilities}
        pictures = [{"image": served(picture.path), "caption": picture.caption} for picture in shown.pictures]
        return answer, pictures, shown.statistics

    def show(self, image: Any, colormap: Any, scale: Any) -> tuple[Any, Any, Any]:
        """Give the page's answer, its layers, and what to tell the visitor if there are none."""
        if image is None:  # the photo was taken away: what is shown stays
            return gr.skip(), gr.skip(), ""
        start = time.perf_counter()
        try:
            shown = self.endpoints.visualize(uploaded_picture(image), colormap, scale)
        except CnnvizError as error:
            _log_refusal("/visualize", start, error)
            return gr.skip(), gr.skip(), html.escape(str(error))
        return _answer(shown), _layers(shown), ""


def served(path: Path) -> dict[str, Any]:
    """Describe a file of Gradio's upload folder so that it is served as it is.

    Args:
        path: The file.

    Returns:
        What Gradio's own processing would give, without hashing, copying and keeping track of it.
    """
    return FileData(path=str(path), url=f"{API_PREFIX}/file={encode_file_path(str(path))}").model_dump()


@contextmanager
def _messages(endpoint: str) -> Iterator[None]:
    """Turn our own errors into messages for a program; any other is a bug and goes to the log."""
    start = time.perf_counter()
    try:
        yield
    except CnnvizError as error:
        _log_refusal(endpoint, start, error)
        raise gr.Error(str(error), print_exception=False) from error


def _log_refusal(endpoint: str, start: float, error: CnnvizError) -> None:
    LOGGER.info("%s: refused after %.0f ms: %s", endpoint, 1e3 * (time.perf_counter() - start), error)


def _answer(shown: Visualization) -> dict[str, Any]:
    """Give the values that answer.html shows; text from the model is escaped."""
    result = shown.result
    width, height = result.seen.size
    size = (width * SEEN_ENLARGEMENT, height * SEEN_ENLARGEMENT)
    seen = shown.pictures[0].path.with_name("seen.png")
    seen.write_bytes(encode_png(result.seen.resize(size, Image.Resampling.NEAREST)))
    names = [html.escape(name) for name in result.probabilities]
    probabilities = list(result.probabilities.values())
    return {
        "label": html.escape(result.label),
        "percent": html.escape(percent(result.probabilities[result.label])),
        "classes": [
            {"name": name, "probability": probability, "percent": html.escape(percent(probability))}
            for name, probability in zip(names, probabilities, strict=True)
        ],
        "seen": served(seen),
        "seen_size": size,
        "seen_heading": words.SEEN_HEADING,
        "seen_text": words.SEEN.format(width=width, height=height),
        "answer_heading": words.ANSWER_HEADING,
        "honesty": words.HONESTY.format(classes=" and ".join(f"{name}s" for name in names)),
    }


def _layers(shown: Visualization) -> list[dict[str, Any]]:
    """Give the values that layers.html shows."""
    return [
        {
            "name": html.escape(picture.name),
            "caption": html.escape(picture.caption.removeprefix(f"{picture.name} · ")),
            "file": served(picture.path),
            "width": picture.size[0],
            "height": picture.size[1],
        }
        for picture in shown.pictures
    ]
