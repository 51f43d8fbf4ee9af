"""How responses leave the server: with a policy for the browser, and compressed."""

import gzip
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import brotli
from gradio.route_utils import get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnviz.ui.preview import with_preview

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval' 'nonce-{nonce}'",  # Gradio compiles the templates of our components
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
"""What a page may load, and from where: the sources of each directive of its Content-Security-Policy."""

FIXED_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
HTML, SVG, JSON = "text/html", "image/svg+xml", "application/json"
DOCUMENTS = (HTML, SVG)
"""What a browser shows as a page; the policy means nothing to other answers, of which the first load has 150."""

COMPRESSED = (HTML, JSON)
"""What is compressed here. Gradio compresses scripts and styles; streams of events are never held back."""

MANIFEST = b'<link rel="manifest" href="/manifest.json" />'
MANIFEST_AND_ICON = b'<link rel="manifest" href="./manifest.json" /><link rel="icon" href="./favicon.ico" />'

MIN_COMPRESSED_BYTES = 500
BROTLI_QUALITY, GZIP_LEVEL = 5, 6
"""Higher ones take several times as long for a percent less."""


class Delivery:
    """Middleware that sets the headers of security, makes Gradio's page our own, and compresses HTML and JSON.

    Args:
        app: What answers.
        preview: The address of the page's preview, relative to the page's.
        frame_ancestors: Who may show the page in a frame, as in a Content-Security-Policy; "" for everyone.
        root_path: Where visitors find the page if a proxy does not say so, as for Gradio.
    """

    def __init__(self, app: ASGIApp, preview: str, frame_ancestors: str = "", root_path: str = "") -> None:
        """Prepare it."""
        self.app = app
        self.preview, self.root_path = preview, root_path
        self.policy = POLICY | ({"frame-ancestors": frame_ancestors} if frame_ancestors else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        policy = "; ".join(f"{name} {sources}" for name, sources in self.policy.items()).format(nonce=nonce)

        def own(page: bytes) -> bytes:
            root = get_root_url(Request(scope), scope["path"], self.root_path or scope.get("root_path", ""))
            return with_preview(_own(page, nonce), root, self.preview)

        response = _Response(send, Headers(scope=scope).get("accept-encoding", ""), policy, own)
        await self.app(scope, receive, response.take)


@dataclass
class _Response:
    """A response on its way; one that is compressed leaves when its body is complete.

    Args:
        send: Sends it on.
        accepted: The encodings that the browser accepts.
        policy: The Content-Security-Policy.
        own: Makes Gradio's page our own.
    """

    send: Send
    accepted: str
    policy: str
    own: Callable[[bytes], bytes]
    held: Message | None = None
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Take the next message of the response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(FIXED_HEADERS)
            if _kind(headers) in DOCUMENTS:
                headers["Content-Security-Policy"] = self.policy
            if _kind(headers) in COMPRESSED and "content-encoding" not in headers:
                self.held = message
                return
        elif self.held and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self.finish(self.held)
            return
        await self.send(message)

    async def finish(self, start: Message) -> None:
        """Send the whole response on."""
        headers = MutableHeaders(scope=start)
        is_empty = not self.body  # the answer to HEAD, whose headers tell of the body that it lacks
        if _kind(headers) == HTML:
            self.body = self.own(self.body)
        if len(self.body) >= MIN_COMPRESSED_BYTES:
            self.compress(headers)
        if not is_empty:
            headers["Content-Length"] = str(len(self.body))
        await self.send(start)
        await self.send({"type": "http.response.body", "body": self.body})

    def compress(self, headers: MutableHeaders) -> None:
        """Compress the body as the browser accepts it."""
        headers.add_vary_header("Accept-Encoding")
        if "br" in self.accepted:
            self.body = brotli.compress(self.body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
            headers["Content-Encoding"] = "br"
        elif "gzip" in self.accepted:
            self.body = gzip.compress(self.body, GZIP_LEVEL)
            headers["Content-Encoding"] = "gzip"


def _kind(headers: Headers) -> str:
    """Return the media type of a response."""
    return headers.get("content-type", "").partition(";")[0]


def _own(page: bytes, nonce: str) -> bytes:
    """Let the scripts of Gradio's page run, and look for manifest and icon below the page's own path.

    No "<" of any text gets into the page as it is, so every script in it is Gradio's.
    """
    page = page.replace(b"<script", f'<script nonce="{nonce}"'.encode())
    return page.replace(MANIFEST, MANIFEST_AND_ICON)
