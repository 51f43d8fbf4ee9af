"""Serves the page and the API."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from cnnviz.ui import wrong_call
from cnnviz.ui.cleanup import keep_clean
from cnnviz.ui.component import class_variables, style_sheets
from cnnviz.ui.crowd.fair_queue import FairQueue
from cnnviz.ui.crowd.health import health_route
from cnnviz.ui.page import Page

MAX_UPLOAD = "64mb"
"""Gradio cuts off larger uploads; below it our own limit answers, with a sentence that helps."""

MAX_SESSIONS = 64
"""Number of callers that Gradio remembers; ours need nothing of it, and every call of the API leaves some."""

SYSTEM_FONT = ("system-ui", "sans-serif")
MONO_FONT = ("ui-monospace", "monospace")
"""Fonts that every visitor has: the page asks no other host for one."""


def launch(page: Page, host: str, port: int, queue_size: int, then: Callable[[], object]) -> None:
    """Serve a page until the process is stopped.

    Args:
        page: From `build_page`.
        host: Address to listen at.
        port: Port to listen at.
        queue_size: Calls that may wait in each lane; more are turned away.
        then: What is done as soon as it is served.
    """
    keep_clean(Path(get_upload_folder()))
    page.blocks.queue(api_open=False)
    page.blocks._queue = queue = FairQueue(page.blocks._queue, queue_size)
    page.blocks.launch(
        server_name=host,
        server_port=port,
        css=class_variables(),
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
    health = health_route(lambda: page.handlers.served.endpoints.explorer.source, queue)
    page.blocks.app.router.routes.insert(0, health)  # before Gradio's, which take any name
    then()
    page.blocks.block_thread()
