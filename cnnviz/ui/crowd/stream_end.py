"""The end of a page's stream of answers, and the calls that come while it is on its way."""

import asyncio
from contextlib import suppress

from gradio.route_utils import API_PREFIX
from gradio_client.utils import ServerMessage
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnviz.ui.crowd.fair_queue import FairQueue, Messages

STREAM = f"{API_PREFIX}/queue/data"
CLOSE = f'data: {{"msg":"{ServerMessage.close_stream.value}"'.encode()

MAX_SECONDS = 2
"""How long a page may take to hang up: not every proxy tells that it has."""


class StreamEnd:
    """Middleware that lets no answer go into a stream that ends.

    When all calls of a page are answered, Gradio ends its stream. The page takes a call that arrives before it knows
    for one that the old stream answers, and opens no new one: the answer would be lost. So whoever has asked such a
    call is told that it waits when the page has hung up (`Messages.settled`). Nor is hanging up at the end taken for
    leaving, at which Gradio drops what the page has asked since.

    Args:
        app: What answers.
        queue: The page's queue.
    """

    def __init__(self, app: ASGIApp, queue: FairQueue) -> None:
        """Prepare it."""
        self.app = app
        self.queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        messages = None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].endswith(STREAM):
            messages = self.queue.messages_to(Request(scope).query_params.get("session_hash", ""))
        if messages is None:
            await self.app(scope, receive, send)
        else:
            await self._stream(messages, scope, receive, send)

    async def _stream(self, messages: Messages, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream on, and end it when the page has hung up."""
        is_ending = False

        async def listen() -> Message:
            message = await receive()
            if is_ending:  # Gradio stops listening by itself
                await asyncio.Event().wait()
            return message

        async def pass_on(message: Message) -> None:
            nonlocal is_ending
            if message.get("body", b"").startswith(CLOSE):
                is_ending = True
                messages.begin_end()
            elif is_ending:
                with suppress(TimeoutError):
                    async with asyncio.timeout(MAX_SECONDS):
                        while (await receive())["type"] != "http.disconnect":
                            pass
            await send(message)

        try:
            await self.app(scope, listen, pass_on)
        finally:
            if is_ending:
                messages.end()
