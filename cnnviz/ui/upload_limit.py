"""Bounds what may be sent to the server: each request cut off early, all of them together within their quota."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio.to_thread
from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder
from gradio_client.utils import strip_invalid_filename_characters
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnviz.base.errors import ImageError, StorageError
from cnnviz.base.figures import count
from cnnviz.base.storage import require_room, telling_full_disk
from cnnviz.picture.image import MAX_MEGABYTES, require_size
from cnnviz.ui.upload import MAX_BASE64_LENGTH, MAX_FILE_BYTES
from cnnviz.ui.upload_quota import UploadQuota

FORM_BYTES = 2**16
"""What a form needs besides the file."""

MAX_CALL_BYTES = 2 * MAX_BASE64_LENGTH + FORM_BYTES
"""Largest body of any other request: a call that compares two pictures may have both in it."""

LINGER_SECONDS = 5
"""How long the body of a request that was refused is still read, and thrown away."""

MAX_SECONDS = 600
"""How long an upload may take."""

MAX_VALUES = 100_000
"""Most texts, numbers and lists in a call: in memory, each takes twenty times what it takes in the body."""

SMALL_BYTES = 2**18
"""A body up to this size is taken whatever else is under way."""

MAX_CALLS_BYTES = 4 * MAX_CALL_BYTES
"""What the bodies of all calls that come in at one time may have together."""

TOO_MANY = f"The request has too many values: at most {count(MAX_VALUES)}."
BUSY = "Many large requests are under way at the moment. Try again in a few seconds."
TOO_LARGE = "The request is too large: at most {limit} MB. Upload pictures first, then send their paths."
CUT_SHORT = "The upload was cut short."
NO_FILE = "An upload is a form whose parts are all files, named `files`."


class UploadLimit:
    """Middleware that refuses what is too large, and leaves nothing behind of an upload that fails.

    Args:
        app: What answers.
        quota: Of all uploads.
    """

    def __init__(self, app: ASGIApp, quota: UploadQuota) -> None:
        """Prepare it."""
        self.app = app
        self.quota = quota
        self.calls = _Underway(MAX_CALLS_BYTES)
        self.uploads = _Underway(quota.max_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and scope["path"].rstrip("/").endswith(f"{API_PREFIX}/upload")
        limit = MAX_FILE_BYTES + FORM_BYTES if is_upload else MAX_CALL_BYTES
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            text = _too_large(int(declared)) if is_upload else TOO_LARGE.format(limit=limit // 10**6)
            await _refuse(text, receive, send)
        elif is_upload:
            try:
                with telling_full_disk(), self.uploads.counting() as add:
                    require_room(Path(get_upload_folder()), limit)
                    upload = _Upload(scope, receive, limit, add)
                    await self.app(scope, upload.receive, _Uploaded(self.quota, send).send)
            except StorageError as error:
                await PlainTextResponse(str(error), 507, {"Connection": "close"})(scope, receive, send)
        else:
            with self.calls.counting() as add:
                await self.app(scope, _Call(receive, limit, add).receive, send)


class _Underway:
    """The bytes of all requests of a kind that are under way.

    Args:
        max_bytes: How many they may have together; a request of which little has come is never too much.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._num_bytes = 0

    @contextmanager
    def counting(self) -> Iterator[Callable[[int], bool]]:
        """Count the bytes of a request until it is over; the function tells whether they are too many."""
        own = 0

        def add(num_bytes: int) -> bool:
            nonlocal own
            own += num_bytes
            self._num_bytes += num_bytes
            return own > SMALL_BYTES and self._num_bytes > self._max_bytes

        try:
            yield add
        finally:
            self._num_bytes -= own


async def _refuse(text: str, receive: Receive, send: Send) -> None:
    """Refuse a request of which most is still on its way: the connection stays open a while, or the answer is lost.

    Reference:
        RFC 9112, section 9.6: a server that closes at once has the system reset the connection.
    """
    body = text.encode()
    headers = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body)), "connection": "close"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 413, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body"})


class _Call:
    """The body of a request that has to be short."""

    def __init__(self, receive: Receive, limit: int, add: Callable[[int], bool]) -> None:
        self._receive = receive
        self._left = self._limit = limit
        self._add = add
        self._num_values = 0

    async def receive(self) -> Message:
        message = await self._receive()
        body = message.get("body", b"")
        self._left -= len(body)
        self._num_values += sum(body.count(sign) for sign in b",[{")
        if self._left < 0:
            raise HTTPException(413, TOO_LARGE.format(limit=self._limit // 10**6))
        if self._num_values > MAX_VALUES:
            raise HTTPException(413, TOO_MANY)
        if self._add(len(body)):
            raise HTTPException(503, BUSY)
        return message


class _Upload:
    """The body of an upload. After an error of forms, Gradio removes what it has written of it."""

    def __init__(self, scope: Scope, receive: Receive, limit: int, add: Callable[[int], bool]) -> None:
        self._receive = receive
        self._add = add
        self._left = limit
        self._limit = limit
        self._form = _Form(Headers(scope=scope).get("content-type", ""))
        self._end = asyncio.get_running_loop().time() + MAX_SECONDS

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError as error:
            raise MultiPartException(CUT_SHORT) from error
        if message["type"] == "http.disconnect":
            raise MultiPartException(CUT_SHORT)
        body = message.get("body", b"")
        self._left -= len(body)
        if self._left < 0:  # the words by which Gradio tells that it is too large
            raise MultiPartException(f"The upload exceeded the maximum allowed size of {self._limit} bytes.")
        if self._add(len(body)):
            raise MultiPartException(BUSY)
        self._form.look(body)
        return message


class _Form:
    """Looks at the parts of a form as they pass: of any but files, Gradio would leave the content behind."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        self._is_plain = options.get(b"charset", b"utf-8").lower() == b"utf-8"  # in others, names mean something else
        boundary = options.get(b"boundary")
        callbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._check,
        }
        self._parser = MultipartParser(boundary, callbacks) if boundary else None  # type: ignore[arg-type]
        self._begin()

    def look(self, body: bytes) -> None:
        """Look at the next bytes; raise a MultiPartException if a part is no file."""
        if not self._is_plain:
            raise MultiPartException(NO_FILE)
        if self._parser is None:
            return
        try:
            self._parser.write(body)
        except FormParserError:  # Gradio's parser finds the same
            self._parser = None

    def _begin(self) -> None:
        self._name = self._value = self._disposition = b""

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name = self._value = b""

    def _check(self) -> None:
        _, options = parse_options_header(self._disposition)
        file_name = options.get(b"filename")
        name = Path((file_name or b"").decode(errors="replace")).name
        is_parent = strip_invalid_filename_characters(name) == ".."  # which Gradio refuses too late
        if options.get(b"name") != b"files" or file_name is None or is_parent:
            raise MultiPartException(NO_FILE)


class _Uploaded:
    """The answer to an upload: it leaves when what was uploaded is counted."""

    def __init__(self, quota: UploadQuota, send: Send) -> None:
        self._quota = quota
        self._send = send
        self._is_taken = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_taken = message["status"] == 200
        elif self._is_taken and message.get("body"):
            paths = [Path(path) for path in json.loads(message["body"])]
            await anyio.to_thread.run_sync(self._quota.add, paths)
        await self._send(message)


def _too_large(num_bytes: int) -> str:
    """Say that a file is too large, in the words of the page."""
    try:
        require_size(num_bytes)
    except ImageError as error:
        return str(error)
    return TOO_LARGE.format(limit=MAX_MEGABYTES)
