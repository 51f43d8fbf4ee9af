"""Lays out the page, and wires page and API to the handlers."""

from pathlib import Path

import gradio as gr
from gradio.media import get_image
from gradio.utils import get_upload_folder

from cnnviz.endpoints import Endpoints
from cnnviz.errors import OptionError
from cnnviz.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.ui import words, wrong_call
from cnnviz.ui.answer import describe_model
from cnnviz.ui.files import keep_clean
from cnnviz.ui.handlers import Handlers
from cnnviz.ui.network_tab import describe_network, read_card
from cnnviz.ui.raw_blocks import RawBlocks

HERE = Path(__file__).parent
EXAMPLES = ("cheetah1.jpg", "lion.jpg", "cheetah.jpg", "tower.jpg")
COLORMAPS = ("magma", "viridis", "cividis", "gray")
MAX_UPLOAD = "64mb"
"""Beyond it Gradio cuts an upload off; up to it our own limit answers, with a sentence that helps."""

MODEL_PICTURES = "model"
CONCURRENT_PHOTOS = 4
MAX_SESSIONS = 64
"""What Gradio remembers of callers; ours need nothing of it, and every call of the API leaves some."""

SYSTEM_FONT = ("system-ui", "sans-serif")
MONO_FONT = ("ui-monospace", "monospace")
"""Fonts that every visitor has: the page asks no other host for one."""


def build_page(endpoints: Endpoints, examples_folder: Path | None = None) -> gr.Blocks:
    """Build the page and the API.

    The first example is answered here, once, so that the page never opens empty.

    Args:
        endpoints: Do the work. Their folder lies inside Gradio's upload folder, whose files are served.
        examples_folder: Where the examples are; None for four that come with Gradio.

    Returns:
        The application, not yet launched.

    Raises:
        OptionError: If the folder holds no pictures.
    """
    handlers = Handlers(endpoints)
    examples = [get_image(name) for name in EXAMPLES] if examples_folder is None else find_pictures(examples_folder)
    photo = gr.Image(
        examples[0],
        type="filepath",
        label=words.PHOTO,
        sources=["upload", "webcam", "clipboard"],
        height=300,
        elem_id="photo",
        render=False,
    )  # which copies the example into the upload folder
    answer, layers, _, first = handlers.show(photo.value, None, DEFAULT_COLORMAP, DEFAULT_SCALE)

    with RawBlocks(title=words.TITLE, fill_width=True, analytics_enabled=False) as page:
        _add_header(endpoints)
        with gr.Row(elem_id="top"):
            with gr.Column(scale=2, min_width=300):
                photo.render()  # type: ignore[no-untyped-call]
                notice = gr.HTML("", html_template='<p role="alert">${value}</p>', elem_id="notice")
                gr.Examples(
                    [[path] for path in examples],
                    photo,
                    label=words.EXAMPLES,
                    cache_examples=False,
                    api_visibility="private",
                )
            with gr.Column(scale=3, min_width=300):
                answer_view = gr.HTML(answer, html_template=_read("answer.html"), elem_id="answer")
        with gr.Tab(words.LAYERS_TAB):
            colormap, scale = _controls()
            layers_view = gr.HTML(layers, html_template=_read("layers.html"), elem_id="layers")
        _add_network(endpoints)
        last = gr.JSON(first, visible="hidden")  # what is shown, also when another photo cannot be read
        _add_api(handlers)

        gr.on(
            [photo.change, colormap.change, scale.change],
            handlers.show,
            [photo, last, colormap, scale],
            [answer_view, layers_view, notice, last],
            preprocess=False,
            postprocess=False,
            api_visibility="private",
            show_progress="minimal",
            trigger_mode="always_last",
            concurrency_limit=CONCURRENT_PHOTOS,
        )
    return page  # type: ignore[no-any-return]  # gradio's `with` gives no type


