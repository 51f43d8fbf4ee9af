"""Serves the page and the API: on a port of their own, or inside another application."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load
from cnnviz.ui import wrong_call
from cnnviz.ui.api_description import ApiDescription
from cnnviz.ui.cleanup import keep_clean
from cnnviz.ui.closed_routes import ClosedRoutes
from cnnviz.ui.component import class_variables, style_sheets
from cnnviz.ui.crowd.fair_queue import FairQueue
from cnnviz.ui.crowd.health import health_route
from cnnviz.ui.crowd.sessions import keep_little
from cnnviz.ui.crowd.stream_end import StreamEnd
from cnnviz.ui.crowd.unknown_call import UnknownCall
from cnnviz.ui.delivery import Delivery
from cnnviz.ui.page import Page
from cnnviz.ui.preparation import prepare_models
from cnnviz.ui.tools import use_tools
from cnnviz.ui.upload import MAX_FILE_BYTES
from cnnviz.ui.upload_limit import UploadLimit
from cnnviz.ui.upload_quota import UploadQuota

MAX_SESSIONS = 64
"""Number of callers that Gradio remembers; ours need nothing of it, and every call of the API leaves some."""

NO_TOOLS = '.api-docs li:has(img[src*="/assets/mcp"]) { display: none; }\n'
"""Takes the tab on tools away from Gradio's panel on the API."""

CACHE_BYTES = 256 * 2**20
SYSTEM_FONT = ("system-ui", "sans-serif")
MONO_FONT = ("ui-monospace", "monospace")
"""Fonts that every visitor has: the page asks no other host for one."""

MAX_ANSWER_BYTES = 2 * 10**9
"""Disk space for the pictures of all answers together."""


@dataclass(frozen=True)
class Settings:
    """How a page is served.

    Args:
        queue_size: Calls that may wait in each lane; more are turned away.
        root_path: Path below which a proxy serves the page, such as "/cnnviz", or its whole address; "" for none.
        frame_ancestors: Who may show the page in a frame, as in a Content-Security-Policy; "" for everyone.
        upload_bytes: Disk space for all uploads together; the oldest go first.
    """

    queue_size: int = 64
    root_path: str = ""
    frame_ancestors: str = ""
    upload_bytes: int = 10**9


def launch(
    page: Page, host: str, port: int, settings: Settings, then: Callable[[], object], has_tools: bool = False
) -> None:
    """Serve a page until the process is stopped.

    Args:
        page: The page.
        host: Address to listen at.
        port: Port to listen at.
        settings: How it is served.
        then: What is done as soon as it is served.
        has_tools: As for `start`.
    """
    start(page, host, port, settings, has_tools)
    then()
    gc.collect()
    gc.freeze()  # what is there by now stays: looking through it again would take as long as a forward pass
    page.blocks.block_thread()


def start(page: Page, host: str, port: int, settings: Settings, has_tools: bool = False) -> None:
    """Serve a page from threads of this process, until its `blocks` are closed.

    Args:
        page: The page.
        host: Address to listen at.
        port: Port to listen at.
        settings: How it is served.
        has_tools: Whether its endpoints are tools of language models, too, over the Model Context Protocol; this needs
            the package mcp.
    """
    options = _prepare(page, settings, has_tools)
    if has_tools:
        use_tools()
    page.blocks.launch(
        server_name=host,
        server_port=port,
        state_session_capacity=MAX_SESSIONS,
        quiet=True,
        prevent_thread_lock=True,
        inline=False,  # or a notebook would show it twice
        **options,
    )
    keep_little(page.blocks)
    health = health_route(lambda: page.handlers.served.endpoints.explorer.source, page.blocks._queue)
    page.blocks.app.router.routes.insert(0, health)  # before Gradio's, which take any name


def prepare_page(explorer: Explorer) -> Page:
    """Prepare the page of a model for a program that serves it, with a folder of its own for uploads and pictures.

    Args:
        explorer: The model.

    Returns:
        The page.

    Raises:
        NetworkError: If the model cannot be shown.
    """
    if not os.environ.get("GRADIO_TEMP_DIR"):  # Gradio's default is shared by all programs
        os.environ["GRADIO_TEMP_DIR"] = made = tempfile.mkdtemp(prefix="cnnviz-")
        atexit.register(_remove, made, os.getpid())
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    return Page(prepare_models(CACHE_BYTES, Path(tempfile.mkdtemp(dir=folder)), None)(explorer))


def _remove(folder: str, process: int) -> None:
    """Remove a folder of photos at the end of the process that made it, and not of one that was forked from it."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def mount(
    application: FastAPI, path: str, explorer: Explorer | None = None, settings: Settings | None = None
) -> FastAPI:
    """Serve the page and its API inside an application, which needs one process.

    Uploads and pictures are kept for an hour, in the folder that the environment variable GRADIO_TEMP_DIR names, or in
    a new one.

    Args:
        application: Where they are mounted.
        path: The path below which they are served, such as "/cnnviz".
        explorer: The model, from `cnnviz.load`; the embedded one if left out.
        settings: How the page is served; the usual way if left out.

    Returns:
        The application.
    """
    page = prepare_page(explorer or load())
    options = _prepare(page, settings or Settings())
    page.blocks.state_session_capacity = MAX_SESSIONS
    mounted: FastAPI = gr.mount_gradio_app(application, page.blocks, path, show_error=False, **options)
    keep_little(page.blocks)
    return mounted


def _prepare(page: Page, settings: Settings, has_tools: bool = False) -> dict[str, Any]:
    """Prepare a page for being served, and list what Gradio is told of it in both ways."""
    own = page.handlers.served.endpoints.folder
    keep_clean(Path(get_upload_folder()), settings.upload_bytes + MAX_ANSWER_BYTES, own)
    page.blocks.queue(api_open=False)
    page.blocks._queue = queue = FairQueue(page.blocks._queue, settings.queue_size)
    return {
        "css": class_variables() + ("" if has_tools else NO_TOOLS),
        "css_paths": style_sheets(),
        "theme": gr.themes.Default(primary_hue="blue", font=SYSTEM_FONT, font_mono=MONO_FONT),
        "max_file_size": MAX_FILE_BYTES,
        "footer_links": ["api"],
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "mcp_server": has_tools,
        "root_path": settings.root_path,
        "app_kwargs": {
            "exception_handlers": wrong_call.HANDLERS,
            "middleware": [
                Middleware(
                    Delivery,
                    preview=page.preview,
                    frame_ancestors=settings.frame_ancestors,
                    root_path=settings.root_path,
                ),
                Middleware(ClosedRoutes),
                Middleware(ApiDescription, blocks=page.blocks, root_path=settings.root_path),
                Middleware(UnknownCall, queue=queue),
                Middleware(StreamEnd, queue=queue),
                Middleware(UploadLimit, quota=UploadQuota(settings.upload_bytes)),
            ],
        },
    }
