"""Routes of Gradio that neither the page nor its API needs: nobody is let in there."""

import re

from gradio.route_utils import API_PREFIX
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

CLOSED = re.compile(
    rf"{API_PREFIX}/(proxy=|file=\s*https?:|file/|process_recording|component_server|vibe-|undo-vibe-|stream/"
    r"|api/|mcp/sse|mcp/messages|runs|run-history|profiling|dev/|deep_link)|/monitoring",
    re.IGNORECASE,
)
"""Routes that fetch addresses, convert films, write files, or tell of other visitors; and the older of two for
calls, and for tools.

The newer for calls, `run/`, is the page's: open pages look there for news, and Gradio runs nothing that has a queue.
"""

NOT_HERE = "There is nothing here. /gradio_api/info tells what can be called."


class ClosedRoutes:
    """Middleware that answers to such routes with status 404.

    Args:
        app: What answers to others.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Prepare it."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_closed = scope["type"] == "http" and CLOSED.search(scope["path"])
        await (PlainTextResponse(NOT_HERE, 404) if is_closed else self.app)(scope, receive, send)
