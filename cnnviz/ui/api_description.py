"""What Gradio's panel and clients are told of the API: with examples of our own, at the address of who asks."""

from typing import Any

import gradio as gr
from gradio.route_utils import API_PREFIX, get_root_url
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cnnviz.ui.snippets import is_file, snippets

INFO = f"{API_PREFIX}/info"


class ApiDescription:
    """Middleware that answers what can be called.

    Gradio's own answer has calls that fail: with a file that is nowhere, two constants of one name, and a command that
    Bash does not have; and for the address that the first caller of all has used.

    Args:
        app: What answers to others.
        blocks: The page.
        root_path: Where visitors find the page if a proxy does not say so, as for Gradio.
    """

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, root_path: str = "") -> None:
        """Prepare it."""
        self.app = app
        self.blocks = blocks
        self.root_path = root_path
        self._described: tuple[Any, Any] = (None, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].rstrip("/").endswith(INFO):
            await self.app(scope, receive, send)
            return
        root = get_root_url(Request(scope), scope["path"], self.root_path or scope.get("root_path", ""))
        await JSONResponse(with_calls(self._info(), root))(scope, receive, send)

    def _info(self) -> Any:
        """Return Gradio's description, which is made once for each configuration of the page."""
        if self._described[0] is not self.blocks.config:
            self._described = self.blocks.config, self.blocks.get_api_info()
        return self._described[1]


def with_calls(info: dict[str, Any], root: str) -> dict[str, Any]:
    """Add a call of each endpoint to Gradio's description.

    Args:
        info: The description, whose files have an address below the page's; it stays as it is.
        root: Address of the page, without a slash at its end.

    Returns:
        The description with "code_snippets", and whole addresses.
    """
    endpoints = {}
    for name, endpoint in info["named_endpoints"].items():
        parameters = [{**each, "example_input": _at(each["example_input"], root)} for each in endpoint["parameters"]]
        values = {
            each["parameter_name"]: each["parameter_default" if each["parameter_has_default"] else "example_input"]
            for each in parameters
        }
        endpoints[name] = {**endpoint, "parameters": parameters, "code_snippets": snippets(name, values, root)}
    return {**info, "named_endpoints": endpoints}


def _at(value: Any, root: str) -> Any:
    """Return an example with the whole address of its file, if it is one."""
    return {**value, "url": f"{root}{value['url']}"} if is_file(value) else value
