"""What a notebook shows, taken apart: its tags, texts and pictures."""

import base64
import io
from html.parser import HTMLParser

from PIL import Image

ALONE = {"img", "br"}
"""Tags that have no end."""


class Shown(HTMLParser):
    """Markup, parsed: an error if its tags are not closed in order.

    Attributes:
        tags: All tags.
        texts: All texts.
        pictures: Each picture, with the width and height that it is shown with.
        titles: What is read by pointing at something, and what stands for pictures.
    """

    def __init__(self, markup: str) -> None:
        """Parse the markup."""
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.titles: list[str] = []
        self.pictures: list[tuple[Image.Image, int, int]] = []
        self.styles: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.titles += [given[name] for name in ("title", "alt") if name in given]
        if tag == "img":
            head, _, content = given["src"].partition(",")
            assert head == "data:image/png;base64"
            picture = Image.open(io.BytesIO(base64.b64decode(content, validate=True)))
            self.pictures.append((picture, int(given["width"]), int(given["height"])))
            self.styles.append(given["style"])
        if tag not in ALONE:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)
