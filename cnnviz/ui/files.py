"""Files of Gradio's upload folder, and small pictures, as the page and the API name them."""

import base64
from pathlib import Path
from typing import TypedDict, cast

from gradio.data_classes import FileData
from gradio.route_utils import API_PREFIX
from gradio_client.utils import encode_file_path
from PIL import Image

from cnnviz.drawing.png import encode_png


class ServedFile(TypedDict):
    """A file that is served, as Gradio describes it; there is more that nobody here reads."""

    path: str
    url: str


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
        What Gradio's own processing would give, without hashing, copying and keeping track of it.
    """
    return cast(ServedFile, FileData(path=str(path), url=address(path)).model_dump())


def address(path: Path) -> str:
    """Return the address of a file that is served.

    Args:
        path: A file of the upload folder, or one that was declared static.

    Returns:
        The address, without the host.
    """
    return f"{API_PREFIX}/file={encode_file_path(str(path))}"


def inline(picture: Image.Image) -> InlinePicture:
    """Describe a small picture so that it needs no request of its own.

    Args:
        picture: A picture of mode "P" or "RGB".

    Returns:
        src, a data address with the lossless picture in it; width and height in pixels.
    """
    content = base64.b64encode(encode_png(picture)).decode()
    return {"src": f"data:image/png;base64,{content}", "width": picture.width, "height": picture.height}
