"""Lays out the page, and wires page and API to the handlers."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from cnnviz.ui import words
from cnnviz.ui.answer.answer import ANSWER
from cnnviz.ui.api import CONCURRENT_PHOTOS, add_api, layer_choices
from cnnviz.ui.component import drawing, markup, rendered, scripted, serve_scripts
from cnnviz.ui.crowd import words as crowd_words
from cnnviz.ui.example import Example
from cnnviz.ui.examples.tiles import EXAMPLES
from cnnviz.ui.files import address
from cnnviz.ui.follow.follow import FOLLOW
from cnnviz.ui.handlers import NO_NEWS, Handlers, Values, describe_no_news
from cnnviz.ui.header.header import HEADER
from cnnviz.ui.layers import words as layers_words
from cnnviz.ui.layers.colors import COLORS, DEFAULT_COLORS
from cnnviz.ui.live.live import LIVE
from cnnviz.ui.parts import TABS, Tab
from cnnviz.ui.preview import PICTURE
from cnnviz.ui.raw_blocks import RawBlocks
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.strip.strip import STRIP
from cnnviz.ui.tools import refresh_tools
from cnnviz.ui.tour.tour import TOUR
from cnnviz.ui.view import View

SCRIPTS = "scripts"
PHOTO_PIXELS = 196
PRIVATE: dict[str, Any] = {"preprocess": False, "postprocess": False, "api_visibility": "private"}
CHOSEN = "() => document.getElementById('examples').photo"
"""Gives the photo that was chosen last, see examples.js: no server is needed to show it."""
LOOKING_BEGINS = """(photo, last, colors) => {
    if (photo && photo.path !== last?.path) {
        document.dispatchEvent(new CustomEvent('looking-begins', { detail: photo.path }));
    }
    const chosen = document.getElementById('examples');
    const refused = chosen.refused ?? null;
    chosen.refused = null;
    return [photo, last, colors, refused];
}"""
"""Run before a photo is asked about, see shared/looking.js: colours alone change nothing that is said of it.

