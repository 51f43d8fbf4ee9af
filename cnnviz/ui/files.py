"""Files of Gradio's upload folder, and small pictures, as the page and the API name them."""

import base64
import io
from pathlib import Path
from typing import TypedDict, cast

from gradio.data_classes import FileData
from gradio.route_utils import API_PREFIX
from gradio_client.utils import encode_file_path
from PIL import Image

from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit

PHOTO_QUALITY = 92
"""Quality of a JPEG, of at most 100."""


class ServedFile(TypedDict):
    """A file that is served, as Gradio describes it; there is more that nobody here reads."""

    path: str
    url: str


class DownloadAnswer(TypedDict):
    """A file that can be downloaded: its address, and the name that it gets."""

    url: str
    name: str


class InlinePicture(TypedDict):
    """A small picture as a data address, and its size in pixels."""

    src: str
    width: int
    height: int


def served(path: Path) -> ServedFile:
    """Describe a file of Gradio's upload folder so that it is served as it is.

    Args:
        path: The file.

    Returns:
        What Gradio's own processing would give, without hashing, copying and keeping track of it. Gradio puts the
        page's own address before the url.
    """
    return cast(ServedFile, FileData(path=str(path), url=f"/{address(path)}").model_dump())


def address(path: Path) -> str:
    """Return the address of a file that is served, for markup and scripts.

    Args:
        path: A file of the upload folder, or one that was declared static.

    Returns:
        The address relative to the page's, so that it holds below any path of any host.
    """
    return f"{API_PREFIX.lstrip('/')}/file={encode_file_path(str(path))}"


def offer(path: Path) -> DownloadAnswer:
    """Describe a file that was made for a visitor to take home.

    Args:
        path: A file of the upload folder; it is offered under its own name.

    Returns:
        Plain JSON values.
    """
    return {"url": address(path), "name": path.name}


def inline(picture: Image.Image) -> InlinePicture:
    """Describe a small picture so that it needs no request of its own.

    Args:
        picture: A picture of mode "P" or "RGB".

    Returns:
        src, a data address with the lossless picture in it; width and height in pixels.
    """
    return _inline(encode_png(picture), "png", picture)


def inline_photo(photo: Image.Image) -> InlinePicture:
    """Describe a small photo so that it needs no request of its own.

    Args:
        photo: A photo that was made smaller, of mode "RGB": of an average of pixels a good JPEG loses nothing that one
            sees.

    Returns:
        As `inline`, with a quarter of the bytes.
    """
    content = io.BytesIO()
    photo.save(content, "JPEG", quality=PHOTO_QUALITY, subsampling=0)
    return _inline(content.getvalue(), "jpeg", photo)


def inline_fitted(photo: Image.Image, edge: int) -> InlinePicture:
    """Describe a part of a photo, as large as it can be shown.

    Args:
        photo: Pixels of a photo, of mode "RGB".
        edge: Largest height and width in pixels, at least 1.

    Returns:
        As `inline` where each pixel is repeated as often as fits; as `inline_photo` where pixels are averaged.
    """
    describe = inline_photo if max(photo.size) > edge else inline
    return describe(fit(photo, edge))


def _inline(content: bytes, kind: str, picture: Image.Image) -> InlinePicture:
    src = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return {"src": src, "width": picture.width, "height": picture.height}
