"""Lays out the page, and wires page and API to the handlers."""

import html
import json
import shutil
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from cnnviz.endpoints import Endpoints
from cnnviz.layer_result import DEFAULT_COLORMAP, DEFAULT_SCALE
from cnnviz.network import Network
from cnnviz.ui import words, wrong_call
from cnnviz.ui.answer import describe_model
from cnnviz.ui.examples import Example, describe_examples, find_examples
from cnnviz.ui.files import keep_clean
from cnnviz.ui.handlers import Handlers
from cnnviz.ui.network_tab import describe_network, read_card
from cnnviz.ui.raw_blocks import RawBlocks
from cnnviz.ui.references import References
from cnnviz.ui.served import address, served
from cnnviz.ui.strip import probe_names

HERE = Path(__file__).parent
COLORMAPS = ("magma", "viridis", "cividis", "gray")
MAX_UPLOAD = "64mb"
"""Beyond it Gradio cuts an upload off; up to it our own limit answers, with a sentence that helps."""

MODEL_PICTURES, EXAMPLES, SCRIPTS = "model", "examples", "scripts"
PHOTO_PIXELS = 196
PLAIN: dict[str, Any] = {"apply_default_css": False}
PRIVATE: dict[str, Any] = {"preprocess": False, "postprocess": False, "api_visibility": "private"}
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
        examples_folder: Where the examples are; None for photos that come with Gradio, and drawings.

    Returns:
        The application, not yet launched.

    Raises:
        OptionError: If the folder holds no pictures, or one that cannot be read.
    """
    scripts = _serve_scripts(endpoints.folder / SCRIPTS)
    examples = find_examples(endpoints.folder / EXAMPLES, examples_folder)
    examples_shown = describe_examples(examples)
    references = References(endpoints.explorer.network, [example.path for example in examples])
    handlers = Handlers(endpoints, examples, references)
    first = served(examples[0].path)
    answer, strip, layers, _, shown = handlers.show(first, None, DEFAULT_COLORMAP, DEFAULT_SCALE)

    with RawBlocks(title=words.TITLE, fill_width=True, analytics_enabled=False) as page:
        _add_header(endpoints)
        with gr.Row(elem_id="top"):
            with gr.Column(elem_id="choice", min_width=0):
                photo, camera, notice = _add_photo(examples[0])
                choice = _custom("examples", examples_shown, scripts)
            answer_view = gr.HTML(answer, html_template=_read("answer.html"), **PLAIN, elem_id="answer")
        strip_view = _custom("strip", strip, scripts)
        with gr.Tab(words.LAYERS_TAB, elem_id="layers-tab"):
            colormap, scale = _add_controls(endpoints.explorer.network)
            layers_view = gr.HTML(layers, html_template=_read("layers_tab.html"), **PLAIN, elem_id="layers")
        _add_network(endpoints)
        _custom("viewer", _viewer_words(), scripts)
        last = gr.JSON(shown, visible="hidden")  # what is shown, also when another photo cannot be read
        _add_api(handlers)

        choice.select(handlers.choose, None, photo, trigger_mode="multiple", **PRIVATE)
        camera.upload(handlers.take, camera, [photo, notice], **PRIVATE)
        choice.upload(handlers.drop, None, [photo, notice], **PRIVATE)
        gr.on(
            [photo.change, colormap.change, scale.change],
            handlers.show,
            [photo, last, colormap, scale],
            [answer_view, strip_view, layers_view, notice, last],
            show_progress="minimal",
            trigger_mode="always_last",
            concurrency_limit=CONCURRENT_PHOTOS,
            **PRIVATE,
        )
    return page  # type: ignore[no-any-return]  # gradio's `with` gives no type


def _serve_scripts(folder: Path) -> Path:
    """Copy the scripts to where they are served from: a new address at each start, so that no browser has old ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for script in HERE.glob("*.js"):
        shutil.copy(script, folder)
    gr.set_static_paths(folder)
    return folder


def _custom(name: str, value: Any, scripts: Path) -> gr.HTML:
    """Add a part of our own: NAME.html gets the value, NAME.js makes it work."""
    module = json.dumps(address(scripts / f"{name}.js"))
    start = f"import({module}).then(({{ start }}) => start({{ element, props, trigger, upload, watch }}));"
    return gr.HTML(value, html_template=_read(f"{name}.html"), js_on_load=start, **PLAIN, elem_id=name)


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


def _add_header(endpoints: Endpoints) -> None:
    """Say what the page is, and which model answers."""
    model = describe_model(endpoints.explorer.network)
    gr.HTML(f'<h1>{words.TITLE}</h1><p>{words.TAGLINE}</p><p class="model">{model}</p>', **PLAIN, elem_id="header")


def _add_network(endpoints: Endpoints) -> None:
    """Add the tab on the network itself."""
    network = endpoints.explorer.network
    description = describe_network(network, endpoints.folder / MODEL_PICTURES)
    with gr.Tab(words.NETWORK_TAB):
        gr.HTML(description, html_template=_read("network.html"), **PLAIN, elem_id="network")
        gr.Markdown(read_card(network), elem_id="card")


def _add_controls(network: Network) -> tuple[gr.Dropdown, gr.Radio]:
    """Add what chooses the colours, and the legend."""
    with gr.Row(elem_id="controls"):
        colormap = gr.Dropdown(list(COLORMAPS), value=DEFAULT_COLORMAP, label=words.COLORS, elem_id="colormap")
        scales = [(name, scale) for scale, name in words.SCALE_NAMES.items()]
        scale = gr.Radio(scales, value=DEFAULT_SCALE, label=words.BRIGHTNESS, elem_id="scale")
        gr.HTML(_legend(network), **PLAIN, elem_id="reading")
    return colormap, scale


def _legend(network: Network) -> str:
    """Explain the tiles, and the numbers under the strip."""
    rows = [words.ROW_SEEN, words.ROW_RESOLUTION, words.ROW_SILENT, words.ROW_LIKENESS]
    if network.metrics.get("probes"):
        rows.append(words.ROW_PROBE)
    names = {name: html.escape(text) for name, text in probe_names(network).items()}
    numbers = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in rows).format(**names)
    signed = "" if all(layer.non_negative for layer in network.layers) else f" {words.READING_SIGNED}"
    return (
        f"<details><summary>{words.READING_HEADING}</summary>"
        f"<div><p>{words.READING}{signed}</p><p>{words.READING_NUMBERS}</p><dl>{numbers}</dl></div></details>"
    )


def _viewer_words() -> dict[str, str]:
    return {
        "title": words.VIEWER,
        "zoom_in": words.ZOOM_IN,
        "zoom_out": words.ZOOM_OUT,
        "fit": words.FIT,
        "download": words.DOWNLOAD,
        "close": words.CLOSE,
    }


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
        css_paths=sorted(HERE.glob("*.css")),
        theme=gr.themes.Default(primary_hue="blue", font=SYSTEM_FONT, font_mono=MONO_FONT),
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
