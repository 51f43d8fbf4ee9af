"""Lays out the page, and wires page and API to the handlers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from cnnviz.result.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.ui import words, wrong_call
from cnnviz.ui.api import CONCURRENT_PHOTOS, add_api, layer_choices
from cnnviz.ui.channels.channels import channel_settings
from cnnviz.ui.channels.questions import ANSWERS, INQUIRIES, Inquiries
from cnnviz.ui.cleanup import keep_clean
from cnnviz.ui.comparison.comparison import comparison_settings
from cnnviz.ui.comparison.questions import PAIR_ANSWERS, PAIR_QUESTIONS, Pairs
from cnnviz.ui.component import PLAIN, plain, scripted, serve_scripts, style_sheets
from cnnviz.ui.examples.examples import Example
from cnnviz.ui.handlers import NO_NEWS, Handlers
from cnnviz.ui.raw_blocks import RawBlocks
from cnnviz.ui.served_model import Exhibit
from cnnviz.ui.why.questions import REASONS, REPLIES, Reasons
from cnnviz.ui.why.why import why_settings

COLORMAPS = ("magma", "viridis", "cividis", "gray")
MAX_UPLOAD = "64mb"
"""Beyond it Gradio cuts an upload off; up to it our own limit answers, with a sentence that helps."""

SCRIPTS = "scripts"
PHOTO_PIXELS = 196
PRIVATE: dict[str, Any] = {"preprocess": False, "postprocess": False, "api_visibility": "private"}
MAX_SESSIONS = 64
"""What Gradio remembers of callers; ours need nothing of it, and every call of the API leaves some."""

SYSTEM_FONT = ("system-ui", "sans-serif")
MONO_FONT = ("ui-monospace", "monospace")
"""Fonts that every visitor has: the page asks no other host for one."""


@dataclass
class Page:
    """The page and the API.

    Args:
        blocks: Gradio's application.
        handlers: What its events call.
        views: The parts that show the model and its answer, in the order of `Handlers.show` without notice and news.
        names: The parameters of the API that take layers.
    """

    blocks: gr.Blocks
    handlers: Handlers
    views: list[gr.components.Component]
    names: list[gr.Dropdown]

    def swap(self, exhibit: Exhibit) -> None:
        """Let another model answer from the next request on; those that run now finish with the one before.

        Args:
            exhibit: Of the other model.
        """
        before, self.handlers.exhibit = self.handlers.exhibit, exhibit
        for view, value in zip(self.views, exhibit.values, strict=True):
            view.value = value
        for dropdown in self.names:
            dropdown.choices = layer_choices(exhibit)
        self.blocks.config = self.blocks.get_config_file()  # what who comes in from now on finds on the page
        app = self.blocks.app  # it keeps the API's description, with the names of the layers
        app.api_info = app.all_app_info = None
        app.page_api_info.clear()
        before.retire()


def build_page(exhibit: Exhibit, look_seconds: float = 0) -> Page:
    """Build the page and the API.

    Args:
        exhibit: The model, with its answer to the first example, so that the page never opens empty.
        look_seconds: After how long open pages look whether a new model is in; 0 for never.

    Returns:
        The page, not yet launched.
    """
    scripts = serve_scripts(exhibit.endpoints.folder / SCRIPTS)
    handlers = Handlers(exhibit)
    about, *network, legend = exhibit.about
    answer, strip, layers, channels, why, comparison, evidence = exhibit.opening

    with RawBlocks(title=words.TITLE, fill_width=True, analytics_enabled=False) as blocks:
        header_view = plain("header/header", about)
        with gr.Row(elem_id="top"):
            with gr.Column(elem_id="choice", min_width=0):
                photo, camera, notice = _add_photo(exhibit.examples[0])
                choice = scripted("examples/examples", exhibit.choices, scripts)
            answer_view = plain("answer/answer", answer)
        strip_view = scripted("strip/strip", strip, scripts)
        with gr.Tab(words.LAYERS_TAB, elem_id="layers-tab"):
            colormap, scale, legend_view = _add_controls(legend)
            layers_view = plain("layers/layers", layers)
        asking = _add_asking(scripts, handlers, channels, why, comparison)
        with gr.Tab(words.NETWORK_TAB):
            evidence_view, *network_views = _add_network(evidence, *network)
        scripted("layers/viewer", _viewer_words(), scripts)
        news = scripted("news/news", NO_NEWS, scripts)
        last = gr.JSON(exhibit.shown, visible="hidden")  # what is shown, also when another photo cannot be read
        names = add_api(handlers)
        photo_views = [answer_view, strip_view, layers_view, *asking, evidence_view]
        about_views = [header_view, *network_views, legend_view]

        choice.select(handlers.choose, None, photo, trigger_mode="multiple", **PRIVATE)
        camera.upload(handlers.take, camera, [photo, notice], **PRIVATE)
        choice.upload(handlers.drop, None, [photo, notice], **PRIVATE)
        gr.on(
            [photo.change, colormap.change, scale.change, news.select, *(view.submit for view in asking)],
            handlers.show,
            [photo, last, colormap, scale],
            [*photo_views, notice, last, news, *about_views],
            show_progress="minimal",
            trigger_mode="always_last",
            concurrency_limit=CONCURRENT_PHOTOS,
            **PRIVATE,
        )
        if look_seconds:
            gr.Timer(look_seconds).tick(handlers.look, last, news, queue=False, show_progress="hidden", **PRIVATE)
    return Page(blocks, handlers, [*photo_views, last, *about_views], names)


def _add_asking(scripts: Path, handlers: Handlers, channels: Any, why: Any, comparison: Any) -> list[gr.HTML]:
    """Add the tabs that ask while a visitor looks around."""
    with gr.Tab(words.CHANNELS_TAB, elem_id="channels-tab"):
        explorer = scripted("channels/channels", channels, scripts, INQUIRIES, channel_settings(COLORMAPS), ANSWERS)
    with gr.Tab(words.WHY_TAB, elem_id="why-tab"):
        reasons = scripted("why/why", why, scripts, REASONS, why_settings(), REPLIES)
    with gr.Tab(words.COMPARISON_TAB, elem_id="comparison-tab"):
        pairs = scripted(
            "comparison/comparison", comparison, scripts, PAIR_QUESTIONS, comparison_settings(), PAIR_ANSWERS
        )
    _answer(explorer, Inquiries(lambda: handlers.exhibit), INQUIRIES)
    _answer(reasons, Reasons(lambda: handlers.exhibit), REASONS)
    _answer(pairs, Pairs(lambda: handlers.exhibit), PAIR_QUESTIONS)
    return [explorer, reasons, pairs]


def _add_network(evidence: Any, kernels: Any, atlas: Any, description: Any, card: str) -> list[gr.components.Component]:
    """Add what the tab on the network shows."""
    values = {"evidence": evidence, "kernels": kernels, "atlas": atlas, "network": description}
    parts = [plain(f"network/{name}", value) for name, value in values.items()]
    return [*parts, gr.Markdown(card, elem_id="card")]


def _answer(view: gr.HTML, inquiries: object, names: Sequence[str]) -> None:
    """Let a part of our own ask: each answer becomes one of its props."""
    for name in names:
        getattr(view, name)(
            getattr(inquiries, name),
            None,
            view,
            trigger_mode="multiple",
            show_progress="hidden",
            concurrency_limit=CONCURRENT_PHOTOS,
            preprocess=False,
            api_name=f"{view.elem_id}_{name}",  # or it might take an endpoint's name
            api_visibility="private",
        )


def _add_photo(example: Example) -> tuple[gr.Image, gr.UploadButton, gr.HTML]:
    """Add what takes a photo: a wide screen drops, pastes and photographs, a narrow one asks the phone."""
    photo = gr.Image(
        str(example.path),
        type="filepath",
        label=words.PHOTO,
        show_label=False,
        sources=["upload", "webcam", "clipboard"],
        height=PHOTO_PIXELS,
        elem_id="photo",
    )
    camera = gr.UploadButton(words.CHANGE, file_types=["image"], elem_id="camera")
    notice = gr.HTML("", html_template='<p role="alert" tabindex="0">${value}</p>', elem_id="notice")
    return photo, camera, notice


def _add_controls(legend: str) -> tuple[gr.Dropdown, gr.Radio, gr.HTML]:
    """Add what chooses the colours, and the legend."""
    with gr.Row(elem_id="controls"):
        colormap = gr.Dropdown(list(COLORMAPS), value=DEFAULT_COLORMAP, label=words.COLORS, elem_id="colormap")
        scales = [(name, scale) for scale, name in words.SCALE_NAMES.items()]
        scale = gr.Radio(scales, value=DEFAULT_SCALE, label=words.BRIGHTNESS, elem_id="scale")
        reading = gr.HTML(legend, **PLAIN, elem_id="reading")
    return colormap, scale, reading


def _viewer_words() -> dict[str, str]:
    return {
        "title": words.VIEWER,
        "zoom_in": words.ZOOM_IN,
        "zoom_out": words.ZOOM_OUT,
        "fit": words.FIT,
        "download": words.DOWNLOAD,
        "close": words.CLOSE,
    }


def launch(page: Page, host: str, port: int, queue_size: int, then: Callable[[], object]) -> None:
    """Serve a page until the process is stopped.

    Args:
        page: From `build_page`.
        host: Address to listen at.
        port: Port to listen at.
        queue_size: Requests that may wait; more are turned away.
        then: What is done as soon as it is served.
    """
    keep_clean(Path(get_upload_folder()))
    page.blocks.queue(max_size=queue_size, api_open=False)
    page.blocks.launch(
        server_name=host,
        server_port=port,
        css_paths=style_sheets(),
        theme=gr.themes.Default(primary_hue="blue", font=SYSTEM_FONT, font_mono=MONO_FONT),
        max_file_size=MAX_UPLOAD,
        state_session_capacity=MAX_SESSIONS,
        footer_links=["api"],
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        app_kwargs={"exception_handlers": wrong_call.HANDLERS},
        quiet=True,
        prevent_thread_lock=True,
    )
    then()
    page.blocks.block_thread()
