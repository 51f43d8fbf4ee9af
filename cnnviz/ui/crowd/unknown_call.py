"""Answers to who listens for a call that the server does not know."""

import json

from gradio.route_utils import API_PREFIX
from gradio_client.utils import ServerMessage
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnviz.ui.crowd import words
from cnnviz.ui.crowd.fair_queue import FairQueue, Messages

STREAM, CALL = f"{API_PREFIX}/queue/data", f"{API_PREFIX}/call/"
EVENTS = "text/event-stream"


class UnknownCall:
    """Middleware that says in a sentence that a call is not known: Gradio breaks the stream off, with a traceback.

    A call is not known if its answer was fetched, if nobody listened for it in time, or if another copy of the server
    took it.

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
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif scope["path"].endswith(STREAM):
            session = Request(scope).query_params.get("session_hash", "")
            await self.listen(scope, receive, send, self.queue.messages_to(session), _to_page())
        elif CALL in scope["path"]:
            name = scope["path"].rpartition("/")[2]
            await self.listen(scope, receive, send, self.queue.messages_of(name), _to_program())
        else:
            await self.app(scope, receive, send)

    async def listen(
        self, scope: Scope, receive: Receive, send: Send, messages: Messages | None, sentence: str
    ) -> None:
        """Pass on what comes, or the sentence.

        Args:
            scope: The request.
            receive: Receives its body.
            send: Sends the answer.
            messages: Those that are listened for; None if the call is not known.
            sentence: The events that say that it is not.
        """
        if messages is None:
            await Response(sentence, media_type=EVENTS)(scope, receive, send)
            return
        has_begun = False

        async def pass_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            with messages.in_stream():
                await self.app(scope, receive, pass_on)
        except RuntimeError as error:  # it was dropped meanwhile, which Gradio finds out too late for a status
            if not has_begun or not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b""})


def _to_page() -> str:
    """Say it to the page and to Gradio's clients; the Python one ends its waiting at the last event only."""
    stopped = ServerMessage.server_stopped.value
    lost = {"msg": ServerMessage.unexpected_error.value, "message": words.UNKNOWN, "session_not_found": True}
    ended = {"msg": stopped, "message": stopped}
    return "".join(f"data: {json.dumps({'event_id': None, 'success': False, **each})}\n\n" for each in (lost, ended))


def _to_program() -> str:
    return f"event: error\ndata: {json.dumps(words.UNKNOWN)}\n\n"