It also tells which photo was refused since, see examples.js. An event's own data would not do: of events that wait for
their turn, Gradio sends those of the first.
"""

CROWD: View[None] = View("crowd/crowd", lambda _: crowd_words.CROWD, scripted)
VIEWER: View[None] = View("layers/viewer", lambda _: layers_words.VIEWER, scripted)
NEWS: View[None] = View("news/news", describe_no_news, scripted)
TOLD = ("notice", "news")
"""Components whose templates print what the visitor is told."""


class Page:
    """The page and the API.

    Args:
        model: The model, with its answer to the first example, so that the page never opens empty.
        look_seconds: Time after which open pages look whether a new model is in; 0 for never.
    """

    def __init__(self, model: ServedModel, look_seconds: float = 0) -> None:
        """Build it; it is not launched yet."""
        self.handlers = Handlers(model)
        self.views: list[View[Any]] = []
        self.components: dict[str, Any] = {}
        self._scripts = serve_scripts(model.endpoints.folder / SCRIPTS)
        self.preview = address(Path(shutil.copy(PICTURE, self._scripts)))
        with RawBlocks(title=words.TITLE, fill_width=True, analytics_enabled=False) as self.blocks:
            self._lay_out(model)
            self.names = add_api(self.handlers)
            self._connect(look_seconds)

    def swap(self, model: ServedModel) -> None:
        """Let another model answer from the next request on; those that run now finish with the one before.

        Args:
            model: The other model.
        """
        before, self.handlers.served = self.handlers.served, model
        for component, value in self._by_component(_opening(model)).items():
            component.value = value
        for dropdown in self.names:
            dropdown.choices = layer_choices(model)
        self.blocks.config = self.blocks.get_config_file()  # what who comes in from now on finds on the page
        app = self.blocks.app  # it keeps the API's description, with the names of the layers
        app.api_info = app.all_app_info = None
        app.page_api_info.clear()
        refresh_tools(self.blocks)
        before.retire()

    def show(self, image: Any, last: Any, colors: Any, refused: Any) -> Iterator[dict[Any, Any]]:
        """Show a photo, or why one is not taken, as `Handlers.show`, in colours as `ColorsValue` has them."""
        chosen = colors if isinstance(colors, dict) else {}
        for values in self.handlers.show(image, last, chosen.get("colormap"), chosen.get("scale"), refused):
            yield self._by_component(values)

    def _by_component(self, values: Values) -> dict[Any, Any]:
        """Render what is to be shown; Gradio leaves components alone that are not named."""
        views = {view.name: view for view in self.views}
        return {
            self.components[name]: rendered(views[name], value)
            if name in views
            else markup(value)
            if name in TOLD
            else value
            for name, value in values.items()
        }

    def _lay_out(self, model: ServedModel) -> None:
        """Put everything in its place."""
        opening = _opening(model)
        self._add(HEADER, opening)
        with gr.Row(elem_id="top"):
            with gr.Column(elem_id="choice", min_width=0):
                self._add_photo(model.examples[0])
                self._add(EXAMPLES, opening)
            self._add(ANSWER, opening)
        self._add(STRIP, opening)
        for tab in TABS:
            with gr.Tab(tab.title, elem_id=tab.elem_id):
                self._fill(tab, opening)
        self._add(FOLLOW, opening)
        self._add(TOUR, opening)
        self._add(LIVE, opening)
        for view in (CROWD, VIEWER):
            scripted(view, markup(view.describe(None)), self._scripts)
        self.components["news"] = scripted(NEWS, NO_NEWS, self._scripts)
        # What is shown, also when another photo cannot be read.
        self.components["last"] = gr.JSON(opening["last"], visible="hidden")

    def _fill(self, tab: Tab, opening: Values) -> None:
        if tab.beside_colors:
            with gr.Row(elem_id="controls"):
                self.colors = drawing(COLORS, DEFAULT_COLORS, self._scripts)
                self._add(tab.beside_colors, opening)
        for view in tab.views:
            self._add(view, opening)

    def _add(self, view: View[Any], opening: Values) -> None:
        """Add a view, and let it ask: each answer becomes one of its props."""
        component = view.build(view, rendered(view, opening[view.name]), self._scripts)
        self.views.append(view)
        self.components[view.name] = component
        if view.questions is None:
            return
        questions = view.questions(lambda: self.handlers.served)
        for name in view.questions.ANSWERS:
            getattr(component, name)(
                getattr(questions, name),
                None,
                component,
                trigger_mode="multiple",
                show_progress="hidden",
                concurrency_limit=CONCURRENT_PHOTOS,
                preprocess=False,
                api_name=f"{view.name}_{name}",  # or it might take an endpoint's name
                api_visibility="private",
            )

    def _add_photo(self, example: Example) -> None:
        """Add what takes a photo: a wide screen drops, pastes and photographs, a narrow one asks the phone."""
        self.components["photo"] = gr.Image(
            str(example.path),
            type="filepath",
            label=words.PHOTO,
            show_label=False,
            sources=["upload", "webcam", "clipboard"],
            height=PHOTO_PIXELS,
            elem_id="photo",
        )
        self.camera = gr.UploadButton(words.CHANGE, file_types=["image"], elem_id="camera")
        template = '<p role="alert" tabindex="0">${value}</p>'
        self.components["notice"] = gr.HTML("", html_template=template, elem_id="notice")

    def _connect(self, look_seconds: float) -> None:
        """Wire the page's events to the handlers."""
        photo, news, last = (self.components[name] for name in ("photo", "news", "last"))
        asking = [self.components[view.name].submit for view in self.views if view.questions]
        examples = self.components[EXAMPLES.name]
        examples.select(None, None, photo, js=CHOSEN, trigger_mode="multiple")
        self.camera.upload(None, self.camera, photo, js="(photo) => photo", trigger_mode="multiple")
        # A photo that is not taken waits its turn, too: what is said of it must not be overtaken by what came before.
        gr.on(
            [photo.change, examples.delete, self.colors.input, news.select, *asking],
            self.show,
            [photo, last, self.colors, examples],  # in whose place the script puts what was refused
            [component for name, component in self.components.items() if name != "photo"],
            show_progress="minimal",
            trigger_mode="always_last",
            concurrency_limit=CONCURRENT_PHOTOS,
            js=LOOKING_BEGINS,
            **PRIVATE,
        )
        if look_seconds:
            look = self.handlers.look
            gr.Timer(look_seconds).tick(look, last, news, queue=False, show_progress="hidden", **PRIVATE)
        for event in self.blocks.fns.values():
            event.queue |= event.fn is None  # or Gradio would try to run what the browser does alone


def _opening(model: ServedModel) -> Values:
    """List what the page shows when it is opened."""
    return {**model.opening, **model.about, "last": model.shown}
