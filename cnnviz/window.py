"""The page beside a program: inside a notebook, or in a window of the browser."""

import os
import socket
import sys
import webbrowser
from typing import TYPE_CHECKING, Any

from cnnviz.explorer.explorer import Explorer
from cnnviz.explorer.loading import load

if TYPE_CHECKING:
    import keras

HOST = "127.0.0.1"
FRAME = '<iframe src="{url}" width="100%" height="{height}" style="border: 0" allow="camera; clipboard-write"></iframe>'


class Window:
    """A page that is served by this program, until it is closed or the program ends.

    In a notebook it shows itself.

    Args:
        page: The page, which is served already.
        url: Its address, on this machine only.
        height: Height in a notebook, in pixels.
    """

    def __init__(self, page: Any, url: str, height: int) -> None:
        """Take a page that is served."""
        self.url, self.height = url, height
        self._page = page

    def close(self) -> None:
        """End the page."""
        self._page.blocks.close(verbose=False)

    def wait(self) -> None:
        """Wait until the page is closed, or the user stops the program; for scripts, which would end otherwise."""
        self._page.blocks.block_thread()

    def _repr_html_(self) -> str:
        return FRAME.format(url=self.url, height=self.height)

    def __repr__(self) -> str:
        """Name its address."""
        return f"Window({self.url!r})"


def show(
    model: "Explorer | str | os.PathLike[str] | keras.Model | None" = None,
    *,
    port: int = 0,
    height: int = 900,
    **said: Any,
) -> Window:
    """Show the page of a model: inside a notebook, or else in a window of the browser. It returns at once.

        cnnviz.show(model, classes=["cat", "dog"])

    In a script, put `.wait()` behind it, or the page ends with the script. It needs Gradio.

    Args:
        model: An explorer, or a model as for `load`; None for the embedded one.
        port: Port to listen at; 0 for any that is free.
        height: Height inside a notebook, in pixels.
        said: What is said of the model, as for `load`: classes, preprocessing and so on.

    Returns:
        The window.

    Raises:
        CnnvizError: As `load` raises them, or if the model cannot be shown.

    Example:
        >>> window = cnnviz.show(cnnviz.load())
        >>> window.url.startswith("http://127.0.0.1:")
        True
        >>> window.close()
    """
    explorer = model if isinstance(model, Explorer) else load(model, **said)
    from cnnviz.ui.launch import Settings, prepare_page, start

    page = prepare_page(explorer)
    port = port or _free_port()
    start(page, HOST, port, Settings())
    window = Window(page, f"http://{HOST}:{port}", height)
    if not _is_notebook():
        webbrowser.open(window.url)
    return window


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _is_notebook() -> bool:
    """Tell whether a notebook shows what this program returns."""
    ipython = sys.modules.get("IPython")  # that of notebooks has a kernel, that of a terminal has none
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
