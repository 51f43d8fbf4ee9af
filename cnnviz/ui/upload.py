"""What a browser or a program sent as the picture: only an uploaded file or a `data:` URL is taken."""

import base64
import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder

from cnnviz.base.errors import ImageError
from cnnviz.base.storage import require_room
from cnnviz.picture.image import MAX_MEGABYTES, SVG_ADVICE, require_size
from cnnviz.ui.upload_quota import read_reason

MAX_FILE_BYTES = MAX_MEGABYTES * 10**6
MAX_BASE64_LENGTH = 4 * math.ceil(MAX_FILE_BYTES / 3)

OWN_ADDRESS = re.compile(rf"https?://[^?#]+{API_PREFIX}/file=([^?#]+)", re.IGNORECASE)
"""The address of a file that Gradio serves: the file is looked for here, whatever host is named."""

NOT_UPLOADED = "Only pictures uploaded within the last hour are read. Upload the file, then use that upload."


def uploaded_picture(payload: Any) -> Path | bytes:
    """Find the picture in a request, and read nothing else.

    Gradio's own preprocessing opens any path that a program names without the "meta" key, downloads URLs of any
    size and decodes `data:` URLs beyond the upload limit; so it is switched off and this is used.

    Args:
        payload: The undecoded value of a gr.Image: a mapping with "path" and "url", or None. The path may also be the
            web address that this server has for the file.

    Returns:
        The path of an uploaded file, or the bytes of a `data:` URL; not yet checked as a picture.

    Raises:
        ImageError: If there is no picture, or it is a file that was not uploaded, another web address, or a `data:`
            URL that is damaged or too large.
    """
    values = payload if isinstance(payload, dict) else {"path": payload}
    url, path = values.get("url"), values.get("path")
    if isinstance(url, str) and url.startswith("data:"):
        return _decode(url)
    path = path or url
    if path and not isinstance(path, str):
        raise ImageError("Upload the file first, then send the path that the upload gave. Received: no such path.")
    if not path:
        raise ImageError("No picture was sent. Drop a photo on the page, or send an uploaded one as `image`.")
    if own := OWN_ADDRESS.fullmatch(path):
        path = unquote(own[1])
    elif path.lower().startswith(("http:", "https:")):
        raise ImageError("Pictures are not fetched from web addresses. Download it and upload the file.")
    try:
        file = Path(path).resolve()
        uploaded = file.is_relative_to(Path(get_upload_folder()).resolve()) and file.is_file()
        reason = read_reason(file) if uploaded else ""
    except (OSError, ValueError):  # a name that no file can have
        uploaded, reason = False, ""
    if not uploaded:
        raise ImageError(NOT_UPLOADED)
    if reason:
        raise ImageError(reason)
    return file


def uploaded_content(payload: Any) -> bytes:
    """Read the picture in a request.

    Args:
        payload: As for `uploaded_picture`.

    Returns:
        The bytes of its file; not yet checked as a picture.

    Raises:
        ImageError: As `uploaded_picture`; also if the file is deleted meanwhile, as others are uploaded.
    """
    picture = uploaded_picture(payload)
    try:
        return picture if isinstance(picture, bytes) else picture.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(NOT_UPLOADED) from error


def dropped_picture(path: Any, size: int) -> Path | bytes:
    """Find the picture that was dropped on the page.

    Args:
        path: Where it was uploaded to; None if it was not, because it is too large or the upload failed.
        size: Its number of bytes.

    Returns:
        As `uploaded_picture`.

    Raises:
        ImageError: If it is too large or did not arrive, or as `uploaded_picture` has it.
        StorageError: If it did not arrive because the disk is full.
    """
    require_size(size)
    if size and not path:
        require_room(Path(get_upload_folder()), MAX_FILE_BYTES)
        raise ImageError("The picture did not arrive. Try again.")
    return uploaded_picture(path)


def _decode(url: str) -> bytes:
    """Decode a `data:` URL whose size is within the limit."""
    head, _, content = url.partition(",")
    if head.startswith("data:image/svg"):
        raise ImageError(SVG_ADVICE)
    if len(content) > MAX_BASE64_LENGTH:
        raise ImageError(f"The picture is too large: at most {MAX_MEGABYTES} MB. Save it smaller.")
    try:
        if not head.endswith(";base64"):
            raise ValueError("no ';base64'")
        return base64.b64decode(content, validate=True)
    except ValueError as error:  # binascii.Error, or characters beyond ASCII
        raise ImageError(f"The picture's data: URL is damaged: expected base64. Received: {error}.") from error