def find_pictures(folder: Path) -> list[str]:
    """List the pictures of a folder.

    Args:
        folder: Where to look; folders in it are passed over.

    Returns:
        The paths, sorted by name.

    Raises:
        OptionError: If there are none.
    """
    suffixes = (".jpg", ".jpeg", ".png", ".webp")
    pictures = sorted(str(path) for path in folder.glob("*") if path.suffix.lower() in suffixes)
    if not pictures:
        raise OptionError(f"No examples: expected a folder with {', '.join(suffixes)} files. Received: '{folder}'.")
    return pictures


def _add_header(endpoints: Endpoints) -> None:
    """Say what the page is, and which model answers."""
    model = describe_model(endpoints.explorer.network)
    gr.HTML(f'<div><h1>{words.TITLE}</h1><p>{words.TAGLINE}</p></div><p class="model">{model}</p>', elem_id="header")


def _add_network(endpoints: Endpoints) -> None:
    """Add the tab on the network itself."""
    network = endpoints.explorer.network
    description = describe_network(network, endpoints.folder / MODEL_PICTURES)
    with gr.Tab(words.NETWORK_TAB):
        gr.HTML(description, html_template=_read("network.html"), elem_id="network")
        gr.Markdown(read_card(network), elem_id="card")


def _controls() -> tuple[gr.Dropdown, gr.Radio]:
    """Add the legend and what chooses the colours."""
    gr.HTML(f"<h2>{words.LAYERS_HEADING}</h2><p>{words.HOW_TO_READ}</p>", elem_id="reading")
    with gr.Row(elem_id="controls"):
        colormap = gr.Dropdown(list(COLORMAPS), value=DEFAULT_COLORMAP, label=words.COLORS, elem_id="colormap")
        scales = [(name, scale) for scale, name in words.SCALE_NAMES.items()]
        scale = gr.Radio(scales, value=DEFAULT_SCALE, label=words.BRIGHTNESS, elem_id="scale")
    return colormap, scale


def _add_api(handlers: Handlers) -> None:
    """Add the public endpoints, with components of their own that the page does not show.

    Gradio names the parameters after the handlers' own and describes them by the components' labels.
    """
    with gr.Column(visible=False):
        image = gr.Image(type="filepath", label=words.IMAGE_PARAMETER)
        colormap = gr.Textbox(DEFAULT_COLORMAP, label=words.COLORMAP_PARAMETER)
        scale = gr.Textbox(DEFAULT_SCALE, label=words.SCALE_PARAMETER)
        names = [layer.name for layer in handlers.endpoints.explorer.network.layers]
        layers = gr.Dropdown(names, value=[], multiselect=True, label=words.LAYERS_PARAMETER)
        label, probabilities = gr.Textbox(label="label"), gr.JSON(label="probabilities")
        prediction, statistics = gr.JSON(label="prediction"), gr.JSON(label="statistics")
        pictures = gr.Gallery(label="pictures")
        gr.Button().click(
            handlers.predict,
            [image],
            [label, probabilities],
            api_name="predict",
            api_description=words.PREDICT,
            preprocess=False,
            concurrency_limit=CONCURRENT_PHOTOS,
        )
        gr.Button().click(
            handlers.visualize,
            [image, colormap, scale, layers],
            [prediction, pictures, statistics],
            api_name="visualize",
            api_description=words.VISUALIZE,
            preprocess=False,
            postprocess=False,
            concurrency_limit=CONCURRENT_PHOTOS,
        )


def launch(page: gr.Blocks, host: str, port: int, queue_size: int) -> None:
    """Serve a page until the process is stopped.

    Args:
        page: From `build_page`.
        host: Address to listen at.
        port: Port to listen at.
        queue_size: Requests that may wait; more are turned away.
    """
    keep_clean(Path(get_upload_folder()))
    page.queue(max_size=queue_size, api_open=False)
    page.launch(
        server_name=host,
        server_port=port,
        css_paths=HERE / "page.css",
        theme=gr.themes.Default(font=SYSTEM_FONT, font_mono=MONO_FONT),
        max_file_size=MAX_UPLOAD,
        state_session_capacity=MAX_SESSIONS,
        footer_links=["api"],
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        app_kwargs={"exception_handlers": wrong_call.HANDLERS},
        quiet=True,
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
