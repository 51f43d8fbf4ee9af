"""Pictures within markup: what notebooks show needs no other file."""

import base64
from html import escape

from PIL import Image

from cnnviz.drawing.png import encode_png
from cnnviz.drawing.thumbnail import fit

CRISP = "image-rendering:pixelated;max-width:none;margin:0"
"""Each pixel is a square with sharp edges. Only for pictures that are never shown smaller than they are."""

FITTING = "max-width:100%;height:auto;margin:0"


def embed(picture: Image.Image, text: str, edge: int = 0) -> str:
    """Put a picture into markup.

    Args:
        picture: A picture of mode "P", "L" or "RGB".
        text: What is read to those who do not see it, and to those who point at it.
        edge: Largest height and width in pixels: an RGB or grey picture that is larger is averaged, a smaller one is
            shown enlarged by a whole factor. 0 for its own size, or the notebook's width if that is less.

    Returns:
        Markup with the whole picture in it.

    Example:
        >>> embed(Image.new("RGB", (30, 20)), "a photo", 90).split('width="')[1][:15]
        '90" height="60"'
    """
    if edge and picture.mode != "P" and max(picture.size) > edge:
        picture = fit(picture, edge)
    width, height = (side * max(edge // max(picture.size), 1) for side in picture.size)
    source = f"data:image/png;base64,{base64.b64encode(encode_png(picture)).decode()}"
    style = CRISP if edge else FITTING
    described = f'alt="{escape(text)}" title="{escape(text)}"'
    return f'<img src="{source}" width="{width}" height="{height}" {described} style="display:block;{style}">'
