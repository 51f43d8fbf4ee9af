"""What other sites show of a link to the page: its title, its description and a picture."""

import html
import re
from pathlib import Path

from cnnviz.ui import words
from cnnviz.ui.header import words as header_words

PICTURE = Path(__file__).parent / "header" / "preview.png"
"""The page, 1,200 pixels wide and 630 high, as those who show links want it."""

GRADIOS = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')


def with_preview(page: bytes, address: str, picture: str) -> bytes:
    """Describe the page in its head, in Gradio's place.

    Args:
        page: The page's HTML.
        address: The page's own address, as its visitors have it.
        picture: The address of the picture, relative to it.

    Returns:
        HTML. A page that is not Gradio's, such as an error, is left as it is.
    """
    if not GRADIOS.search(page):
        return page
    told = {
        "og:type": "website",
        "og:url": f"{address}/",
        "og:title": words.TITLE,
        "og:description": header_words.TAGLINE,
        "og:image": f"{address}/{picture}",
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    tags = [f'<meta property="{name}" content="{html.escape(text)}">' for name, text in told.items()]
    tags += [
        '<meta name="twitter:card" content="summary_large_image">',
        f'<meta name="description" content="{html.escape(header_words.TAGLINE)}">',
    ]
    return GRADIOS.sub(b"", page).replace(b"</head>", "".join(tags).encode() + b"</head>", 1)
